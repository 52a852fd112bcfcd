/**
 * `simulate`: somebody's own services in a seeded world that loses, repeats, delays, cuts and kills, and their own invariants.
 *
 * 1. The services, their machines and configs are those of production; only transport, clock, ids, chance and journal are simulated.
 * 2. What is done is data, drawn from the seed: so that a seed that fails is made smaller and told as a sequence of messages.
 * 3. When all operations are done the world is healed and comes to rest; then what must be so at the end is looked at.
 */

import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Chance } from '../../runtime/ports/chance.ts';
import type { Store, UndoLog } from '../../runtime/ports/store.ts';
import { seededChance } from '../../runtime/simulated/seeded-chance.ts';
import { drawnFaultMix, type FaultMix } from './fault-mix.ts';
import type { Operation, Plan } from './plan.ts';
import { type SimulateReport, simulateSystem } from './simulate-system.ts';
import type { Invariant, System } from './system.ts';
import type { World } from './world.ts';

/** Who takes part in one run: services, their stores, and what must hold of them. */
export interface Cast {
  readonly services: readonly ServiceDefinition[];
  /** The stores they read and write; they share one journal. */
  readonly stores?: readonly Store<UndoLog>[];
  readonly invariants?: readonly Invariant[];
}

/** What is done to the services under one seed. */
export interface Scenario<Op extends Operation> {
  /** What is done, drawn from the seed. */
  readonly operations: (chance: Chance) => readonly Op[];
  /** Does it; what it throws is a violation. */
  readonly perform: (operation: Op, world: World) => Promise<void>;
}

/** What is simulated, and under which seeds. */
export interface SimulateOptions<Op extends Operation> {
  /** Fresh for every run where they hold any state: then a function. */
  readonly services: readonly ServiceDefinition[] | (() => Cast);
  readonly scenario: Scenario<Op>;
  /** Beside those of the cast. */
  readonly invariants: readonly Invariant[];
  /** Processes of a service, by its name. Default: one each. */
  readonly processes?: Readonly<Record<string, number>>;
  /** How many seeds are run. */
  readonly seeds: number;
  /** The first of them. Default 1. */
  readonly firstSeed?: number;
  /** What goes wrong; default: a mix of everything, another one for each seed. */
  readonly faults?: (chance: Chance) => FaultMix;
  /** What `world.note` has to tell of at least once over all seeds. */
  readonly situations?: readonly string[];
}

/** Of the seed; the simulation and the runner take those before it. */
const planStream = 6;

/** Runs the seeds one after the other; a violation is reported, not thrown. */
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
    scenario,
    invariants,
    faults = drawnFaultMix,
    situations = [],
    processes,
  } = options;
  const castOf = (): Cast => (typeof services === 'function' ? services() : { services });
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
