import { validate, version as versionOf } from 'uuid';
import { systemIds } from '../../../../runtime/ports/ids.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('ids');

function clockAt(times: number[]) {
  return {
    now: () => (times.length > 1 ? (times.shift() as number) : (times[0] as number)),
    after: () => () => undefined,
  };
}

/** Milliseconds since the epoch, as an id says them. */
const timeOf = (id: string): number => Number.parseInt(id.slice(0, 13).replace('-', ''), 16);

test('ids are UUIDv7, each greater than the one before, also within a millisecond and when the clock goes back', () => {
  const ids = systemIds(clockAt([1_000, 1_000, 999, 1_001]));
  const made = Array.from({ length: 600 }, () => ids.next());
  assert.equal(made, [...made].sort());
  assert.is(new Set(made).size, made.length);
  assert.equal([...new Set(made.map((id) => versionOf(id)))], [7]);
});

test('an id says when it was made, and not an earlier time than the one before', () => {
  const ids = systemIds(clockAt([1_000, 1_000, 999, 1_001]));
  assert.equal(
    Array.from({ length: 5 }, () => timeOf(ids.next())),
    [1_000, 1_000, 1_000, 1_001, 1_001],
  );
});

test('under a clock that stands still ids go on, valid and in order, when there is nothing left to count', () => {
  const ids = systemIds(clockAt([1_000]));
  const made = Array.from({ length: 150_000 }, () => ids.next());
  assert.ok(made.every((id, index) => id > (made[index - 1] ?? '')));
  assert.is(
    made.find((id) => !validate(id)),
    undefined,
  );
  assert.ok(timeOf(made.at(-1) as string) > 1_000);
});

test('two processes in one millisecond have nothing but the time in common', () => {
  const drawn = Array.from({ length: 100 }, () => systemIds(clockAt([1_000])).next());
  assert.equal([...new Set(drawn.map(timeOf))], [1_000]);
  for (const part of [(id: string) => id.slice(15, 18), (id: string) => id.slice(19)])
    assert.ok(new Set(drawn.map(part)).size > 90);
});

test.run();
