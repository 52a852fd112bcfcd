/**
 * The trials after all faults, in the world at rest: of `retry succeeds`, `one finishes` and `open while down`.
 *
 * 1. No veto is left: old peers are present and say ok, orders are closed, and nodes with refusing
 *    references are deleted first, by their own service.
 */
import type { Json } from '../../../runtime/ports/json.ts';
import type { World } from '../../../testing/simulation/world.ts';
import { isKeptByCode } from './code.ts';
import type { Epilogue } from './consent-plan.ts';
import { type ConsentRun, type Result, resultOf } from './consent-run.ts';
import { contractsName } from './contracts.ts';
import {
  type Entity,
  entities,
  isKept,
  type Owned,
  ownedKinds,
  placeOf,
  referencesOf,
  serviceOf,
} from './entities.ts';
import { listOf, newPeers, promisesOf } from './lists.ts';
import { ordersName } from './orders.ts';
import { ordersPlace } from './perform-order.ts';
import { adoption } from './perform-strike.ts';
import { lift, timeAfter, vaultPlace } from './perform-vault.ts';
import { vaultName } from './vault.ts';

/** Longer than the two minutes until the alarm that names the awaited voter. */
const downMs = 150_000;
const restLimitMs = 3_600_000;
const keptForMs = 60_000;
const everything = 100_000;

export async function finish(run: ConsentRun, world: World): Promise<void> {
  await run.upgrade?.settle(world);
  for (const peer of run.peers.values()) peer.thinks('ok');
  const absent = run.plan.peers.filter((peer) => peer.absent);
  await world.simulation.until(Promise.all(absent.map(({ name }) => run.peers.get(name)?.open())));
  run.hook?.heal();
  await closeOrders(run, world);
  await freeContracts(run, world);
  await liftHolds(run, world);
  await adoptOwn(run, world);
  await epilogues[run.plan.epilogue](run, world);
  await world.rest(restLimitMs);
  await outlast(run, world);
}

/**
 * The vault keeps a document of a node that goes, and is down at the end, until the tombstones of the
 * deletion are old. No other message is under way, so nothing else needs the tombstones.
 */
async function outlast(run: ConsentRun, world: World): Promise<void> {
  const [node] = remaining(run);
  const isHere = run.plan.outlasts === true && !sharesProcesses(run) && !inUse(run);
  if (!isHere || node === undefined || world.violation !== undefined) return;
  const { id: nodeId, entity } = node;
  const data = { id: 'outlasting', entity, nodeId, until: timeAfter(world, keptForMs) };
  const keeping = world.ask(vaultPlace, { action: 'keep', data });
  if (!(await answered(world, keeping)).ok) return;
  if (!(await deleted(world, entity, [nodeId])).ok) return;
  world.crashes.kill(vaultName, undefined);
  await world.simulation.advance(keptForMs);
  const oldMs = world.simulation.clock.now() + 1;
  const pruned = world.journals.map((journal) => journal.prune('tombstones', oldMs, everything));
  await world.simulation.until(Promise.all(pruned));
  world.note('a retention outlasts old tombstones');
  world.crashes.heal();
  await world.rest(restLimitMs);
}

async function closeOrders({ plan, orderBook }: ConsentRun, world: World): Promise<void> {
  if (!plan.services.includes(ordersName)) return;
  for (const { id } of orderBook.openOf(new Set(orderBook.nodeIds))) {
    const body = { action: 'close', data: { id } };
    const { ok, error } = await answered(world, world.ask(ordersPlace, body));
    if (!ok) world.fail('retry succeeds', `the order ${id} cannot be closed: ${error}`);
  }
}

/** Every service that was struck off adopts its nodes, so that somebody answers for them. */
async function adoptOwn({ plan }: ConsentRun, world: World): Promise<void> {
  for (const operation of plan.operations) {
    if (operation.what !== 'strike') continue;
    const { entity } = operation;
    const { ok, error } = await finished(world, adoption(world, entity, entity));
    if (!ok && !error.includes('"not-found"'))
      world.fail('retry succeeds', `${serviceOf(entity)} cannot adopt its own nodes: ${error}`);
  }
}

/** The deletions that wait for the holds are tried then, and end before the trial begins. */
async function liftHolds({ plan, vaultBook }: ConsentRun, world: World): Promise<void> {
  if (vaultBook.holds.length === 0) return;
  for (const { id, nodeId } of vaultBook.holds) {
    const placed = plan.operations.find((one) => one.what === 'vault' && one.row === id);
    const entity = placed?.what === 'vault' ? placed.nodeOf : '';
    const { ok, error } = await finished(world, lift(world, { id, nodeId, entity }));
    // The deletion that waits for several holds may go on, and take the others along.
    const isThere = vaultBook.holds.some((hold) => hold.id === id);
    if (!ok && isThere) world.fail('retry succeeds', `the hold ${id} cannot be lifted: ${error}`);
  }
  await world.rest(restLimitMs);
}

