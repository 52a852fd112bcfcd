import { createRequire } from 'node:module';
import {
  isInProcess,
  transportModule,
  transportSchemes,
  transportsAt,
} from '../../../composition/transport-schemes.ts';
import { ConfigError } from '../../../config/config-error.ts';
import { parseExchangeConfig } from '../../../config/parse.ts';
import { Broken } from '../../../runtime/ports/errors.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('transports by URL scheme');

function configured(amqpUrl: string, schemes = transportSchemes): readonly string[] | undefined {
  const text = JSON.stringify({ svc_name: 's' });
  const env = { amqp_url: amqpUrl };
  return parseExchangeConfig(text, { file: 's.json', env, sections: {}, schemes }).brokerUrls;
}

test('a config accepts the schemes of the table, and only these', () => {
  for (const { example } of Object.values(transportSchemes))
    assert.equal(configured(example), [example]);
  for (const url of ['nats://broker:4222', 'amqp://', 'memory://x', 'amqp:broker'])
    assert.throws(() => configured(url), ConfigError);
});

test('a line in the table makes a config accept a further scheme', () => {
  const load = transportModule.bind(undefined, ['memory://']);
  const nats = { example: 'nats://broker:4222', inProcess: false, load };
  const schemes = { ...transportSchemes, 'nats+tls': nats };
  assert.equal(configured('nats+tls://a:x,y@one,nats+tls://two', schemes), [
    'nats+tls://a:x,y@one',
    'nats+tls://two',
  ]);
});

test('only a broker in the process needs no address', () => {
  assert.equal(
    [isInProcess(), isInProcess(['memory://']), isInProcess(['amqp://one'])],
    [true, true, false],
  );
});

test('the driver is loaded when a URL of its scheme is opened', async () => {
  const loaded = (): boolean =>
    Object.keys(createRequire(import.meta.url).cache).some((path) =>
      /[\\/]amqplib[\\/]/.test(path),
    );
  const { close } = (await transportsAt(['memory://']))();
  assert.type(close, 'function');
  assert.is(loaded(), false);
  await transportsAt(['amqp://one', 'amqps://two']);
  assert.is(loaded(), true);
});

for (const [url, part] of [
  ['amqp://guest:hunter2@broker?heartbeat=ten', /found heartbeat .*ten.*allowed: heartbeat/],
  ['amqp://guest:hunter2/4@broker', /an @ behind the host/],
  ['amqp://guest:hunter2@broker/a/b', /allowed: virtual host/],
  ['amqp://one,amqp://guest:hunter2@two?frameMax=1', /the parameter/],
] as const) {
  test(`a URL that the transport cannot use is refused with its part: ${url}`, async () => {
    assert.throws(
      () => configured(url),
      (error: unknown) =>
        error instanceof ConfigError &&
        error.issues.every(({ pointer }) => pointer === '/amqp_url') &&
        part.test(error.message) &&
        !error.message.includes('hunter2'),
    );
    await assert.rejects(
      transportsAt(url.split(/,(?=amqp:)/)),
      (error: unknown) => error instanceof Broken && error.code === 'config-invalid',
    );
  });
}

test('addresses of unknown schemes, or of two transports, are refused', async () => {
  for (const urls of [
    ['nats://one'],
    ['http://one'],
    ['not a URL'],
    [],
    ['memory://', 'amqp://one'],
  ])
    await assert.rejects(transportsAt(urls), Broken);
});

test.run();
