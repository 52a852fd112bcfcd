/** 3: the outbox. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { actor, message, turn } from './samples.ts';

export function publishing(test: Suite, bench: () => Bench): void {
  test('an outbox row stays, as it was, until it is forgotten', async () => {
    await bench().journal.commit('one', [turn({ outbox: [message('o2'), message('o1')] })]);
    await bench().journal.forget(['o2', 'unknown']);
    await bench().journal.forget([]);
    assert.equal((await bench().journal.adopt('two', ['objects'], 0, 10)).outbox, [message('o1')]);
  });

  test('rows are adopted in the order of their ids, oldest first, so many and no more', async () => {
    const ids = ['o3', 'o1', 'o4', 'o2'];
    for (const id of ids)
      await bench().journal.commit('one', [
        turn({ address: actor(id), outbox: [message(id, actor(id))] }),
      ]);
    const adopted = async () =>
      (await bench().journal.adopt('two', ['objects'], 0, 3)).outbox.map(({ id }) => id);
    assert.equal(await adopted(), ['o1', 'o2', 'o3']);
    assert.equal(await adopted(), ['o4']);
    assert.equal(await adopted(), []);
  });
}
