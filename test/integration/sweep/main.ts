/**
 * Kills at every failpoint: `npm run sweep -- --journal memory|pglite|postgres [--seed 1] [--twice 20] [--only name,name] [--thorough] [--json]`;
 * or kills a process that commits to a PGlite folder, so often, and opens the folder again: `npm run sweep -- --reopen 50 [--seed 1] [--json]`.
 *
 * With `--json` the last line is one object `{journal, seed, failpoints, kills, lost, doubled, stuck, unreached, findings}`,
 * or `{cycles, seed, killedOpening, acknowledged, lost, torn, findings}`.
 * Exits 1 when anything was lost, half there, done twice, left over or never reached, 2 on wrong usage.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seed as testSeed } from '../../support/seed.ts';
import { reopenings } from '../journal/reopening.ts';
import { failpointsOf, isClean, sweep } from './sweep.ts';

function usage(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function numberFrom(name: string, text: string): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0
    ? value
    : usage(`--${name} ${text}: expected a whole number`);
}

const { values } = parseArgs({
  options: {
    journal: { type: 'string', default: 'memory' },
    seed: { type: 'string' },
    twice: { type: 'string', default: '20' },
    only: { type: 'string' },
    thorough: { type: 'boolean', default: false },
    reopen: { type: 'string' },
    'round-max-ms': { type: 'string', default: '60000' },
    json: { type: 'boolean', default: false },
  },
});
const seed = values.seed === undefined ? testSeed() : numberFrom('seed', values.seed);
const onProgress = (line: string) => void process.stdout.write(`${line}\n`);
// The pools of killed connections may linger.
process.exit(
  (await (values.reopen === undefined ? swept() : reopened(numberFrom('reopen', values.reopen))))
    ? 0
    : 1,
);

/** Both say whether everything was as it should be. */
async function reopened(cycles: number): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'reopen-'));
  const report = await reopenings({ url: `pglite://${folder}`, cycles, seed, onProgress });
  await rm(folder, { recursive: true, force: true });
  const { killedOpening, acknowledged, lost, torn } = report;
  say(
    report,
    `${cycles} kills, ${killedOpening} while it opened: ${acknowledged} turns acknowledged, ${lost} lost, ${torn} times one was half there`,
  );
  return lost + torn === 0;
}

async function swept(): Promise<boolean> {
  const { journal } = values;
  if (journal !== 'memory' && journal !== 'pglite' && journal !== 'postgres')
    usage(`--journal ${journal}: expected memory, pglite or postgres`);
  const all = failpointsOf(journal);
  const failpoints = values.only
    ?.split(',')
    .map(
      (name) =>
        all.find((known) => known === name) ??
        usage(`--only ${name}: expected one of ${all.join(', ')}`),
    );
  const report = await sweep({
    ...{ journal, seed, onProgress, thorough: values.thorough },
    twice: numberFrom('twice', values.twice),
    roundMaxMs: numberFrom('round-max-ms', values['round-max-ms']),
    ...(failpoints === undefined ? {} : { failpoints }),
  });
  const { kills, lost, doubled, stuck, unreached } = report;
  say(
    report,
    `${kills} kills: ${lost} lost, ${doubled} doubled, ${stuck} stuck; never reached: ${unreached.join(', ') || 'none'}`,
  );
  return isClean(report);
}

function say(report: { readonly findings: readonly string[] }, words: string): void {
  for (const finding of report.findings) process.stderr.write(`${finding}\n`);
  process.stdout.write(`${values.json ? JSON.stringify(report) : words}\n`);
}
