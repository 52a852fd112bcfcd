/** Performs the operations of a plan in a running world. */
import type { EngagementState } from '../../../actors/consent/ledger/store.ts';
import type { DeletionPlan } from '../../../actors/consent/plan-schema.ts';
import { hierarchyWrite } from '../../../actors/hierarchy/store.ts';
import { Conflict } from '../../../runtime/ports/errors.ts';
import { noUndo } from '../../../runtime/ports/undo-log.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation } from './consent-plan.ts';
import { type ConsentRun, resultOf } from './consent-run.ts';
import { entities, placeOf, serviceOf } from './entities.ts';
import { requestLink } from './links.ts';
import { filesAttribute, idOf, requestOf } from './names.ts';
import { burn, undelete } from './perform-card.ts';
import { requestContract } from './perform-contract.ts';
import { requestOrder } from './perform-order.ts';
import { rival } from './perform-rival.ts';
import { strike } from './perform-strike.ts';
import { requestVault, timeAfter } from './perform-vault.ts';
import { traceHeaders } from './traces.ts';

type Of<What extends ConsentOperation['what']> = Extract<ConsentOperation, { readonly what: What }>;

export async function perform(
  run: ConsentRun,
  operation: ConsentOperation,
  world: World,
): Promise<void> {
  switch (operation.what) {
    case 'delete':
      return remove(run, operation, world);
    case 'rival':
      return rival(run, operation, world);
    case 'plan':
      return planned(run, operation, world);
    case 'create':
      return create(run, operation, world);
    case 'copy':
      return copy(run, operation, world);
    case 'update':
      return update(run, operation, world);
    case 'subscribe':
      return run.peers.get(operation.peer)?.subscribe(idOf(operation.node));
    case 'old delete':
      return run.oldOwner?.remove(idOf(operation.node));
    case 'unsubscribe':
      return unsubscribe(run, operation, world);
    case 'operate':
      return operate(run, operation, world);
    case 'opinion':
      return run.peers.get(operation.peer)?.thinks(operation.opinion);
    case 'poison':
      return poison(run, operation, world);
    case 'strike':
      return strike(run, operation, world);
    case 'forge':
      return run.forger?.forge(operation.kinds, operation.forMs);
    case 'kill':
      return world.crashes.kill(operation.service, operation.downMs);
    case 'upgrade':
      return run.upgrade?.begin(operation, world);
    case 'newer code':
      return run.upgrade?.goOn(operation, world);
    case 'stray':
      return stray(run, operation, world);
    case 'order':
      return requestOrder(run, operation, world);
    case 'contract':
      return requestContract(run, operation, world);
    case 'link':
      return requestLink(run, operation, world);
    case 'vault':
      return requestVault(run, operation, world);
    case 'card':
      return burn(run, operation, world);
    case 'undelete':
      return undelete(run, operation, world);
  }
}

async function remove(
  run: ConsentRun,
  { name, entity, nodes, oneWay, whenHeld, caller }: Of<'delete'>,
  world: World,
): Promise<void> {
  const ids = nodes.map(idOf);
  const held = whenHeld === undefined ? {} : { when_held: 'retry' };
  const end = typeof whenHeld === 'number' ? { give_up_at: timeAfter(world, whenHeld) } : {};
  const id = ids.length === 1 ? (ids[0] as string) : ids;
  const body = { action: 'delete', data: { id, ...held, ...end } };
  if (!oneWay) {
    const to = placeOf(entity);
    const headers = traceHeaders(run.plan, name);
    const answer =
      caller === undefined || run.callers === undefined
        ? world.ask(to, body, idOf(name), headers)
        : run.callers.ask(caller, { to, body, name, headers }, world);
    run.results.set(name, resultOf(await answer));
    return;
  }
  await world.send(placeOf(entity), body, idOf(name));
  run.oneWay.add(requestOf(name));
}