async function freeContracts({ contractBook }: ConsentRun, world: World): Promise<void> {
  for (const { id, held } of [...contractBook.contracts.values()]) {
    if (!held) continue;
    const body = { action: 'free', data: { id } };
    const { ok, error } = await answered(world, world.ask(placeOf('contracts'), body));
    if (!ok) world.fail('retry succeeds', `the contract ${id} cannot be freed: ${error}`);
  }
}

const epilogues: Readonly<Record<Epilogue, (run: ConsentRun, world: World) => Promise<void>>> = {
  retry,
  conflict,
  down,
  successor,
};

function kindOf(nodeClassOwner: string | null): Owned | undefined {
  return ownedKinds.find((kind) => serviceOf(kind) === nodeClassOwner);
}

function deleted(world: World, entity: Owned, ids: readonly string[]): Promise<Result> {
  return answered(
    world,
    world.ask(placeOf(entity), { action: 'delete', data: { id: ids as Json } }),
  );
}

function answered(world: World, answer: Promise<Json>): Promise<Result> {
  return finished(world, answer.then(resultOf));
}

/** The result of a request; a missing answer is an error. */
async function finished(world: World, request: Promise<Result>): Promise<Result> {
  let result: Result | undefined;
  void request.then((found) => {
    result = found;
  });
  await world.simulation.moveUntil(
    () => result !== undefined || world.violation !== undefined,
    restLimitMs,
  );
  return result ?? { ok: false, error: 'it is not answered' };
}

/** Live nodes of the running services, nodes with refusing references first. */
function remaining(run: ConsentRun): readonly { readonly id: string; readonly entity: Owned }[] {
  const refusing = new Set(
    referencesOf(run.plan.shape).flatMap(({ onDelete, attribute }) =>
      onDelete === 'refuse' ? [attribute] : [],
    ),
  );
  const found = [...run.chronicle.living].flatMap(([id, owner]) => {
    const entity = kindOf(owner);
    return entity === undefined || !run.plan.services.includes(owner ?? '') ? [] : [{ id, entity }];
  });
  const refuses = (id: string): boolean =>
    Object.keys(run.tables.nodes.get(id)?.attributes ?? {}).some((name) => refusing.has(name));
  return [...found.filter(({ id }) => refuses(id)), ...found.filter(({ id }) => !refuses(id))];
}

/** `retry succeeds`: without vetoes every retried request succeeds. */
async function retry(run: ConsentRun, world: World): Promise<void> {
  for (const { id, entity } of remaining(run).slice(0, 3)) {
    if (!run.chronicle.living.has(id) || inUse(run)) continue;
    const { ok, error } = await deleted(world, entity, [id]);
    if (!ok)
      world.fail(
        'retry succeeds',
        `nobody objects to the deletion of ${id} any more, and it fails: ${error}`,
      );
    if (world.violation !== undefined) return;
  }
}

/** A service is gone, another one has adopted its nodes, and what nobody objects to succeeds. */
async function successor(run: ConsentRun, world: World): Promise<void> {
  if (sharesProcesses(run)) return;
  const cast = entities.filter((entity) => run.plan.services.includes(serviceOf(entity)));
  for (const from of cast.toReversed()) {
    world.crashes.kill(serviceOf(from), undefined);
    for (const by of cast) {
      if (by === from || !areAskedBy(run, from, by)) continue;
      if (!(await finished(world, adoption(world, by, from))).ok) continue;
      await retry(run, world);
      world.crashes.heal();
      return;
    }
    world.crashes.heal();
    await world.rest(restLimitMs);
  }
}

/** Whether no service can be down alone. */
function sharesProcesses({ plan }: ConsentRun): boolean {
  return plan.handOver !== undefined;
}

/** Whether everybody on the lists of the nodes takes questions from the exchange of the successor. */
function areAskedBy({ chronicle, ledger }: ConsentRun, from: Entity, by: Entity): boolean {
  const asked = new Set([ordersName, contractsName, vaultName, serviceOf(by)]);
  const nodes = [...chronicle.living].filter(([, owner]) => owner === serviceOf(from));
  return nodes.every(([id]) => listOf(ledger, id).every(({ service }) => asked.has(service)));
}

/** Whether a veto is left anywhere on the way of a deletion. */
function inUse({ tables, plan }: ConsentRun): boolean {
  const refusing = referencesOf(plan.shape).filter(({ onDelete }) => onDelete === 'refuse');
  return [...tables.nodes.values()].some(
    (node) =>
      isKept(plan.shape, node) ||
      isKeptByCode(plan.code, node) ||
      refusing.some(({ attribute }) => (node.attributes[attribute]?.length ?? 0) > 0),
  );
}

