/**
 * Turns the content of a file that the schema accepts into the config that the program uses.
 *
 * Job: put together the results of `variants`, `entries` and `implied`, and check the rules between
 * these parts. Boundary: reads only the file of a password; every broken rule is reported and none
 * throws.
 *
 * - direct questions: questions need a direct or a topic exchange, because only these types can
 *   direct a question to one voter.
 * - main queue: a service with subscriptions needs a main queue, because notices arrive there.
 * - references: a reference names an entity of `subscribe`, because the service is asked before a
 *   node of that entity is deleted.
 */
import { schemaProblemsOf } from './attribute-schema.ts';
import {
  type BrokerSchemes,
  checkBrokerUrl,
  isOfProcess,
  separateBrokerUrls,
} from './broker-urls.ts';
import { brokerUserOf } from './broker-user.ts';
import {
  consumeEntry,
  oneQueueEntry,
  publishEntry,
  replyExchange,
  subscribeEntry,
} from './entries.ts';
import type { EntryContext } from './entry-checks.ts';
import type {
  ConsentBounds,
  ConsumeEntry,
  ExchangeConfig,
  Hierarchy,
  Limits,
  LogLevel,
  LogOptions,
  SubscribeEntry,
} from './exchange-config.ts';
import { defaultReadNodesMax, type HierarchyOptions } from './hierarchy-schema.ts';
import { checkedHttpSettings } from './http-settings.ts';
import { type Asking, impliedBy, replyQueueName, replyRoutes } from './implied.ts';
import { checkedInspectorSettings } from './inspector-settings.ts';
import type { JsonObject } from './json.ts';
import { keepRuleOf } from './keep-rule.ts';
import { consentDefaults, limitDefaults } from './limit-schemas.ts';
import { retentionForms, retentionOf, rotationForms, rotationOf } from './log-rotation.ts';
import type { LogOptions as LogSettings } from './log-schema.ts';
import { type Path, pathOf } from './pointer.ts';
import { processSettings } from './process-settings.ts';
import { apiVersionDefault, type ExchangeConfigFile } from './schema.ts';
import { parseServerUrl, UrlProblem } from './server-url.ts';
import { shown } from './shown.ts';
import { trustOf, trustProblems } from './trust-schema.ts';
import { consumeForm, fileEntries, publishEntries } from './variants.ts';

export interface Source {
  /** Name of the file. */
  readonly file: string;
  readonly content: ExchangeConfigFile;
  readonly sections: Readonly<Record<string, JsonObject>>;
  readonly schemes: BrokerSchemes;
  /** Throws if the file cannot be read. */
  readonly readFile: (path: string) => string;
  /** A rule that is broken at `path`. */
  readonly report: (path: Path, found: string, allowed: string) => void;
}

export function normalised(source: Source): ExchangeConfig {
  const { file, content, sections, report } = source;
  const { svc_name: svcName, defaults = {} } = content;
  const context: EntryContext = { svcName, defaults, report };
  const publish = Object.fromEntries(
    publishEntries(content.publish).map((entry) => [entry.key, publishEntry(entry, context)]),
  );
  const consume = consumeEntries(content, context);
  const subscribe = subscribeEntries(content, consume['main'], context);
  const replyExchanges = (content.reply_exchanges ?? []).map((options, index) =>
    replyExchange(
      { key: options.name, path: ['reply_exchanges', String(index)], options },
      context,
    ),
  );
  for (const { path, found, allowed } of trustProblems(content.trust ?? {}))
    report(['trust', ...path], found, allowed);
  const hasReplyExchange = content.trust !== undefined;
  const asking = { main: publish['main'], subscribe, replyExchanges, hasReplyExchange };
  checkQuestionExchanges(asking, context);
  const queues = [...Object.values(publish), ...Object.values(consume)].flatMap(
    (entry) => entry.queues,
  );
  return {
    file,
    svcName,
    publish,
    consume,
    subscribe,
    replyQueue: replyQueueName(svcName, asking),
    replyExchange: hasReplyExchange ? replyQueueName(svcName, asking) : undefined,
    replyExchanges,
    implied: impliedBy(svcName, asking, queues, defaults),
    ...urlsOf(content, source),
    ...userOf(content, source),
    limits: limitsOf(content),
    ...(content.action_prefix === undefined ? {} : { actionPrefix: content.action_prefix }),
    apiVersion: content.api_version ?? apiVersionDefault,
    compat: content.compat ?? 'strict',
    consent: consentOf(content),
    ...(content.hierarchy === undefined
      ? {}
      : { hierarchy: hierarchyOf(content.hierarchy, content, context) }),
    ...(content.http === undefined ? {} : { http: checkedHttpSettings(content.http, context) }),
    ...(content.inspector === undefined
      ? {}
      : { inspector: checkedInspectorSettings(content.inspector, context) }),
    ...(content.log === undefined ? {} : { log: logOf(content.log, context) }),
    ...(content.trust === undefined ? {} : { trust: trustOf(content.trust) }),
    process: processSettings(content.process),
    sections,
  };
}

