/** Operators strike a service off all lists although it has nodes, and the service adopts its nodes. */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation } from './consent-plan.ts';
import { type ConsentRun, type Result, resultOf } from './consent-run.ts';
import { type Entity, entities, placeOf, serviceOf } from './entities.ts';

type Strike = Extract<ConsentOperation, { readonly what: 'strike' }>;

const said = { by: 'the simulation', why: 'it was thought to be gone' };

export async function strike(
  run: ConsentRun,
  { name, entity, adoptAfterMs }: Strike,
  world: World,
): Promise<void> {
  const owners = entities.filter(
    (owner) => owner !== entity && run.plan.services.includes(serviceOf(owner)),
  );
  const data = { service: serviceOf(entity), force: true, ...said };
  const answers = owners.map((owner) => world.ask(placeOf(owner), { action: 'retire', data }));
  const struck = (await Promise.all(answers)).some(
    (answer) => ((answer as JsonObject)['leaves'] ?? null) !== null,
  );
  if (struck) world.note('a service with nodes is struck off');
  await world.waits(adoptAfterMs);
  run.results.set(name, await adoption(world, entity, entity));
}

/** The service of `by` takes over the nodes of the other service. */
export async function adoption(world: World, by: Entity, from: Entity): Promise<Result> {
  const data = { service: serviceOf(from), ...said };
  const result = resultOf(await world.ask(placeOf(by), { action: 'adopt', data }));
  if (result.ok) world.note(by === from ? 'a service adopts its nodes' : 'another service adopts');
  return result;
}
