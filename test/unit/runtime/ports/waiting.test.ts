import {
  backoffMs,
  Pauses,
  pause,
  settlesWithin,
  Waiters,
} from '../../../../runtime/ports/waiting.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('waiting');

/** Names of the promises that have settled, in order. */
function settledOnes() {
  const names: string[] = [];
  const watch = (name: string, promise: Promise<unknown>) =>
    void promise.then(() => names.push(name));
  return { names, watch };
}

test('a delay doubles with each failure up to its maximum', () => {
  const backoff = { firstDelayMs: 100, delayMaxMs: 1_000 };
  assert.equal(
    [1, 2, 3, 4, 5, 5_000].map((failures) => backoffMs(backoff, failures)),
    [100, 200, 400, 800, 1_000, 1_000],
  );
});

test('a delay grows by its own factor, and chance takes away at most the jitter', () => {
  const backoff = { firstDelayMs: 100, delayMaxMs: 10_000, factor: 3, jitter: 0.5 };
  assert.equal(
    [0, 0.5, 0.999_999].map((chance) => backoffMs(backoff, 2, chance)),
    [300, 225, 150],
  );
});

test('a first delay of nothing stays nothing', () => {
  assert.is(backoffMs({ firstDelayMs: 0, delayMaxMs: 1_000 }, 5_000), 0);
});

test('a pause ends when its time has passed', async () => {
  const [clock, { names, watch }] = [new VirtualClock(), settledOnes()];
  watch('pause', pause(clock, 10));
  await clock.advance(9);
  assert.equal(names, []);
  await clock.advance(1);
  assert.equal(names, ['pause']);
});

test('a pause ends at once when its signal is aborted, before or during it, and leaves no timer', async () => {
  const [clock, ending] = [new VirtualClock(), new AbortController()];
  const pausing = pause(clock, 10, ending.signal);
  ending.abort();
  await pausing;
  await pause(clock, 10, ending.signal);
  assert.is(clock.waiting, 0);
});

test('work that settles before its deadline is in time, also when it fails, and leaves no timer', async () => {
  const clock = new VirtualClock();
  assert.is(await settlesWithin(clock, 10, Promise.resolve()), true);
  assert.is(await settlesWithin(clock, 10, Promise.reject(new Error('no'))), true);
  assert.is(clock.waiting, 0);
});

test('work that does not settle is late when its deadline passes', async () => {
  const clock = new VirtualClock();
  const late = settlesWithin(clock, 10, new Promise(() => undefined));
  await clock.advance(10);
  assert.is(await late, false);
});

test('pauses end each at its time', async () => {
  const [clock, { names, watch }] = [new VirtualClock(), settledOnes()];
  const pauses = new Pauses(clock);
  watch('long', pauses.pause(20));
  watch('short', pauses.pause(10));
  await clock.advance(20);
  assert.equal(names, ['short', 'long']);
});

test('pauses that are ended end together, leave no timer, and let none follow', async () => {
  const clock = new VirtualClock();
  const pauses = new Pauses(clock);
  const open = [pauses.pause(10), pauses.pause(20), pauses.until(new Promise(() => undefined))];
  pauses.end();
  await Promise.all([...open, pauses.pause(10), pauses.until(new Promise(() => undefined))]);
  assert.is(clock.waiting, 0);
});

test('a pause until an event ends with the event, also when that fails', async () => {
  const pauses = new Pauses(new VirtualClock());
  await pauses.until(Promise.resolve());
  await pauses.until(Promise.reject(new Error('no')));
});

test('waiters are released together, once', async () => {
  const [waiters, { names, watch }] = [new Waiters(), settledOnes()];
  waiters.release();
  watch('first', waiters.wait());
  watch('second', waiters.wait());
  waiters.release();
  watch('late', waiters.wait());
  await Promise.resolve();
  assert.equal(names, ['first', 'second']);
});

test.run();