function consumeEntries(
  { consume }: ExchangeConfigFile,
  context: EntryContext,
): Readonly<Record<string, ConsumeEntry>> {
  const form = consumeForm(consume);
  if (form.kind === 'one queue') return { main: oneQueueEntry(form.queue, context) };
  return Object.fromEntries(form.entries.map((entry) => [entry.key, consumeEntry(entry, context)]));
}

function subscribeEntries(
  content: ExchangeConfigFile,
  main: ConsumeEntry | undefined,
  context: EntryContext,
): Readonly<Record<string, SubscribeEntry>> {
  const entries = fileEntries('subscribe', content.subscribe ?? {});
  if (entries.length > 0 && main === undefined)
    context.report(
      ['consume', 'main'],
      'nothing',
      'a main queue: what is subscribed to arrives there',
    );
  return Object.fromEntries(
    entries.map((entry) => [entry.key, subscribeEntry(entry, main?.queue ?? '', context)]),
  );
}

function checkQuestionExchanges(asking: Asking, { report }: EntryContext): void {
  const unfit = replyRoutes(asking).filter(({ type }) => type !== 'direct' && type !== 'topic');
  for (const { pointer, exchange, type } of unfit) {
    const allowed = '"direct" or "topic": questions go through direct or topic exchanges only';
    report([...pathOf(pointer), 'type'], `${shown(type)} of exchange ${shown(exchange)}`, allowed);
  }
}

function urlsOf(
  content: ExchangeConfigFile,
  { schemes, report }: Pick<Source, 'schemes' | 'report'>,
): Pick<ExchangeConfig, 'brokerUrls' | 'databaseUrl' | 'cacheUrl'> {
  const { amqp_url: amqp, database_url: database, cache_url: cache } = content;
  const brokers = amqp === undefined ? [] : separateBrokerUrls(amqp, schemes);
  const check = (key: string, read: () => unknown) => {
    const problem = urlProblem(read);
    if (problem !== undefined) report([key], problem.found, problem.allowed);
  };
  for (const url of brokers) check('amqp_url', () => checkBrokerUrl(url, schemes));
  if (database !== undefined) check('database_url', () => parseServerUrl(database));
  if (cache !== undefined) check('cache_url', () => parseServerUrl(cache));
  return {
    ...(amqp === undefined ? {} : { brokerUrls: brokers }),
    ...(database === undefined ? {} : { databaseUrl: database }),
    ...(cache === undefined ? {} : { cacheUrl: cache }),
  };
}

function userOf(
  { amqp_url: amqp, broker_user: user }: ExchangeConfigFile,
  { schemes, readFile, report }: Source,
): Pick<ExchangeConfig, 'brokerUser'> {
  const urls = amqp === undefined ? [] : separateBrokerUrls(amqp, schemes);
  const needsPassword = urls.some((url) => !isOfProcess(url, schemes));
  const brokerUser = brokerUserOf(user, { readFile, needsPassword, report });
  return brokerUser === undefined ? {} : { brokerUser };
}

function urlProblem(read: () => unknown): UrlProblem | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof UrlProblem) return error;
    throw error;
  }
}

function limitsOf({ limits }: ExchangeConfigFile): Limits {
  const given = { ...limitDefaults, ...limits };
  const { body_bytes: bodyBytes, depth, keys } = given;
  const { answer_bytes: answerBytes, answer_keys: answerKeys } = given;
  return { bodyBytes, depth, keys, answerBytes, answerKeys };
}

