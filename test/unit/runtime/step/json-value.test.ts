/** Any value as JSON: copied, or refused with its place. */
import { runInNewContext } from 'node:vm';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { InertReference } from '../../../../runtime/step/inert-reference.ts';
import {
  becomeJson,
  isOwnJson,
  jsonMembers,
  jsonValue,
  ownJson,
} from '../../../../runtime/step/json-value.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('JSON values');

function problem(value: unknown): readonly [at: string | undefined, message: string] {
  try {
    jsonValue(value, 'it');
  } catch (error) {
    if (error instanceof Broken && error.code === 'not-json') return [error.at, error.message];
    throw error;
  }
  return [undefined, 'it is JSON'];
}

class Money {
  readonly cents = 5;
  toJSON(): number {
    return this.cents;
  }
}

const cycle: Record<string, unknown> = { b: {} };
cycle['b'] = { c: [cycle] };

function nested(levels: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

const refusals: readonly (readonly [value: unknown, at: string, message: string])[] = [
  [
    { when: new Date(0) },
    '/when',
    'it has a Date at /when; store date.toISOString() or date.getTime()',
  ],
  [new Map(), '', 'it has a Map; store Object.fromEntries(map) or [...map]'],
  [[new Set()], '/0', 'it has a Set at /0; store [...set]'],
  [{ a: { 'b/~': 1n } }, '/a/b~1~0', 'it has a bigint at /a/b~1~0; store String(value)'],
  [{ n: Number.NaN }, '/n', 'it has the number NaN at /n; store null or a finite number'],
  [
    { n: Number.NEGATIVE_INFINITY },
    '/n',
    'it has the number -Infinity at /n; store null or a finite number',
  ],
  [[1, undefined], '/1', 'it has undefined at /1; store null, or leave the value out'],
  // biome-ignore lint/suspicious/noSparseArray: a list with a gap is the sample
  [[1, , 2], '/1', 'it has undefined at /1; store null, or leave the value out'],
  [{ f: () => 1 }, '/f', 'it has a function at /f; store data only'],
  [{ s: Symbol('s') }, '/s', 'it has a symbol at /s; store data only'],
  [{ m: new Money() }, '/m', "it has an object of the class 'Money' at /m; store its data only"],
  [/x/, '', 'it has a RegExp; store regExp.source'],
  [new URL('http://x'), '', 'it has a URL; store url.href'],
  [{ e: new TypeError('x') }, '/e', 'it has an Error at /e; store its name and message'],
  [
    { p: Promise.resolve() },
    '/p',
    'it has a Promise at /p; await the promise in an activity and store the result',
  ],
  [
    { b: Buffer.from('x') },
    '/b',
    "it has bytes at /b; store Buffer.from(bytes).toString('base64')",
  ],
  [
    { a: new InertReference('a') },
    '/a',
    'it has a reference to an actor at /a; store the id of the actor',
  ],
  ['\ud800', '', 'it has a text with a lone surrogate; store text.toWellFormed()'],
  [
    { '\udc00': 1 },
    '/\ufffd',
    'it has a key with a lone surrogate at /\ufffd; store key.toWellFormed()',
  ],
  [
    JSON.parse('{"a":{"__proto__":{}}}'),
    '/a/__proto__',
    'it has the key __proto__ at /a/__proto__; store the value under another key',
  ],
  [
    { a: cycle },
    '/a/b/c/0',
    "it has a cycle to '/a' at /a/b/c/0; store an id in place of the object",
  ],
  [
    {
      get a(): never {
        throw new Error('no');
      },
    },
    '/a',
    'it has a value that cannot be read at /a; store data only',
  ],
];

for (const [value, at, message] of refusals)
  test(`refused: ${message}`, () => assert.equal(problem(value), [at, message]));

test('nesting is bounded', () => {
  assert.equal(problem(nested(1_000)), [undefined, 'it is JSON']);
  assert.match(problem({ a: nested(1_000) })[1], /nesting deeper than 1000 levels at \/a\/0\/0.*…/);
});

test('the result is equal to what JSON makes of the value', () => {
  const value = { a: [1, 'x', null, true, { b: -0, gone: undefined }], c: { toString: 'own' } };
  assert.is(JSON.stringify(jsonValue(value, 'it')), JSON.stringify(value));
  assert.ok(Object.is(Object(jsonValue({ n: -0 }, 'it')).n, 0));
  assert.equal(Object.keys(jsonValue({ gone: undefined }, 'it')), []);
});

test('the result shares nothing with the value', () => {
  const value = { list: [{ n: 1 }] };
  const json = jsonValue(value, 'it');
  value.list[0] = { n: 2 };
  assert.equal(json, { list: [{ n: 1 }] });
});

test('nobody can change a result, at any depth', () => {
  const json = jsonValue({ list: [{ n: 1 }] }, 'it');
  assert.throws(() => Object(json).list.push(2), TypeError);
  assert.throws(() => Object.assign(Object(json).list[0], { n: 2 }), TypeError);
});

test('a part that is a result is taken as it is', () => {
  const part = jsonValue({ list: [1] }, 'it');
  assert.is(Object(jsonValue({ part }, 'it')).part, part);
  assert.is(jsonValue(part, 'it'), part);
});

test('a frozen object with a getter is no result', () => {
  let reads = 0;
  const sly = Object.freeze({
    get n(): number {
      reads += 1;
      return reads;
    },
  });
  const json = jsonValue(sly, 'it');
  assert.equal([json, json, reads], [{ n: 1 }, { n: 1 }, 1]);
});

test('JSON of nobody else becomes a result without a copy', () => {
  const parsed = JSON.parse('{"a":[{"b":1}]}');
  assert.is(ownJson(parsed), parsed);
  assert.is(jsonValue(parsed, 'it'), parsed);
  assert.throws(() => parsed.a.push(1), TypeError);
});

test('objects of other realms and without a prototype are plain', () => {
  const value = runInNewContext('({ a: [{ b: 1 }] })');
  assert.is(JSON.stringify(jsonValue(value, 'it')), '{"a":[{"b":1}]}');
  assert.equal(jsonValue(Object.assign(Object.create(null), { a: 1 }), 'it'), { a: 1 });
});

test('members can be added to a copy of an object', () => {
  const members = jsonMembers({ a: [1], gone: undefined }, 'it');
  members['b'] = 2;
  assert.equal(members, { a: [1], b: 2 });
  assert.throws(() => jsonMembers(new Money(), 'it'), /the class 'Money'/);
});

test('an object becomes a result in place only when a copy would be equal and accepted', () => {
  const good = { a: [], b: { c: null, d: 1.5, e: 'é' } };
  for (const value of [good.b, { b: jsonValue(good, 'it') }]) {
    becomeJson(value);
    assert.ok(isOwnJson(value));
    assert.is(jsonValue(value, 'it'), value);
  }
  const others = [
    { a: undefined },
    { a: -0 },
    { a: Number.NaN },
    { a: '\uD800' },
    { '\uD800': 1 },
    { a: { b: new Date(0) } },
    { a: 1n },
    JSON.parse('{"__proto__":1}'),
  ];
  for (const value of others) {
    becomeJson(value);
    assert.not.ok(isOwnJson(value) || Object.isFrozen(value));
  }
});

test.run();
