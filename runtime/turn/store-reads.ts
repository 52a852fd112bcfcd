/** Reads through the stores of services, for steps. Reads see what is committed. */
import type { ServiceDefinition } from '../messages/service-definition.ts';
import { Broken, errorText, UnanimousError } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Read } from '../ports/store.ts';

/**
 * A store has failed with an error that does not say what it means. The turn is done again, but not
 * without end: after a few failures the message is a dead letter.
 */
export class UndecidedReadError extends Error {}

/** Rejects with the error of the store, or with `UndecidedReadError`. */
export function storeReads(
  services: ReadonlyMap<string, Pick<ServiceDefinition, 'stores'>>,
): (service: string, read: Read) => Promise<Json> {
  return async (service, { store, op, args }) => {
    const found = services.get(service)?.stores.get(store);
    if (found === undefined)
      throw new Broken('broken', `the service '${service}' has no store '${store}'`);
    try {
      return await found.read(op, args);
    } catch (error) {
      if (error instanceof UnanimousError) throw error;
      throw new UndecidedReadError(`reading '${op}' of '${store}' failed: ${errorText(error)}`, {
        cause: error,
      });
    }
  };
}
