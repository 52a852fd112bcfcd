import { connect } from 'amqplib';
import { evaluateOnBroker } from '../../support/broker-control.ts';
import { BrokerSession } from '../../support/broker-session.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';

const test = suite('broker control', {
  needs: ['rabbitmq', 'rabbitmqctl'],
  deadlineMs: 60_000,
});

test('a virtual host takes connections until the removal', async () => {
  const host = await openVirtualHost('control');
  await (await connect(host.url)).close();
  await host.remove();
  await assert.rejects(connect(host.url), /ConnectionClose/);
});

test('an expression that the broker refuses throws the reason, and others are evaluated', async () => {
  const [refused, evaluated] = await Promise.allSettled([
    evaluateOnBroker('wrong = right'),
    evaluateOnBroker('right = right'),
  ]);
  assert.is(refused.status === 'rejected' && /badmatch.*right/.test(String(refused.reason)), true);
  assert.is(evaluated.status, 'fulfilled');
});

test('a text that is no expression throws the reason', async () => {
  await assert.rejects(evaluateOnBroker('1 +'), /syntax error/);
});

test('a session ends with its input, and the next expression starts another', async () => {
  const session = new BrokerSession();
  await session.evaluate('1 = 1');
  session.close();
  await session.evaluate('2 = 2');
  session.close();
});

test.run();
