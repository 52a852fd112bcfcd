/**
 * What is simulated: which services, what is done to them, and what must always hold. The runner knows no more of it.
 *
 * 1. `plan` and `build` are functions of the seed and the plan alone: nothing of one run is left for the next.
 * 2. An invariant is told of what happened and says what is wrong; it changes nothing.
 */

import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { Store, UndoLog } from '../../runtime/ports/store.ts';
import type { TraceLine } from '../../transports/simulated/trace.ts';
import type { Operation, Plan } from './plan.ts';
import type { Seams } from './simulation.ts';
import type { StandIns } from './stand-ins.ts';
import type { World } from './world.ts';

/** What is wrong; undefined: nothing. */
export type Problem = string | undefined;

/** Something that must hold; each look at it says what is wrong, or undefined. */
export interface Invariant {
  readonly name: string;
  /** After every commit, in the moment in which it is done. */
  readonly committed?: (turns: readonly TurnCommit[], world: World) => Problem;
  /** After everything that happens between a client and the broker: published, delivered, acknowledged, lost. */
  readonly carried?: (line: TraceLine, world: World) => Problem;
  /** When all faults are over and everything has come to rest, or the time for it is up. */
  readonly atEnd?: (world: World) => Problem | Promise<Problem>;
}

/** Services that share a journal, and the stores in its database. */
export interface Database {
  /** Default: all services that no other database names. */
  readonly services?: readonly string[];
  readonly stores: readonly Store<UndoLog>[];
}

/** One run's own parts. */
export interface Parts<P extends Plan> {
  readonly services: readonly ServiceDefinition[];
  /** Default: one, without stores. */
  readonly databases?: readonly Database[];
  /** What runs in place of activities, by `service/activity`. Default: the activities themselves. */
  readonly activities?: StandIns;
  readonly invariants: readonly Invariant[];
  /** Before the services start. */
  readonly prepare?: (world: World) => Promise<void>;
  readonly perform: (operation: P['operations'][number], world: World) => Promise<void>;
  /** After everything was healed and came to rest; what it starts is waited for by `world.rest`. */
  readonly finish?: (world: World) => Promise<void>;
  /** Before a process is killed. */
  readonly onCrash?: (service: string, world: World) => void;
  /** Ports that are replaced, to see whether the invariants notice. */
  readonly through?: Partial<Seams>;
}

export interface System<P extends Plan = Plan> {
  readonly plan: (seed: number) => P;
  readonly build: (plan: P) => Parts<P>;
  /** The plan without one of its services, where that makes sense. */
  readonly without?: (plan: P, service: string) => P;
  /** Ids as people call them. */
  readonly named?: (text: string) => string;
  /** What has to happen in some seed or other; a run of many in which one of them did not happen has tested less than it says. */
  readonly situations?: readonly string[];
}

export type { Operation, Plan };
