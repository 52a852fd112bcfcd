/**
 * What happens under one seed, as data: so that it can be repeated, made smaller and printed.
 */
import type { FaultMix } from './fault-mix.ts';

/** Something that is done to the services from outside, at a moment of virtual time. */
export interface Operation {
  /** Milliseconds after everything was ready. */
  readonly atMs: number;
}

export interface Plan<Op extends Operation = Operation> {
  /** A 32-bit integer: ids and the luck of every message follow from it. */
  readonly seed: number;
  /** Names of the services that run. */
  readonly services: readonly string[];
  /** Processes of a service, by its name. Default: one each. */
  readonly processes?: Readonly<Record<string, number>>;
  readonly operations: readonly Op[];
  readonly faults: FaultMix;
}
