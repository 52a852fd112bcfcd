import { assert, suite } from '../../support/suite.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const test = suite('virtual clock');

test('1: callbacks run in the order in which they fall due, then in which they were asked for', async () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  for (const [name, delayMs] of [
    ['c', 30],
    ['a', 10],
    ['b1', 20],
    ['b2', 20],
  ] as const)
    clock.after(delayMs, () => ran.push(name));
  await clock.advance(20);
  assert.equal(ran, ['a', 'b1', 'b2']);
  assert.is(clock.now(), 20);
  assert.is(clock.nextAtMs, 30);
});

test('2: what a callback asks for runs in the same advance when it falls due in it', async () => {
  const clock = new VirtualClock(0);
  const at: number[] = [];
  const again = () => {
    at.push(clock.now());
    clock.after(10, again);
  };
  clock.after(10, again);
  await clock.advance(35);
  assert.equal(at, [10, 20, 30]);
  assert.is(clock.waiting, 1);
});

test('3: what waited for a promise goes on between two callbacks', async () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  clock.after(1, () => void Promise.resolve().then(() => ran.push('promise')));
  clock.after(1, () => ran.push('second'));
  await clock.advance(1);
  assert.equal(ran, ['promise', 'second']);
});

test('a cancelled callback does not run', async () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  const cancel = clock.after(5, () => ran.push('a'));
  cancel();
  cancel();
  await clock.advance(10);
  assert.equal(ran, []);
});

test.run();
