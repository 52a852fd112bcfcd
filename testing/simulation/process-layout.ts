/**
 * The processes of a simulated world: their names, and the services of each process.
 */
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import type { RunningOptions } from './simulation-options.ts';

/** A process that is ready to start. */
export interface Startable {
  readonly name: string;
  /** Stands behind the name of each service of the process: '' or `#2`. */
  readonly suffix: string;
  readonly services: readonly ServiceDefinition[];
}

export class ProcessLayout {
  readonly #options: Pick<RunningOptions, 'services' | 'processes' | 'handOver'>;
  readonly #journalOf: (service: ServiceDefinition) => Journal;

  constructor(
    options: Pick<RunningOptions, 'services' | 'processes' | 'handOver'>,
    journalOf: (service: ServiceDefinition) => Journal,
  ) {
    this.#options = options;
    this.#journalOf = journalOf;
  }

  all(): readonly Startable[] {
    return this.#groups().flatMap((services) => {
      const [{ name }] = services;
      return suffixes(this.countOf(services[0])).map((suffix) => ({
        name: `${name}${suffix}`,
        suffix,
        services,
      }));
    });
  }

  /** The services of each process. */
  #groups(): readonly (readonly [ServiceDefinition, ...ServiceDefinition[]])[] {
    const { services, handOver } = this.#options;
    if (handOver === undefined) return services.map((service) => [service]);
    const groups = new Map<Journal, [ServiceDefinition, ...ServiceDefinition[]]>();
    for (const service of services) {
      const group = groups.get(this.#journalOf(service));
      if (group === undefined) groups.set(this.#journalOf(service), [service]);
      else group.push(service);
    }
    return [...groups.values()];
  }

  /** The process that a process or service belongs to. */
  nameOf(name: string): string {
    const service = serviceOfProcess(name);
    const group = this.#groups().find((services) => services.some((one) => one.name === service));
    return group === undefined ? name : `${group[0].name}${name.slice(service.length)}`;
  }

  /**
   * Whether every service of the journal has one process. A process that takes all others for dead
   * would forget the heartbeats of the others.
   */
  isOneEach(journal: Journal): boolean {
    const { services } = this.#options;
    return services.every((one) => this.#journalOf(one) !== journal || this.countOf(one) === 1);
  }

  countOf(service: ServiceDefinition): number {
    return this.#options.processes?.[service.name] ?? 1;
  }
}

export function serviceOfProcess(process: string): string {
  return process.split('#')[0] as string;
}

function suffixes(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => (at === 0 ? '' : `#${at + 1}`));
}
