/** The memory broker against RabbitMQ, on the scripts that once differed and on some drawn from the run's seed. */
import { assert, seed, suite } from '../../../support/suite.ts';
import { fuzz } from './compare.ts';

const scripts = Number(process.env['FUZZ_SCRIPTS'] ?? 2000);
const test = suite('transport fuzz', { needs: ['rabbitmq'], deadlineMs: 60_000 + scripts * 250 });

test(`${scripts} scripts: memory and RabbitMQ are seen to do the same`, async () => {
  const report = await fuzz({ seed: seed(), scripts });
  const { steps, unsteady, known, differences } = report;
  process.stdout.write(`${JSON.stringify({ seed: seed(), scripts, steps, unsteady, known, differences: differences.length })}\n`);
  assert.is(JSON.stringify(differences, null, 2), '[]');
});

test.run();
