/**
 * `npm run simulate`: the consent protocol under many seeds, or under its known defects.
 *
 * With `--json` the last line is one JSON object: `{seeds, violations, missedSituations,
 * situations, seedsPerSecond, traceHash}`, or `{mutants: {name: {caughtBy, seeds, problem}}}`.
 */
import { InvalidArgumentError } from 'commander';
import type { SimulateReport } from '../../../testing/simulation/simulate-system.ts';
import { type Caught, campaign, mutantCampaign } from './campaign.ts';
import { mutants } from './mutants/mutants.ts';
import { regressionSeeds } from './regression-seeds.ts';

export interface SimulateArguments {
  readonly seeds: number;
  readonly seed: number;
  readonly mutant?: string;
  readonly mutants?: string;
  readonly json?: boolean;
}

/** Seeds within which every mutant must be caught. */
const mutantSeedsMax = 3_500;

/** A run with fewer seeds need not see every situation. */
const situationSeeds = 1_000;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function chosen({ mutant, mutants: several }: SimulateArguments): readonly string[] | undefined {
  if (mutant === undefined && several === undefined) return undefined;
  const names = mutants.map(({ name }) => name);
  if (several === 'all') return names;
  const wanted = mutant ?? several ?? '';
  if (!names.includes(wanted))
    throw new InvalidArgumentError(
      `there is no mutant '${wanted}'; there are: ${names.join(', ')}.`,
    );
  return [wanted];
}

function reportText({
  seeds,
  violations,
  missedSituations,
  seedsPerSecond,
  traceHash,
}: SimulateReport): string {
  const told = violations.map(
    ({ seed, invariant, problem, story }) =>
      story ?? `seed ${seed}: ${invariant} is broken: ${problem}`,
  );
  const missed =
    missedSituations.length === 0 ? [] : [`never happened: ${missedSituations.join(', ')}`];
  return [
    ...told,
    ...missed,
    `${seeds} seeds, ${violations.length} violations, ${seedsPerSecond} a second, trace ${traceHash}`,
  ].join('\n');
}

function caughtText(name: string, { caughtBy, seeds }: Caught): string {
  const width = Math.max(...mutants.map((mutant) => mutant.name.length));
  return `${name.padEnd(width)}  ${String(seeds).padStart(5)} seeds  ${caughtBy ?? 'NOT CAUGHT'}`;
}

async function runMutants(names: readonly string[], from: number, json: boolean): Promise<void> {
  const seeds = Array.from({ length: mutantSeedsMax }, (_, at) => from + at);
  const caught = await mutantCampaign(
    names,
    () => seeds,
    (name, found) => print(caughtText(name, found)),
  );
  if (json) print(JSON.stringify({ mutants: caught }));
  if (Object.values(caught).some(({ caughtBy }) => caughtBy === null)) process.exitCode = 1;
}

async function runSeeds({ seeds, seed }: SimulateArguments, json: boolean): Promise<void> {
  const further = Array.from({ length: seeds }, (_, at) => seed + at);
  const report = await campaign([
    ...new Set([...(seeds > 1 ? regressionSeeds.map((one) => one.seed) : []), ...further]),
  ]);
  print(reportText(report));
  if (json) print(JSON.stringify(report));
  if (report.violations.length + (seeds >= situationSeeds ? report.missedSituations.length : 0) > 0)
    process.exitCode = 1;
}

/**
 * Throws `InvalidArgumentError` for an unknown mutant. Sets the exit code to 1 after a violation or
 * an uncaught mutant.
 */
export async function simulate(options: SimulateArguments): Promise<void> {
  const { json = false, seed } = options;
  const names = chosen(options);
  await (names === undefined ? runSeeds(options, json) : runMutants(names, seed, json));
}
