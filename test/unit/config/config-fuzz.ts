/**
 * Many mutated configs: `npm run fuzz:config -- --configs 25000 --seed 7 --json`.
 *
 * - repeatable: a quarter of the mutants is of each kind; the same seed tries the same mutants.
 * - With `--json` the last line is one object: configs, crashes, silent, unclear, accepted,
 *   refused, seed.
 * - Exit code 1: a mutant crashed the parser, was accepted wrongly, or was refused without a path
 *   or a reason. The smallest mutant is printed.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { seed as drawnSeed } from '../../support/seed.ts';
import {
  type Verdict,
  verdictOn,
  withChanges,
  withDamage,
  withEnvironment,
  withUnknownKey,
} from './mutants.ts';

const kinds = [withUnknownKey, withChanges, withDamage, withEnvironment];
const fine: readonly Verdict[] = ['accepted', 'refused'];

function numberFrom(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`--${name} ${text}: expected a whole number\n`);
  process.exit(2);
}

/** Tries mutants of one kind. Returns the report of the smallest failing mutant, or ''. */
function tryKind(
  index: number,
  numRuns: number,
  seed: number,
  tally: Record<Verdict, number>,
): string {
  const kind = kinds[index] ?? withChanges;
  // fast-check replaces 0 by its own default.
  if (numRuns === 0) return '';
  const count = fc.property(kind, (mutant) => {
    tally[verdictOn(mutant)] += 1;
  });
  const before = tally.crash + tally.silent + tally.unclear;
  fc.check(count, { seed, numRuns });
  if (tally.crash + tally.silent + tally.unclear === before) return '';
  const search = fc.property(kind, (mutant) => fine.includes(verdictOn(mutant)));
  return fc.defaultReportMessage(fc.check(search, { seed, numRuns })) ?? '';
}

const { values } = parseArgs({
  options: {
    configs: { type: 'string', default: '25000' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const configs = numberFrom('configs', values.configs);
const seed = values.seed === undefined ? drawnSeed() : numberFrom('seed', values.seed);
const tally: Record<Verdict, number> = { accepted: 0, refused: 0, crash: 0, silent: 0, unclear: 0 };
const share = (index: number) => Math.floor((configs + index) / kinds.length);
const failures = kinds
  .map((_, index) => tryKind(index, share(index), seed, tally))
  .filter((text) => text !== '');
for (const failure of failures) process.stderr.write(`${failure}\n`);

const { crash: crashes, silent, unclear, accepted, refused } = tally;
const result = {
  configs: accepted + refused + crashes + silent + unclear,
  crashes,
  silent,
  unclear,
  accepted,
  refused,
  seed,
};
const counts = `${accepted} accepted, ${refused} refused, ${crashes} crashes, ${silent} silent`;
const words = `${result.configs} configs: ${counts}, ${unclear} unclear; seed ${seed}`;
process.stdout.write(`${values.json ? JSON.stringify(result) : words}\n`);
if (failures.length > 0 || crashes + silent + unclear > 0) process.exitCode = 1;
