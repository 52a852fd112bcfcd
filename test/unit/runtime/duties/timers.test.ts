import { Timers } from '../../../../runtime/duties/timers.ts';
import type { Settlement } from '../../../../runtime/messages/input.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import type { TimerRow } from '../../../../runtime/ports/journal-rows.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';
import { listLog } from '../shop.ts';

const test = suite('timers');

class TimersBench {
  readonly clock = new VirtualClock(0);
  rows: TimerRow[] = [];
  readonly fired: string[] = [];
  readonly settles: ((settlement: Settlement) => void)[] = [];
  polls = 0;
  /** Waited for within the journal. */
  slow: Promise<void> = Promise.resolve();
  failures = 0;
  consumes = true;
  readonly timers = new Timers({
    journal: {
      dueTimers: async (_services, untilMs, limit) => {
        this.polls += 1;
        if (this.failures-- > 0) throw new Error('down');
        return this.rows.filter(({ dueAtMs }) => dueAtMs <= untilMs).slice(0, limit);
      },
      nextTimerAtMs: async (_services, afterMs) => {
        const times = this.rows.map(({ dueAtMs }) => dueAtMs).filter((atMs) => atMs > afterMs);
        await this.slow;
        return times.length === 0 ? undefined : Math.min(...times);
      },
    },
    services: () => ['s'],
    clock: this.clock,
    log: listLog([]),
    failpoints: noFailpoints,
    fire: ({ token }, settle) => {
      this.fired.push(`${token} at ${this.clock.now()}`);
      this.settles.push(settle);
      if (this.consumes) this.rows = this.rows.filter((row) => row.token !== token);
    },
    pollMaxMs: 1_000,
  });

  commit(token: string, dueAtMs: number, notices = true): void {
    const row = { address: { service: 's', machine: 'm', key: 'k' }, token, dueAtMs };
    this.rows.push(row);
    if (notices) this.timers.noticed([row]);
  }
}

test('never early, at least once: nothing fires early, and what is due fires at its time', async () => {
  const bench = new TimersBench();
  bench.timers.start();
  bench.commit('a', 100);
  await bench.clock.advance(99);
  assert.equal(bench.fired, []);
  await bench.clock.advance(1);
  assert.equal(bench.fired, ['a at 100']);
});

test('never early, at least once: what fell due before the start fires at once', async () => {
  const bench = new TimersBench();
  bench.commit('a', 0, false);
  bench.timers.start();
  await bench.clock.advance(0);
  assert.equal(bench.fired, ['a at 0']);
});

test('never early, at least once: a timer under way does not fire again', async () => {
  const bench = new TimersBench();
  bench.consumes = false;
  bench.timers.start();
  bench.commit('a', 10);
  await bench.clock.advance(5_000);
  assert.equal(bench.fired, ['a at 10']);
});

test('never early, at least once: a timer whose turn was given back fires again', async () => {
  const bench = new TimersBench();
  bench.consumes = false;
  bench.timers.start();
  bench.commit('a', 10);
  await bench.clock.advance(20);
  bench.settles[0]?.('retry');
  await bench.clock.advance(1_000);
  assert.is(bench.fired.length, 2);
});

test('never early, at least once: a sooner timer is not held up by a later one', async () => {
  const bench = new TimersBench();
  bench.timers.start();
  bench.commit('late', 900);
  bench.commit('soon', 100);
  await bench.clock.advance(100);
  assert.equal(bench.fired, ['soon at 100']);
});

test('never early, at least once: a timer that falls due while the journal is being asked fires when that is done', async () => {
  const bench = new TimersBench();
  let answer = (): void => undefined;
  bench.slow = new Promise((resolve) => {
    answer = resolve;
  });
  bench.timers.start();
  await bench.clock.advance(1);
  bench.commit('a', 50);
  await bench.clock.advance(60);
  answer();
  await bench.clock.advance(2);
  assert.is(bench.fired.length, 1);
});

test('seen in time: timers of others are seen after the longest poll', async () => {
  const bench = new TimersBench();
  bench.timers.start();
  await bench.clock.advance(1);
  bench.commit('theirs', 500, false);
  await bench.clock.advance(998);
  assert.equal(bench.fired, []);
  await bench.clock.advance(2);
  assert.is(bench.fired.length, 1);
});

test('bounded: of very many that are due, so many are under way as turns take them, and none is forgotten', async () => {
  const bench = new TimersBench();
  bench.consumes = false;
  for (let n = 0; n < 3_500; n += 1) bench.commit(`t${n}`, 10, false);
  bench.timers.start();
  await bench.clock.advance(20);
  assert.equal([bench.fired.length, bench.polls], [1_000, 2]);
  await bench.clock.advance(500);
  assert.equal([bench.fired.length, bench.polls], [1_000, 2]);
  for (let taken = 0; taken < 3_500; taken += 1) {
    if (taken === bench.settles.length) await bench.clock.advance(2);
    bench.rows.shift();
    bench.settles[taken]?.('done');
  }
  assert.equal(
    [bench.fired.length, new Set(bench.fired.map((each) => each.split(' ')[0])).size],
    [3_500, 3_500],
  );
});

test('bounded: what is stuck holds up nothing else', async () => {
  const bench = new TimersBench();
  bench.consumes = false;
  for (let n = 0; n < 1_000; n += 1) bench.commit(`stuck${n}`, 10, false);
  bench.timers.start();
  await bench.clock.advance(20);
  bench.commit('a', 500);
  await bench.clock.advance(3_000);
  assert.equal(
    bench.fired.slice(1_000).map((each) => each.split(' ')[0]),
    ['a'],
  );
});

test('without timers the journal is asked once a poll', async () => {
  const bench = new TimersBench();
  bench.timers.start();
  await bench.clock.advance(10_500);
  assert.is(bench.polls, 11);
});

test('a journal that cannot be read is asked again', async () => {
  const bench = new TimersBench();
  bench.failures = 1;
  bench.commit('a', 0, false);
  bench.timers.start();
  await bench.clock.advance(1_000);
  assert.is(bench.fired.length, 1);
});

test('after stop nothing fires and nothing waits', async () => {
  const bench = new TimersBench();
  bench.timers.start();
  bench.commit('a', 100);
  await bench.clock.advance(1);
  await bench.timers.stop();
  await bench.clock.advance(5_000);
  assert.equal([bench.fired, bench.clock.waiting], [[], 0]);
});

test.run();
