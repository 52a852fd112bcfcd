import { Broken, errorBody, errorOf, errorText } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('errors');

class Unnamed extends Error {
  override get message(): string {
    throw new Error('no message for anybody');
  }
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Values that user code may throw, with the text that a reader of the log gets. */
const thrown: readonly (readonly [string, unknown, string])[] = [
  ['an error', new TypeError('not a number'), 'not a number'],
  ['an error without a message', new RangeError(), 'RangeError'],
  ['a text', 'out of paper', 'out of paper'],
  ['nothing', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a bigint', 12n, '12'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['an object', { status: 503 }, '{"status":503}'],
  [
    'an object without a prototype',
    Object.assign(Object.create(null), { status: 503 }),
    '{"status":503}',
  ],
  ['a message that cannot be read', new Unnamed(), 'an error that cannot be shown (object)'],
  ['a revoked proxy', revoked(), 'an error that cannot be shown (object)'],
];

for (const [name, value, text] of thrown) {
  test(`${name} has a text, a body and a form that can be read`, () => {
    assert.is(errorText(value), text);
    assert.equal(errorBody(errorOf(value)), { code: 500, name: 'broken', message: text });
  });
}

test('an error of the runtime stays the error that it is', () => {
  const error = new Broken('broken', 'a bug');
  assert.is(errorOf(error), error);
});

test.run();
