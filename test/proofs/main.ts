/**
 * `npm run proofs [-- --only <name>]… [--scale <factor>] [--seed <n>] [--list] [--json]`: every proof by repetition at full size.
 *
 * `npm test` runs a small part of each. `--scale 0.1` runs a tenth of the full size.
 * The last line is `N held, N failed` (`, N skipped`); with `--json` it is one object `{seed, scale, proofs: […]}`.
 * Exits 1 when a proof fails, 2 on wrong usage.
 */
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { projectRoot } from '../support/project-root.ts';
import { scaleFrom } from '../support/proof-size.ts';
import { seed as drawnSeed } from '../support/seed.ts';
import { proofs } from './proofs.ts';
import { proofTable, runProofs, type Verdict } from './run-proofs.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    scale: { type: 'string', default: '1' },
    seed: { type: 'string' },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
await main();

async function main(): Promise<void> {
  const scale = checked(() => scaleFrom(values.scale));
  if (values.list) return print(listText(scale));
  const chosen = chosenProofs();
  const seed = seedOf();
  print(`seed ${seed}`);
  const results = await runProofs(chosen, { scale, seed, tree: treeOfFiles(), say: print });
  print(`\n${proofTable(results)}`);
  const count = (verdict: Verdict) => results.filter((one) => one.verdict === verdict).length;
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  print(
    values.json
      ? JSON.stringify({ seed, scale, proofs: results })
      : `${count('held')} held, ${count('FAILED')} failed${skipped}`,
  );
  process.exitCode = count('FAILED') > 0 ? 1 : 0;
}

function chosenProofs(): typeof proofs {
  const names = proofs.map(({ name }) => name);
  const unknown = values.only.find((name) => !names.includes(name));
  if (unknown !== undefined) return usage(`--only ${unknown}: expected one of ${names.join(', ')}`);
  return proofs.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
}

function seedOf(): number {
  if (values.seed === undefined) return drawnSeed();
  const seed = Number(values.seed);
  return values.seed !== '' && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31
    ? seed
    : usage(`--seed ${values.seed}: expected a whole number from 0 to ${2 ** 31 - 1}`);
}

/** Compiled files stand beside this one; sources stand in the project. */
function treeOfFiles(): URL {
  return extname(import.meta.url) === '.ts'
    ? pathToFileURL(projectRoot)
    : new URL('../../', import.meta.url);
}

function listText(scale: number): string {
  return proofs.map(({ name, claim, size }) => `${name}: ${size(scale)}; ${claim}`).join('\n');
}

function checked<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

function usage(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
