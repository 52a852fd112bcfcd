/**
 * The services of a process, each with the engine of its journal, by name and by queue.
 *
 * Job: hand messages that came back, cannot be published or are replayed to the intake of their
 * service.
 */
import type { Engine } from './engine.ts';
import type { Intake } from './messages/intake.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import type { DeadLetter, StoredDeadLetter } from './ports/dead-letter.ts';
import type { Journal } from './ports/journal.ts';
import type { OutboxRow } from './ports/journal-rows.ts';
import type { Acknowledgement } from './ports/transport.ts';

/** A service of this process, with the engine of its journal. */
export interface HostedService {
  readonly service: ServiceDefinition;
  readonly journal: Journal;
  readonly engine: Engine;
  readonly intake: Intake;
}

export class HostedServices {
  readonly #byName: ReadonlyMap<string, HostedService>;
  /** By queue that the processes of a service share. */
  readonly #byQueue: ReadonlyMap<string, HostedService>;

  constructor(hosted: readonly HostedService[]) {
    this.#byName = new Map(hosted.map((host) => [host.service.name, host]));
    this.#byQueue = hostsByQueue(hosted);
  }

  all(): Iterable<HostedService> {
    return this.#byName.values();
  }

  named(service: string): HostedService | undefined {
    return this.#byName.get(service);
  }

  ofQueue(queue: string): HostedService | undefined {
    return this.#byQueue.get(queue);
  }

  /** The journals, by service. */
  get journals(): ReadonlyMap<string, Journal> {
    return new Map([...this.#byName].map(([name, { journal }]) => [name, journal]));
  }

  async unroutable(row: OutboxRow): Promise<boolean> {
    return (await this.named(row.address.service)?.intake.unroutable(row)) ?? true;
  }

  async unpublishable(row: OutboxRow, error: Error): Promise<boolean> {
    return (await this.named(row.address.service)?.intake.unpublishable(row, error)) ?? true;
  }

  async replay(deadLetter: StoredDeadLetter): Promise<Acknowledgement> {
    return (await this.named(deadLetter.service)?.intake.replay(deadLetter)) ?? 'retry';
  }

  async keepDeadLetter(deadLetter: DeadLetter): Promise<void> {
    await this.named(deadLetter.service)?.journal.addDeadLetter(deadLetter);
  }
}

function hostsByQueue(hosts: Iterable<HostedService>): ReadonlyMap<string, HostedService> {
  const byQueue = new Map<string, HostedService>();
  for (const host of hosts) {
    const { consume, replyQueue } = host.service.config;
    for (const { queue } of Object.values(consume)) byQueue.set(queue, host);
    if (replyQueue !== undefined) byQueue.set(replyQueue, host);
  }
  return byQueue;
}
