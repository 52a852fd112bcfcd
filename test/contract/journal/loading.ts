/** What is loaded is what was stored. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { actor, anActor, ask, message, record, turn } from './samples.ts';

export function loading(test: Suite, bench: () => Bench): void {
  test('load leaves out the record that the cache holds', async () => {
    await bench().journal.commit('one', [turn()]);
    const requests = [1, 2].map((cachedVersion) => ({
      address: anActor,
      messageIds: [],
      cachedVersion,
    }));
    assert.equal(await bench().journal.load(requests), [
      { version: 1, seen: [] },
      { version: 1, record: record({ value: 'asking' }), seen: [] },
    ]);
  });

  test('load of an actor that is not there says version 0, cached or not', async () => {
    const address = actor('unknown');
    assert.equal(
      await bench().journal.load([
        { address, messageIds: ['m1'] },
        { address, messageIds: [], cachedVersion: 4 },
      ]),
      [
        { version: 0, seen: [] },
        { version: 0, seen: [] },
      ],
    );
    assert.equal(await bench().journal.load([]), []);
  });

  test('a stored record is not changed by who committed it or loaded it', async () => {
    const family = { list: [1] };
    await bench().journal.commit('one', [turn({ record: record(family) })]);
    family.list.push(2);
    const first = (await bench().loaded())?.record?.family as { list: number[] };
    first.list.push(3);
    assert.equal((await bench().loaded())?.record?.family, { list: [1] });
  });

  for (const family of [null, 'text', 0, [], { deep: { a: [null, 1.5, { b: '' }] } }] as const) {
    test(`a record may be ${JSON.stringify(family)}`, async () => {
      await bench().journal.commit('one', [turn({ record: record(family) })]);
      await bench().journal.commit('one', [
        turn({ expectedVersion: 1, record: record(family, 'done') }),
      ]);
      assert.equal(await bench().journal.inspect(anActor), record(family, 'done'));
    });
  }

  test('every character comes back, in names and in bodies', async () => {
    const odd =
      'NUL \u0000, lone \ud800 and \udfff, pair \u{1f600}, mark \uf8ff, \\u0000, "quote\', \n, {}';
    const address = actor(odd);
    const about = { ...ask(odd, address), about: odd };
    await bench().journal.commit('one', [
      turn({
        address,
        record: record({ [odd]: odd }),
        inbox: [{ digest: 'd', messageId: odd, answer: odd }],
        asks: [about],
        outbox: [{ ...message('o1', address), body: odd }],
      }),
    ]);
    assert.equal(await bench().loaded(address, [odd]), {
      version: 1,
      record: record({ [odd]: odd }),
      seen: [{ digest: 'd', messageId: odd, answer: odd }],
    });
    assert.equal(await bench().journal.findAsks([odd]), [about]);
    assert.equal((await bench().journal.adopt('two', ['objects'], 0, 9)).outbox[0]?.body, odd);
    assert.is((await bench().loaded(actor(odd.replace('\u0000', '\u0001'))))?.version, 0);
  });
  test('inspect shows one actor as it is stored', async () => {
    await bench().journal.commit('one', [turn({ record: record({ value: 'x' }, 'error') })]);
    assert.equal(await bench().journal.inspect(anActor), {
      machineVersion: 3,
      status: 'error',
      family: { value: 'x' },
    });
    assert.is(await bench().journal.inspect({ ...anActor, machine: 'other' }), undefined);
  });
}
