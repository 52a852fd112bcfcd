/**
 * Every text of every message of the services of entities and of files, cards and transactions is replaced by odd
 * texts: a text that the database cannot store, a long text, and names that objects of JavaScript have.
 *
 * - Ended: each message has an answer, and no answer says that the service is broken.
 * - A member that no message has counts as a text too.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceKindOf } from '../../../actors/catalog.ts';
import { MemoryLedgerStore } from '../../../actors/consent/ledger/memory/memory-ledger-store.ts';
import { isJsonObject } from '../../../config/json.ts';
import { isMeant, serviceConfigPaths } from '../../../config/load.ts';
import { type Client, type Deployment, openDeployment } from '../../../deployment.ts';
import { type Json, type JsonObject, loadExchangeConfigs, sections } from '../../../index.ts';
import { MemoryLocks } from '../../../runtime/memory/memory-locks.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Headers } from '../../../runtime/ports/envelope.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('edge: odd texts in the messages of the package', { deadlineMs: 180_000 });
const names = ['tags', 'file_remover', 'mcards', 'transactions'];
const node = '018f2a10-0000-7000-8000-000000000001';
const oddTexts = ['a\0b', 'half \ud800', 'k'.repeat(3_000), '__proto__', '$or'];
const ofProtocol = { id: [node], service: 'voter', saga: 's', retention_ended: true };
const odder: readonly Headers[] = [
  { 'consent-protocol': 2, 'consent-saga': 'a\0b' },
  { 'consent-protocol': 2, 'consent-saga': 'k'.repeat(3_000) },
  { 'consent-protocol': 2, 'consent-saga': 's', 'consent-age': 'a\0b' },
];

let folder: string;
let deployment: Deployment;
let client: Client;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'odd-texts-'));
  deployment = await openDeployment({
    configs: configs(),
    databaseUrl: 'pglite://',
    log: () => undefined,
  });
  await deployment.start();
  client = await deployment.client('stranger');
});
test.after(async () => {
  await client.close();
  await deployment.stop();
  await rm(folder, { recursive: true });
});

function configs() {
  const env = { FILE_REMOVER__ROOTS: JSON.stringify([folder]) };
  return loadExchangeConfigs(serviceConfigPaths(), { env, sections }).filter(({ svcName }) =>
    names.some((name) => isMeant(svcName, name)),
  );
}

/** The keywords of a schema that `sample` reads. */
interface Shape {
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly type?: string;
}

/** A value that fits the schema, as far as the keywords of the package's schemas go. */
function sample({ const: only, enum: [first] = [], anyOf = [], ...shape }: Shape): Json {
  const { properties = {}, items = {}, type } = shape;
  const one = only ?? first;
  if (one !== undefined) return one;
  if (anyOf[0] !== undefined) return sample(anyOf[0]);
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, sample(inner)]),
    );
  if (type === 'array') return [sample(items)];
  if (type === 'integer' || type === 'number') return 1;
  return type === 'boolean' ? true : node;
}

/** The value with one of its texts, or one more member, odd. */
function* variants(value: Json): Generator<Json> {
  if (typeof value === 'string') yield* oddTexts;
  else if (Array.isArray(value))
    for (const [at, inner] of value.entries())
      for (const odd of variants(inner)) yield value.with(at, odd);
  else if (isJsonObject(value)) {
    for (const [name, inner = null] of Object.entries(value))
      for (const odd of variants(inner)) yield { ...value, [name]: odd };
    for (const name of oddTexts) yield { ...value, [name]: 'x' };
  }
}

/** A replay waits for its voters, and no service has the name of the sample. */
function questionOf(action: string, data: Json): Json {
  return action === 'replayDeletions' && isJsonObject(data) ? { ...data, voters: [] } : data;
}

/** The messages that the service answers, with their queue. */
function questions() {
  const store = new MemoryLedgerStore();
  return configs().flatMap((config) => {
    const ports = { store: () => store, locks: new MemoryLocks(systemClock) };
    const { messages } = serviceKindOf(config).define(config, ports);
    return Object.entries(messages)
      .filter(([, { ignoreIfAbsent = false }]) => !ignoreIfAbsent)
      .map(([action, { schema }]) => ({
        routingKey: config.consume['main']?.queue ?? '',
        action,
        data: schema === undefined ? ofProtocol : questionOf(action, sample(schema as Shape)),
      }));
  });
}

async function problemOf(
  { routingKey, action }: { readonly routingKey: string; readonly action: string },
  data: Json,
  headers: Headers = {},
): Promise<string | undefined> {
  const answer = await client
    .request({ exchange: '', routingKey }, { action, data }, { headers, timeoutMs: 60_000 })
    .catch((error: unknown) => ({ error: { code: 'none', message: String(error) } }));
  const { error } = answer as JsonObject;
  const code = isJsonObject(error) ? error['code'] : undefined;
  return code === 'none' || code === 500
    ? `${routingKey}: ${JSON.stringify({ action, data, headers }).slice(0, 300)}: ${JSON.stringify(error)}`
    : undefined;
}

test('each message is answered, and no answer says that the service is broken', async () => {
  const asked = questions().flatMap((question) => [
    ...[...variants(question.data)].map((data) => problemOf(question, data)),
    ...odder.map((headers) => problemOf(question, question.data, headers)),
  ]);
  const problems = (await Promise.all(asked)).filter((problem) => problem !== undefined);
  assert.equal(problems.slice(0, 5), []);
  assert.ok(asked.length > 800, `only ${asked.length} messages`);
});

test('no message is left for an operator', async () => {
  const reasons = (await deployment.deadLetters.list()).map(({ reason }) => reason);
  assert.equal(
    reasons.filter((reason) => /failed|invalid message|undefined/.test(reason)),
    [],
  );
});

test.run();
