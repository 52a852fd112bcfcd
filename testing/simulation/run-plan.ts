/**
 * Runs one plan: starts the services, performs the operations under faults, heals the world, waits
 * for rest, checks the invariants.
 *
 * 1. The same system and plan give the same outcome.
 * 2. An error thrown by a service's code or by the scenario is a violation too.
 */
import { topologyOf } from '../../config/topology.ts';
import { Client } from '../../runtime/client.ts';
import { MemoryJournal } from '../../runtime/memory/memory-journal.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { TurnCommit } from '../../runtime/ports/journal-rows.ts';
import { seededChance } from '../../runtime/simulated/seeded-chance.ts';
import { seededSecret } from '../../runtime/simulated/seeded-secret.ts';
import type { TraceLine } from '../../transports/simulated/trace.ts';
import { Crashes } from './crashes.ts';
import type { Plan } from './plan.ts';
import { serviceOfProcess } from './process-layout.ts';
import { Simulation } from './simulation.ts';
import type { Database, Invariant, Parts, System } from './system.ts';
import { type Violation, World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly hash: string;
  readonly situations: ReadonlyMap<string, number>;
  readonly lines: readonly TraceLine[];
}

/** The first stream of the seed for this file; the simulation uses the earlier streams. */
const crashStream = 5;
/**
 * Virtual time until a healed world must be at rest: more than three vote deadlines and two caps of
 * each back-off a level.
 */
const restLimitMs = 3_600_000;
/** With one process for each service no heartbeat is needed; a long interval saves work. */
const heartbeatMs = 60_000;
/** Only a commit with a lost answer leaves a timer that its own process does not know. */
const timerPollMs = 10_000;

export function runPlan<P extends Plan>(system: System<P>, plan: P): Promise<Outcome> {
  return new PlanRun(plan, system.build(plan)).run();
}

class PlanRun<P extends Plan> {
  readonly #plan: P;
  readonly #parts: Parts<P>;
  readonly #world: World;
  readonly #crashes: Crashes;
  readonly #client: Client;
  #underWay = 0;

  constructor(plan: P, parts: Parts<P>) {
    this.#plan = plan;
    this.#parts = parts;
    this.#crashes = new Crashes({
      chance: seededChance(plan.seed, crashStream),
      mix: plan.faults,
      onCrash: (process) => parts.onCrash?.(serviceOfProcess(process), this.#world),
      onBroken: (error) => this.#broken(error),
      isGone: parts.isGone,
    });
    const databases = parts.databases ?? [{ stores: [] }];
    const secret = seededSecret(plan.seed);
    const onCommitted = (turns: readonly TurnCommit[]) => this.#committed(turns);
    const journals = databases.map(
      ({ stores }) => new MemoryJournal({ stores, secret, onCommitted }),
    );
    const simulation = new Simulation({
      services: parts.services,
      seed: plan.seed,
      failpoints: this.#crashes.failpointsOf,
      timerPollMs,
      ...(plan.processes === undefined ? { heartbeatMs } : { processes: plan.processes }),
      ...(plan.handOver === undefined ? {} : { handOver: plan.handOver }),
      journal: (service) => journals[placeOf(service, databases)] as MemoryJournal,
      ...(parts.activities === undefined ? {} : { activities: parts.activities }),
      ...(parts.tracer === undefined ? {} : { tracer: parts.tracer }),
      ...(parts.through === undefined ? {} : { through: parts.through }),
    });
    const transport = simulation.transport('client');
    this.#world = new World(
      simulation,
      journals,
      this.#crashes,
      () => this.#client,
      () => transport,
    );
    this.#client = new Client({
      transport,
      name: 'client',
      clock: simulation.clock,
      ids: simulation.ids,
      secret,
    });
    simulation.trace.onLine = (line) => this.#tell(({ carried }) => carried?.(line, this.#world));
    for (const journal of journals) void journal.open();
  }

  async run(): Promise<Outcome> {
    try {
      await this.#live();
    } catch (error) {
      this.#broken(error);
    }
    const { simulation, situations, violation } = this.#world;
    for (const fused of simulation.fused)
      for (const [what, count] of Object.entries(fused.all))
        situations.set(what, (situations.get(what) ?? 0) + count);
    const { hash, lines } = simulation.trace;
    return { seed: this.#plan.seed, violation, hash, situations, lines };
  }

  async #live(): Promise<void> {
    const world = this.#world;
    const { simulation } = world;
    await this.#parts.prepare?.(world);
    await simulation.start();
    // Under every second seed the client binds no exchange, like a client of an old peer, and
    // answers are returned to their sender first.
    const topology =
      this.#plan.seed % 2 === 0
        ? topologyOf(this.#parts.services.map(({ config }) => config))
        : undefined;
    await simulation.until(this.#client.open(topology));
    this.#breakThings();
    for (const operation of this.#plan.operations)
      simulation.clock.after(operation.atMs, () => void this.#perform(operation));
    const lastMs =
      Math.max(0, ...this.#plan.operations.map(({ atMs }) => atMs)) + this.#plan.faults.lingerMs;
    await simulation.moveUntil(() => world.violation !== undefined, lastMs);
    simulation.heal();
    this.#crashes.heal();
    await simulation.moveUntil(
      () => world.violation !== undefined || this.#underWay === 0,
      restLimitMs,
    );
    await world.rest(restLimitMs);
    if (world.violation === undefined) await this.#parts.finish?.(world);
    for (const { name, atEnd } of this.#parts.invariants)
      if (world.violation === undefined) this.#judge(name, await atEnd?.(world));
  }

  #breakThings(): void {
    const { broker, journal } = this.#plan.faults;
    const { simulation } = this.#world;
    simulation.broker.setFaults(broker);
    simulation.setJournalFaults(journal);
    this.#crashes.begin(simulation);
  }

  async #perform(operation: P['operations'][number]): Promise<void> {
    this.#underWay += 1;
    try {
      await this.#parts.perform(operation, this.#world);
    } catch (error) {
      this.#broken(error);
    }
    this.#underWay -= 1;
  }

  #committed(turns: readonly TurnCommit[]): void {
    this.#tell(({ committed }) => committed?.(turns, this.#world));
  }

  #tell(look: (invariant: Invariant) => string | undefined): void {
    if (this.#world?.violation !== undefined) return;
    for (const invariant of this.#parts.invariants) {
      try {
        this.#judge(invariant.name, look(invariant));
      } catch (error) {
        this.#broken(error);
      }
    }
  }

  #judge(invariant: string, problem: string | undefined): void {
    if (problem !== undefined) this.#world.fail(invariant, problem);
  }

  #broken(error: unknown): void {
    this.#world.fail(
      'nothing is thrown',
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
}

function placeOf({ name }: ServiceDefinition, databases: readonly Database[]): number {
  const named = databases.findIndex(({ services }) => services?.includes(name));
  return named >= 0 ? named : databases.findIndex(({ services }) => services === undefined);
}
