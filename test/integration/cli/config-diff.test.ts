/** `config diff` as a command: what it prints, its exit codes, and that no password is shown. */

import { sections } from '../../../actors/sections.ts';
import { loadExchangeConfigs } from '../../../composition/exchange-configs.ts';
import { topologyOf } from '../../../config/topology.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { declareAll, onBroker } from './broker-state.ts';
import { run, serviceFile } from './command.ts';
import { bindingRow, exchangeRow, openManagement, rowsOf } from './management-server.ts';

const test = suite('cli: config diff', { needs: ['rabbitmq', 'rabbitmqctl'], deadlineMs: 60_000 });
const refused = suite('cli: config diff, refused', { needs: ['rabbitmq'], deadlineMs: 60_000 });
const file = serviceFile('transactions');
const topology = topologyOf(loadExchangeConfigs([file], { env: {}, sections }));
const unseen = [
  'not looked at: what the broker has beyond the files: AMQP cannot list it; give --management URL',
  'not looked at: bindings: AMQP cannot ask for them; give --management URL',
];
let host: VirtualHost;

test.before(async () => {
  host = await openVirtualHost('diff');
});
test.after.each(() =>
  onBroker(host, async (channel) => {
    for (const { name } of topology.exchanges) await channel.deleteExchange(name);
    for (const { name } of topology.queues) await channel.deleteQueue(name);
  }),
);
test.after(() => host.remove());

test('an empty broker has nothing of the files; exit code 1', async () => {
  const { code, stdout } = await run(['config', 'diff', '--broker', host.url, file]);
  assert.is(code, 1);
  const missing = [
    ...topology.exchanges.map(({ name }) => `exchange '${name}'`),
    ...topology.queues.map(({ name }) => `queue '${name}'`),
  ];
  const lines = missing.map((name) => `${name}: not on the broker`);
  assert.equal(stdout.trimEnd().split('\n'), [
    ...lines,
    ...unseen,
    `${missing.length} differences`,
  ]);
});

test('after the services have declared there is no difference; exit code 0, and it says what it has not looked at', async () => {
  await declareAll(host, topology);
  const { code, stdout, stderr } = await run(['config', 'diff', '--broker', host.url, file]);
  assert.equal([code, stdout, stderr], [0, [...unseen, 'no difference', ''].join('\n'), '']);
});

test('--management: also what the broker has alone; the broker may come from the environment', async () => {
  await declareAll(host, topology);
  await onBroker(host, async (channel) => {
    await channel.deleteExchange('transactions');
    await channel.assertExchange('transactions', 'topic');
  });
  const rows = rowsOf(topology);
  const more = {
    exchanges: [...rows.exchanges, exchangeRow('alien')],
    bindings: [...rows.bindings, bindingRow('transactions', 'transaction.process', 'k')],
  };
  const management = await openManagement(host, { ...rows, ...more });
  const { code, stdout } = await run(['config', 'diff', file, '--management', management.url], {
    amqp_url: host.url,
  });
  await management.close();
  assert.is(code, 1);
  assert.equal(stdout.trimEnd().split('\n'), [
    "exchange 'transactions': 'type' is topic on the broker, but the config says direct (406 PRECONDITION_FAILED)",
    "exchange 'alien': on the broker, in none of the files",
    "binding of queue 'transaction.process' to exchange 'transactions' under 'k': on the broker, in none of the files",
    '3 differences',
  ]);
});

refused(
  'a broker that refuses the user: exit code 78; one that is not there: 1; neither shows the password',
  async () => {
    const wrong = new URL(servers.rabbitmq);
    wrong.password = 'hunter2';
    const away = new URL(wrong);
    away.host = '127.0.0.1:1';
    for (const [url, exitCode, message] of [
      [wrong, 78, /refuses the connection: .*ACCESS[-_]REFUSED/i],
      [away, 1, /127\.0\.0\.1:1\S* cannot be reached/],
    ] as const) {
      const { code, stdout, stderr } = await run(['config', 'diff', '--broker', url.href, file]);
      assert.equal([code, stdout], [exitCode, '']);
      assert.match(stderr, message);
      assert.not.match(stderr, /hunter2/);
    }
  },
);

refused('no broker, or no address of one: exit code 2', async () => {
  for (const args of [
    [file],
    [file, '--broker', servers.rabbitmq, '--management', 'localhost:15672'],
  ]) {
    const { code, stdout, stderr } = await run(['config', 'diff', ...args]);
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, /error: .*--(broker|management)/);
  }
});

test.run();
refused.run();
