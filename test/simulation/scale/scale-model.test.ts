import { assert, suite } from '../../support/suite.ts';
import { type Plant, predicted, type SagaCosts } from './scale-model.ts';

const test = suite('scale model');

const costs: SagaCosts = { processMs: 2, journalMs: 1, brokerMs: 0.25, waitMs: 5 };
const plant = (processes: number, journals: number): Plant => ({ processes, journals });
const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) <= expected * 0.01, `${found}, expected ${expected}`);

test('one saga alone takes its own work and its waiting', () => {
  const { rate, latencyMs } = predicted(plant(1, 1), costs, 1);
  near(latencyMs, 8.25);
  near(rate, 1_000 / 8.25);
});

test('with many in flight the fullest part bounds the rate, and says so', () => {
  const full = (processes: number, journals: number) =>
    predicted(plant(processes, journals), costs, 4_000);
  near(full(1, 1).rate, 500);
  near(full(2, 1).rate, 1_000);
  near(full(8, 1).rate, 1_000);
  near(full(8, 2).rate, 2_000);
  near(full(64, 64).rate, 4_000);
  assert.equal(
    [full(1, 1), full(8, 1), full(64, 64)].map(({ limit }) => limit),
    ['processes', 'journals', 'broker'],
  );
});

test('Little: rate times time is the number in flight', () => {
  for (const inFlight of [1, 3, 32, 256]) {
    const { rate, latencyMs } = predicted(plant(3, 2), costs, inFlight);
    near((rate * latencyMs) / 1_000, inFlight);
  }
});

test('more processes, journals or sagas never lower the rate', () => {
  const rates = (plants: readonly Plant[], inFlight: number) =>
    plants.map((each) => predicted(each, costs, inFlight).rate);
  for (const inFlight of [1, 8, 64]) {
    const more = rates([plant(1, 1), plant(2, 1), plant(2, 2), plant(4, 2)], inFlight);
    assert.equal(
      more,
      [...more].sort((a, b) => a - b),
    );
  }
  const busier = [1, 2, 4, 8, 16].map((inFlight) => predicted(plant(2, 1), costs, inFlight).rate);
  assert.equal(
    busier,
    [...busier].sort((a, b) => a - b),
  );
});

test('on one machine all work together shares its cores', () => {
  const shared = predicted({ ...plant(4, 1), sharedCores: 2 }, costs, 4_000);
  near(shared.rate, 2_000 / 3.25);
  assert.is(shared.limit, 'machine');
});

test('a journal with more cores carries more', () => {
  near(predicted({ ...plant(16, 1), journalCores: 4 }, costs, 4_000).rate, 4_000);
});

test.run();
