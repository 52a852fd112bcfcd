import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { pause, settlesWithin } from '../../../transports/deadline.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('deadline');

test('what settles in time is in time, also when it fails, and leaves no timer', async () => {
  const clock = new VirtualClock();
  assert.is(await settlesWithin(clock, 10, Promise.resolve()), true);
  assert.is(await settlesWithin(clock, 10, Promise.reject(new Error('no'))), true);
  assert.is(clock.waiting, 0);
});

test('what does not settle is late when the deadline passes', async () => {
  const clock = new VirtualClock();
  const late = settlesWithin(clock, 10, new Promise(() => undefined));
  await clock.advance(10);
  assert.is(await late, false);
});

test('a pause ends when its time has passed', async () => {
  const clock = new VirtualClock();
  let ended = false;
  void pause(clock, 10, new AbortController().signal).then(() => {
    ended = true;
  });
  await clock.advance(9);
  assert.is(ended, false);
  await clock.advance(1);
  assert.is(ended, true);
});

test('a pause ends at once when it is aborted, before or during it, and leaves no timer', async () => {
  const [clock, ending] = [new VirtualClock(), new AbortController()];
  const pausing = pause(clock, 10, ending.signal);
  ending.abort();
  await pausing;
  await pause(clock, 10, ending.signal);
  assert.is(clock.waiting, 0);
});

test.run();
