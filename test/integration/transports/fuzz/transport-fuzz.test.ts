/** The memory broker against RabbitMQ, on scripts drawn from the run's seed. */
import { assert, seed, suite } from '../../../support/suite.ts';
import { fuzz } from './compare.ts';

const scripts = Number(process.env['FUZZ_SCRIPTS'] ?? 150);
const test = suite('transport fuzz', { needs: ['rabbitmq'], deadlineMs: 30_000 + scripts * 1_000 });

test(`${scripts} scripts: memory and RabbitMQ are seen to do the same`, async () => {
  const report = await fuzz({ seed: seed(), scripts });
  const { steps, unsteady, differences } = report;
  process.stdout.write(`${JSON.stringify({ seed: seed(), scripts, steps, unsteady, differences: differences.length })}\n`);
  assert.is(JSON.stringify(differences, null, 2), '[]');
});

test.run();
