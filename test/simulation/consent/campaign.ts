/**
 * The consent simulation over many seeds, in as many processes as there are processors, and over
 * every mutant.
 *
 * 1. The result depends on the seeds alone, not on the processes.
 * 2. A mutant runs until the first seed that catches the mutant.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../runtime/ports/clock.ts';
import {
  reportOf,
  type SeedOptions,
  type SeedRuns,
  type SimulateReport,
} from '../../../testing/simulation/simulate-system.ts';
import type { Order } from './campaign-process.ts';
import { consentSystem } from './consent-system.ts';

export interface Caught {
  /** The broken invariant; null for a mutant that was not caught. */
  readonly caughtBy: string | null;
  /** Number of seeds, with the catching seed. */
  readonly seeds: number;
  readonly problem: string;
}

const chunkSeeds = 25;
/** A run allocates much and keeps nothing: a large young generation avoids most copies. */
const youngGenerationMb = 64;

function chunksOf(seeds: readonly number[], size: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(seeds.length / size) }, (_, at) =>
    seeds.slice(at * size, (at + 1) * size),
  );
}

function newProcess(): ChildProcess {
  const file = `./campaign-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
  return fork(fileURLToPath(new URL(file, import.meta.url)), {
    serialization: 'advanced',
    execArgv: [...process.execArgv, `--max-semi-space-size=${youngGenerationMb}`],
  });
}

function ordered(child: ChildProcess, order: Order): Promise<SeedRuns> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`a process of the simulation ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (runs) => {
      child.off('exit', ended);
      resolve(runs as SeedRuns);
    });
    child.send(order);
  });
}

/** Works in several processes; a free process takes the next item. */
async function inProcesses<Item, Result>(
  items: readonly Item[],
  work: (child: ChildProcess, item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const waiting = [...items.entries()];
  const processes = Math.max(1, Math.min(availableParallelism(), items.length));
  await Promise.all(
    Array.from({ length: processes }, async () => {
      const child = newProcess();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        results.set(next[0], await work(child, next[1]));
      child.disconnect();
    }),
  );
  return items.map((_, at) => results.get(at) as Result);
}

export async function campaign(
  seeds: readonly number[],
  options: SeedOptions = {},
): Promise<SimulateReport> {
  const startMs = systemClock.now();
  const parts = await inProcesses(chunksOf(seeds, chunkSeeds), (child, chunk) =>
    ordered(child, { seeds: chunk, mutant: undefined, options }),
  );
  return reportOf(consentSystem(), parts, systemClock.now() - startMs);
}

/** Runs every named mutant until a seed catches it; calls `onCaught` for each mutant at its end. */
export async function mutantCampaign(
  names: readonly string[],
  seedsOf: (name: string) => readonly number[],
  onCaught: (name: string, caught: Caught) => void = () => undefined,
): Promise<Readonly<Record<string, Caught>>> {
  const results = await inProcesses(names, async (child, mutant) => {
    const found = await caught(child, mutant, seedsOf(mutant));
    onCaught(mutant, found);
    return found;
  });
  return Object.fromEntries(names.map((name, at) => [name, results[at] as Caught]));
}

async function caught(
  child: ChildProcess,
  mutant: string,
  seeds: readonly number[],
): Promise<Caught> {
  let before = 0;
  for (const chunk of chunksOf(seeds, chunkSeeds)) {
    const { failures, hashes } = await ordered(child, {
      seeds: chunk,
      mutant,
      options: { stories: 0, untilFailure: true },
    });
    const [first] = failures;
    if (first !== undefined)
      return { caughtBy: first.invariant, seeds: before + hashes.size, problem: first.problem };
    before += hashes.size;
  }
  return { caughtBy: null, seeds: before, problem: '' };
}
