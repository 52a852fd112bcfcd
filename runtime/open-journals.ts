/**
 * The journals of a process, opened and closed together, with the correlation of each service.
 */
import { type StartWaitPorts, untilReachable } from './duties/start-waits.ts';
import { Correlation } from './messages/correlation.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import { Broken } from './ports/errors.ts';
import type { Journal } from './ports/journal.ts';

export class OpenJournals {
  readonly #services: ReadonlyMap<Journal, readonly ServiceDefinition[]>;
  readonly #ephemeral: Journal;
  /** By service. Known once the journals are open. */
  readonly #correlations = new Map<string, Correlation>();

  constructor(services: ReadonlyMap<Journal, readonly ServiceDefinition[]>, ephemeral: Journal) {
    this.#services = services;
    this.#ephemeral = ephemeral;
  }

  /** May wait for a database that is not up yet. The signal of `waits` ends the wait. */
  async open(waits: StartWaitPorts): Promise<void> {
    await this.#ephemeral.open();
    for (const [journal, services] of this.#services) {
      const names = services.map(({ name }) => name).join(', ');
      const opening = () => this.#open(journal, services);
      await untilReachable(`the database of ${names}`, opening, waits);
    }
  }

  correlation(service: string): Correlation {
    const correlation = this.#correlations.get(service);
    if (correlation === undefined)
      throw new Broken('broken', `the journal of '${service}' is not open`);
    return correlation;
  }

  async close(): Promise<void> {
    for (const journal of [...this.#services.keys(), this.#ephemeral]) await journal.close();
  }

  async #open(journal: Journal, services: readonly ServiceDefinition[]): Promise<void> {
    await journal.open();
    const correlation = new Correlation(await journal.secret());
    for (const { name } of services) this.#correlations.set(name, correlation);
  }
}
