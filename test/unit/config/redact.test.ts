import { holdsPassword, isSecretKey, redact, redactText } from '../../../config/redact.ts';
import { shown } from '../../../config/shown.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('redaction');

test('urls: credentials are hidden anywhere in a text', () => {
  assert.is(
    redactText('cannot reach amqp://guest:guest@127.0.0.1:5672/v now'),
    'cannot reach amqp://***@127.0.0.1:5672/v now',
  );
});

test('urls: credentials of each URL in a list are hidden, the hosts stay', () => {
  assert.is(redactText('amqp://u:p@h1,amqps://u:q@h2'), 'amqp://***@h1,amqps://***@h2');
});

test('urls: a password with @, commas and quotes is hidden', () => {
  assert.is(redactText("postgresql://u:p@s,s'w@h/db"), 'postgresql://***@h/db');
});

test('urls: credentials without a scheme are hidden', () => {
  assert.is(redactText('tried user:geheim@host'), 'tried ***@host');
});

test('urls: a password in the query is hidden', () => {
  assert.is(
    redactText('postgresql://h/db?user=a&password=p&ssl=1'),
    'postgresql://h/db?user=a&password=***&ssl=1',
  );
});

test('a URL without credentials stays as it is', () => {
  assert.is(redactText('redis://cache:6379/0'), 'redis://cache:6379/0');
});

test('linear: a megabyte that looks like the beginning of credentials is read in one go', () => {
  const size = 1_000_000;
  for (const text of [
    'a'.repeat(size),
    'a://'.repeat(size / 4),
    'a,'.repeat(size / 2),
    'a:'.repeat(size / 2),
    ',a://'.repeat(size / 5),
    `@${'=a:'.repeat(size / 3)}`,
    '?key'.repeat(size / 4),
    'bearer '.repeat(size / 7),
  ])
    assert.ok(redactText(text) === text, text.slice(0, 20));
  const secret = `${'a://b:'.repeat(size / 6)}c@host`;
  assert.is(redactText(secret), 'a://***@host');
});

test('keys: a key that names a secret is recognised in any spelling', () => {
  const secret = [
    'password',
    'PASSWORD',
    'db_password',
    'accessToken',
    'API-KEY',
    'privateKey',
    'client_secret',
    'credentials',
  ];
  assert.equal(secret.filter(isSecretKey), secret);
  const open = [
    'routing_key',
    'key',
    'keys',
    'tokens_max',
    'secretary',
    'mtoken',
    'passport',
    'name',
  ];
  assert.equal(open.filter(isSecretKey), []);
});

test('keys: their values are hidden, whatever the type; other values stay', () => {
  const value = { a: { password: { deep: 1 }, b: ['amqp://u:p@h', 5, null, true] }, token: 7 };
  assert.equal(redact(value), {
    a: { password: '***', b: ['amqp://***@h', 5, null, true] },
    token: '***',
  });
});

test('generous: a malformed URL is hidden up to its last @', () => {
  assert.is(redact('amqp:/guest:se cret@h', 'amqp_url'), '***@h');
  assert.is(redact('amqp://guest:se cr@et@h', 'amqp_url'), 'amqp://***@h');
});

test('a URL with a user only holds no password', () => {
  assert.equal(
    ['amqp://u:p@h', 'postgresql://:p@h', 'postgresql://h/db?password=x', 'amqp://u:p/w@h'].map(
      holdsPassword,
    ),
    [true, true, true, true],
  );
  assert.equal(
    ['postgresql://postgres@h/db', 'http://h:80/@scope/x', 'redis://h'].map(holdsPassword),
    [false, false, false],
  );
});

test('a value in an error is short, and hidden below a key that names a secret', () => {
  assert.is(shown('x'.repeat(200)).length, 81);
  assert.is(shown('abc', ['file_remover', 'password', '0']), '***');
});

test.run();
