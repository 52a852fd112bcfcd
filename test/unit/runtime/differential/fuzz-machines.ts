/**
 * Many random machines, live and stepped: `npm run fuzz:machines -- --pairs 5000 --seed 7 --json`.
 *
 * 1. The pairs are tried in batches, each with a seed of its own that follows from the first; a batch ends with its first difference.
 * 2. With `--json` the last line is one object: pairs, differences, seed, failing (the seeds of the batches that differ), served (the
 *    steps that the memo has taken), durationMs.
 * 3. Exits 1 when there is a difference, or when the memo served no step; the difference's smallest pair is printed, ready to be kept in `regressions.ts`.
 */
import { parseArgs } from 'node:util';
import { seed as drawnSeed } from '../../../support/seed.ts';
import { WatchedMemo } from '../../../support/watched-memo.ts';
import { type Difference, differenceIn } from './pairs.ts';

const batch = 250;
const seedMax = 2 ** 31;

function numberFrom(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`--${name} ${text}: expected a whole number\n`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5000' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const pairs = numberFrom('pairs', values.pairs);
const seed = values.seed === undefined ? drawnSeed() : numberFrom('seed', values.seed);
const before = performance.now();
const found: Difference[] = [];
const memo = new WatchedMemo();
for (let done = 0, at = seed % seedMax; done < pairs; done += batch, at = (at + 1) % seedMax) {
  const difference = await differenceIn(Math.min(batch, pairs - done), at, memo);
  if (difference === undefined) continue;
  found.push(difference);
  process.stderr.write(`seed ${difference.seed} differs: ${JSON.stringify(difference.pair)}\n`);
}

const durationMs = Math.round(performance.now() - before);
const result = {
  pairs,
  differences: found.length,
  seed,
  failing: found.map((difference) => difference.seed),
  served: memo.served,
  durationMs,
};
const words = `${pairs} pairs, ${found.length} differences; seed ${seed}; ${memo.served} steps served by the memo; ${durationMs} ms`;
process.stdout.write(`${values.json ? JSON.stringify(result) : words}\n`);
if (found.length > 0 || memo.served === 0) process.exitCode = 1;
