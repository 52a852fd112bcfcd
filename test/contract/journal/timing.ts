/** 4: timers. */
import { Conflict } from '../../../runtime/ports/errors.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { actor, timer, turn } from './samples.ts';

export function timing(test: Suite, bench: () => Bench): void {
  test('timers are handed out soonest first, those of these services that are due', async () => {
    const tags = actor('k', 'tags');
    await bench().journal.commit('one', [
      turn({ timers: [timer('t3', 300), timer('t1', 100), timer('t9', 900)] }),
      turn({ address: tags, timers: [timer('t2', 200, tags)] }),
    ]);
    assert.equal(await bench().journal.dueTimers(['objects', 'tags'], 300, 10), [
      timer('t1', 100),
      timer('t2', 200, tags),
      timer('t3', 300),
    ]);
    assert.equal(await bench().journal.dueTimers(['tags', 'objects'], 900, 2), [
      timer('t1', 100),
      timer('t2', 200, tags),
    ]);
    assert.equal(await bench().journal.dueTimers(['tags'], 199, 10), []);
  });

  test('timers due in the same millisecond are handed out in the order of their commits', async () => {
    const tokens = ['t10', 't9', 'a1', 't2', 'z', 'b'];
    const late = (token: string) => timer(token, 100);
    await bench().journal.commit('one', [turn({ timers: tokens.slice(0, 4).map(late) })]);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 1, timers: tokens.slice(4).map(late) }),
    ]);
    assert.equal(await bench().journal.dueTimers(['objects'], 100, 10), tokens.map(late));
  });

  test('a timer is handed out again until a turn that consumed it commits', async () => {
    await bench().journal.commit('one', [turn({ timers: [timer('t1', 100), timer('t2', 100)] })]);
    assert.is((await bench().journal.dueTimers(['objects'], 100, 10)).length, 2);
    await assert.rejects(
      bench().journal.commit('one', [turn({ expectedVersion: 9, timersEnded: ['t1'] })]),
      Conflict,
    );
    assert.is((await bench().journal.dueTimers(['objects'], 100, 10)).length, 2);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 1, timersEnded: ['t1', 'unknown'] }),
    ]);
    assert.equal(await bench().journal.dueTimers(['objects'], 100, 10), [timer('t2', 100)]);
  });

  test('a token ends the timer of its own actor alone; one begun and ended in a turn never is', async () => {
    await bench().journal.commit('one', [
      turn({ timers: [timer('t1', 1)] }),
      turn({ address: actor('b'), timers: [timer('t1', 1, actor('b'))] }),
    ]);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 1, timers: [timer('t2', 2)], timersEnded: ['t2', 't1'] }),
    ]);
    assert.equal(await bench().journal.dueTimers(['objects'], 9, 10), [timer('t1', 1, actor('b'))]);
  });

  test('the next timer is the first one after that moment', async () => {
    const tags = actor('k', 'tags');
    assert.is(await bench().journal.nextTimerAtMs(['objects'], 0), undefined);
    const rows = [
      turn({ timers: [timer('t1', 100), timer('t2', 250.5)] }),
      turn({ address: tags, timers: [timer('t3', 200, tags)] }),
    ];
    await bench().journal.commit('one', rows);
    assert.is(await bench().journal.nextTimerAtMs(['objects', 'tags'], 0), 100);
    assert.is(await bench().journal.nextTimerAtMs(['objects', 'tags'], 100), 200);
    assert.is(await bench().journal.nextTimerAtMs(['objects'], 100), 250.5);
    assert.is(await bench().journal.nextTimerAtMs(['tags'], 200), undefined);
    assert.is(await bench().journal.nextTimerAtMs([], 0), undefined);
  });
}
