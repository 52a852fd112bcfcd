/** The inbox. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { actor, anActor, turn } from './samples.ts';

export function remembering(test: Suite, bench: () => Bench): void {
  test('inbox: what was handled is seen, with the answer that was given, by that actor alone', async () => {
    const inbox = [
      { digest: 'd', messageId: 'm1' },
      { digest: 'd', messageId: 'm2', answer: null },
      { digest: 'e', messageId: 'm3', answer: { agreed: false } },
    ];
    await bench().journal.commit('one', [turn({ inbox })]);
    assert.equal((await bench().loaded(anActor, ['m3', 'm9', 'm1', 'm2']))?.seen, [
      inbox[2],
      inbox[0],
      inbox[1],
    ]);
    assert.equal((await bench().loaded(actor('other'), ['m1']))?.seen, []);
  });

  test('inbox: what a message said is kept when its answer is given and when it comes again', async () => {
    const entry = { messageId: 'm1', digest: 'said' };
    await bench().journal.commit('one', [turn({ inbox: [entry] })]);
    const later = { answers: [{ messageId: 'm1', answer: 1 }], repeated: ['m1'] };
    await bench().journal.commit('one', [turn({ expectedVersion: 1, ...later })]);
    assert.equal((await bench().loaded(anActor, ['m1']))?.seen, [{ ...entry, answer: 1 }]);
  });

  test('inbox: an answer may be given in a later turn', async () => {
    await bench().journal.commit('one', [turn({ inbox: [{ digest: 'd', messageId: 'm1' }] })]);
    const answers = [
      { messageId: 'm1', answer: null },
      { messageId: 'never came', answer: 1 },
    ];
    await bench().journal.commit('one', [turn({ expectedVersion: 1, answers })]);
    assert.equal((await bench().loaded(anActor, ['m1', 'never came']))?.seen, [
      { digest: 'd', messageId: 'm1', answer: null },
    ]);
  });

  test('a record of null deletes the actor; its inbox stays, and it may begin again', async () => {
    await bench().journal.commit('one', [turn({ inbox: [{ digest: 'd', messageId: 'm1' }] })]);
    await bench().journal.commit('one', [turn({ expectedVersion: 1, record: null })]);
    assert.equal(await bench().loaded(anActor, ['m1']), {
      version: 0,
      seen: [{ digest: 'd', messageId: 'm1' }],
    });
    assert.is(await bench().journal.inspect(anActor), undefined);
    await bench().journal.commit('one', [turn()]);
    assert.is((await bench().loaded())?.version, 1);
  });
}
