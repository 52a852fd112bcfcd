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
}
