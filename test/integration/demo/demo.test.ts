import { existsSync } from 'node:fs';
import { assert, suite } from '../../support/suite.ts';
import { assertOutput, runDemoProcess } from './demo-process.ts';

const test = suite('demo: one process, memory transport, PGlite', { deadlineMs: 180_000 });

test('the demo comes to its end within its bounds, and leaves nothing in the temporary folder', async () => {
  const outcome = await runDemoProcess();
  assertOutput(outcome);
  const [, folder = ''] = /images in (\S+)/.exec(outcome.output) ?? [];
  assert.ok(folder.length > 0 && !existsSync(folder));
});

test('a broker without a database is refused as wrong configuration', async () => {
  const { code, output } = await runDemoProcess('--rabbitmq', 'amqp://127.0.0.1');
  assert.is(code, 78);
  assert.match(output, /\/database: found nothing; allowed: both --rabbitmq and --database/);
});

test.run();
