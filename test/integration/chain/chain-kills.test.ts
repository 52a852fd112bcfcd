/**
 * Cards with tokens are deleted one after the other, over RabbitMQ, PostgreSQL and a chain behind
 * HTTP. During each deletion one of the four processes is killed at a failpoint and started again.
 * The token is burned once, the row and the file go, and the transaction is confirmed.
 */
import { access, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type DemoServers, prepareServers } from '../../../cli/demo/demo-servers.ts';
import { HistoryFeed } from '../../../cli/demo/history-feed.ts';
import { ProcessGroup } from '../../../cli/demo/process-group.ts';
import { TokenChain } from '../../../cli/demo/token-chain.ts';
import { connect } from '../../../composition/connect.ts';
import type { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { expectKills } from '../../support/kill-rounds.ts';
import { proofSize } from '../../support/proof-size.ts';
import { servers } from '../../support/servers.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { ownVirtualHost } from '../demo/virtual-host.ts';

const test = suite('burns: one process killed, whichever and whenever', {
  needs: ['postgres', 'rabbitmq'],
  deadlineMs: 1_800_000,
});
const kills = proofSize('chain-kills');
/** Rounds in which the victim is through before its moment comes do not count. */
const roundsMax = 2 * kills + 5;
const roundDeadlineMs = 120_000;
const victims = ['mcards', 'transactions', 'chains', 'file_remover'];
const owner = 'kim';

const random = xoroshiro128plus(seed());
const upTo = (highest: number): number => uniformInt(random, 1, Math.max(1, highest));

let host: Awaited<ReturnType<typeof ownVirtualHost>>;
let demoServers: DemoServers;
let processes: ProcessGroup;
let client: Client;
let chain: TokenChain;
let folder: string;

test.before(async () => {
  host = await ownVirtualHost();
  folder = await realpath(await mkdtemp(join(tmpdir(), 'chain-kills-')));
  const opened = await TokenChain.open();
  assert.ok(opened, 'the packages of the chain are not installed');
  chain = opened as TokenChain;
  demoServers = await prepareServers({ rabbitmq: host.url, database: servers.postgres });
  const env = {
    ...demoServers.env,
    ...chain.env,
    file_remover__roots: JSON.stringify([folder]),
  };
  processes = new ProcessGroup({
    groups: victims.map((service) => [service]),
    feed: new HistoryFeed(systemClock),
    clock: systemClock,
    hosting: { env, leaseMs: 1 },
  });
  await processes.open();
  client = await connect([host.url], 'killer');
});

test.after(async () => {
  await client?.close();
  await processes?.close();
  chain?.close();
  await demoServers?.cleanUp();
  await host?.remove();
  await rm(folder, { recursive: true, force: true });
});

function ask(service: string, action: string, data: Json): Promise<JsonObject> {
  const to = { exchange: service, routingKey: `${service}_consume` };
  const options = { timeoutMs: roundDeadlineMs };
  return client.request(to, { action, data }, options) as Promise<JsonObject>;
}

async function createCard(
  id: string,
): Promise<{ readonly path: string; burned(): Promise<boolean> }> {
  const token = await chain.token('1');
  const path = join(folder, id);
  await writeFile(path, 'content');
  const metadata = { must_be_deleted_files: [pathToFileURL(path).href] };
  const transaction = `t-${id}`;
  await ask('transactions', 'create', { transaction, card: id });
  const card = { id, owner, kind: 'erc', transaction, token, metadata };
  assert.equal(await ask('mcards', 'create', card), { id });
  return { path, burned: async () => !(await chain.isThere(token)) };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The end of a deletion, however often a process was killed. */
async function expectDone(id: string, story: string): Promise<void> {
  await processes.settled(roundDeadlineMs);
  const found = await processes.history(id);
  const count = (what: string) => found.filter(({ line }) => line['what'] === what).length;
  assert.equal(
    ['token burned', 'token not burned', 'card removed', 'file removed'].map(count),
    [1, 0, 1, 1],
    story,
  );
}

/** True when the victim was killed while the deletion was under way. */
async function playRound(round: number, reaches: ReadonlyMap<string, number>): Promise<boolean> {
  const id = `c${round}`;
  const { path, burned } = await createCard(id);
  const victim = victims[upTo(victims.length) - 1] as string;
  const n = upTo(reaches.get(victim) ?? 1);
  const story = `TEST_SEED=${seed()}, round ${round}: ${victim} at failpoint ${n}`;
  processes.prepareSpare();
  let isDead = false;
  const died = processes.ended(victim).then(() => {
    isDead = true;
  });
  await processes.killAt(victim, { kind: 'failpoint', n });
  const answered = ask('mcards', 'delete', { id, owner }).catch(() => undefined);
  await Promise.race([died, answered]);
  const wasKilled = isDead;
  if (wasKilled) await processes.restart(victim);
  else await processes.killAt(victim, null).catch(() => processes.restart(victim));
  await answered;
  await expectDone(id, story);
  assert.ok(await burned(), story);
  assert.not(await isThere(path), story);
  return wasKilled;
}

/** How many failpoints each victim reaches in a deletion that nobody disturbs. */
async function undisturbed(): Promise<ReadonlyMap<string, number>> {
  await createCard('c0');
  for (const victim of victims) await processes.killAt(victim, null);
  assert.equal(await ask('mcards', 'delete', { id: 'c0', owner }), {});
  await expectDone('c0', 'nobody is killed');
  const reached = new Map<string, number>();
  for (const victim of victims) reached.set(victim, await processes.killAt(victim, null));
  return reached;
}

test(`${kills} kills end in one burn, and in a card that is gone with its file`, async () => {
  const reaches = await undisturbed();
  await expectKills(kills, roundsMax, (round) => playRound(round, reaches));
});

test.run();
