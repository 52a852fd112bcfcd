/**
 * Kills a process at every failpoint, each time lets everything come to its end, and adds up what was lost, done twice or left over.
 *
 * 1. Each failpoint is killed at a time it is reached that is drawn from the seed, and at the first, if `thorough` or when it is not reached
 *    so often; one that is never reached is named.
 * 2. After that, `twice` worlds are killed a second time while they recover, at failpoints drawn from the seed.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import type { FailpointName } from '../../../runtime/ports/failpoints.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { type Kill, type KillOutcome, killsAt } from './kills.ts';
import { memoryFailpoints, memoryKills } from './memory-sweep.ts';
import { databaseFailpoints, ProcessSweep, type SweptDatabase } from './process-sweep.ts';

export interface SweepOptions {
  readonly journal: 'memory' | SweptDatabase;
  readonly seed: number;
  /** Default: all there are for this journal. */
  readonly failpoints?: readonly FailpointName[];
  readonly twice: number;
  /** In memory: one process for both services, which hands over this share of its messages. Default: two processes. */
  readonly handOver?: number;
  /** Two kills at each failpoint. */
  readonly thorough: boolean;
  /** How long a round may take after its last kill, where time is real. Default 60 s. */
  readonly roundMaxMs?: number;
  readonly onProgress?: (line: string) => void;
}

export interface SweepReport {
  readonly journal: string;
  readonly seed: number;
  readonly failpoints: number;
  readonly kills: number;
  /** Messages that were handed over within batches. */
  readonly fused: number;
  readonly lost: number;
  readonly doubled: number;
  readonly stuck: number;
  readonly unreached: readonly FailpointName[];
  /** What was wrong, with the kills that led to it. */
  readonly findings: readonly string[];
}

type Killing = (kills: readonly Kill[]) => Promise<KillOutcome>;

/** Later reachings are tried up to this one; where a failpoint is not reached so often, nothing is killed. */
const laterMax = 4;

export function failpointsOf(journal: SweepOptions['journal']): readonly FailpointName[] {
  return journal === 'memory' ? memoryFailpoints : databaseFailpoints(journal);
}

export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const { journal, seed, handOver, roundMaxMs = 60_000 } = options;
  if (journal === 'memory') return swept(options, (kills) => memoryKills(kills, seed, handOver));
  const processes = await ProcessSweep.open(journal, roundMaxMs);
  try {
    return await swept(options, (kills) => processes.kill(kills));
  } finally {
    await processes.close();
  }
}

class Tally {
  kills = 0;
  fused = 0;
  lost = 0;
  doubled = 0;
  stuck = 0;
  readonly findings: string[] = [];
  readonly #onProgress: (line: string) => void;

  constructor(onProgress: (line: string) => void) {
    this.#onProgress = onProgress;
  }

  add(kills: readonly Kill[], { killed, fused = 0, verdict }: KillOutcome): void {
    const { lost, doubled, stuck } = verdict;
    this.fused += fused;
    this.kills += killed;
    this.lost += lost.length;
    this.doubled += doubled.length;
    this.stuck += stuck.length;
    const where = kills.map(({ at, nth }) => `${at} (${nth})`).join(', then ');
    const wrong = Object.entries(verdict).filter(([, found]) => found.length > 0);
    if (wrong.length > 0)
      this.findings.push(`${where}: ${JSON.stringify(Object.fromEntries(wrong))}`);
    this.#onProgress(
      `${killed} killed at ${where}${wrong.length > 0 ? `: ${JSON.stringify(Object.fromEntries(wrong))}` : ''}`,
    );
  }
}

async function swept(options: SweepOptions, killing: Killing): Promise<SweepReport> {
  const {
    journal,
    seed,
    failpoints = failpointsOf(journal),
    twice,
    thorough,
    onProgress = () => undefined,
  } = options;
  const chance = seededChance(seed);
  const tally = new Tally(onProgress);
  const unreached: FailpointName[] = [];
  for (const at of failpoints) {
    const nth = 1 + Math.floor(chance() * laterMax);
    const killed = await killedAt(at, nth, killing, tally);
    if (killed && (!thorough || nth === 1)) continue;
    if (!(await killedAt(at, 1, killing, tally)) && !killed) unreached.push(at);
  }
  for (let n = 0; n < twice; n += 1) {
    const kills = twoKills(failpoints, chance);
    tally.add(kills, await killing(kills));
  }
  const { kills, fused, lost, doubled, stuck, findings } = tally;
  return {
    journal,
    seed,
    failpoints: failpoints.length,
    kills,
    fused,
    lost,
    doubled,
    stuck,
    unreached,
    findings,
  };
}

/** True when it came to all the kills. */
async function killedAt(
  at: FailpointName,
  nth: number,
  killing: Killing,
  tally: Tally,
): Promise<boolean> {
  const kills = killsAt(at, nth);
  const outcome = await killing(kills);
  tally.add(kills, outcome);
  return outcome.killed === kills.length;
}

/** At work, and again in the recovery from it. */
function twoKills(failpoints: readonly FailpointName[], chance: Chance): readonly Kill[] {
  const drawn = (names: readonly FailpointName[]) =>
    names[Math.floor(chance() * names.length)] as FailpointName;
  const atWork = failpoints.filter((name) => !/^(?:open|start|stop|adopt|beat|prune)\./.test(name));
  const inRecovery = failpoints.filter((name) => !/^(?:open|stop)\./.test(name));
  return [
    {
      at: drawn(atWork.length > 0 ? atWork : failpoints),
      nth: 1 + Math.floor(chance() * laterMax),
      when: 'work',
    },
    { at: drawn(inRecovery.length > 0 ? inRecovery : failpoints), nth: 1, when: 'start' },
  ];
}

export function isClean({ lost, doubled, stuck, unreached }: SweepReport): boolean {
  return lost + doubled + stuck + unreached.length === 0;
}
