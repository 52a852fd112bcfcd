import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('virtual clock');

test('callbacks run in the order in which they fall due, then in which they were asked for', async () => {
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

test('what a callback asks for runs in the same advance when it falls due in it', async () => {
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

test('what waited for a promise goes on between two callbacks', async () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  clock.after(1, () => void Promise.resolve().then(() => ran.push('promise')));
  clock.after(1, () => ran.push('second'));
  await clock.advance(1);
  assert.equal(ran, ['promise', 'second']);
});

test('time stands still while someone who asks the clock goes on, also over many turns of the event loop', async () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  clock.after(1, async () => {
    for (let turns = 0; turns < 20; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.now();
    }
    ran.push('first');
  });
  clock.after(2, () => ran.push('second'));
  await clock.advance(2);
  assert.equal(ran, ['first', 'second']);
});

test('who moves time from within what time runs takes its steps in turn', async () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  const note = (name: string) => (): void =>
    void Promise.resolve().then(() => ran.push(`${name} at ${clock.now()}`));
  clock.after(10, () => void clock.advance(20).then(note('inner')));
  for (const atMs of [11, 15, 15, 30, 40]) clock.after(atMs, note(`${atMs}`));
  await clock.advance(100);
  await clock.settled();
  assert.equal(ran.slice(0, 4), ['11 at 11', '15 at 15', '15 at 15', '30 at 30']);
  assert.equal(ran.length, 6);
  assert.is(clock.now(), 100);
});

test('a step runs one callback, at its time, and says whether there was one', async () => {
  const clock = new VirtualClock(0);
  clock.after(10, () => undefined);
  clock.after(30, () => undefined);
  assert.equal([await clock.step(), clock.now(), clock.waiting], [true, 10, 1]);
  assert.equal([await clock.step(), clock.now(), clock.waiting], [true, 30, 0]);
  assert.equal([await clock.step(), clock.now()], [false, 30]);
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