/** `one finishes`: of several conflicting requests at the same time, one finishes. */
async function conflict(run: ConsentRun, world: World): Promise<void> {
  const nodes = remaining(run).slice(0, 3);
  if (nodes.length === 0 || inUse(run)) return;
  const results = await Promise.all(nodes.map(({ id, entity }) => deleted(world, entity, [id])));
  if (!results.some(({ ok }) => ok))
    world.fail(
      'one finishes',
      `of ${nodes.length} deletions none has finished: ${results.map(({ error }) => error).join('; ')}`,
    );
}

/**
 * `open while down`: while a voter is down after the decision, the saga stays open and names the voter. The saga
 * ends after the voter's return.
 */
async function down(run: ConsentRun, world: World): Promise<void> {
  if (sharesProcesses(run)) return;
  const isVoter = (name: string): boolean => newPeers.has(name) && run.plan.services.includes(name);
  const nodes = remaining(run).filter(({ id }) =>
    listOf(run.ledger, id).some(({ service }) => isVoter(service)),
  );
  const [first] = nodes;
  if (first === undefined || inUse(run)) return;
  const voter = listOf(run.ledger, first.id).find(({ service }) => isVoter(service))?.service ?? '';
  const before = run.chronicle.decisions;
  const request = world.simulation.ids.next();
  const answer = world.ask(
    placeOf(first.entity),
    { action: 'delete', data: { id: first.id } },
    request,
  );
  await world.simulation.moveUntil(
    () => run.chronicle.decisions > before || world.violation !== undefined,
    downMs,
  );
  if (voter === serviceOf(first.entity) || run.chronicle.decisions === before) return;
  world.crashes.kill(voter, undefined);
  await world.simulation.advance(downMs);
  const open = [...run.chronicle.sagas.values()].filter(
    ({ decisions, ended }) => decisions > 0 && ended === undefined,
  );
  const promised = promisesOf(run).some(({ service }) => service === voter);
  if (promised && open.length === 0)
    world.fail('open while down', `${voter} is down with a promise, and no saga waits for it`);
  if (promised) world.note('a voter is down after the decision');
  for (const saga of unsaid(run, await alarms(run, world), voter))
    world.fail('open while down', `${saga} waits for ${voter}, and does not say so`);
  const saga = run.chronicle.begun.get(`${request}@client`);
  if (promised && saga !== undefined && run.plan.skips)
    await skip(run, world, { saga, entity: first.entity, voter, answer });
  world.crashes.heal();
  const { ok, error } = await answered(world, answer);
  if (!ok)
    world.fail(
      'open while down',
      `${voter} is there again, and the deletion of ${first.id} fails: ${error}`,
    );
}

interface Open {
  readonly saga: string;
  readonly entity: Owned;
  readonly voter: string;
  readonly answer: Promise<Json>;
}

/** An operator ends the wait of the owner: the request is answered while the voter is down. */
async function skip(
  run: ConsentRun,
  world: World,
  { saga, entity, voter, answer }: Open,
): Promise<void> {
  const { told } = run.chronicle.story(saga);
  if (![...told.values()].some((names) => names.has(voter))) return;
  const word = {
    action: 'skip',
    data: { saga, voter, by: 'the simulation', why: 'it does not come back' },
  };
  const { ok } = await answered(world, world.ask(placeOf(entity), word));
  if (!ok) return;
  world.note("an operator's skip is done");
  const isElsewhere = [...told.values()].some((names) =>
    [...names].some((name) => name !== voter && !run.peers.has(name)),
  );
  if (isElsewhere) return;
  if (!(await answered(world, answer)).ok)
    world.fail('open while down', `nobody waits for ${voter} any more, and ${saga} is not done`);
}

/** Sagas that have named the awaited voter, as `saga voter`. */
async function alarms(
  { chronicle }: ConsentRun,
  { journals }: World,
): Promise<ReadonlySet<string>> {
  const lines = await Promise.all(
    [...chronicle.sagas.keys()].flatMap((saga) => journals.map((journal) => journal.history(saga))),
  );
  const raised = lines.flat().flatMap(({ topic, line }) => {
    const { what, waitingFor = [] } = line as { what?: string; waitingFor?: readonly string[] };
    return what === 'alarm' ? waitingFor.map((voter) => `${topic} ${voter}`) : [];
  });
  return new Set(raised);
}

/** Sagas that wait for this voter without having named it. */
function unsaid(run: ConsentRun, said: ReadonlySet<string>, voter: string): readonly string[] {
  const open = promisesOf(run).filter(({ service }) => service === voter);
  const waiting = open.filter(({ saga, nodeId }) => {
    const { decisions, told, skipped } = run.chronicle.story(saga);
    return (
      decisions > 0 &&
      told.get(nodeId)?.has(voter) === true &&
      skipped.get(nodeId)?.has(voter) !== true
    );
  });
  return [...new Set(waiting.map(({ saga }) => saga))].filter(
    (saga) => !said.has(`${saga} ${voter}`),
  );
}
