import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { assertOutput, runDemoProcess } from './demo-process.ts';
import { ownVirtualHost, type VirtualHost } from './virtual-host.ts';

const test = suite('demo: a process for each service, RabbitMQ, PostgreSQL', {
  needs: ['postgres', 'rabbitmq'],
  deadlineMs: 280_000,
});
let host: VirtualHost;

test.before(() => {
  host = ownVirtualHost();
});

test.after(() => host.remove());

test('the demo comes to its end within the same bounds', async () => {
  const first = await runDemoProcess('--rabbitmq', host.url, '--database', servers.postgres);
  assertOutput(first);
  assert.match(first.output, /14 services in 10 processes, on RabbitMQ and PostgreSQL/);
});

test.run();
