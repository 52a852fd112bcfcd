/** Dead letters. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { letter, turn } from './samples.ts';

export function burying(test: Suite, bench: () => Bench): void {
  test('dead letters come newest first, whole, of these services', async () => {
    const { stack: _, ...brief } = letter('d2', 20);
    await bench().journal.commit('one', [turn({ deadLetters: [letter('d1', 10), letter('d4', 30, 'tags')] })]);
    await bench().journal.bury(brief);
    await bench().journal.bury(letter('d3', 30));
    assert.equal(await bench().journal.deadLetters(['objects'], 10), [letter('d3', 30), brief, letter('d1', 10)]);
    assert.equal(
      (await bench().journal.deadLetters(['objects', 'tags'], 2)).map(({ id }) => id),
      ['d4', 'd3'],
    );
  });
}
