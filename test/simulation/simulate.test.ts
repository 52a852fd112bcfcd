/** `simulate` with a user's services and invariants. */
import { noFaultMix, noFaults, simulate } from '../../testing.ts';
import { assert, suite } from '../support/suite.ts';
import { chargedOnce, charges, scenario, wrongCharges } from './charges.ts';

const test = suite('simulate', { deadlineMs: 120_000 });

test('a service that is right is right under every seed', async () => {
  const report = await simulate({
    services: () => ({ services: [charges], invariants: [chargedOnce()] }),
    scenario,
    invariants: [],
    seeds: 20,
  });
  assert.equal(report.violations, []);
  assert.is(report.seeds, 20);
});

test('a service that takes a repeated message for a new one is caught, and the seed is told as a short story', async () => {
  const services = () => ({ services: [wrongCharges], invariants: [chargedOnce()] });
  const faults = () => ({ ...noFaultMix, broker: { ...noFaults, duplicate: 0.5 } });
  const { violations } = await simulate({ services, scenario, invariants: [], seeds: 20, faults });
  const [first] = violations;
  assert.is(first?.invariant, 'an order is charged once');
  const story = first?.story?.split('\n') ?? [];
  assert.ok(
    story.filter((line) => /^ {2}at \d+ ms/.test(line)).length < 3,
    'more operations than needed are left',
  );
  assert.match(story.at(-1) ?? '', /an order is charged once is broken: order \d is charged again/);
});

test('what is thrown by the scenario is a violation, and so is what is wrong at the end', async () => {
  const failing = { ...scenario, perform: () => Promise.reject(new Error('no way')) };
  const faults = () => noFaultMix;
  const thrown = await simulate({
    services: [charges],
    scenario: failing,
    invariants: [],
    seeds: 1,
    faults,
  });
  assert.match(thrown.violations[0]?.problem ?? '', /no way/);
  const never = { name: 'never', atEnd: () => 'it is the end' };
  const ended = await simulate({
    services: [charges],
    scenario,
    invariants: [never],
    seeds: 1,
    faults,
  });
  assert.is(ended.violations[0]?.problem, 'it is the end');
});

test('a situation that never came about is named', async () => {
  const situations = ['an order is charged', 'it rains'];
  const report = await simulate({
    services: [charges],
    scenario,
    invariants: [],
    seeds: 2,
    situations,
  });
  assert.equal(report.missedSituations, ['it rains']);
});

test('the same seeds give the same trace, others another one', async () => {
  const hashOf = async (firstSeed: number): Promise<string> =>
    (await simulate({ services: [charges], scenario, invariants: [], seeds: 3, firstSeed }))
      .traceHash;
  assert.is(await hashOf(1), await hashOf(1));
  assert.is.not(await hashOf(1), await hashOf(4));
});

test.run();
