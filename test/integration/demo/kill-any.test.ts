/**
 * Sections are deleted one after the other. During each deletion, one of the processes that take part
 * in the deletion is killed at a random moment: at the n-th failpoint of the process, or after the
 * n-th line of history. The killed process is started again, and the end is always the same.
 *
 * On a busy machine the start may take longer than the deadline of the vote. Then the owner calls the
 * deletion off and names the silent service, and the caller asks again ("Invariants" in
 * `docs/protocol.md`). Any other refusal fails the test.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type DemoServers, prepareServers } from '../../../cli/demo/demo-servers.ts';
import { readTree } from '../../../cli/demo/final-state.ts';
import { HistoryFeed } from '../../../cli/demo/history-feed.ts';
import { ProcessGroup } from '../../../cli/demo/process-group.ts';
import type { ShopNode } from '../../../cli/demo/shop.ts';
import { ShopBuilder } from '../../../cli/demo/shop-builder.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { expectKills } from '../../support/kill-rounds.ts';
import { proofSize } from '../../support/proof-size.ts';
import { servers } from '../../support/servers.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { ownVirtualHost } from './virtual-host.ts';

const test = suite('demo: one process killed, whichever and whenever', {
  needs: ['postgres', 'rabbitmq'],
  deadlineMs: 560_000,
});

const kills = proofSize('demo-kills');
/** Rounds in which the victim is through before its moment comes do not count. */
const roundsMax = 2 * kills + 5;
const roundDeadlineMs = 60_000;
/** A saga over the section of a round writes so many lines, or a few more. */
const linesOfSaga = 25;

const random = xoroshiro128plus(seed());
const upTo = (highest: number): number => uniformInt(random, 1, Math.max(1, highest));

let host: Awaited<ReturnType<typeof ownVirtualHost>>;
let demoServers: DemoServers;
let processes: ProcessGroup;
let client: Client;
let builder: ShopBuilder;
const ids = new Map<string, string>();
let onLine: () => void = () => undefined;

/** An object below an object, with a tag, an alert and methods; one method uses the constant. */
function section(round: number): ShopNode {
  const node = (
    name: string,
    kind: string,
    children: readonly ShopNode[],
    uses?: readonly string[],
  ): ShopNode => ({
    ...{ class: `prs${kind}`, attributes: { cn: `${name}-${round}` }, children },
    ...(uses === undefined ? {} : { uses }),
  });
  const alert = node('overheated', 'Alert', [node('stop', 'Method', [], ['limit'])]);
  const tags = [
    node('temperature', 'Tag', [alert, node('cost', 'Method', [])]),
    node('speed', 'Tag', []),
  ];
  return node('section', 'Object', [node('machine', 'Object', tags)]);
}

test.before(async () => {
  host = await ownVirtualHost();
  demoServers = await prepareServers({ rabbitmq: host.url, database: servers.postgres });
  const groups = demoServers.groups.filter((services) =>
    services.some((service) => /_(api|model)_crud$/.test(service)),
  );
  const feed = new HistoryFeed(systemClock, (lines) => {
    for (const _line of lines) onLine();
  });
  processes = new ProcessGroup({
    groups,
    feed,
    clock: systemClock,
    hosting: { env: demoServers.env, leaseMs: 1 },
  });
  await processes.open();
  processes.prepareSpare();
  const transport = (await transportsAt([host.url]))();
  client = new Client({
    transport,
    name: 'killer',
    clock: systemClock,
    ids: systemIds(systemClock),
    timeoutMs: roundDeadlineMs,
  });
  await client.open();
  builder = new ShopBuilder(processes, ids);
  await builder.buildBelow(undefined, [{ class: 'prsConstant', attributes: { cn: 'limit' } }]);
});

test.after(async () => {
  await client?.close();
  await processes?.close();
  await demoServers?.cleanUp();
  await host?.remove();
});

const gateway = 'objects_api_crud';
const victims = [
  ...['objects', 'tags', 'alerts', 'methods', 'constants'].map((entity) => `${entity}_model_crud`),
  gateway,
];

