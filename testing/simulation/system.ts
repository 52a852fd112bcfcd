/**
 * A simulated system: its services, the operations on them, and their invariants. The runner knows
 * only this interface.
 *
 * 1. `plan` and `build` depend on the seed and the plan alone. No state of one run remains for the
 *    next run.
 * 2. An invariant reads events and reports a problem. An invariant changes nothing.
 */

import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { Store } from '../../runtime/ports/store.ts';
import type { UndoLog } from '../../runtime/ports/undo-log.ts';
import type { TraceLine } from '../../transports/simulated/trace.ts';
import type { Operation, Plan } from './plan.ts';
import type { Seams, SimulationOptions } from './simulation-options.ts';
import type { StandIns } from './stand-ins.ts';
import type { World } from './world.ts';

/** The problem; undefined when the invariant holds. */
export type Problem = string | undefined;

/** An invariant. Each check gives the problem, or undefined. */
export interface Invariant {
  readonly name: string;
  /** Check after every commit, at the moment of the commit. */
  readonly committed?: (turns: readonly TurnCommit[], world: World) => Problem;
  /**
   * Check after every event between a client and the broker: published, delivered, acknowledged,
   * lost.
   */
  readonly carried?: (line: TraceLine, world: World) => Problem;
  /**
   * Check after the faults have ended and the world is at rest, or the time limit for rest is over.
   */
  readonly atEnd?: (world: World) => Problem | Promise<Problem>;
}

/** Services with a shared journal, and the stores in the journal's database. */
export interface Database {
  /** Default: all services without another database. */
  readonly services?: readonly string[];
  readonly stores: readonly Store<UndoLog>[];
}

/** The parts of one run. */
export interface Parts<P extends Plan> {
  readonly services: readonly ServiceDefinition[];
  /** Default: one database without stores. */
  readonly databases?: readonly Database[];
  /**
   * Functions in place of activities, by `service/activity`. Default: the activities themselves.
   */
  readonly activities?: StandIns;
  readonly invariants: readonly Invariant[];
  /** Called before the services start. */
  readonly prepare?: (world: World) => Promise<void>;
  readonly perform: (operation: P['operations'][number], world: World) => Promise<void>;
  /**
   * Called after the healed world has come to rest. `world.rest` waits for work that this function
   * starts.
   */
  readonly finish?: (world: World) => Promise<void>;
  /** As in `SimulationOptions`. */
  readonly tracer?: SimulationOptions['tracer'];
  /** Called before a process is killed. */
  readonly onCrash?: (service: string, world: World) => void;
  /** Whether a killed process is not started again, at the moment. Default: every process is. */
  readonly isGone?: (process: string) => boolean;
  /** Replaced ports: of a mutant, which the invariants must detect, or newer code of a process. */
  readonly through?: Partial<Seams>;
}

export interface System<P extends Plan = Plan> {
  readonly plan: (seed: number) => P;
  readonly build: (plan: P) => Parts<P>;
  /** The plan without this service; undefined when the plan needs it. */
  readonly without?: (plan: P, service: string) => P;
  /** Readable names of ids. */
  readonly named?: (text: string) => string;
  /**
   * Situations that must happen under some seed. A long run that misses a situation has tested
   * less than intended.
   */
  readonly situations?: readonly string[];
}

export type { Operation, Plan };