function consentOf({ consent }: ExchangeConfigFile): ConsentBounds {
  const bounds = { ...consentDefaults, ...consent };
  return {
    voteDeadlineMs: bounds.vote_deadline_ms,
    refusalGraceMs: bounds.refusal_grace_ms,
    questionIdsMax: bounds.question_ids_max,
    alwaysAsk: consent?.always_ask ?? [],
  };
}

function hierarchyOf(
  options: HierarchyOptions,
  content: ExchangeConfigFile,
  context: EntryContext,
): Hierarchy {
  const {
    node,
    class: className,
    create_sys_node: createSysNode = true,
    values = 'typed',
    read_nodes_max: readNodesMax = defaultReadNodesMax,
    references = {},
    links = {},
  } = options;
  const named = Object.entries(references).map(
    ([attribute, { entity, on_delete: onDelete = 'refuse' }]) => {
      checkEntity(['references', attribute], entity, content, context);
      return [attribute, { entity, onDelete }] as const;
    },
  );
  for (const [name, { entity, class: linked }] of Object.entries(links))
    if (linked === undefined) checkEntity(['links', name], entity, content, context);
  const parentClasses = parentClassesOf(options, context);
  return {
    node,
    class: className,
    parentClasses,
    createSysNode,
    values,
    readNodesMax,
    references: Object.fromEntries(named),
    links,
    ...attributesOf(options, context),
    ...keepRuleOf(options, context),
    ...fileAttributesOf(options, content, context),
  };
}

/** The publisher of the package's cards, under the same key. */
const filesPublisher = 'file_management_queue';

function fileAttributesOf(
  { must_be_deleted_files: fileAttributes }: HierarchyOptions,
  { publish }: ExchangeConfigFile,
  { report }: EntryContext,
): Pick<Hierarchy, 'fileAttributes'> {
  if (fileAttributes === undefined) return {};
  if (!publishEntries(publish).some(({ key }) => key === filesPublisher))
    report(
      ['hierarchy', 'must_be_deleted_files'],
      shown(fileAttributes),
      `this key beside /publish/${filesPublisher}, with the exchange and queue of the file remover: ` +
        `add that entry, because publish has no key '${filesPublisher}'`,
    );
  return { fileAttributes };
}

/** Without a base node there is no place for a node without possible parents. */
function parentClassesOf(
  { node, parent_classes: parents = [] }: HierarchyOptions,
  { report }: EntryContext,
): Hierarchy['parentClasses'] {
  if (parents === '') return 'any';
  const classes = typeof parents === 'string' ? parents.split(/\s*,\s*/) : parents;
  if (node === '' && classes.length === 0)
    report(
      ['hierarchy', 'parent_classes'],
      'nothing',
      'classes of possible parents, because the service has no base node (/hierarchy/node is "")',
    );
  return [...new Set(classes)];
}

function attributesOf(
  { attributes }: HierarchyOptions,
  { report }: EntryContext,
): Pick<Hierarchy, 'attributes'> {
  if (attributes === undefined) return {};
  const schema = attributes as JsonObject;
  for (const { path, found, allowed } of schemaProblemsOf(schema))
    report(['hierarchy', 'attributes', ...path], found, allowed);
  return { attributes: schema };
}

function checkEntity(
  place: readonly [section: string, name: string],
  entity: string,
  { subscribe = {} }: ExchangeConfigFile,
  { report }: EntryContext,
): void {
  const known = Object.keys(subscribe);
  if (known.includes(entity)) return;
  report(
    ['hierarchy', ...place, 'entity'],
    shown(entity),
    known.length === 0 ? 'nothing: subscribe is empty' : `a key of subscribe: ${known.join(', ')}`,
  );
}

function logOf(
  { level = 'INFO', file_name: fileName, ...times }: LogSettings,
  { report }: EntryContext,
): LogOptions {
  const retention = times.retention === undefined ? undefined : retentionOf(times.retention);
  const rotation = times.rotation === undefined ? undefined : rotationOf(times.rotation);
  if (times.retention !== undefined && retention === undefined)
    report(['log', 'retention'], shown(times.retention), retentionForms);
  if (times.rotation !== undefined && rotation === undefined)
    report(['log', 'rotation'], shown(times.rotation), rotationForms);
  return {
    level: level.toUpperCase() as LogLevel,
    ...(fileName === undefined ? {} : { fileName }),
    ...(retention === undefined ? {} : { retention }),
    ...(rotation === undefined ? {} : { rotation }),
  };
}