function isSilence(answer: Json): boolean {
  const { refusals, silent } = ((answer as JsonObject)['error'] ?? {}) as {
    refusals?: readonly Json[];
    silent?: readonly Json[];
  };
  return refusals?.length === 0 && (silent?.length ?? 0) > 0;
}

function ask(round: number, messageId: string): Promise<Json> {
  const data = { id: ids.get(`section-${round}`) ?? '' };
  return client.request(
    { exchange: 'objects', routingKey: `${gateway}_consume` },
    { action: 'delete', data },
    { messageId },
  );
}

/** `again` resolves when the gateway may have forgotten whom to answer: the same request under the same identity is done once. */
async function deletion(round: number, again: Promise<unknown>): Promise<Json> {
  for (let attempt = 0; ; attempt += 1) {
    const messageId = `killed-${process.pid}-${round}-${attempt}`;
    const asked = ask(round, messageId);
    const answer = await Promise.any([asked, again.then(() => ask(round, messageId))]);
    if (!isSilence(answer)) return answer;
  }
}

/** The victim is killed in the n-th failpoint it reaches, by itself. */
async function atFailpoint(victim: string, n: number): Promise<() => Promise<void>> {
  await processes.killAt(victim, { kind: 'failpoint', n });
  return async () => {
    await processes.killAt(victim, null).catch(() => processes.ended(victim));
  };
}

/** The victim is killed when the n-th line from now on has come, wherever it comes from. */
function afterLine(victim: string, n: number): () => Promise<void> {
  let left = n;
  let killed: Promise<void> | undefined;
  onLine = () => {
    left -= 1;
    if (left === 0) killed = processes.kill(victim);
  };
  return async () => {
    onLine = () => undefined;
    await killed;
  };
}

async function expectGone(before: readonly string[], story: string): Promise<void> {
  await processes.settled(roundDeadlineMs);
  assert.equal(await readTree(processes), before, story);
}

/** True when the victim was killed while the deletion was under way. */
async function playRound(round: number, reaches: ReadonlyMap<string, number>): Promise<boolean> {
  const before = await readTree(processes);
  await builder.buildBelow(undefined, [section(round)]);
  const victim = victims[upTo(victims.length) - 1] as string;
  // In turns, beginning with either, so that two rounds have both kinds.
  const byLine = (round + seed()) % 2 === 0;
  const n = upTo(byLine ? linesOfSaga : (reaches.get(victim) ?? 1));
  const story = `TEST_SEED=${seed()}, round ${round}: ${victim} at ${byLine ? 'line' : 'failpoint'} ${n}`;
  let dead = false;
  const died = processes.ended(victim).then(() => {
    dead = true;
  });
  const disarm = byLine ? afterLine(victim, n) : await atFailpoint(victim, n);
  let restarted: () => void = () => undefined;
  const answered = deletion(
    round,
    new Promise<void>((resolve) => {
      restarted = resolve;
    }),
  ).catch((error: unknown) => String(error));
  await Promise.race([died, answered]);
  await disarm();
  const killed = dead;
  if (killed) await processes.restart(victim);
  // Only a gateway forgets whom it has to answer: what is durable needs nobody to ask again.
  if (killed && victim === gateway) restarted();
  processes.prepareSpare();
  assert.equal(await answered, {}, story);
  await expectGone(before, story);
  return killed;
}

/** How many failpoints each victim reaches in a deletion that nobody disturbs. */
async function undisturbed(): Promise<ReadonlyMap<string, number>> {
  const before = await readTree(processes);
  await builder.buildBelow(undefined, [section(0)]);
  for (const victim of victims) await processes.killAt(victim, null);
  assert.equal(await ask(0, `undisturbed-${process.pid}`), {});
  const reached = new Map<string, number>();
  for (const victim of victims) reached.set(victim, await processes.killAt(victim, null));
  await expectGone(before, 'nobody is killed');
  return reached;
}

test(`${kills} kills end in the same final state`, async () => {
  const reaches = await undisturbed();
  await expectKills(kills, roundsMax, (round) => playRound(round, reaches));
});

test.run();
