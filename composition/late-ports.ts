/**
 * The ports of a function that makes services before any database is open.
 *
 * - settled-once: a store or a lock that is used before `settle` rejects; afterwards each call goes
 *   to the store or the locks that were found.
 */
import type { ServicePorts } from '../actors/modules/service-module.ts';
import { Broken } from '../runtime/ports/errors.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import type { ReadableStore } from '../runtime/ports/store.ts';

export class LatePorts implements ServicePorts {
  readonly #asked = new Set<string>();
  #found: ServicePorts | undefined;

  readonly store = (name: string): ReadableStore => {
    this.#asked.add(name);
    return { name, read: async (op, args) => this.#settled.store(name).read(op, args) };
  };

  readonly locks: Locks = {
    acquire: async (...lock) => this.#settled.locks.acquire(...lock),
    keep: (...lock) => this.#settled.locks.keep(...lock),
    release: async (...lock) => this.#settled.locks.release(...lock),
    close: async () => undefined,
  };

  /** Throws as `found.store` does for a store that was asked for and is not there. */
  settle(found: ServicePorts): void {
    for (const name of this.#asked) found.store(name);
    this.#found = found;
  }

  get #settled(): ServicePorts {
    if (this.#found !== undefined) return this.#found;
    throw new Broken('broken', 'a store or a lock is used before the deployment is open');
  }
}
