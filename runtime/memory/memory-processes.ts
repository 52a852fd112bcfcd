/** What the living processes run, and which versions are released. */
import { identityOf } from '../ports/identity.ts';
import type { ProcessService, RunService } from '../ports/journal-processes.ts';
import { type MachineVersion, versionId } from '../ports/journal-survey.ts';
import type { MemoryInstances } from './memory-instances.ts';

export class MemoryProcesses {
  readonly #run = new Map<string, ProcessService>();
  readonly #released = new Map<string, MachineVersion>();
  readonly #instances: MemoryInstances;

  constructor(instances: MemoryInstances) {
    this.#instances = instances;
  }

  announce(instance: string, services: readonly RunService[]): void {
    for (const run of services)
      this.#run.set(identityOf(run.service, instance), { ...run, instance });
  }

  processes(services: readonly string[], aliveSinceMs: number): ProcessService[] {
    const alive = this.#noted.filter(
      ({ instance, service }) =>
        services.includes(service) && !this.#instances.isDead(instance, aliveSinceMs),
    );
    const id = (each: ProcessService) => identityOf(each.service, each.instance);
    return alive.sort((a, b) => (id(a) < id(b) ? -1 : 1));
  }

  /** Whether a process can read the version, and may store it. */
  isRead({ service, machine, version }: MachineVersion): boolean {
    return this.#noted.some(
      (run) =>
        run.service === service &&
        run.machines.some((each) => each.machine === machine && each.reads >= version),
    );
  }

  release(version: MachineVersion): void {
    this.#released.set(versionId(version), version);
  }

  released(services: readonly string[]): MachineVersion[] {
    return [...this.#released.values()].filter(({ service }) => services.includes(service));
  }

  /** Rows of an instance go with its heartbeat. */
  get #noted(): ProcessService[] {
    for (const [id, { instance }] of this.#run)
      if (this.#instances.lastBeatMs(instance) === undefined) this.#run.delete(id);
    return [...this.#run.values()];
  }
}
