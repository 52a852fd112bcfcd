/**
 * The saga that a request has begun, found by the identity of the request: the actor of a saga has
 * the identity of its request as its key.
 *
 * - kept: an actor is found while it runs, and as long as finished actors are kept.
 */
import { isJsonObject } from '../config/json.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { Json } from '../runtime/ports/json.ts';

/** `journals`: by name of the service. undefined: no service of these journals knows the request. */
export async function requestSaga(
  request: string,
  journals: ReadonlyMap<string, Journal>,
): Promise<string | undefined> {
  const sagas = await Promise.all(
    [...journals].map(async ([service, journal]) => {
      const actor = await journal.inspect({ service, machine: 'delete-saga', key: request });
      return sagaIn(actor?.family);
    }),
  );
  return sagas.find((saga) => saga !== undefined);
}

function sagaIn(family: Json | undefined): string | undefined {
  const path = ['root', 'context', 'saga'];
  const saga = path.reduce<Json | undefined>(
    (value, member) => (isJsonObject(value) ? value[member] : undefined),
    family,
  );
  return typeof saga === 'string' ? saga : undefined;
}
