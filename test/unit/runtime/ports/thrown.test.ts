import { Refused } from '../../../../runtime/ports/errors.ts';
import { thrownAsJson } from '../../../../runtime/ports/thrown.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('thrown values');

test('as thrown: an error keeps its name, message, code, cause and own fields, and not its stack', () => {
  const error = Object.assign(new Error('outer', { cause: new TypeError('inner') }), { code: 'E' });
  assert.equal(thrownAsJson(error), {
    name: 'Error',
    message: 'outer',
    code: 'E',
    cause: { name: 'TypeError', message: 'inner' },
  });
});

test('as thrown: an error of the runtime keeps its code', () => {
  assert.equal(thrownAsJson(new Refused('in-use', 'no', { at: '/x' })), {
    name: 'Refused',
    message: 'no',
    code: 'in-use',
    at: '/x',
  });
});

for (const [what, thrown, json] of [
  ['text', 'no', 'no'],
  ['a number', 7, 7],
  ['nothing', undefined, null],
  ['null', null, null],
  ['an object', { type: 'unavailable', at: undefined }, { type: 'unavailable' }],
  ['a list', [1, undefined, { a: 1n }], [1, null, { a: '1' }]],
  ['NaN', Number.NaN, 'NaN'],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a lone surrogate and NUL', { text: '\ud800 \0' }, { text: '\ufffd \ufffd' }],
] as const) {
  test(`as thrown: ${what} is itself, as far as JSON has it`, () => {
    assert.equal(thrownAsJson(thrown), json);
  });
}

test('safe: a getter that throws, a proxy that throws and an object without a prototype are no danger', () => {
  const getter = {
    ok: 1,
    get bad() {
      throw new Error('no');
    },
  };
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  const bare = Object.assign(Object.create(null), { a: 1 });
  assert.equal([getter, proxy, bare].map(thrownAsJson), [{ ok: 1 }, {}, { a: 1 }]);
});

test('safe: a revoked proxy is a text', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.type(thrownAsJson(proxy), 'string');
});

test('safe: a circle ends', () => {
  const circle: Record<string, unknown> = { name: 'circle' };
  circle['self'] = circle;
  assert.ok(JSON.stringify(thrownAsJson(circle)).length < 1_000);
});

test('bounded: long text is cut, and of many values some are left out', () => {
  const large = { text: 'x'.repeat(100_000), list: Array(1_000).fill('x'.repeat(10_000)) };
  assert.ok(JSON.stringify(thrownAsJson(large)).length < 60_000);
  assert.is((thrownAsJson(large) as { text: string }).text.length, 4_001);
});

test.run();
