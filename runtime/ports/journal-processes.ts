/**
 * The port to the living processes of a journal: which services each of them runs, in which versions
 * of their machines, and which versions an operator has released.
 *
 * Invariants:
 * - A row of a process goes with the process: with `leave`, and with the rows of dead instances.
 * - Only for hand-overs: two processes that do not know of each other lose nothing. Each commit
 *   compares the version of its actor.
 */
import type { MachineVersion } from './journal-survey.ts';

/** The versions of one machine in one process. */
export type MachineReach = {
  readonly machine: string;
  /** The version in which the process stores new actors. */
  readonly writes: number;
  /** The newest version that the process can read. */
  readonly reads: number;
};

/** One service that a process runs. */
export type RunService = {
  readonly service: string;
  readonly machines: readonly MachineReach[];
  /** The process has stopped to work for the service: a process with newer code does. */
  readonly yielded: boolean;
};

export type ProcessService = RunService & { readonly instance: string };

export interface JournalProcesses {
  /** Notes what `instance` runs, in place of what was noted of these services. */
  announce(instance: string, services: readonly RunService[]): Promise<void>;
  /**
   * What instances run of these services that have beaten since `aliveSinceMs` and have not left, by
   * service and instance.
   */
  processes(services: readonly string[], aliveSinceMs: number): Promise<readonly ProcessService[]>;
  /** Notes that new actors of the machine may be stored in this version. */
  releaseVersion(version: MachineVersion): Promise<void>;
  /** The released versions of these services. */
  releasedVersions(services: readonly string[]): Promise<readonly MachineVersion[]>;
}
