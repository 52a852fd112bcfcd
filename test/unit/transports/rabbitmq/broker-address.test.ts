/** URLs of RabbitMQ; the words in the titles are those of `broker-address.ts`. */
import { UrlProblem } from '../../../../config/server-url.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { brokerAddress, parseBrokerUrl } from '../../../../transports/rabbitmq/broker-address.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('broker address');

test('a URL becomes the parts of a connection, and a text without the password', () => {
  assert.equal(parseBrokerUrl('amqps://us%C3%A9r:p%C3%A9@h:1/v%2F%C3%A9?heartbeat=0'), {
    protocol: 'amqps',
    host: 'h',
    port: 1,
    user: 'usér',
    password: 'pé',
    virtualHost: 'v/é',
    heartbeatSeconds: 0,
    text: 'amqps://h:1/v%2F%C3%A9',
  });
});

test('a URL without credentials and port has the defaults of RabbitMQ', () => {
  const { user, password, port, text } = parseBrokerUrl('amqp://[::1]');
  assert.equal([user, password, port, text], ['guest', 'guest', 5672, 'amqp://[::1]:5672/%2F']);
  assert.is(parseBrokerUrl('amqps://h').port, 5671);
  assert.is(parseBrokerUrl('amqp://u@h').password, '');
});

test('virtual host: no path, an empty path and // are the virtual host /', () => {
  for (const path of ['', '/', '//', '/%2F', '/%2f'])
    assert.is(parseBrokerUrl(`amqp://h${path}`).virtualHost, '/');
});

test('parameters: numbers within their bounds', () => {
  const { heartbeatSeconds, connectTimeoutMs, channelMax } = parseBrokerUrl(
    'amqp://h/v?heartbeat=10&connection_timeout=500&channel_max=9',
  );
  assert.equal([heartbeatSeconds, connectTimeoutMs, channelMax], [10, 500, 9]);
});

for (const [url, reason] of [
  ['http://guest:hunter2@broker', /scheme http:.*allowed: scheme: amqp/],
  ['amqp:///v', /no host/],
  ['amqp://u:hunter2@/v', /no host/],
  ['amqp://h/a/b', /more than one \/.*virtual host.*%2F/],
  [`amqp://h/${'v'.repeat(256)}`, /virtual host that is too long/],
  ['amqp://h/v%', /% that begins no character in the virtual host/],
  ['amqp://h?heartbeat=ten', /heartbeat "ten"; allowed: heartbeat: a whole number from 0 to 65535/],
  ['amqp://h?heartbeat=-1', /heartbeat/],
  ['amqp://h?heartbeat', /heartbeat/],
  ['amqp://h?heartbeat=1&heartbeat=2', /heartbeat twice/],
  ['amqp://h?channelMax=5', /parameter "channelMax"; allowed: query: .*channel_max/],
] as const) {
  test(`${url} is refused with the part and what is allowed`, () => {
    assert.throws(
      () => parseBrokerUrl(url),
      (error: unknown) =>
        error instanceof UrlProblem &&
        reason.test(error.message) &&
        !error.message.includes('hunter2'),
    );
    assert.throws(
      () => brokerAddress(url),
      (error: unknown) =>
        error instanceof Broken && error.code === 'config-invalid' && error.at === 'amqp_url',
    );
  });
}

test.run();
