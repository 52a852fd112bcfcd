/** Each form of what a user's `retains` may give, and what is said of all others. */
import { retainedBy } from '../../../../actors/consent/retained-result.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('results of retains');

const place = "'retains' of dependsOn.rooms";
const law = { what: 'invoices', basis: 'tax law' };

/** What the error says between the place and the allowed forms. */
function problem(returned: unknown): string | undefined {
  try {
    retainedBy(place, () => returned);
    return undefined;
  } catch (error) {
    assert.instance(error, Broken);
    return /^'retains' of dependsOn\.rooms gave (.*); allowed: a list of /.exec(
      (error as Error).message,
    )?.[1];
  }
}

test('a list of what is kept is taken', () => {
  const ending = { ...law, until: '2027-01-01' };
  assert.equal(
    retainedBy(place, () => [law, ending, { ...law, until: undefined }]),
    [law, ending, law],
  );
  assert.equal(
    retainedBy(place, () => []),
    [],
  );
});

test('every other result is named, because a dropped entry would be kept without an end', () => {
  const told: readonly (readonly [unknown, string])[] = [
    [undefined, 'nothing'],
    [null, 'null'],
    [law, '{"what":"invoices","basis":"tax law"}'],
    [Promise.resolve([]), 'a promise'],
    [[undefined], 'a list with nothing'],
    [[Promise.resolve(law)], 'a list with a promise'],
    [['invoices'], 'a list with "invoices"'],
    [[law, { what: 'invoices', reason: 'tax law' }], 'the member "reason"'],
    [[{ ...law, untill: '2027-01-01' }], `the member "untill" (did you mean 'until'?)`],
    [[{ ...law, till: '2027-01-01' }], 'the member "till"'],
    [[{ ...law, n: 5n }], 'the member "n"'],
    [[{ what: 'invoices' }], "no 'basis'"],
    [[{ ...law, what: '' }], `the 'what' ""`],
    [[{ ...law, basis: 7 }], "the 'basis' 7"],
    [[{ ...law, until: '2026-12-01T25:00' }], `the 'until' "2026-12-01T25:00", which is no time`],
    [[{ ...law, until: new Date(0) }], `the 'until' "1970-01-01T00:00:00.000Z", which is no time`],
  ];
  assert.equal(
    told.map(([returned]) => problem(returned)),
    told.map(([, text]) => text),
  );
});

test('an error of the function, and one of its result, are named with the function', () => {
  const failing = () => {
    throw new Error('boom');
  };
  assert.throws(() => retainedBy(place, failing), /^'retains' of dependsOn\.rooms failed: boom$/);
  const entry = {
    get what(): string {
      throw new Error('gotcha');
    },
  };
  assert.throws(
    () => retainedBy(place, () => [entry]),
    /^'retains' of dependsOn\.rooms gave a value that cannot be read: gotcha$/,
  );
});

test('a long text is cut', () => {
  const kept = retainedBy(place, () => [{ ...law, basis: 'x'.repeat(2_000) }]);
  assert.equal(kept, [{ ...law, basis: `${'x'.repeat(999)}…` }]);
});

test.run();
