/**
 * The sweep over the memory journal: in virtual time the process that reaches the failpoint is abandoned there, and started again over
 * the journal object that survives it. A failpoint inside the journal abandons both processes and undoes the commit, as a database does.
 */

import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import {
  type FailpointName,
  type Failpoints,
  failpointNames,
} from '../../../runtime/ports/failpoints.ts';
import type { JournalFaults } from '../../../runtime/simulated/journal-faults.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import { insistentCallers } from './insistent-callers.ts';
import type { Kill, KillOutcome } from './kills.ts';
import { deadLettersOf } from './stored-traces.ts';
import { bankService, checkoutService } from './sweep-services.ts';
import { memoryTally } from './tally-store.ts';
import { type Callers, playRound, topicsOf, type Verdict, verdictOn } from './workload.ts';

const names = ['checkout', 'bank'];
const round = 'only';
/** Longer than every delay of the services. */
const restMs = 3_000;

export const memoryFailpoints: readonly FailpointName[] = failpointNames.filter(
  (name) => !name.startsWith('open.'),
);

class World {
  readonly reached = new Map<FailpointName, number>();
  readonly effects: [string, string][] = [];
  readonly journal: MemoryJournal;
  readonly simulation: Simulation;
  readonly #store = memoryTally();
  #armed: Kill | undefined;
  killed = 0;

  constructor(seed: number, handOver: number | undefined) {
    this.journal = new MemoryJournal({
      stores: [this.#store],
      failpoints: this.#failpoints(names, true),
    });
    const onEffect = (name: string, key: string) => {
      this.effects.push([name, key]);
      return new Promise<null>(
        (resolve) => void this.simulation.clock.after(5, () => resolve(null)),
      );
    };
    this.simulation = new Simulation({
      services: [checkoutService([this.#store], onEffect), bankService([this.#store])],
      seed,
      journal: this.journal,
      ...(handOver === undefined ? {} : { handOver }),
      failpoints: (service) => this.#failpoints([service], false),
    });
  }

  /** The next `n` reachings of `at` count from now on. */
  arm(kill: Kill | undefined): void {
    this.#armed = kill;
    this.reached.clear();
  }

  #failpoints(victims: readonly string[], undoes: boolean): Failpoints {
    return {
      reach: (name) => {
        const times = (this.reached.get(name) ?? 0) + 1;
        this.reached.set(name, times);
        if (this.#armed?.at !== name || this.#armed.nth !== times) return;
        this.#armed = undefined;
        this.killed += 1;
        for (const victim of victims) this.simulation.crash(victim);
        if (undoes) throw new Error('killed inside the journal');
      },
    };
  }

  async callers(): Promise<Callers> {
    const client = await this.simulation.client('caller');
    const { clock } = this.simulation;
    const moment = () => new Promise<void>((resolve) => void clock.after(50, resolve));
    return insistentCallers(client, deadLettersOf(this.journal, clock), moment);
  }

  /** Whoever was killed is started again. */
  async revive(): Promise<void> {
    void this.simulation.start().catch(() => undefined);
    await this.simulation.advance(200);
  }

  async verdict() {
    const history = (
      await Promise.all(topicsOf(round).map((topic) => this.journal.history(topic)))
    ).flat();
    return verdictOn(round, {
      tally: (await this.#store.read('all', `${round}-`)) as Record<string, number>,
      effects: this.effects,
      history,
      deadLetters: await this.journal.deadLetters(names, 1_000),
      counts: await this.journal.counts(),
    });
  }
}

/**
 * One world: its kills one after the other, then everything to the end. `handOver`: the share of the messages that one process for both
 * services hands over within its batches.
 */
export async function memoryKills(
  kills: readonly Kill[],
  seed: number,
  handOver?: number,
): Promise<KillOutcome> {
  const world = new World(seed, handOver);
  const { simulation } = world;
  const [first, ...later] = kills;
  if (first?.when === 'start') world.arm(first);
  await world.revive();
  if (first?.when !== 'start') await simulation.start();
  const callers = await world.callers();
  if (first?.when !== 'start') world.arm(first);
  const played = playRound(round, callers);
  if (first?.when === 'stop') {
    await simulation.advance(30);
    for (const name of names) void simulation.stop(name).catch(() => undefined);
  }
  await simulation.advance(restMs);
  for (const kill of later) {
    world.arm(kill);
    await world.revive();
    await simulation.advance(restMs);
  }
  const reached = new Map(world.reached);
  world.arm(undefined);
  await world.revive();
  const wrong = await simulation.until(played);
  await simulation.settle();
  await simulation.advance(restMs);
  const verdict = await world.verdict();
  await simulation.stop();
  return {
    killed: world.killed,
    fused: simulation.fused.reduce((sum, counts) => sum + counts.total('fused'), 0),
    reached,
    verdict: { ...verdict, lost: [...verdict.lost, ...wrong] },
  };
}

/** One world whose way to the journal fails at these rates until everything is answered. */
export async function memoryRound(
  seed: number,
  faults: JournalFaults,
  handOver?: number,
): Promise<Verdict> {
  const world = new World(seed, handOver);
  const { simulation } = world;
  await simulation.start();
  simulation.setJournalFaults(faults);
  const wrong = await simulation.until(playRound(round, await world.callers()));
  simulation.heal();
  await simulation.advance(10 * restMs);
  const verdict = await world.verdict();
  await simulation.stop();
  return { ...verdict, lost: [...verdict.lost, ...wrong] };
}
