/**
 * Two sides of one benchmark, run in turn, and what came of it.
 *
 * Boundary: knows neither what is measured nor how it is printed.
 * 1. The sides run alternately, A B A B, in one process, after one run of each that is not counted.
 * 2. Ratios are taken pair by pair, so a machine that grows slower in the middle does not decide who wins.
 * 3. More is better everywhere: of a time or a size the ratio is turned round.
 */

/** How large a benchmark is: `tiny` shows that it works, `quick` is for a look, `full` for the table. */
export type Size = 'tiny' | 'quick' | 'full';

/** One run of one side. */
export interface Sample {
  /** In the unit of the benchmark. */
  readonly value: number;
  /** How long each unit of work took, milliseconds, where that makes sense. */
  readonly latenciesMs?: readonly number[];
}

export type Side = () => Promise<Sample>;

export interface Contest {
  readonly ours: Side;
  /** What ours is held against: the raw part, or the same written by hand. None where a benchmark only reports. */
  readonly other?: Side;
  /** Further sides, held against ours as well; the name stands behind the benchmark's, after a `/`. */
  readonly also?: Readonly<Record<string, Side>>;
  /** What else was seen, e.g. how many commits it took. Asked after the last run. */
  readonly notes?: () => Promise<readonly string[]> | readonly string[];
  close(): Promise<void>;
}

export interface Benchmark {
  readonly name: string;
  readonly parameter?: string | number;
  readonly unit: string;
  readonly lessIsBetter?: boolean;
  /** Ports of servers it needs. */
  readonly needs: readonly ('postgres' | 'rabbitmq')[];
  /** What else it needs and is not there, e.g. a program. */
  readonly missing?: () => string | undefined;
  /** Left out of a quick run: what it needs takes too long to make. */
  readonly slow?: boolean;
  /** Runs of each side that are counted, default by size; a tiny run has one. */
  readonly rounds?: number;
  open(size: Size): Promise<Contest>;
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What one benchmark has come to; all values are medians over the rounds. */
export interface Figure {
  readonly ours: number;
  readonly other: number | null;
  readonly ratio: number | null;
  /** Least and greatest ratio of a pair (of our own values where there is no other side). */
  readonly spread: readonly [number, number];
  readonly unit: string;
  readonly oursLatency?: Latency;
  readonly otherLatency?: Latency;
  readonly notes?: readonly string[];
}

const roundsBySize: Readonly<Record<Exclude<Size, 'tiny'>, number>> = { quick: 2, full: 7 };

/** `saga-local@32` */
export function labelOf({ name, parameter }: Pick<Benchmark, 'name' | 'parameter'>): string {
  return parameter === undefined ? name : `${name}@${parameter}`;
}

/**
 * Runs one benchmark, with so many counted runs of each side (default: the benchmark's own, or by size). The figures stand under its
 * label, those of further sides under `<label>/<side>`.
 */
export async function hold(
  benchmark: Benchmark,
  size: Size,
  rounds?: number,
): Promise<Readonly<Record<string, Figure>>> {
  const contest = await benchmark.open(size);
  try {
    const others: [string, Side][] = Object.entries(contest.also ?? {});
    if (contest.other !== undefined) others.unshift(['', contest.other]);
    const runs = rounds ?? (size === 'tiny' ? 1 : (benchmark.rounds ?? roundsBySize[size]));
    const samples = await alternately(
      [contest.ours, ...others.map(([, side]) => side)],
      runs,
      size,
    );
    const [ours = [], ...rest] = samples;
    const notes = await contest.notes?.();
    const label = labelOf(benchmark);
    if (others.length === 0) return { [label]: figure(benchmark, ours, undefined, notes) };
    return Object.fromEntries(
      others.map(([name], index) => [
        name === '' ? label : `${label}/${name}`,
        figure(benchmark, ours, rest[index], name === '' ? notes : undefined),
      ]),
    );
  } finally {
    await contest.close();
  }
}

async function alternately(
  sides: readonly Side[],
  rounds: number,
  size: Size,
): Promise<Sample[][]> {
  if (size !== 'tiny') for (const side of sides) await side();
  const samples: Sample[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, side] of sides.entries()) samples[index]?.push(await side());
  }
  return samples;
}

function figure(
  { unit, lessIsBetter = false }: Benchmark,
  ours: readonly Sample[],
  other: readonly Sample[] | undefined,
  notes: readonly string[] | undefined,
): Figure {
  const ratios = other?.map((sample, round) =>
    ratioOf(ours[round] as Sample, sample, lessIsBetter),
  );
  const spreadOver = ratios ?? ours.map(({ value }) => value);
  const [oursLatency, otherLatency] = [latencyOf(ours), other && latencyOf(other)];
  return {
    ours: median(ours.map(({ value }) => value)),
    other: other === undefined ? null : median(other.map(({ value }) => value)),
    ratio: ratios === undefined ? null : median(ratios),
    spread: [Math.min(...spreadOver), Math.max(...spreadOver)],
    unit,
    ...(oursLatency === undefined ? {} : { oursLatency }),
    ...(otherLatency === undefined ? {} : { otherLatency }),
    ...(notes === undefined || notes.length === 0 ? {} : { notes }),
  };
}

function ratioOf(ours: Sample, other: Sample, lessIsBetter: boolean): number {
  return lessIsBetter ? other.value / ours.value : ours.value / other.value;
}

function latencyOf(samples: readonly Sample[]): Latency | undefined {
  const all = samples.flatMap(({ latenciesMs = [] }) => [...latenciesMs]).sort((a, b) => a - b);
  if (all.length === 0) return undefined;
  return { p50Ms: quantile(all, 0.5), p99Ms: quantile(all, 0.99) };
}

/** Of sorted numbers, the one below which that share of them lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
