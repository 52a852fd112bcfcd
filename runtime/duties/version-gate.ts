/**
 * Hands the services of this process over to processes with newer code over the same journal.
 *
 * Invariants:
 * - Newer: another living process stores a machine of the service in a version that this process
 *   cannot read, and the other process can read every version in which this process stores a
 *   machine.
 * - Handed over: this process consumes, adopts, replays and fires nothing more for the service.
 *   Turns that fail because their actor is stored in an unknown version give their inputs back. All
 *   other work under way is finished here.
 * - Taken back: when no process with newer code lives, and this process can read every stored
 *   actor, this process works for the service again.
 * - Saves time only: the version of an actor is compared in each commit and each load. Two versions
 *   side by side lose nothing; without the gate they hold up each other's messages.
 */
import type { ServiceDefinition, ServiceMachine } from '../messages/service-definition.ts';
import type { Clock } from '../ports/clock.ts';
import { Transient } from '../ports/errors.ts';
import type { InstanceName } from '../ports/instance-name.ts';
import type { Journal } from '../ports/journal.ts';
import type { MachineReach, ProcessService, RunService } from '../ports/journal-processes.ts';
import { type MachineVersion, versionId } from '../ports/journal-survey.ts';
import type { Log } from '../ports/log.ts';
import { pause } from '../ports/waiting.ts';
import { knownVersions, type VersionedMachine, writtenVersion } from '../step/machine-versions.ts';
import { versionsOf } from './stored-versions.ts';

export interface VersionGateOptions {
  readonly journal: Pick<
    Journal,
    'announce' | 'processes' | 'releasedVersions' | 'registerVersions'
  >;
  readonly instance: InstanceName;
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  /** The clock of the journal. */
  readonly clock: Clock;
  readonly log: Log;
  /** Time between two checks, milliseconds. */
  readonly everyMs: number;
  /** An instance without a heartbeat for this long is dead, milliseconds. */
  readonly leaseMs: number;
  /** Ends the consumption of a service's queues. Resolves when no new delivery arrives any more. */
  readonly yielded: (service: string) => Promise<void>;
  /** Consumes the queues of a service again. */
  readonly resumed: (service: string) => Promise<void>;
  /** New versions are released: cached actors must be read again. */
  readonly released: () => void;
}

/** Time between two looks at whether older processes have handed over, milliseconds. */
const lookEveryMs = 50;

export class VersionGate {
  readonly #options: VersionGateOptions;
  readonly #yielded = new Set<string>();
  #released: ReadonlySet<string> = new Set();
  #checking: Promise<void> | undefined;

  constructor(options: VersionGateOptions) {
    this.#options = options;
  }

  /** The services that this process works for. */
  get services(): readonly string[] {
    return [...this.#options.services.keys()].filter((service) => !this.#yielded.has(service));
  }

  isYielded(service: string): boolean {
    return this.#yielded.has(service);
  }

  /** The machine in the version in which this process stores actors now. */
  machine(service: string, machine: string): ServiceMachine | undefined {
    const defined = this.#options.services.get(service)?.machines.get(machine);
    return defined?.before === undefined || this.#isReleased(service, defined)
      ? defined
      : defined.before;
  }

  /** Compares the living processes with this process. Callers at the same time share one check. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /**
   * Resolves when the living processes with older code have handed over, at the latest when each
   * has had the time for three heartbeats. `signal` ends the wait.
   */
  async othersYielded(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, log } = this.#options;
    const untilMs = clock.now() + 3 * everyMs;
    while (!signal.aborted) {
      // An older process that is about to hand over still beats; a killed process does not.
      const older = await this.#older(clock.now() - 2 * everyMs);
      if (older.length === 0) return;
      if (clock.now() >= untilMs) {
        const processes = older.map(({ service, instance }) => ({ service, instance }));
        log('warn', 'processes with older code go on to work for the service', { processes });
        return;
      }
      await pause(clock, lookEveryMs, signal);
    }
  }

  async #older(aliveSinceMs: number): Promise<readonly ProcessService[]> {
    const { journal, services } = this.#options;
    const found = await journal.processes([...services.keys()], aliveSinceMs);
    return found.filter(
      (other) => !other.yielded && isNewer(this.#reach(other.service), other.machines),
    );
  }

