/**
 * The differential fuzzer by hand: `npm run fuzz:transport -- [--scripts 50000] [--seed 1] [--json]`.
 *
 * The last line with `--json` is one object `{seed, scripts, steps, unsteady, known, differences}`, `differences` being a number:
 * each is printed before, as an entry for `regressions.ts`. Exits 1 when there is one.
 */
import { parseArgs } from 'node:util';
import { seed as testSeed } from '../../../support/seed.ts';
import { fuzz } from './compare.ts';

const { values } = parseArgs({
  options: {
    scripts: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seed = values.seed === undefined ? testSeed() : Number(values.seed);
const report = await fuzz({
  seed,
  scripts: Number(values.scripts),
  onProgress: (done) => {
    if (done % 500 === 0) process.stdout.write(`${done} scripts\n`);
  },
});
const { differences, known, unsteady, ...rest } = report;
for (const { steps, script, memory, rabbitmq } of differences) {
  process.stdout.write(
    `script ${script} of seed ${seed}: ${JSON.stringify({ memory, rabbitmq }, null, 2)}\n`,
  );
  process.stdout.write(
    `for regressions.ts: ${JSON.stringify({ reason: `script ${script} of seed ${seed}`, steps })}\n`,
  );
}
for (const { script, reason } of known)
  process.stdout.write(`script ${script}: known, ${reason}\n`);
const numbers = {
  ...rest,
  unsteady: unsteady.length,
  known: known.length,
  differences: differences.length,
};
process.stdout.write(
  values.json
    ? `${JSON.stringify(numbers)}\n`
    : `seed ${seed}: ${numbers.scripts} scripts, ${numbers.steps} steps, ${numbers.differences} differences, ${numbers.known} known, ${numbers.unsteady} unsteady\n`,
);
process.exitCode = report.differences.length === 0 ? 0 : 1;
