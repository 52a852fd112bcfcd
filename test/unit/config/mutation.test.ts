/** The parser's promises about whatever it is given. `npm run fuzz:config` tries more of the same. */
import fc from 'fast-check';
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import {
  type Mutant,
  type Verdict,
  verdictOn,
  withChanges,
  withDamage,
  withEnvironment,
  withUnknownKey,
} from './mutants.ts';

/** Of each kind of mutant. */
const configs = proofSize('config-fuzz') / 4;
const test = suite('changed exchange configs', { deadlineMs: 60_000 });

/** How many of them were accepted. */
function tried(
  mutants: fc.Arbitrary<Mutant>,
  numRuns: number,
  expected: readonly Verdict[],
): number {
  let accepted = 0;
  fc.assert(
    fc.property(mutants, (mutant) => {
      const verdict = verdictOn(mutant);
      if (verdict === 'accepted') accepted += 1;
      assert.ok(expected.includes(verdict), verdict);
    }),
    { seed: seed(), numRuns },
  );
  return accepted;
}

test('an unknown key is never accepted, and always reported where it stands', () => {
  tried(withUnknownKey, configs, ['refused']);
});

test('whatever is changed: a config or a ConfigError with places, never what the JSON Schema refuses', () => {
  const accepted = tried(withChanges, configs, ['accepted', 'refused']);
  assert.ok(
    accepted > configs / 100,
    `only ${accepted} were accepted: the changes are too coarse to tell`,
  );
});

test('a damaged text is a ConfigError, whatever the damage', () => {
  tried(withDamage, configs, ['accepted', 'refused']);
});

test('whatever the environment holds: a config or a ConfigError', () => {
  tried(withEnvironment, configs, ['accepted', 'refused']);
});

test.run();
