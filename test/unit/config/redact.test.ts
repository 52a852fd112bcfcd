import { holdsPassword, isSecretKey, redact, redactText } from '../../../config/redact.ts';
import { shown } from '../../../config/shown.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('redaction');

test('1: hides the credentials of a URL wherever it stands in a text', () => {
  assert.is(
    redactText('cannot reach amqp://guest:guest@127.0.0.1:5672/v now'),
    'cannot reach amqp://***@127.0.0.1:5672/v now',
  );
});

test('1: hides those of each URL in a list and keeps the hosts', () => {
  assert.is(redactText('amqp://u:p@h1,amqps://u:q@h2'), 'amqp://***@h1,amqps://***@h2');
});

test('1: hides a password that holds @, commas and quotes', () => {
  assert.is(redactText("postgresql://u:p@s,s'w@h/db"), 'postgresql://***@h/db');
});

test('1: hides credentials without a scheme', () => {
  assert.is(redactText('tried user:geheim@host'), 'tried ***@host');
});

test('1: hides a password in the query', () => {
  assert.is(
    redactText('postgresql://h/db?user=a&password=p&ssl=1'),
    'postgresql://h/db?user=a&password=***&ssl=1',
  );
});

test('leaves a URL without credentials as it is', () => {
  assert.is(redactText('redis://cache:6379/0'), 'redis://cache:6379/0');
});

test('2: knows keys that name a secret in any spelling', () => {
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

test('2: hides the values under them, whatever their type, and leaves the rest', () => {
  const value = { a: { password: { deep: 1 }, b: ['amqp://u:p@h', 5, null, true] }, token: 7 };
  assert.equal(redact(value), {
    a: { password: '***', b: ['amqp://***@h', 5, null, true] },
    token: '***',
  });
});

test('3: what should be a URL and is none is hidden up to its last @', () => {
  assert.is(redact('amqp:/guest:se cret@h', 'amqp_url'), '***@h');
  assert.is(redact('amqp://guest:se cr@et@h', 'amqp_url'), 'amqp://***@h');
});

test('knows a URL with a password from one with a user only', () => {
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

test('what an error shows is short and has no secret of a key further up', () => {
  assert.is(shown('x'.repeat(200)).length, 81);
  assert.is(shown('abc', ['file_remover', 'password', '0']), '***');
});

test.run();
