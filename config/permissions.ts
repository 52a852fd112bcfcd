/**
 * The permissions on RabbitMQ that the user of services needs, and no others. Pure.
 *
 * - configure: every exchange and queue that the config declares. An entry with `declare: false`
 *   needs no right to configure.
 * - write: the exchanges that the service publishes to or answers on, the queues that it binds, and
 *   the default exchange, for answers that come back and for answers to clients' own queues. With
 *   `trust` also the reply exchange of every listed service, for answers to the service.
 * - read: the queues that the service consumes, and the exchanges that it binds queues to.
 * - A process has its own queues for answers: `<svc_name>_reply.<instance>`, and
 *   `client.<svc_name>.<name>.<id>` of each client in the process, such as HTTP.
 */
import type { ExchangeConfig } from './exchange-config.ts';
import { clientQueuePrefix, replyNameOf } from './implied.ts';
import { type Declares, declaresOf } from './topology.ts';

/** Three regular expressions, as RabbitMQ takes them. */
export type Permissions = {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
};

/** The permissions of a user on one virtual host, in the form of RabbitMQ's definitions. */
export type UserPermissions = Permissions & { readonly user: string; readonly vhost: string };

/** RabbitMQ's name of the exchange without a name. */
const defaultExchange = 'amq.default';
const deadLetterExchange = 'x-dead-letter-exchange';

/** Of a user that is the user of these services. */
export function permissionsOf(...configs: readonly ExchangeConfig[]): Permissions {
  const all = configs.map(namesOf);
  const own = all.flatMap(({ ownPrefixes }) => ownPrefixes).map((name) => `${quoted(name)}.+`);
  return {
    configure: pattern(
      all.flatMap(({ declared }) => declared),
      own,
    ),
    write: pattern(
      all.flatMap(({ written }) => written),
      own,
    ),
    read: pattern(
      all.flatMap(({ read }) => read),
      own,
    ),
  };
}

/**
 * The permissions of each user of these services. A service without a user in its config has a user
 * with the name of the service.
 */
export function permissionsByUser(
  configs: readonly ExchangeConfig[],
  vhost: string,
): readonly UserPermissions[] {
  const userOf = ({ brokerUser, svcName }: ExchangeConfig) => brokerUser?.name ?? svcName;
  const users = [...new Set(configs.map(userOf))];
  return users.map((user) => {
    const services = configs.filter((config) => userOf(config) === user);
    return { user, vhost, ...permissionsOf(...services) };
  });
}

interface Names {
  readonly declared: readonly string[];
  readonly written: readonly string[];
  readonly read: readonly string[];
  /** The names of queues that belong to one process begin with one of these prefixes. */
  readonly ownPrefixes: readonly string[];
}

function namesOf(config: ExchangeConfig): Names {
  const declares = declaresOf(config);
  const deadLettered = withDeadLetters(declares);
  const bindings = declares.flatMap((each) => each.bindings);
  const { svcName, replyQueue, trust } = config;
  return {
    declared: declaredNames(declares),
    written: [
      ...publishedTo(config),
      ...deadLettered.map((queue) => String(queue.arguments[deadLetterExchange])),
      ...bindings.map(({ queue }) => queue),
      ...Object.keys(trust?.services ?? {}).map(replyNameOf),
      defaultExchange,
    ],
    read: [
      ...consumedQueues(config),
      ...deadLettered.map(({ name }) => name),
      ...bindings.map(({ exchange }) => exchange),
    ],
    ownPrefixes: [
      clientQueuePrefix(svcName),
      ...(replyQueue === undefined ? [] : [`${replyQueue}.`]),
    ],
  };
}

/** One command for each user. */
export function permissionCommands(permissions: readonly UserPermissions[]): readonly string[] {
  return permissions.map(({ user, vhost, configure, write, read }) =>
    ['rabbitmqctl set_permissions -p', ...[vhost, user, configure, write, read].map(inShell)].join(
      ' ',
    ),
  );
}

function declaredNames(declares: readonly Declares[]): readonly string[] {
  return declares
    .flatMap(({ exchanges, queues }) => [...exchanges, ...queues])
    .flatMap(({ name, declare }) => (declare ? [name] : []));
}

function withDeadLetters(declares: readonly Declares[]): Declares['queues'] {
  return declares
    .flatMap(({ queues }) => queues)
    .filter((queue) => queue.declare && queue.arguments[deadLetterExchange] !== undefined);
}

function consumedQueues({ consume, replyQueue }: ExchangeConfig): readonly string[] {
  const queues = Object.values(consume).map(({ queue }) => queue);
  return replyQueue === undefined ? queues : [...queues, replyQueue];
}

/** An answer goes to the exchange that its question came through. */
function publishedTo({ publish, consume, subscribe }: ExchangeConfig): readonly string[] {
  const own = [...Object.values(publish), ...Object.values(consume)].flatMap(exchangesOf);
  const ofOwners = Object.values(subscribe).flatMap((entry) => [
    ...exchangesOf(entry.publish),
    ...exchangesOf(entry.consume),
  ]);
  return [...own, ...ofOwners];
}

function exchangesOf({ exchanges, bindings }: Declares): readonly string[] {
  return [...exchanges.map(({ name }) => name), ...bindings.map(({ exchange }) => exchange)];
}

/** Matches these names and no other text. `patterns`: further alternatives. */
function pattern(names: readonly string[], patterns: readonly string[]): string {
  const alternatives = [...new Set([...names.map(quoted), ...patterns])].sort();
  return alternatives.length === 0 ? '^$' : `^(${alternatives.join('|')})$`;
}

function quoted(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function inShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
