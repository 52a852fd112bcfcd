/**
 * The port to the living processes of a journal: the services of each process, the versions of
 * their machines, and the versions that an operator has released.
 *
 * Invariants:
 * - A row of a process goes with the process: with `leave`, and with the rows of dead instances.
 * - Only for hand-overs: two processes that do not know of each other lose nothing. Each commit
 *   compares the version of its actor.
 */
import type { MachineVersion } from './journal-survey.ts';

/** The versions of a machine in a process. */
export type MachineReach = {
  readonly machine: string;
  /** The version in which the process stores new actors. */
  readonly writes: number;
  /** The newest version that the process can read. */
  readonly reads: number;
};

/** A service in a process. */
export type RunService = {
  readonly service: string;
  readonly machines: readonly MachineReach[];
  /** The process works for the service no more, because a process with newer code does. */
  readonly yielded: boolean;
};

export type ProcessService = RunService & { readonly instance: string };

/** Messages that a process has taken from the queues of a service and has not handled yet. */
export type TakenMessages = {
  readonly service: string;
  readonly messages: number;
  /** When the oldest was taken, milliseconds since the epoch; null without messages. */
  readonly oldestAtMs: number | null;
};

/** The words of a process about itself, noted with each heartbeat. */
export type ProcessState = {
  /** Host and process id. */
  readonly place: string;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Without a heartbeat for this long the process is dead, milliseconds. */
  readonly leaseMs: number;
  /** Deliveries of a queue that may be under way. */
  readonly prefetch: number;
  /** An entry for each service of the process. */
  readonly taken: readonly TakenMessages[];
};

export type Beating = {
  readonly instance: string;
  /** Of the last heartbeat, milliseconds since the epoch. */
  readonly beatenAtMs: number;
  /**
   * Time since the last heartbeat by the journal's own clock, milliseconds. A journal without a clock
   * counts from the newest heartbeat of all.
   */
  readonly quietMs: number;
  /** Null for a process whose code tells none. */
  readonly state: ProcessState | null;
};

/** Messages of a service that an instance is to publish. */
export type HeldOutbox = {
  readonly service: string;
  readonly instance: string;
  readonly messages: number;
  /** The smallest id of an outbox row; the ids begin with their time. */
  readonly oldestId: string;
};

export interface JournalProcesses {
  /** Notes what `instance` runs of these services, in place of what it noted before. */
  announce(instance: string, services: readonly RunService[]): Promise<void>;
  /**
   * What instances run of these services, by service and instance. Only instances that have a
   * heartbeat since `aliveSinceMs` and have not left.
   */
  processes(services: readonly string[], aliveSinceMs: number): Promise<readonly ProcessService[]>;
  /** Every instance that has beaten, has not left, and was not forgotten as dead, by instance. */
  beating(): Promise<readonly Beating[]>;
  /** By service and instance, also of instances that are dead. */
  heldOutboxes(services: readonly string[]): Promise<readonly HeldOutbox[]>;
  /** Notes that new actors of the machine may be stored in this version. */
  releaseVersion(version: MachineVersion): Promise<void>;
  /** The released versions of these services. */
  releasedVersions(services: readonly string[]): Promise<readonly MachineVersion[]>;
}
