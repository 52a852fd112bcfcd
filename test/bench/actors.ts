/** Memory an idle durable actor takes, in the cache and evicted from it, beside a live XState actor of the same machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { measuredProgramAt } from '../support/program.ts';
import type { Benchmark, Sample, Size } from './contest.ts';

const actorsBySize: Readonly<Record<Size, number>> = { tiny: 500, quick: 20_000, full: 50_000 };
const program = measuredProgramAt(new URL('./actors-memory.ts', import.meta.url));
const run = promisify(execFile);

async function bytes(kind: 'cached' | 'evicted' | 'live', size: Size): Promise<Sample> {
  const { stdout } = await run(process.execPath, [
    '--expose-gc',
    ...program.options,
    program.file,
    kind,
    String(actorsBySize[size]),
  ]);
  return { value: Number.parseFloat(stdout) };
}

/** An evicted actor's share may be nothing at all, or less. */
export const actors: readonly Benchmark[] = (['cached', 'evicted'] as const).map((kind) => ({
  name: 'actors',
  parameter: kind,
  unit: 'bytes an actor',
  lessIsBetter: true,
  needs: [],
  rounds: 1,
  open: async (size) => ({
    ours: () => bytes(kind, size),
    other: () => bytes('live', size),
    close: async () => undefined,
  }),
}));