async function planned(
  run: ConsentRun,
  { name, entity, nodes, pauseMs }: Of<'plan'>,
  world: World,
): Promise<void> {
  const id = nodes.map(idOf);
  const answer = await world.ask(placeOf(entity), { action: 'plan', data: { id } });
  run.results.set(name, resultOf(answer));
  if (run.results.get(name)?.ok !== true) return;
  const plan = answer as unknown as DeletionPlan;
  await world.waits(pauseMs);
  const result = resultOf(
    await world.ask(
      placeOf(entity),
      { action: 'delete', data: { id, if_plan: plan.hash } },
      idOf(name),
    ),
  );
  run.results.set(name, result);
  if (result.error.includes('plan-changed')) world.note('a plan has changed');
  if (!result.ok) return;
  world.note('a plan is carried out');
  const problem = departure(run, sagaOf(run, name), plan);
  if (problem !== undefined) world.fail('a plan is kept to', problem);
}

/**
 * Who was asked in vain may own more than the plan names; what another deletion took first is gone
 * as well.
 */
function departure(
  { chronicle }: ConsentRun,
  saga: string,
  { nodes, votes }: DeletionPlan,
): string | undefined {
  const ids = new Set(nodes.map((node) => node.id));
  const left = [...ids].find((id) => chronicle.living.has(id));
  if (left !== undefined) return `${left} is in the plan of ${saga}, and it is there`;
  if (votes.some(({ vote }) => vote === 'unknown')) return undefined;
  const more = [...chronicle.story(saga).removed].find((id) => !ids.has(id));
  return more && `${more} is not in the plan of ${saga}, which has removed it`;
}

async function create(
  run: ConsentRun,
  { name, entity, parent, references }: Of<'create'>,
  world: World,
): Promise<void> {
  const refers = Object.fromEntries(
    Object.entries(references).map(([attribute, node]) => [attribute, idOf(node)]),
  );
  const data = {
    ...(parent === undefined ? {} : { parentId: idOf(parent) }),
    attributes: {
      ...{ cn: name, ...refers },
      ...(run.plan.files?.entity === entity ? { [filesAttribute]: [newFile(run, name)] } : {}),
    },
  };
  const result = resultOf(await world.ask(placeOf(entity), { action: 'create', data }, idOf(name)));
  run.results.set(name, result);
  if (!result.ok) world.note('a create is refused');
}

/** A file of a node that is created. */
function newFile({ files }: ConsentRun, name: string): string {
  const url = `file:///of-nodes/${name}/0`;
  files?.put(url);
  return url;
}

async function copy(
  run: ConsentRun,
  { name, entity, node, parent }: Of<'copy'>,
  world: World,
): Promise<void> {
  const data = {
    ...{ id: idOf(node), attributes: { cn: name }, only_own: true },
    ...(parent === undefined ? {} : { parentId: idOf(parent) }),
  };
  const answer = await world.ask(placeOf(entity), { action: 'copy', data }, idOf(name));
  const result = resultOf(answer);
  run.results.set(name, result);
  if (!result.ok) return world.note('a copy is refused');
  const { ids } = answer as { readonly ids: Readonly<Record<string, string>> };
  world.note(Object.keys(ids).length > 1 ? 'nodes are copied' : 'a node is copied');
}

async function update(run: ConsentRun, operation: Of<'update'>, world: World): Promise<void> {
  const { name, entity, node, parent, references = {} } = operation;
  const refers = Object.fromEntries(
    Object.entries(references).map(([attribute, to]) => [attribute, idOf(to)]),
  );
  const place = parent === undefined ? {} : { parentId: idOf(parent) };
  const data = { id: idOf(node), ...place, attributes: { description: name, ...refers } };
  run.results.set(
    name,
    resultOf(await world.ask(placeOf(entity), { action: 'update', data }, idOf(name))),
  );
}

/** Asked again while it has to wait; a peer that has left answers what it is asked all the same. */
async function unsubscribe(
  run: ConsentRun,
  { peer: name, node }: Of<'unsubscribe'>,
  world: World,
): Promise<void> {
  const peer = run.peers.get(name);
  const entity = run.plan.peers.find((one) => one.name === name)?.entity;
  if (peer === undefined || entity === undefined) return;
  const body = { action: 'unsubscribe', data: { service: name, subscribe_to_id: [idOf(node)] } };
  await peer.unsubscribe(idOf(node), async () => {
    for (let attempt = 0; attempt < unsubscribeMax; attempt += 1) {
      const response = (await world.ask(placeOf(entity), body)) as { readonly response?: string };
      if (response.response === 'ok') return world.note('an old peer unsubscribes');
      world.note('an unsubscription has to wait');
      await world.waits(unsubscribeAgainMs);
    }
  });
}

