/**
 * The plan of a seed, as data, so that a run can be repeated, reduced and printed.
 */
import type { FaultMix } from './fault-mix.ts';

/** An operation on the services from outside, at a moment of virtual time. */
export interface Operation {
  /** Milliseconds after all services were ready. */
  readonly atMs: number;
}

export interface Plan<Op extends Operation = Operation> {
  /** A 32-bit integer: all ids and the faults of every message derive from this seed. */
  readonly seed: number;
  /** Names of the running services. */
  readonly services: readonly string[];
  /** Number of processes by service name. Default: one for each service. */
  readonly processes?: Readonly<Record<string, number>>;
  /**
   * Services of one database run in one process, which hands this share of its messages over within
   * its batches. Default: a process for each service.
   */
  readonly handOver?: number;
  readonly operations: readonly Op[];
  readonly faults: FaultMix;
}
