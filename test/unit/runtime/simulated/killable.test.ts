import { killable, killableClock } from '../../../../runtime/simulated/killable.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('ports of a process that can be killed');

class Port {
  readonly exclusive = true;
  readonly calls: string[] = [];
  readonly #prefix = 'done: ';

  async ask(what: string): Promise<string> {
    this.calls.push(what);
    if (what === 'badly') throw new Error('refused');
    return this.#prefix + what;
  }
}

/** What the promise has come to when everything that can go on has. */
async function stateOf(work: Promise<unknown>): Promise<string> {
  let state = 'pending';
  work.then(
    () => {
      state = 'resolved';
    },
    () => {
      state = 'rejected';
    },
  );
  await new VirtualClock().settled();
  return state;
}

test('while it lives everything passes through', async () => {
  const port = killable(new Port(), { ended: false });
  assert.is(port.exclusive, true);
  assert.is(await port.ask('well'), 'done: well');
  await assert.rejects(port.ask('badly'), /refused/);
});

test('a promise asked for before the end does not settle after it', async () => {
  const life = { ended: false };
  const port = new Port();
  const asked = [killable(port, life).ask('well'), killable(port, life).ask('badly')];
  life.ended = true;
  assert.equal(await Promise.all(asked.map(stateOf)), ['pending', 'pending']);
  assert.equal(port.calls, ['well', 'badly']);
});

test('after the end nothing is asked any more', async () => {
  const port = new Port();
  assert.is(await stateOf(killable(port, { ended: true }).ask('well')), 'pending');
  assert.equal(port.calls, []);
});

test('no timer calls back after the end', async () => {
  const [clock, life, rung] = [new VirtualClock(0), { ended: false }, [] as string[]];
  const mine = killableClock(clock, life);
  mine.after(1, () => rung.push('before'));
  mine.after(2, () => rung.push('after'));
  mine.after(1, () => rung.push('cancelled'))();
  await clock.advance(1);
  life.ended = true;
  await clock.advance(1);
  assert.equal(rung, ['before']);
  assert.is(mine.now(), 2);
});

test.run();
