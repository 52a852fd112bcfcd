/**
 * The differential fuzzer by hand: `npm run fuzz:transport -- [--scripts 50000] [--seed 1] [--json]`.
 *
 * The last line with `--json` is one object `{seed, scripts, steps, unsteady, differences}`. Exits 1 when there is a difference.
 */
import { parseArgs } from 'node:util';
import { seed as testSeed } from '../../../support/seed.ts';
import { fuzz } from './compare.ts';

const { values } = parseArgs({
  options: { scripts: { type: 'string', default: '2000' }, seed: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const seed = values.seed === undefined ? testSeed() : Number(values.seed);
const report = await fuzz({
  seed,
  scripts: Number(values.scripts),
  onProgress: (done) => {
    if (done % 500 === 0) process.stdout.write(`${done} scripts\n`);
  },
});
for (const difference of report.differences) process.stdout.write(`${JSON.stringify(difference, null, 2)}\n`);
process.stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `seed ${seed}: ${report.scripts} scripts, ${report.steps} steps, ${report.differences.length} differences, ${report.unsteady.length} unsteady\n`,
);
process.exitCode = report.differences.length === 0 ? 0 : 1;
