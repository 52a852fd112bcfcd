/**
 * The memory broker against RabbitMQ, on the scripts that once differed and on a stretch of the scripts of one seed. All scripts of that
 * seed have been run and agree, so a run of the suite fails only because of a change. `npm run fuzz:transport` looks for new scripts.
 */
import { proofSize, scaledSize } from '../../../support/proof-size.ts';
import { assert, seed, suite } from '../../../support/suite.ts';
import { fuzz } from './compare.ts';

const knownSeed = 1_971_974_885;
const knownScripts = scaledSize('transport-fuzz', 1);
const scripts = proofSize('transport-fuzz');
/** Each run of the suite takes another stretch. */
const skipped = seed() % Math.max(1, knownScripts - scripts + 1);
const test = suite('transport fuzz', { needs: ['rabbitmq'], deadlineMs: 60_000 + scripts * 250 });

test(`${scripts} scripts: memory and RabbitMQ are seen to do the same`, async () => {
  const report = await fuzz({ seed: knownSeed, scripts, skipped });
  const { steps, unsteady, known, differences } = report;
  process.stdout.write(
    `${JSON.stringify({ skipped, scripts, steps, unsteady, known, differences: differences.length })}\n`,
  );
  assert.is(JSON.stringify(differences, null, 2), '[]');
});

test.run();
