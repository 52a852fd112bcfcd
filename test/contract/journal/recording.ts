/** History. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { line, turn } from './samples.ts';

export function recording(test: Suite, bench: () => Bench): void {
  test('history is found by topic, oldest first', async () => {
    await bench().journal.commit('one', [
      turn({ history: [line('h2', 20), line('h1', 10), line('h3', 5, 'other')] }),
    ]);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 1, history: [line('h5', 20), line('h4', 20)] }),
    ]);
    assert.equal(await bench().journal.history('saga-1'), [
      line('h1', 10),
      line('h2', 20),
      line('h4', 20),
      line('h5', 20),
    ]);
    assert.equal(await bench().journal.history('nothing'), []);
  });

  test('history: the lines of one kind come in batches by time, from a moment on', async () => {
    const deleted = (id: string, atMs: number, topic = 'saga-1') => ({
      ...line(id, atMs, topic),
      line: { what: 'deleted' },
    });
    const lines = [deleted('h2', 20), deleted('h1', 10, 'saga-2'), deleted('h3', 20, 'saga-3')];
    await bench().journal.commit('one', [turn({ history: [...lines, line('h4', 15)] })]);
    const { journal } = bench();
    const first = await journal.listHistory('deleted', { atMs: 0, id: '' }, 2);
    assert.equal(first, [deleted('h1', 10, 'saga-2'), deleted('h2', 20)]);
    assert.equal(await journal.listHistory('deleted', { atMs: 20, id: 'h2' }, 2), [
      deleted('h3', 20, 'saga-3'),
    ]);
    assert.equal((await journal.listHistory('deleted', { atMs: 11, id: '' }, 9)).length, 2);
    assert.equal(await journal.listHistory('cleaned', { atMs: 0, id: '' }, 9), []);
  });

  test('history: of the lines of one kind, those that name a text', async () => {
    const about = (id: string, atMs: number, what: string, node: string) => ({
      ...line(id, atMs),
      line: { what, nodes: [node] },
    });
    const odd = 'a "node" \\ é';
    const lines = [
      about('h1', 10, 'deleted', 'n1'),
      about('h2', 20, 'deleted', odd),
      about('h3', 30, 'engaged', odd),
    ];
    const { journal } = bench();
    await journal.commit('one', [turn({ history: lines })]);
    const from = { atMs: 0, id: '' };
    assert.equal(await journal.listHistory('deleted', from, 9, odd), [lines[1]]);
    assert.equal(await journal.listHistory('deleted', from, 9, 'n2'), []);
  });
}
