/** Does the operations of a plan to a running world. */
import type { Json, JsonObject } from '../../runtime/json.ts';
import type { World } from '../world.ts';
import type { ConsentOperation } from './consent-plan.ts';
import type { ConsentRun, Result } from './consent-run.ts';
import { placeOf } from './entities.ts';
import { idOf } from './names.ts';

type Of<What extends ConsentOperation['what']> = Extract<ConsentOperation, { readonly what: What }>;

export async function perform(run: ConsentRun, operation: ConsentOperation, world: World): Promise<void> {
  switch (operation.what) {
    case 'delete':
      return remove(run, operation, world);
    case 'create':
      return create(run, operation, world);
    case 'update':
      return update(run, operation, world);
    case 'subscribe':
      return run.peers.get(operation.peer)?.subscribe(idOf(operation.node));
    case 'opinion':
      return run.peers.get(operation.peer)?.thinks(operation.opinion);
    case 'poison':
      return poison(run, operation, world);
    case 'kill':
      return world.crashes.kill(operation.service, operation.downMs);
    case 'card':
      return undefined;
  }
}

export function resultOf(answer: Json): Result {
  const error = (answer as JsonObject)['error'];
  return { ok: error === undefined || error === null, error: error === undefined ? '' : JSON.stringify(error) };
}

async function remove(run: ConsentRun, { name, entity, nodes, oneWay }: Of<'delete'>, world: World): Promise<void> {
  const ids = nodes.map(idOf);
  const body = { action: 'delete', data: { id: ids.length === 1 ? (ids[0] as string) : ids } };
  if (!oneWay) {
    run.results.set(name, resultOf(await world.ask(placeOf(entity), body, idOf(name))));
    return;
  }
  await world.send(placeOf(entity), body, idOf(name));
  run.oneWay.add(idOf(name));
}

async function create(run: ConsentRun, { name, entity, parent, references }: Of<'create'>, world: World): Promise<void> {
  const refers = Object.fromEntries(Object.entries(references).map(([attribute, node]) => [attribute, idOf(node)]));
  const data = { ...(parent === undefined ? {} : { parentId: idOf(parent) }), attributes: { cn: name, ...refers } };
  const result = resultOf(await world.ask(placeOf(entity), { action: 'create', data }, idOf(name)));
  run.results.set(name, result);
  if (!result.ok) world.note('a create is refused');
}

async function update(run: ConsentRun, { name, entity, node }: Of<'update'>, world: World): Promise<void> {
  const data = { id: idOf(node), attributes: { description: name } };
  run.results.set(name, resultOf(await world.ask(placeOf(entity), { action: 'update', data }, idOf(name))));
}

const poisonBodies: Readonly<Record<Of<'poison'>['body'], string>> = {
  'no json': '{"action": "del',
  'no action': '{"data": {}}',
  'no ids': '{"action": "delete", "data": {"id": "not an id"}}',
};

async function poison(run: ConsentRun, { entity, body }: Of<'poison'>, world: World): Promise<void> {
  await world.publish({ ...placeOf(entity), body: poisonBodies[body] });
  run.poisoned += 1;
}
