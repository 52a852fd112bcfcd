/** What is said of a value that a user's function returns, whatever the value does when it is read. */
import { isPromised, shownResult } from '../../../../actors/consent/user-function.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('results of user functions');

function gotcha(): never {
  throw new Error('gotcha');
}
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
const circle: { self?: unknown } = {};
circle.self = circle;

test('no value makes the text about the value throw', () => {
  const told: readonly (readonly [unknown, boolean, string])[] = [
    [undefined, false, 'nothing'],
    [null, false, 'null'],
    [{ a: 1 }, false, '{"a":1}'],
    [Promise.resolve(), true, 'a promise'],
    [Object.fromEntries([['then', () => undefined]]), true, 'a promise'],
    [
      Object.defineProperty({}, 'then', { get: gotcha, enumerable: true }),
      false,
      'a value that is no JSON (object)',
    ],
    [
      {
        get a() {
          return gotcha();
        },
      },
      false,
      'a value that is no JSON (object)',
    ],
    [new Proxy({}, { ownKeys: gotcha }), false, 'a value that is no JSON (object)'],
    [new Proxy({}, { has: gotcha }), false, '{}'],
    [proxy, false, 'a value that is no JSON (object)'],
    [circle, false, 'a value that is no JSON (object)'],
    [{ toJSON: gotcha }, false, 'a value that is no JSON (object)'],
    [Object.create(null), false, '{}'],
    [5n, false, 'a value that is no JSON (bigint)'],
    [Symbol('x'), false, 'a value that is no JSON (symbol)'],
    [gotcha, false, 'a value that is no JSON (function)'],
  ];
  for (const [value, promised, text] of told)
    assert.equal([isPromised(value), shownResult(value)], [promised, text]);
});

test('a thenable that throws when it is awaited ends no process', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  assert.ok(isPromised(Object.fromEntries([['then', gotcha]])));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  assert.equal(unhandled, []);
});

test.run();
