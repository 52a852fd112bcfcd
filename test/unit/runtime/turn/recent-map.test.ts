import { RecentMap } from '../../../../runtime/turn/recent-map.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('recent map');

function filled(max: number, count: number): RecentMap<number> {
  const map = new RecentMap<number>(max);
  for (let n = 0; n < count; n += 1) map.set(`k${n}`, n);
  return map;
}

const known = (map: RecentMap<number>, count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => n).filter((n) => map.get(`k${n}`) === n);

test('the newest half of the entries is always kept, and never more than the limit', () => {
  for (let count = 0; count < 40; count += 1) {
    const kept = known(filled(10, count), count);
    assert.ok(kept.length <= 10, `${kept.length} of ${count}`);
    assert.equal(
      kept.slice(-5),
      Array.from({ length: Math.min(5, count) }, (_, n) => Math.max(0, count - 5) + n),
    );
  }
});

test('a key that is set again becomes the newest and has its newest value', () => {
  const map = filled(4, 3);
  map.set('k0', 7);
  map.set('k3', 3);
  assert.equal([map.get('k0'), map.has('k0'), map.has('k9')], [7, true, false]);
});

test('a renewed key is kept with the newest half, and takes no room of another', () => {
  const map = filled(10, 7);
  map.renew('k1');
  map.renew('k9');
  for (let n = 7; n < 11; n += 1) map.set(`k${n}`, n);
  assert.equal(known(map, 11), [1, 5, 6, 7, 8, 9, 10]);
});

test.run();
