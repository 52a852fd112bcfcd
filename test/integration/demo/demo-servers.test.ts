import { proofSize } from '../../support/proof-size.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { assertOutput, runDemoProcess } from './demo-process.ts';
import { ownVirtualHost } from './virtual-host.ts';

const test = suite('demo: a process for each service, RabbitMQ, PostgreSQL, requests over HTTP', {
  needs: ['postgres', 'rabbitmq'],
  deadlineMs: 280_000,
});
let host: Awaited<ReturnType<typeof ownVirtualHost>>;

test.before(async () => {
  host = await ownVirtualHost();
});

test.after(() => host.remove());

test('the demo comes to its end within the same bounds', async () => {
  const replicas = proofSize('demo-replicas');
  const where = ['--rabbitmq', host.url, '--database', servers.postgres];
  const first = await runDemoProcess(...where, '--http', '--replicas', String(replicas));
  assertOutput(first);
  const processes = `14 services in ${14 * replicas} processes, on RabbitMQ and PostgreSQL`;
  assert.match(first.output, `${processes}; requests over HTTP`);
});

test.run();
