/**
 * Runs a system under many seeds and sums up the results.
 *
 * 1. The hash of all traces depends on the seeds alone, not on the processes or the order of the
 *    runs.
 * 2. The first failing seeds are reduced and told as a story; every failing seed is named.
 */
import { createHash } from 'node:crypto';
import { systemClock } from '../../runtime/ports/clock.ts';
import { narrate } from './narrate.ts';
import type { Plan } from './plan.ts';
import { type Outcome, runPlan } from './run-plan.ts';
import { shrink } from './shrink.ts';
import type { System } from './system.ts';

/** A seed with a violation. */
export interface Failure {
  readonly seed: number;
  readonly invariant: string;
  readonly problem: string;
  /**
   * The story of the smallest plan found that breaks the same invariant; only for the first failing
   * seeds.
   */
  readonly story?: string;
}

export interface SeedRuns {
  readonly hashes: ReadonlyMap<number, string>;
  readonly failures: readonly Failure[];
  readonly situations: ReadonlyMap<string, number>;
}

/** The result of many seeds. */
export interface SimulateReport {
  readonly seeds: number;
  readonly violations: readonly Failure[];
  /** The system's situations that never happened. */
  readonly missedSituations: readonly string[];
  /** Number of occurrences by situation. */
  readonly situations: Readonly<Record<string, number>>;
  readonly seedsPerSecond: number;
  /** Sixteen hexadecimal digits: the same for the same seeds and the same code. */
  readonly traceHash: string;
}

export interface SeedOptions {
  /** Number of failing seeds that are reduced and told. Default 1. */
  readonly stories?: number;
  /** Stops at the first failing seed. */
  readonly untilFailure?: boolean;
}

export async function runSeeds<P extends Plan>(
  system: System<P>,
  seeds: readonly number[],
  options: SeedOptions = {},
): Promise<SeedRuns> {
  const { stories = 1, untilFailure = false } = options;
  const hashes = new Map<number, string>();
  const failures: Failure[] = [];
  const situations = new Map<string, number>();
  for (const seed of seeds) {
    const plan = system.plan(seed);
    const outcome = await runPlan(system, plan);
    hashes.set(seed, outcome.hash);
    for (const [what, count] of outcome.situations)
      situations.set(what, (situations.get(what) ?? 0) + count);
    if (outcome.violation === undefined) continue;
    failures.push(await failureOf(system, plan, outcome, failures.length < stories));
    if (untilFailure) break;
  }
  return { hashes, failures, situations };
}

async function failureOf<P extends Plan>(
  system: System<P>,
  plan: P,
  outcome: Outcome,
  told: boolean,
): Promise<Failure> {
  const { invariant = '', problem = '' } = outcome.violation ?? {};
  const named = system.named ?? ((text: string) => text);
  if (!told) return { seed: plan.seed, invariant, problem: named(problem) };
  const small = await shrink(system, plan, outcome);
  return {
    seed: plan.seed,
    invariant,
    problem: named(problem),
    story: narrate(small.plan, small.outcome, named),
  };
}

/** The sum of the reports of all parts of the seeds. */
export function reportOf(
  system: Pick<System, 'situations'>,
  parts: readonly SeedRuns[],
  tookMs: number,
): SimulateReport {
  const hashes = parts.flatMap((part) => [...part.hashes]).sort(([a], [b]) => a - b);
  const situations = new Map<string, number>();
  for (const part of parts)
    for (const [what, count] of part.situations)
      situations.set(what, (situations.get(what) ?? 0) + count);
  const lines = hashes.map(([seed, hash]) => `${seed} ${hash}`).join('\n');
  return {
    seeds: hashes.length,
    violations: parts.flatMap(({ failures }) => failures).sort((a, b) => a.seed - b.seed),
    missedSituations: (system.situations ?? []).filter((what) => !situations.has(what)),
    situations: Object.fromEntries([...situations].sort(([a], [b]) => (a < b ? -1 : 1))),
    seedsPerSecond: Math.round((hashes.length / Math.max(1, tookMs)) * 10_000) / 10,
    traceHash: createHash('sha256').update(lines).digest('hex').slice(0, 16),
  };
}

export async function simulateSystem<P extends Plan>(
  system: System<P>,
  seeds: readonly number[],
  options: SeedOptions = {},
): Promise<SimulateReport> {
  const startMs = systemClock.now();
  const runs = await runSeeds(system, seeds, options);
  return reportOf(system, [runs], systemClock.now() - startMs);
}