async function operate(run: ConsentRun, operation: Of<'operate'>, world: World): Promise<void> {
  const { service, word, name } = operation;
  const entity = entities.find((one) => serviceOf(one) === service);
  if (entity === undefined) return;
  const said = { by: 'the simulation', why: name };
  const about =
    operation.word === 'retire'
      ? { service: operation.peer }
      : {
          saga: sagaOf(run, operation.saga),
          ...(operation.word === 'skip' ? { voter: operation.voter } : {}),
        };
  // What it subscribes to before that is answered may be struck off with the rest.
  const forgotten = (): void =>
    operation.word === 'retire' ? run.peers.get(operation.peer)?.subscribed.clear() : undefined;
  forgotten();
  const { ok } = resultOf(
    await world.ask(placeOf(entity), { action: word, data: { ...about, ...said } }),
  );
  forgotten();
  run.results.set(name, { ok, error: '' });
  if (ok) world.note(`an operator's ${word} is done`);
}

/** Where the node is held without a decision, or has gone, it cannot be put. */
async function stray(
  run: ConsentRun,
  { name, node, forMs, late }: Of<'stray'>,
  world: World,
): Promise<void> {
  const { store, tables } = run;
  const statesNow = () => statesOf(run, idOf(node));
  if (late) await eventually(world, () => statesNow().includes('decided'));
  const parent = tables.nodes.get(idOf(node));
  const states = statesNow();
  const isDecided = states.length > 0 && states.every((state) => state === 'decided');
  if (parent === undefined || (late ? !isDecided : states.length > 0)) return;
  const placed = {
    id: idOf(name),
    service: stranger,
    objectClass: 'prsStray',
    parentId: parent.id,
    attributes: { cn: [name] },
  };
  const versions = { [parent.id]: parent.version };
  try {
    await store.apply(noUndo, [
      hierarchyWrite('add', { ...placed, systemNode: false }, { versions }),
    ]);
  } catch (error) {
    if (error instanceof Conflict) return;
    throw error;
  }
  await world.waits(forMs);
  await store.apply(noUndo, [hierarchyWrite('remove', { nodeIds: [placed.id], beside: [] }, null)]);
}

/** The tables may show a decision of an open commit; such a saga still asks. */
function statesOf({ ledger, chronicle }: ConsentRun, id: string): readonly EngagementState[] {
  return [...ledger.engagements.values()].flatMap(({ nodeId, saga, state }) => {
    if (nodeId !== id) return [];
    return state === 'decided' && chronicle.story(saga).decisions === 0 ? 'asking' : state;
  });
}

/** Looks again and again, for a limited time. */
async function eventually(world: World, isSo: () => boolean): Promise<void> {
  for (let looks = 0; looks < looksMax && !isSo(); looks += 1) await world.waits(lookAgainMs);
}

const looksMax = 600;
const lookAgainMs = 50;
const stranger = 'a stranger';

/** The saga that a delete has begun; else a name nobody knows. */
function sagaOf({ chronicle }: ConsentRun, name: string): string {
  return chronicle.begun.get(requestOf(name)) ?? requestOf(name);
}

const unsubscribeMax = 20;
const unsubscribeAgainMs = 2_000;

const poisonBodies: Readonly<Record<Of<'poison'>['body'], string>> = {
  'no json': '{"action": "del',
  'no action': '{"data": {}}',
  'no ids': '{"action": "delete", "data": {"id": "not an id"}}',
};

async function poison(
  run: ConsentRun,
  { entity, body }: Of<'poison'>,
  world: World,
): Promise<void> {
  await world.publish({ ...placeOf(entity), body: poisonBodies[body] });
  run.poisoned += 1;
}
