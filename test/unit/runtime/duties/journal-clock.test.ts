import { JournalClock } from '../../../../runtime/duties/journal-clock.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';
import { type LogLine, listLog } from '../shop.ts';

const test = suite('journal clock');

function bench() {
  const here = new VirtualClock(100_000);
  const lines: LogLine[] = [];
  return { here, lines, clock: new JournalClock(here, listLog(lines)) };
}

test('a clock that is behind the journal is put right, and says so', async () => {
  const { here, lines, clock } = bench();
  assert.is(await clock.compare(async (nowMs) => nowMs + 60_000), true);
  await here.advance(5);
  assert.equal([clock.now(), lines.length], [160_005, 1]);
});

test('a clock that is ahead of the journal goes back', async () => {
  const { clock } = bench();
  await clock.compare(async () => 70_000);
  assert.is(clock.now(), 70_000);
});

test('what was put right is compared again as it is', async () => {
  const { clock } = bench();
  await clock.compare(async () => 160_000);
  const told: number[] = [];
  assert.is(await clock.compare(async (nowMs) => told.push(nowMs) * 160_000), false);
  assert.equal([told, clock.now()], [[160_000], 160_000]);
});

for (const [offMs, changes] of [
  [24, false],
  [-24, false],
  [30, true],
] as const) {
  test(`${offMs} ms off ${changes ? 'is put right' : 'is nothing'}`, async () => {
    const { clock } = bench();
    assert.is(await clock.compare(async (nowMs) => nowMs + offMs), changes);
  });
}

test('what the asking itself may have caused is nothing', async () => {
  const { here, clock } = bench();
  const slow = async (nowMs: number): Promise<number> => {
    await here.advance(400);
    return nowMs + 400;
  };
  assert.equal([await clock.compare(slow), clock.now()], [false, 100_400]);
});

test('what is waited for is waited for here', async () => {
  const { here, clock } = bench();
  await clock.compare(async () => 1_000_000);
  let called = false;
  clock.after(10, () => {
    called = true;
  });
  await here.advance(9);
  assert.is(called, false);
  await here.advance(1);
  assert.is(called, true);
});

test.run();
