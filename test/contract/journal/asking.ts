/** Questions that wait for their answers. */
import type { AskRow } from '../../../runtime/ports/journal-rows.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { actor, anActor, ask, record, turn } from './samples.ts';

export function asking(test: Suite, bench: () => Bench): void {
  test('the secret has at least 128 bits as text, and is the same at every call', async () => {
    const secret = await bench().journal.secret();
    assert.match(secret, /^[\w-]{32,}$/);
    assert.is(await bench().journal.secret(), secret);
  });

  test('asks are found as they were, in the order asked for', async () => {
    const plain: AskRow = { correlationId: 'c2', address: anActor, path: [], event: 'vote' };
    await bench().journal.commit('one', [turn({ asks: [ask('c1'), plain, ask('c3')] })]);
    assert.equal(await bench().journal.findAsks(['c3', 'unknown', 'c2']), [ask('c3'), plain]);
    assert.equal(await bench().journal.findAsks([]), []);
  });

  test('asks stay from turn to turn; a question put again takes its own place', async () => {
    await bench().journal.commit('one', [turn({ asks: [ask('c1')] })]);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 1, asks: [{ ...ask('c1'), event: 'vote again' }, ask('c2')] }),
    ]);
    assert.equal(
      (await bench().journal.findAsks(['c1', 'c2'])).map(({ event }) => event),
      ['vote again', 'vote'],
    );
  });

  test('the questions of a child that has ended are gone, those of other children and actors not', async () => {
    const of = (id: string, asker: number, address = anActor): AskRow => ({
      ...ask(id, address),
      asker,
    });
    const other = of('c4', 1, actor('b'));
    await bench().journal.commit('one', [
      turn({ asks: [ask('c1'), of('c2', 1), of('c3', 2), of('c5', 3), of('c6', 1)] }),
      turn({ address: actor('b'), asks: [other] }),
    ]);
    await bench().journal.commit('one', [
      turn({ expectedVersion: 1, askersEnded: [1, 3], asks: [of('c6', 4)] }),
    ]);
    assert.equal(await bench().journal.findAsks(['c1', 'c2', 'c3', 'c4', 'c5', 'c6']), [
      ask('c1'),
      of('c3', 2),
      other,
      of('c6', 4),
    ]);
  });

  for (const [how, end] of [
    ['is done', record(null, 'done')],
    ['failed', record(null, 'error')],
    ['is deleted', null],
  ] as const) {
    test(`a question that another actor has asked under the same id stays when the first ${how}`, async () => {
      await bench().journal.commit('one', [turn({ asks: [ask('c1')] })]);
      await bench().journal.commit('one', [
        turn({ address: actor('b'), asks: [ask('c1', actor('b'))] }),
      ]);
      await bench().journal.commit('one', [turn({ expectedVersion: 1, record: end })]);
      assert.equal(await bench().journal.findAsks(['c1']), [ask('c1', actor('b'))]);
    });

    test(`asks of an actor that ${how} are gone, those of others not`, async () => {
      await bench().journal.commit('one', [
        turn({ asks: [ask('c1')] }),
        turn({ address: actor('b'), asks: [ask('c2', actor('b'))] }),
      ]);
      await bench().journal.commit('one', [
        turn({ expectedVersion: 1, record: end, asks: [ask('c3')] }),
      ]);
      assert.equal(await bench().journal.findAsks(['c1', 'c2', 'c3']), [ask('c2', actor('b'))]);
    });
  }
}
