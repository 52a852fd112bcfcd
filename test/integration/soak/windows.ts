/** Measurements of a soak by window of time: latencies, the share of the processor, memory and rows; and whether these stay level. */
import { cpus } from 'node:os';

export interface WindowReport {
  /** Seconds from the beginning of the soak to the end of the window. */
  readonly atS: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the whole machine, 0 to 1. */
  readonly processor: number;
  /** Resident bytes of the steady process. */
  readonly memory: number;
  /** Rows of all tables. */
  readonly rows: number;
  /** Stories that have ended since the beginning. */
  readonly stories: number;
  /** Processes that were ended within the window. */
  readonly endings: readonly string[];
}

/** Later figures beside earlier ones; 1 is level. `undefined`: too few windows. */
export interface Levels {
  readonly memory: number | undefined;
  readonly rowsPerStory: number | undefined;
  readonly p99: number | undefined;
}

/** A figure that has grown by more than this factor is not level. */
const levelMost = 1.25;
/** Fewer windows say nothing: the caches are filling. */
const windowsLeast = 12;

export function shareOf(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function median(values: readonly number[]): number {
  return shareOf(
    [...values].sort((one, other) => one - other),
    0.5,
  );
}

/** The last quarter of the windows beside the second quarter. */
export function levelsOf(windows: readonly WindowReport[]): Levels {
  if (windows.length < windowsLeast)
    return { memory: undefined, rowsPerStory: undefined, p99: undefined };
  const quarter = Math.floor(windows.length / 4);
  const early = windows.slice(quarter, 2 * quarter);
  const late = windows.slice(-quarter);
  const ratio = (figure: (window: WindowReport) => number) =>
    median(late.map(figure)) / median(early.map(figure));
  const growth = (part: readonly WindowReport[]) => {
    const [first, last] = [part[0], part.at(-1)];
    if (first === undefined || last === undefined) return 0;
    return (last.rows - first.rows) / Math.max(1, last.stories - first.stories);
  };
  return {
    memory: ratio(({ memory }) => memory),
    rowsPerStory: Math.max(0, growth(late)) / Math.max(1, growth(early)),
    p99: ratio(({ p99Ms }) => p99Ms),
  };
}

/** Sentences about the figures that are not level. Latency depends on the machine and is only reported. */
export function unlevel({ memory = 1, rowsPerStory = 1 }: Levels): readonly string[] {
  const grown = { 'resident memory of the steady process': memory, 'rows a story': rowsPerStory };
  return Object.entries(grown).flatMap(([name, ratio]) =>
    ratio > levelMost ? [`${name}: ${ratio.toFixed(2)} times the earlier figure`] : [],
  );
}

/** Milliseconds of all processors since the system started. */
export interface ProcessorTimes {
  readonly busy: number;
  readonly all: number;
}

export function processorTimes(): ProcessorTimes {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const { idle, ...rest } = times;
    const worked = Object.values(rest).reduce((sum, each) => sum + each, 0);
    busy += worked;
    all += worked + idle;
  }
  return { busy, all };
}
