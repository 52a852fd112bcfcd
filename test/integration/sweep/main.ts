/**
 * Kills at every failpoint: `npm run sweep -- --journal memory|pglite|postgres [--seed 1] [--twice 20] [--only name,name] [--thorough] [--json]`.
 *
 * With `--json` the last line is one object `{journal, seed, failpoints, kills, lost, doubled, stuck, unreached, findings}`.
 * Exits 1 when anything was lost, done twice, left over or never reached, 2 on wrong usage.
 */
import { parseArgs } from 'node:util';
import { seed as testSeed } from '../../support/seed.ts';
import { failpointsOf, isClean, sweep } from './sweep.ts';

function usage(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function numberFrom(name: string, text: string): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : usage(`--${name} ${text}: expected a whole number`);
}

const { values } = parseArgs({
  options: {
    journal: { type: 'string', default: 'memory' },
    seed: { type: 'string' },
    twice: { type: 'string', default: '20' },
    only: { type: 'string' },
    thorough: { type: 'boolean', default: false },
    'round-max-ms': { type: 'string', default: '60000' },
    json: { type: 'boolean', default: false },
  },
});
const { journal } = values;
if (journal !== 'memory' && journal !== 'pglite' && journal !== 'postgres')
  usage(`--journal ${journal}: expected memory, pglite or postgres`);
const all = failpointsOf(journal);
const failpoints = values.only
  ?.split(',')
  .map((name) => all.find((known) => known === name) ?? usage(`--only ${name}: expected one of ${all.join(', ')}`));
const report = await sweep({
  journal,
  seed: values.seed === undefined ? testSeed() : numberFrom('seed', values.seed),
  twice: numberFrom('twice', values.twice),
  thorough: values.thorough,
  roundMaxMs: numberFrom('round-max-ms', values['round-max-ms']),
  onProgress: (line) => process.stdout.write(`${line}\n`),
  ...(failpoints === undefined ? {} : { failpoints }),
});
for (const finding of report.findings) process.stderr.write(`${finding}\n`);
const { kills, lost, doubled, stuck, unreached } = report;
const words = `${kills} kills: ${lost} lost, ${doubled} doubled, ${stuck} stuck; never reached: ${unreached.join(', ') || 'none'}`;
process.stdout.write(`${values.json ? JSON.stringify(report) : words}\n`);
// The pools of killed connections may linger.
process.exit(isClean(report) ? 0 : 1);
