/**
 * The memory broker against RabbitMQ, on the scripts that once differed and on those of one seed, which have all been run: a run of the
 * suite fails for what was changed. `npm run fuzz:transport` looks for scripts nobody has seen.
 */
import { timesOf } from '../../../support/proof-size.ts';
import { assert, suite } from '../../../support/suite.ts';
import { fuzz } from './compare.ts';

const seed = 1_971_974_885;
const scripts = timesOf({ full: 2_000, short: 300 });
const test = suite('transport fuzz', { needs: ['rabbitmq'], deadlineMs: 60_000 + scripts * 250 });

test(`${scripts} scripts: memory and RabbitMQ are seen to do the same`, async () => {
  const report = await fuzz({ seed, scripts });
  const { steps, unsteady, known, differences } = report;
  process.stdout.write(
    `${JSON.stringify({ seed, scripts, steps, unsteady, known, differences: differences.length })}\n`,
  );
  assert.is(JSON.stringify(differences, null, 2), '[]');
});

test.run();
