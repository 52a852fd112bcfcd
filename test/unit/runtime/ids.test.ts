import { version as versionOf } from 'uuid';
import { systemIds } from '../../../runtime/ids.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('ids');
/** The random part: what follows the time and the sequence. */
const randomPart = (id: string) => id.slice(26);

function clockAt(times: number[]) {
  return { now: () => (times.length > 1 ? (times.shift() as number) : (times[0] as number)), after: () => () => undefined };
}

test('ids are UUIDv7, each greater than the one before, also within a millisecond and when the clock goes back', () => {
  const ids = systemIds(clockAt([1_000, 1_000, 999, 1_001]));
  const made = Array.from({ length: 600 }, () => ids.next());
  assert.equal(made, [...made].sort());
  assert.equal([...new Set(made.map((id) => versionOf(id)))], [7]);
});

test('no two have the same random part, also where a new block of randomness begins', () => {
  const ids = systemIds(clockAt([1_000]));
  const parts = Array.from({ length: 2_000 }, () => randomPart(ids.next()));
  assert.is(new Set(parts).size, parts.length);
});

test.run();
