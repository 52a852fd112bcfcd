/** The parser's promises about any input. `npm run fuzz:config` tries more of the same mutants. */
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

/** Number of mutants of each kind. */
const configs = proofSize('config-fuzz') / 4;
const test = suite('changed exchange configs', { deadlineMs: 60_000 });

/** Number of accepted mutants. */
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

test('an unknown key is never accepted, and always reported at its path', () => {
  tried(withUnknownKey, configs, ['refused']);
});

test('any change leads to a config or to a ConfigError with paths', () => {
  const accepted = tried(withChanges, configs, ['accepted', 'refused']);
  assert.ok(
    accepted > configs / 100,
    `only ${accepted} were accepted: the changes are too coarse to tell`,
  );
});

test('any damaged text leads to a ConfigError', () => {
  tried(withDamage, configs, ['accepted', 'refused']);
});

test('any environment leads to a config or to a ConfigError', () => {
  tried(withEnvironment, configs, ['accepted', 'refused']);
});

test.run();
