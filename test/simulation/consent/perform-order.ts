/** A client opens, closes, reopens, moves or drops an order of the participant. */
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation } from './consent-plan.ts';
import { type ConsentRun, resultOf } from './consent-run.ts';
import { idOf } from './names.ts';
import { ordersName } from './orders.ts';

type OrderOperation = Extract<ConsentOperation, { readonly what: 'order' }>;

export const ordersPlace = { exchange: ordersName, routingKey: ordersName };

export async function requestOrder(
  run: ConsentRun,
  { name, word, order: id, node, nodeOf: entity }: OrderOperation,
  world: World,
): Promise<void> {
  const isPlaced = word !== 'close' && word !== 'drop';
  const data = isPlaced ? { id, entity, nodeId: idOf(node) } : { id };
  const result = resultOf(await world.ask(ordersPlace, { action: word, data }, idOf(name)));
  run.results.set(name, result);
  if (!isPlaced) return;
  if (result.ok) world.note(`an order is opened: ${word}`);
  if (result.error.includes('"gone"')) world.note('an order is refused: its node is gone');
}
