/** A client's requests about cards. */
import type { World } from '../../../testing/simulation/world.ts';
import { cardIdOf, cardOwner } from './card-world.ts';
import type { ConsentOperation } from './consent-plan.ts';
import { type ConsentRun, resultOf } from './consent-run.ts';
import { idOf } from './names.ts';

type Of<What extends ConsentOperation['what']> = Extract<ConsentOperation, { readonly what: What }>;

export async function burn(run: ConsentRun, operation: Of<'card'>, world: World): Promise<void> {
  const { name, async, isOwners, burns } = operation;
  const owner = isOwners ? cardOwner : 'somebody else';
  const data = { id: cardIdOf(operation), owner, mode: async ? 'async' : 'sync' };
  const place = { exchange: 'mcards', routingKey: 'mcards_consume' };
  const deletion = world.ask(place, { action: 'delete', data }, idOf(name));
  if (burns) {
    const queue = { exchange: 'mcard.single_burn', routingKey: 'mcard.single_burn' };
    await world.send(queue, { mcard_burn: { card: cardIdOf(operation), owner } });
  }
  const result = resultOf(await deletion);
  run.results.set(name, result);
  world.note(result.ok ? 'a card is burned' : 'a card is not burned');
}

export async function undelete(
  run: ConsentRun,
  { name, card }: Of<'undelete'>,
  world: World,
): Promise<void> {
  const id = cardIdOf({ name: card });
  const body = { action: 'undelete', data: { id, owner: cardOwner } };
  const place = { exchange: 'mcards', routingKey: 'mcards_consume' };
  const answer = await world.ask(place, body, idOf(name));
  const result = resultOf(answer);
  run.results.set(name, result);
  if (!result.ok) return world.note('a card is not undeleted');
  const { id: active = '' } = answer as { readonly id?: string };
  if (active !== id) run.cards?.undeleted.set(id, active);
  world.note(`a card is undeleted: ${active === id ? 'called off' : 'a new card'}`);
}
