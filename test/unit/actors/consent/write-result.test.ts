/** Each form of what a user's function may give to be written, and what is said of all others. */
import { writesBy } from '../../../../actors/consent/write-result.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('writes of user functions');

const place = "'deleting' of dependsOn.rooms";
const add = { store: 'leases', op: 'add', args: { id: 'l1' } };

function problem(returned: unknown): string | undefined {
  try {
    writesBy(place, () => returned);
    return undefined;
  } catch (error) {
    assert.instance(error, Broken);
    return (error as Error).message;
  }
}

test('one write and a list of writes are taken, also an empty list', () => {
  assert.equal(
    [add, [add, add], []].map((returned) => writesBy(place, () => returned)),
    [[add], [add, add], []],
  );
});

test('every other result is named with the function', () => {
  const returned = (found: string) =>
    `${place} returned ${found}; it must return a write or a list of writes`;
  const circle: { store: string; op: string; args?: unknown } = { store: 'leases', op: 'add' };
  circle.args = circle;
  const told: readonly (readonly [unknown, string])[] = [
    [undefined, returned('nothing')],
    [null, returned('null')],
    ['all', returned('"all"')],
    [Promise.reject(new Error('late')), returned('a promise')],
    [[Promise.resolve(add)], returned('a promise')],
    [[[add]], returned('[{"store":"leases","op":"add","args":{"id":"l1"}}]')],
    [{ store: 'leases', op: 'add' }, returned('{"store":"leases","op":"add"}')],
    [
      { ...add, args: { id: 5n } },
      `what ${place} returned has a bigint at /args/id; store String(value)`,
    ],
    [circle, `what ${place} returned has a cycle to `],
  ];
  for (const [result, text] of told) assert.match(String(problem(result)), text);
});

test.run();
