import { seededChance } from '../../../../runtime/simulated/seeded-chance.ts';
import { FaultDice } from '../../../../transports/simulated/fault-dice.ts';
import { drawnFaults, type Faults, noFaults } from '../../../../transports/simulated/faults.ts';
import { assert, seed, suite } from '../../../support/suite.ts';

const test = suite('faults');
const draws = 20_000;

/** How often each came of so many draws. */
function shares(draw: () => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let index = 0; index < draws; index += 1) {
    const drawn = draw();
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / draws]));
}

function dice(faults: Partial<Faults>): FaultDice {
  return new FaultDice(seededChance(seed()), { ...noFaults, ...faults });
}

function near(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? 0) - expected) < 0.03, `${actual} is not near ${expected}`);
}

test('without faults everything arrives at once', () => {
  const none = dice({});
  assert.equal(
    shares(() => `${none.publishFate()} ${none.deliveryFate()} ${none.wayMs()}`),
    { 'arrives arrives 0': 1 },
  );
});

test('each fate of a publish comes at its rate', () => {
  const some = dice({ drop: 0.1, duplicate: 0.2, cut: 0.2, restart: 0.1 });
  const found = shares(() => some.publishFate());
  for (const [fate, rate] of Object.entries({
    dropped: 0.1,
    unconfirmed: 0.2,
    cutBefore: 0.1,
    cutAfter: 0.1,
    restart: 0.1,
    arrives: 0.4,
  }))
    near(found[fate], rate);
});

test('a delivery can only be cut, before or after its handler', () => {
  const all = dice({ drop: 1, duplicate: 1, restart: 1, cut: 0.5 });
  const found = shares(() => all.deliveryFate());
  assert.equal(Object.keys(found).sort(), ['arrives', 'cutAfter', 'cutBefore']);
  near(found['cutBefore'], 0.25);
  near(found['cutAfter'], 0.25);
});

test('a way takes a time of the range, both ends included', () => {
  const some = dice({ delayMs: { min: 3, max: 5 } });
  assert.equal(Object.keys(shares(() => String(some.wayMs()))).sort(), ['3', '4', '5']);
});

test('what is held back is longer on its way than anything else', () => {
  const all = dice({ delayMs: { min: 0, max: 5 }, reorder: 1 });
  const ways = Object.keys(shares(() => String(all.wayMs()))).map(Number);
  assert.ok(Math.max(...ways) > 45 && Math.max(...ways) <= 55 && Math.min(...ways) >= 1);
});

test('drawn mixes differ, and their rates leave something to arrive', () => {
  const chance = seededChance(seed());
  const mixes = Array.from({ length: 50 }, () => drawnFaults(chance));
  assert.is(new Set(mixes.map((mix) => JSON.stringify(mix))).size > 40, true);
  for (const { delayMs, drop, duplicate, cut, restart } of mixes) {
    assert.ok(delayMs.min <= delayMs.max);
    assert.ok(drop + duplicate + cut + restart < 0.5);
  }
});

test.run();
