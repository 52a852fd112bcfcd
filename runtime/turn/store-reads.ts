/** Reads through the stores of services, for steps. Reads see what is committed. */
import type { ServiceDefinition } from '../messages/service-definition.ts';
import { Broken, errorText, Transient, UnanimousError } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Read } from '../ports/store.ts';

/**
 * Rejects with the error of the store. An error that does not say what it means is `Transient`: the
 * database may be out of reach.
 */
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
      throw new Transient('broken', `reading '${op}' of '${store}' failed: ${errorText(error)}`, {
        cause: error,
      });
    }
  };
}