  async #check(): Promise<void> {
    const { journal, services, instance, clock, leaseMs } = this.#options;
    const names = [...services.keys()];
    this.#takeReleased(await journal.releasedVersions(names));
    const processes = await journal.processes(names, clock.now() - leaseMs);
    for (const service of names) {
      const newer = processes.find(
        (other) =>
          other.service === service &&
          other.instance !== instance.current &&
          isNewer(other.machines, this.#reach(service)),
      );
      if (newer !== undefined) await this.#yield(service, newer);
      else if (this.#yielded.has(service)) await this.#resume(service);
    }
    await this.#announce(processes);
  }

  #takeReleased(versions: readonly MachineVersion[]): void {
    const released = new Set(versions.map(versionId));
    const isNews = [...released].some((id) => !this.#released.has(id));
    this.#released = released;
    if (isNews) this.#options.released();
  }

  async #yield(service: string, { instance: to }: ProcessService): Promise<void> {
    const { log, yielded } = this.#options;
    if (this.#yielded.has(service)) return;
    this.#yielded.add(service);
    log('warn', 'a process with newer code has started: this process hands the service over', {
      service,
      to,
    });
    await yielded(service);
  }

  async #resume(service: string): Promise<void> {
    const { journal, services, log, resumed } = this.#options;
    const definition = services.get(service);
    const unknown = await journal.registerVersions(
      [service],
      definition === undefined ? [] : versionsOf(definition),
    );
    if (unknown.length > 0) return;
    this.#yielded.delete(service);
    log('warn', 'no process with newer code is left: this process takes the service back', {
      service,
    });
    try {
      await resumed(service);
    } catch (error) {
      // The next check tries again.
      this.#yielded.add(service);
      throw error;
    }
  }

  /** Writes only what the journal does not have. */
  async #announce(processes: readonly ProcessService[]): Promise<void> {
    const { journal, instance, services } = this.#options;
    const noted = new Map(
      processes
        .filter((other) => other.instance === instance.current)
        .map(({ instance: _own, ...run }) => [run.service, JSON.stringify(ordered(run))]),
    );
    const runs = [...services.keys()].map((service) => ({
      service,
      machines: this.#reach(service),
      yielded: this.#yielded.has(service),
    }));
    const changed = runs.filter((run) => noted.get(run.service) !== JSON.stringify(ordered(run)));
    if (changed.length > 0) await journal.announce(instance.current, changed);
  }

  #reach(service: string): readonly MachineReach[] {
    const machines = [...(this.#options.services.get(service)?.machines.values() ?? [])];
    return machines
      .filter(({ ephemeral }) => !ephemeral)
      .map((machine) => ({
        machine: machine.name,
        writes: writtenVersion(machine, this.#isReleased(service, machine)),
        reads: Math.max(...knownVersions(machine)),
      }));
  }

  #isReleased(service: string, { name, version }: VersionedMachine): boolean {
    return this.#released.has(versionId({ service, machine: name, version }));
  }
}

/** Whether an error says that an actor is stored in a version that the code does not know. */
export function isUnknownVersion(error: unknown): boolean {
  return error instanceof Transient && error.code === 'machine-version-unknown';
}

/** Whether `one` stores a version that `other` cannot read, and not the other way round as well. */
function isNewer(one: readonly MachineReach[], other: readonly MachineReach[]): boolean {
  return storesUnread(one, other) && !storesUnread(other, one);
}

function storesUnread(one: readonly MachineReach[], other: readonly MachineReach[]): boolean {
  const reads = new Map(other.map((each) => [each.machine, each.reads]));
  return one.some(({ machine, writes }) => {
    const newest = reads.get(machine);
    return newest !== undefined && writes > newest;
  });
}

/** The members in one order, for a comparison as text. */
function ordered({ service, machines, yielded }: RunService): RunService {
  return {
    service,
    machines: machines.map(({ machine, writes, reads }) => ({ machine, writes, reads })),
    yielded,
  };
}
