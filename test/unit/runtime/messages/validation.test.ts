import { type TSchema, Type } from 'typebox';
import { SubscribeDataSchema } from '../../../../actors/consent/subscribe-messages.ts';
import { checkSchema } from '../../../../runtime/messages/validation.ts';
import { Refused } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('validation');
const schema = Type.Object(
  { kind: Type.Enum(['a', 'b']), items: Type.Array(Type.Object({ n: Type.Integer() })) },
  { additionalProperties: false },
);

function problem(data: Json, of: TSchema = schema): string {
  try {
    checkSchema(of, data, '/data');
  } catch (error) {
    if (error instanceof Refused) return `${error.at}: ${error.message}`;
    throw error;
  }
  return '';
}

test('what fits passes', () => {
  assert.is(problem({ kind: 'a', items: [{ n: 1 }] }), '');
});

test('a missing key is named', () => {
  assert.match(problem({ kind: 'a' }), /^\/data: .*lacks the key 'items'/);
});

test('the one allowed value is told', () => {
  const when = Type.Object({ when: Type.Optional(Type.Literal('retry')) });
  assert.is(
    problem({ when: 'rety' }, when),
    '/data/when: /data/when must be "retry", found "rety"',
  );
});

test('an unknown key is named', () => {
  assert.match(problem({ kind: 'a', items: [], more: 1 }), /unknown key 'more'/);
});

test('an unknown key that is near a known one is told the known one and all that are allowed', () => {
  assert.match(
    problem({ kind: 'a', items: [], kin: 1 }),
    /^\/data: .*'kin', did you mean 'kind'\? \(allowed: kind, items\)$/,
  );
  assert.not.match(problem({ kind: 'a', items: [], more: 1 }), /did you mean/);
});

test('a value that fits no branch of a union is told every branch, at its place', () => {
  const union = Type.Object({
    on: Type.Union([Type.Integer(), Type.Array(Type.Object({ n: Type.Integer() }))]),
  });
  assert.match(
    problem({ on: 'x' }, union),
    /^\/data\/on: .*an integer or a list, each item .*found "x"$/,
  );
  assert.match(
    problem({ on: [{ n: 1 }, { n: 'x' }] }, union),
    /^\/data\/on\/1\/n: .*an integer, found "x"$/,
  );
});

test('a value that is not listed is told what is', () => {
  assert.match(problem({ kind: 'c', items: [] }), /^\/data\/kind: .*\["a","b"\]/);
});

test('every place that does not fit is named in one message, ten at most', () => {
  assert.is(
    problem({ kind: 'c', more: 1, items: [{ n: 'x' }, {}] }),
    "/data: /data has an unknown key 'more' (allowed: kind, items); " +
      '/data/kind must be one of ["a","b"], found "c"; ' +
      `/data/items/0/n must be integer, found "x"; /data/items/1 lacks the key 'n'`,
  );
  const wrong = problem({ kind: 'a', items: Array.from({ length: 14 }, () => ({})) });
  assert.is(wrong.match(/lacks the key/g)?.length, 10);
  assert.match(wrong, /\/data\/items\/9 lacks the key 'n'; and 4 more$/);
});

test('every place inside the branch that is meant is told, each under its own union', () => {
  const point = Type.Object({ x: Type.Integer(), y: Type.Integer() });
  const union = Type.Object({
    from: Type.Union([Type.Null(), point]),
    to: Type.Union([Type.Null(), point]),
  });
  const text = problem({ from: { x: 'a', y: 'b' }, to: { x: 1, y: 'c' } }, union);
  for (const [place, found] of [
    ['from/x', 'a'],
    ['from/y', 'b'],
    ['to/y', 'c'],
  ])
    assert.match(text, `/data/${place} must be an integer, found "${found}"`);
});

test('a union that does not fit is one place beside the others', () => {
  const union = Type.Object({
    on: Type.Union([Type.Integer(), Type.Array(Type.Integer())]),
    name: Type.String(),
  });
  assert.match(problem({ on: 'x', name: 1 }, union), /^[^;]*found "x"; [^;]*found 1$/);
});

test('the pointer leads to where it is wrong', () => {
  assert.match(problem({ kind: 'a', items: [{ n: 1 }, { n: 'x' }] }), /^\/data\/items\/1\/n: /);
});

const uuid = Type.String({ format: 'uuid' });
const [small, capital] = [
  '0192f7a1-7000-7000-8000-00000000abcd',
  '0192F7A1-7000-7000-8000-00000000ABCD',
];
const ids = Type.Object({
  'a/b~': Type.Optional(uuid),
  key: Type.Optional(Type.String()),
  list: Type.Optional(Type.Union([uuid, Type.Array(uuid, { uniqueItems: true })])),
});

test('text of the format uuid is written in lower case, wherever it stands, and in a copy', () => {
  const data = { 'a/b~': capital, list: [small.replace('abcd', '0000'), capital] };
  assert.equal(checkSchema(ids, data, ''), {
    'a/b~': small,
    list: [small.replace('abcd', '0000'), small],
  });
  assert.is(data['a/b~'], capital);
});

test('other text is never changed', () => {
  assert.equal(checkSchema(ids, { key: capital }, ''), { key: capital });
});

test('two spellings of one UUID are one element of a list', () => {
  assert.match(problem({ list: [small, capital] }, ids), /^\/data\/list: /);
});

test('text that is no UUID does not have the format uuid', () => {
  assert.match(problem({ 'a/b~': 'x' }, ids), /must be of the format uuid, found "x"$/);
  assert.match(problem({ key: 7 }, ids), /must be string, found 7$/);
});

test('another format is left to the user', () => {
  assert.is(problem('no date', Type.String({ format: 'date' })), '');
});

test('a routing key that no broker can carry is refused by its bytes', () => {
  const key = Type.Object({ key: Type.String({ format: 'routing-key' }) });
  assert.is(problem({ key: 'k'.repeat(255) }, key), '');
  assert.match(problem({ key: 'ü'.repeat(128) }, key), /^\/data\/key: .*at most 255 bytes/);
});

test('a time that does not exist is refused where the schema says iso-8601', () => {
  const end = Type.Object({ until: Type.String({ format: 'iso-8601' }) });
  for (const until of ['2036-12-31', '2036-12-31T12:00:00.000Z'])
    assert.is(problem({ until }, end), '');
  for (const until of ['2036-31-12', 'soon', ''])
    assert.match(problem({ until }, end), /a date or a time of ISO 8601, found/);
});

test('a subscription under a routing key that no broker can carry is refused, in both forms', () => {
  const node = '01a2238b-0000-7000-8000-000000000001';
  const long = 'k'.repeat(256);
  for (const data of [
    { routing_key: long, id: node },
    { service: long, subscribe_to_id: node },
    { service: 's', subscribe_to_id: node, routing_key: long },
  ])
    assert.ok(problem(data, SubscribeDataSchema) !== '', JSON.stringify(data));
  assert.is(
    problem({ service: 's', subscribe_to_id: node, routing_key: 7 }, SubscribeDataSchema),
    '',
  );
});

test.run();
