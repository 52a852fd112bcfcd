import { Type } from 'typebox';
import { transportSchemes } from '../../../composition/transport-schemes.ts';
import { ConfigError } from '../../../config/config-error.ts';
import { type Setting, settingsOf } from '../../../config/setting-list.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('settings of a config');
const file = 'shop.json';
const sections = {
  shop: Type.Object({
    token: Type.Optional(Type.String()),
    keys: Type.Optional(Type.Object({ private_keys: Type.Optional(Type.Any()) })),
    size: Type.Optional(Type.Integer({ default: 7 })),
  }),
};
const content = {
  svc_name: 'shop',
  consume: { main: { name: 'shop', queue: 'q', routing_key: ['a', 'b'] } },
  shop: { keys: {} },
};

function listed(env: Readonly<Record<string, string>> = {}, given: object = content) {
  const readFile = (path: string): string => {
    if (path === '/run/url') return 'postgresql://u:from-file@db/x\n';
    if (path === '/run/trust') return '{"operators":["admin"]}';
    throw new Error(`no file ${path}`);
  };
  const options = { file, env, sections, schemes: transportSchemes, readFile };
  return settingsOf(JSON.stringify(given), options);
}

function at(settings: readonly Setting[], pointer: string): unknown[] {
  const found = settings.find((setting) => setting.pointer === pointer);
  const { type, ...from } = found?.from ?? { type: 'missing' };
  return [found?.value, type, ...Object.values(from)];
}

test('a value of the file, of a variable and a default are told apart, also inside an object', () => {
  const found = listed({
    LOG_LEVEL: 'DEBUG',
    log__file_name: 'x.log',
    CONSENT__VOTE_DEADLINE_MS: '5',
  });
  assert.equal(at(found, '/consume/main/routing_key'), [['a', 'b'], 'file', file]);
  assert.equal(at(found, '/log/level'), ['DEBUG', 'environment', 'LOG_LEVEL']);
  assert.equal(at(found, '/log/file_name'), ['x.log', 'environment', 'log__file_name']);
  assert.equal(at(found, '/limits/depth'), [64, 'default']);
  assert.equal(at(found, '/shop/size'), [7, 'default']);
  for (const pointer of ['/process/prefetch', '/process/retention/history_days'])
    assert.is(at(found, pointer)[1], 'default', pointer);
  assert.equal(at(found, '/cache_url'), [null, 'unset']);
  const own = listed(
    { CONSENT__VOTE_DEADLINE_MS: '5' },
    { ...content, consent: { always_ask: [] } },
  );
  assert.equal(at(own, '/consent/vote_deadline_ms'), [
    5,
    'environment',
    'CONSENT__VOTE_DEADLINE_MS',
  ]);
  assert.equal(at(own, '/consent/always_ask'), [[], 'file', file]);
});

test('what no line of the file sets is listed too: keys of sections, types and flags', () => {
  const found = listed();
  for (const key of ['file_name', 'rotation', 'retention'])
    assert.equal(at(found, `/log/${key}`), [null, 'unset']);
  assert.equal(at(found, '/consume/main/type'), ['direct', 'default']);
  for (const [key, value] of [
    ['durable', true],
    ['auto_delete', false],
    ['exclusive', false],
    ['declare', true],
  ])
    assert.equal(at(found, `/consume/main/${key}`), [value, 'default']);
  assert.is(found.length, new Set(found.map(({ pointer }) => pointer)).size);
});

test('a flag is that of the file, else that of its defaults', () => {
  const main = { ...content.consume.main, durable: false };
  const found = listed(
    { DEFAULTS__TYPE: 'topic' },
    { ...content, consume: { main }, defaults: { declare: false, durable: true } },
  );
  assert.equal(at(found, '/consume/main/durable'), [false, 'file', file]);
  assert.equal(at(found, '/consume/main/declare'), [false, 'file', file]);
  assert.equal(at(found, '/consume/main/type'), ['topic', 'environment', 'DEFAULTS__TYPE']);
});

test('the section of a trust file names that file', () => {
  const found = listed({ TRUST_FILE: '/run/trust' });
  assert.equal(at(found, '/trust/operators'), [['admin'], 'file', '/run/trust']);
});

test('redacted: passwords in URLs, values of secret files, and all below a key that names a secret', () => {
  const found = listed({
    amqp_url: 'amqp://u:pass-word@broker/v',
    DATABASE_URL_FILE: '/run/url',
    shop__token: 'tok-en',
    shop__keys__private_keys: '{"one":"very secret"}',
  });
  assert.equal(at(found, '/amqp_url'), ['amqp://***@broker/v', 'environment', 'amqp_url']);
  assert.equal(at(found, '/database_url'), ['***', 'environment', 'DATABASE_URL_FILE']);
  assert.equal(at(found, '/shop/token'), ['***', 'environment', 'shop__token']);
  assert.equal(at(found, '/shop/keys/private_keys/one')[0], '***');
  assert.not.match(JSON.stringify(found), /pass-word|from-file|tok-en|very secret/);
});

test('a wrong config is refused as everywhere', () => {
  assert.throws(
    () => listed({}, { svc_name: 7 }),
    (error: unknown) => error instanceof ConfigError,
  );
});

test.run();
