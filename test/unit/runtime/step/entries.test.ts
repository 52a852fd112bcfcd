/** The persistent map of timers, activities and children, held against plain maps. */
import { seededChance } from '../../../../runtime/simulated/seeded-chance.ts';
import { Entries } from '../../../../runtime/step/entries.ts';
import { seed } from '../../../support/seed.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('entries');
const half = (value: number): readonly string[] => [`half ${value >> 1}`];

test('every version keeps its entries, their order and their labels, whichever is used when', () => {
  const chance = seededChance(seed());
  const draw = (count: number): number => Math.floor(chance() * count);
  const versions = [{ real: Entries.of<number>({}, half), model: new Map<string, number>() }];
  for (let change = 0; change < 400; change += 1) {
    const { real, model } = versions[draw(versions.length)] as (typeof versions)[number];
    const id = `${draw(8)}`;
    const next = new Map(model);
    if (draw(3) === 0) next.delete(id);
    else next.set(id, change);
    versions.push({ real: next.has(id) ? real.with(id, change) : real.without(id), model: next });
    const seen = versions[draw(versions.length)] as (typeof versions)[number];
    assert.equal(seen.real.entries(), [...seen.model]);
    const label = `half ${draw(change + 1) >> 1}`;
    const labelled = [...seen.model].filter(([, value]) => half(value)[0] === label);
    assert.equal(seen.real.idsOf(label).toSorted(), labelled.map(([key]) => key).toSorted());
  }
});

test('a change costs the same for any number of entries', () => {
  let looks = 0;
  const counted = (value: number): readonly string[] => {
    looks += 1;
    return half(value);
  };
  let entries = Entries.of<number>({}, counted);
  assert.equal(entries.idsOf('half 0'), []);
  for (let n = 0; n < 4_000; n += 1) entries = entries.with(`${n}`, n);
  assert.equal(entries.idsOf('half 1'), ['2', '3']);
  for (let n = 0; n < 4_000; n += 1) entries = entries.without(`${n}`);
  assert.equal([entries.size, looks <= 3 * 4_000], [0, true]);
});

test('machines without entries share a version, and none sees the entries of another', () => {
  const none = Entries.of<number>({});
  const [first, second] = [none.with('a', 1), none.with('b', 2)];
  assert.equal([none.size, first.ids(), second.ids()], [0, ['a'], ['b']]);
});

test('an id may have any name', () => {
  const entries = Entries.of<number>({}).with('__proto__', 1).with('toString', 2);
  assert.equal([entries.get('__proto__'), entries.get('constructor')], [1, undefined]);
  assert.is(JSON.stringify(entries.record()), '{"__proto__":1,"toString":2}');
});

test.run();
