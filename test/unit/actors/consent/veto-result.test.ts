/** Each form of a veto that a user's function may give, and what is said of all others. */
import { vetoOf } from '../../../../actors/consent/veto-result.ts';
import { Broken, Refused } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('results of a veto');

const place = "'mayDelete' of dependsOn.rooms";

/** What the error says between the place and the allowed forms. */
function problem(returned: unknown): string | undefined {
  try {
    vetoOf(place, () => returned);
    return undefined;
  } catch (error) {
    assert.instance(error, Broken);
    return /^'mayDelete' of dependsOn\.rooms gave (.*); allowed: /.exec(
      (error as Error).message,
    )?.[1];
  }
}

test('nothing agrees, a text is a reason, and a hold has a reason and an end', () => {
  const hold = { reason: 'a dispute', until: '2027-01-01' };
  assert.equal(
    [undefined, 'in use', hold].map((returned) => vetoOf(place, () => returned)),
    [undefined, 'in use', hold],
  );
});

test('every other result is neither a reason nor an agreement', () => {
  const told: readonly (readonly [unknown, string])[] = [
    ['', 'an empty text'],
    [null, 'null'],
    [false, 'false'],
    [true, 'true'],
    [0, '0'],
    [10n, '10'],
    [Symbol('no'), 'Symbol(no)'],
    [() => 'no', 'a function'],
    [['no'], 'a list'],
    [{}, 'an object without a reason'],
    [Object.create(null), 'an object without a reason'],
    [{ reason: '', until: '2027-01-01' }, 'an object without a reason'],
    [{ reson: 'no' }, 'the member "reson"'],
    [{ reason: 'no' }, "no 'until' beside the reason"],
    [{ reason: 'no', until: undefined }, "no 'until' beside the reason"],
    [{ reason: 'no', until: 'tomorrow' }, `the 'until' "tomorrow", which is no time`],
    [{ reason: 'no', until: new Date(0) }, "an 'until' that is no text"],
    [Promise.resolve('no'), 'a promise'],
  ];
  assert.equal(
    told.map(([returned]) => problem(returned)),
    told.map(([, text]) => text),
  );
});

test('the rejection of a returned promise ends no process', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  assert.is(problem(Promise.reject(new Error('later'))), 'a promise');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  assert.equal(unhandled, []);
});

test('a result that cannot be read is named with the function', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = {
    get reason(): string {
      throw new Error('gotcha');
    },
  };
  const told = (text: string) => `${place} gave a value that cannot be read: ${text}`;
  for (const [returned, text] of [
    [throwing, told('gotcha')],
    [proxy, told("Cannot perform 'IsArray' on a proxy that has been revoked")],
  ] as const)
    assert.throws(
      () => vetoOf(place, () => returned),
      (error) => error instanceof Broken && error.message === text,
    );
  const thenable = Object.defineProperty({}, 'then', {
    get: () => {
      throw new Error('gotcha');
    },
  });
  assert.throws(() => vetoOf(place, () => thenable), /^'mayDelete' of dependsOn\.rooms gave /);
});

test('a reason has at most 1,000 characters, and is text that a message may carry', () => {
  const told: readonly (readonly [unknown, unknown])[] = [
    ['x'.repeat(1_000), 'x'.repeat(1_000)],
    ['x'.repeat(3_000_000), `${'x'.repeat(999)}…`],
    ['held \ud800', 'held \ufffd'],
    [
      { reason: 'x'.repeat(1_001), until: '2027-01-01' },
      { reason: `${'x'.repeat(999)}…`, until: '2027-01-01' },
    ],
  ];
  for (const [returned, veto] of told)
    assert.equal(
      vetoOf(place, () => returned),
      veto,
    );
});

test('an error of the function is named with the function; a refusal of this package stays', () => {
  const failing = (error: unknown) => () =>
    vetoOf(place, () => {
      throw error;
    });
  assert.throws(failing(new Error('boom')), /^'mayDelete' of dependsOn\.rooms failed: boom$/);
  assert.throws(failing(null), Broken as never);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const thrown of [proxy, new Broken('not-json', 'a bigint')])
    assert.throws(failing(thrown), /^'mayDelete' of dependsOn\.rooms failed: a/);
  assert.throws(failing(new Refused('refused', 'no')), /^no$/);
});

test.run();
