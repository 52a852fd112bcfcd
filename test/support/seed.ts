/**
 * The one source of chance of a test process: `TEST_SEED`, else a number drawn once. It is printed, so that any run can be repeated.
 */
const seedMax = 2 ** 31;

let drawn: number | undefined;

/** The seed of this run, an integer from 0 to 2^31 - 1. Throws when TEST_SEED is anything else. */
export function seed(): number {
  drawn ??= announced(fromEnvironment() ?? Math.floor(Math.random() * seedMax));
  return drawn;
}

function fromEnvironment(): number | undefined {
  const text = process.env['TEST_SEED'];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value >= seedMax)
    throw new Error(`TEST_SEED=${text}: expected an integer from 0 to ${seedMax - 1}`);
  return value;
}

function announced(value: number): number {
  process.stdout.write(`TEST_SEED=${value}\n`);
  return value;
}
