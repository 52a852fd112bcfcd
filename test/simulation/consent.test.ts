/** The consent protocol under seeds: nothing is ever wrong, the same seed is the same run, and every known defect would be noticed. */

import { runSeeds } from '../../testing/simulation/simulate-system.ts';
import { timesOf } from '../support/proof-size.ts';
import { assert, seed, suite } from '../support/suite.ts';
import { campaign, mutantCampaign } from './consent/campaign.ts';
import { consentSystem } from './consent/consent-system.ts';
import { serviceOf } from './consent/entities.ts';
import type { Mutant } from './consent/mutants/mutant.ts';
import { mutants } from './consent/mutants/mutants.ts';
import { regressionSeeds } from './consent/regression-seeds.ts';

const test = suite('consent under seeds', { deadlineMs: 400_000 });

const always = 300;
const further = timesOf({ full: 700, short: 50 });
/** All seeds up to this one have been run and are clean; a run of the suite is not the place to look for new ones. */
const shown = 20_000;
/** Another stretch of them in every run, beside those that are always run. */
const elsewhere = always + 1 + (seed() % (shown - always - further + 1));
/** Each is caught within half of these. */
const mutantSeeds = 500;
const mutantsARun = 6;

function from(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}

test('seeds that found something once, those that are always run, and some of this run: no violation', async () => {
  const seeds = [
    ...new Set([
      ...regressionSeeds.map((one) => one.seed),
      ...from(1, always),
      ...from(elsewhere, further),
    ]),
  ];
  const { violations } = await campaign(seeds);
  assert.equal(
    violations.map(
      ({ story, seed: failed, invariant, problem }) =>
        story ?? `${failed}: ${invariant}: ${problem}`,
    ),
    [],
  );
});

test('twenty seeds run twice give the same traces', async () => {
  const [first, second] = [
    await runSeeds(consentSystem(), from(1, 20)),
    await runSeeds(consentSystem(), from(1, 20)),
  ];
  assert.equal([...first.hashes], [...second.hashes]);
  assert.is(new Set(first.hashes.values()).size, 20);
});

test('everything that can be done is drawn, and no plan asks for what there is not', () => {
  const { plan } = consentSystem();
  const plans = from(1, 300).map(plan);
  const kinds = plans.flatMap(({ operations }) =>
    operations.map((operation) => ('word' in operation ? operation.word : operation.what)),
  );
  const expected = [
    'delete',
    'plan',
    'create',
    'update',
    'subscribe',
    'unsubscribe',
    'opinion',
    'poison',
    'kill',
    'card',
    'old delete',
    'stray',
  ];
  assert.equal(
    [...new Set(kinds)].sort(),
    [...expected, 'cancel', 'skip', 'retire', 'release'].sort(),
  );
  assert.ok(
    plans.some(({ operations }) =>
      operations.some((operation) => operation.what === 'update' && operation.parent !== undefined),
    ),
  );
  for (const { seed: drawn, services, operations } of plans) {
    const named = operations.flatMap((operation) =>
      'entity' in operation ? [serviceOf(operation.entity)] : [],
    );
    assert.ok(
      named.every((name) => services.includes(name)),
      `seed ${drawn} asks a service that does not run`,
    );
  }
});

test('there are the sixteen defects of the protocol', () => {
  assert.is(new Set(mutants.map(({ name }) => name)).size, 16);
});

test('six of the known defects, others in every run, are caught', async () => {
  const start = seed() % mutants.length;
  const wanted = from(start, mutantsARun).map(
    (at) => (mutants[at % mutants.length] as Mutant).name,
  );
  const caught = await mutantCampaign(wanted, from(1, mutantSeeds));
  assert.equal(
    Object.entries(caught).filter(([, { caughtBy }]) => caughtBy === null),
    [],
  );
});

test.run();
