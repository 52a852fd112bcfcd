/**
 * `simulate`: a user's services and invariants in a seeded world that loses, repeats and delays
 * messages, cuts connections and kills processes.
 *
 * 1. The services, their machines and configs are those of production; only transport, clock, ids,
 *    chance and journal are simulated.
 * 2. The operations are data drawn from the seed, so that a failing seed can be reduced and told as
 *    a sequence of messages.
 * 3. After all operations the world is healed and comes to rest. Then the final invariants are
 *    checked.
 */

import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Chance } from '../../runtime/ports/chance.ts';
import type { Store } from '../../runtime/ports/store.ts';
import type { UndoLog } from '../../runtime/ports/undo-log.ts';
import { seededChance } from '../../runtime/simulated/seeded-chance.ts';
import { drawnFaultMix, type FaultMix } from './fault-mix.ts';
import { moduleCast, type SimulatedService } from './module-cast.ts';
import type { Operation, Plan } from './plan.ts';
import { type SimulateReport, simulateSystem } from './simulate-system.ts';
import type { Invariant, System } from './system.ts';
import type { World } from './world.ts';

/** The participants of a run: services, stores and invariants. */
export interface Cast {
  readonly services: readonly ServiceDefinition[];
  /** The stores of the services. The services share one journal. */
  readonly stores?: readonly Store<UndoLog>[];
  readonly invariants?: readonly Invariant[];
}

/** The operations on the services under one seed. */
export interface Scenario<Op extends Operation> {
  /** Draws the operations from the seed. */
  readonly operations: (chance: Chance) => readonly Op[];
  /** Performs an operation. A thrown error is a violation. */
  readonly perform: (operation: Op, world: World) => Promise<void>;
}

/** The simulated services and the seeds. */
export interface SimulateOptions<Op extends Operation> {
  /**
   * The services: made by `defineService`, or with their own stores (`defineParticipant`,
   * `packageServices`), which are new in memory for every run. A function when further parts hold
   * state and must be new for every run.
   */
  readonly services: readonly SimulatedService[] | (() => Cast);
  /** The configs of services that bring none. */
  readonly configs?: readonly ExchangeConfig[];
  readonly scenario: Scenario<Op>;
  /** Invariants beside those of the participants. */
  readonly invariants: readonly Invariant[];
  /** Number of processes by service name. Default: one for each service. */
  readonly processes?: Readonly<Record<string, number>>;
  /** Number of seeds. */
  readonly seeds: number;
  /** The first seed. Default 1. */
  readonly firstSeed?: number;
  /** The faults. Default: a drawn mix for each seed. */
  readonly faults?: (chance: Chance) => FaultMix;
  /** Situations that `world.note` must name at least once over all seeds. */
  readonly situations?: readonly string[];
}

/**
 * The first stream of the seed for the scenario; the simulation and the runner use the streams
 * before it.
 */
const planStream = 6;

/** Runs the seeds one after another. A violation is reported, not thrown. */
export function simulate<Op extends Operation>(
  options: SimulateOptions<Op>,
): Promise<SimulateReport> {
  const { seeds, firstSeed = 1 } = options;
  return simulateSystem(
    systemOf(options),
    Array.from({ length: seeds }, (_, at) => firstSeed + at),
  );
}

function systemOf<Op extends Operation>(options: SimulateOptions<Op>): System<Plan<Op>> {
  const {
    services,
    configs = [],
    scenario,
    invariants,
    faults = drawnFaultMix,
    situations = [],
    processes,
  } = options;
  const castOf = (): Cast =>
    typeof services === 'function' ? services() : moduleCast(services, configs);
  return {
    situations,
    plan: (seed) => {
      const chance = seededChance(seed, planStream);
      const names = castOf().services.map(({ name }) => name);
      const several = processes === undefined ? {} : { processes };
      return {
        seed,
        services: names,
        operations: scenario.operations(chance),
        faults: faults(chance),
        ...several,
      };
    },
    build: () => {
      const { services: cast, stores = [], invariants: own = [] } = castOf();
      return {
        services: cast,
        databases: [{ stores }],
        invariants: [...own, ...invariants],
        perform: scenario.perform,
      };
    },
  };
}
