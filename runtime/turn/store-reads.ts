/**
 * Reads through the stores of services, for steps. Reads see what is committed, unless the caller reads
 * the stores in another way.
 */
import type { ServiceDefinition } from '../messages/service-definition.ts';
import { Broken, errorText, UnanimousError } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import type { Read } from '../ports/store.ts';

/**
 * A store has failed with an error that does not say what it means. The turn is done again, but not
 * without end: after a few failures the message is a dead letter.
 */
export class UndecidedReadError extends Error {}

/**
 * A read of a service. `instead`: reads a store in place of the store's own `read`. Rejects with the
 * error of the store, or with `UndecidedReadError`.
 */
export type StoreReads = (
  service: string,
  read: Read,
  instead?: (...read: [store: string, op: string, args: Json]) => Promise<Json>,
) => Promise<Json>;

export function storeReads(
  services: ReadonlyMap<string, Pick<ServiceDefinition, 'stores' | 'views'>>,
): StoreReads {
  const performed: StoreReads = async (service, { store, op, args }, instead) => {
    const definition = services.get(service);
    const view = definition?.views.get(store);
    const found = definition?.stores.get(store);
    let result: Json | undefined;
    try {
      if (view !== undefined)
        result = await view.read(op, args, (read) => performed(service, read, instead));
      else if (found !== undefined)
        result = await (instead === undefined ? found.read(op, args) : instead(store, op, args));
    } catch (error) {
      if (error instanceof UnanimousError) throw error;
      throw new UndecidedReadError(`reading '${op}' of '${store}' failed: ${errorText(error)}`, {
        cause: error,
      });
    }
    if (result !== undefined) return result;
    if (view === undefined && found === undefined)
      throw new Broken('broken', `the service '${service}' has no store '${store}'`);
    const allowed = 'allowed is JSON, with null where nothing is found';
    throw new Broken('broken', `reading '${op}' of '${store}' gave undefined; ${allowed}`);
  };
  return performed;
}

/** The names of the stores that a read of this name looks at. */
export function readStores(
  services: ReadonlyMap<string, Pick<ServiceDefinition, 'views'>>,
): (service: string, store: string) => readonly string[] {
  return (service, store) => services.get(service)?.views.get(store)?.over ?? [store];
}
