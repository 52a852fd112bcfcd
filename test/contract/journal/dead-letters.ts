/** Dead letters; the numbers are those of `runtime/ports/dead-letter.ts`. */
import type { DeadLetter, StoredDeadLetter } from '../../../runtime/ports/dead-letter.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { actor, deadLetter, turn } from './samples.ts';

/** As it lies there after it was buried once. */
function lying(
  { atMs, ...rest }: DeadLetter,
  more: Partial<StoredDeadLetter> = {},
): StoredDeadLetter {
  return { ...rest, firstAtMs: atMs, lastAtMs: atMs, count: 1, replayRequested: false, ...more };
}

function named(id: string, messageId: string, atMs: number): DeadLetter {
  return { ...deadLetter(id, atMs), properties: { persistent: false, messageId } };
}

export function deadLetters(test: Suite, bench: () => Bench): void {
  const all = () => bench().journal.deadLetters(['objects', 'tags'], 10);
  const take = (instance: string, deadBeforeMs = 0) =>
    bench().journal.takeReplays(instance, ['objects'], deadBeforeMs, 10);

  test('dead letters come newest first, whole, of these services', async () => {
    const { stack: _, ...brief } = deadLetter('d2', 20);
    await bench().journal.commit('one', [
      turn({ deadLetters: [deadLetter('d1', 10), deadLetter('d4', 30, 'tags')] }),
    ]);
    await bench().journal.addDeadLetter(brief);
    await bench().journal.addDeadLetter(deadLetter('d3', 30));
    assert.equal(await bench().journal.deadLetters(['objects'], 10), [
      lying(deadLetter('d3', 30)),
      lying(brief),
      lying(deadLetter('d1', 10)),
    ]);
    assert.equal(
      (await bench().journal.deadLetters(['objects', 'tags'], 2)).map(({ id }) => id),
      ['d4', 'd3'],
    );
    assert.equal(
      (await bench().journal.deadLetters('all', 3)).map(({ id }) => id),
      ['d4', 'd3', 'd2'],
    );
  });

  test('dead letters are found by id', async () => {
    await bench().journal.addDeadLetter(deadLetter('d1', 10));
    assert.equal(await bench().journal.deadLetter('d1'), lying(deadLetter('d1', 10)));
    assert.is(await bench().journal.deadLetter('d2'), undefined);
  });

  test('dead letters 1: the same message again raises the count; the reason is the last one', async () => {
    await bench().journal.addDeadLetter(named('d1', 'm', 10));
    const { stack: _, ...again } = { ...named('d2', 'm', 30), reason: 'another' };
    await bench().journal.commit('one', [turn({ deadLetters: [again] })]);
    assert.equal(await all(), [lying(again, { id: 'd1', firstAtMs: 10, lastAtMs: 30, count: 2 })]);
    assert.is((await bench().journal.counts()).deadLetters, 1);
  });

  test('dead letters 1: one message that is dead for several actors of a commit counts as often', async () => {
    const turns = ['a', 'b'].map((key) =>
      turn({ address: actor(key), deadLetters: [named(key, 'm', 10), named(`${key}2`, 'm', 10)] }),
    );
    await bench().journal.commit('one', turns);
    assert.equal(
      (await all()).map(({ id, count }) => [id, count]),
      [['a', 4]],
    );
  });

  const apart: readonly (readonly [string, Partial<DeadLetter>])[] = [
    ['another id', { properties: { persistent: false, messageId: 'other' } }],
    ['another service', { service: 'tags' }],
    ['another kind', { kind: 'timer' }],
    ['none, and another content', { properties: { persistent: false }, body: 'e30=' }],
    [
      'none, and another asker',
      { properties: { persistent: false, replyTo: 'q', correlationId: 'c' } },
    ],
  ];
  for (const [what, parts] of apart) {
    test(`dead letters 1: a message of ${what} is another letter`, async () => {
      await bench().journal.addDeadLetter(named('d1', 'm', 10));
      await bench().journal.addDeadLetter({
        ...deadLetter('d0', 10),
        properties: { persistent: false },
      });
      await bench().journal.addDeadLetter({ ...named('d2', 'm', 10), ...parts });
      assert.is((await all()).length, 3);
    });
  }

  test('dead letters 1: two messages of one id are two letters when their content or sender differs', async () => {
    const first = named('d1', 'm', 10);
    const senderOf = (appId: string) => ({ properties: { ...first.properties, appId } });
    for (const [n, parts] of [{}, { body: 'eyJhIjoyfQ==' }, senderOf('A'), senderOf('B')].entries())
      await bench().journal.addDeadLetter({ ...first, id: `d${n}`, ...parts });
    assert.equal(
      (await all()).map(({ count }) => count),
      [1, 1, 1, 1],
    );
  });

  test('dead letters 1: messages without any id are told apart by their content', async () => {
    const bare = (id: string) => ({ ...deadLetter(id, 10), properties: { persistent: false } });
    await bench().journal.addDeadLetter(bare('d1'));
    await bench().journal.addDeadLetter(bare('d2'));
    assert.equal(
      (await all()).map(({ id, count }) => [id, count]),
      [['d1', 2]],
    );
  });

  test('dead letters 2: marked ones are taken once, in the order in which they were marked, those of these services', async () => {
    for (const each of [
      deadLetter('d1', 10),
      deadLetter('d2', 20),
      deadLetter('d3', 30),
      deadLetter('d4', 40, 'tags'),
    ])
      await bench().journal.addDeadLetter(each);
    assert.is(await bench().journal.requestReplay({ ids: ['d3'] }, 100), 1);
    assert.is(await bench().journal.requestReplay({ ids: ['d1', 'd4', 'unknown'] }, 200), 2);
    assert.equal(
      (await all()).map(({ id, replayRequested }) => [id, replayRequested]),
      [
        ['d4', true],
        ['d3', true],
        ['d2', false],
        ['d1', true],
      ],
    );
    await bench().journal.beat('one', 1_000);
    assert.equal(
      (await take('one', 500)).map(({ id }) => id),
      ['d3', 'd1'],
    );
    assert.equal(await take('two', 500), []);
    assert.equal(await take('one', 500), []);
  });

  test('dead letters 2: all of a service may be marked', async () => {
    for (const each of [deadLetter('d1', 10), deadLetter('d2', 20), deadLetter('d4', 40, 'tags')])
      await bench().journal.addDeadLetter(each);
    assert.is(await bench().journal.requestReplay({ service: 'objects' }, 100), 2);
    assert.is((await take('one')).length, 2);
  });

  test('dead letters 2: one that was handled goes', async () => {
    await bench().journal.addDeadLetter(deadLetter('d1', 10));
    await bench().journal.addDeadLetter(deadLetter('d2', 10));
    await bench().journal.requestReplay({ ids: ['d1'] }, 100);
    await bench().journal.endReplays(await take('one'));
    await bench().journal.endReplays([]);
    assert.equal(
      (await all()).map(({ id }) => id),
      ['d2'],
    );
  });

  test('dead letters 2: one that was buried again meanwhile stays, without its mark', async () => {
    await bench().journal.addDeadLetter(deadLetter('d1', 10));
    await bench().journal.requestReplay({ ids: ['d1'] }, 100);
    const taken = await take('one');
    await bench().journal.addDeadLetter(deadLetter('d1', 50));
    await bench().journal.endReplays(taken);
    assert.equal(await all(), [lying(deadLetter('d1', 50), { firstAtMs: 10, count: 2 })]);
    assert.equal(await take('two'), []);
  });

  test('dead letters 3: what a dead instance had taken is taken by another', async () => {
    await bench().journal.addDeadLetter(deadLetter('d1', 10));
    await bench().journal.requestReplay({ ids: ['d1'] }, 100);
    await bench().journal.beat('one', 1_000);
    await take('one', 1_000);
    assert.equal(await take('two', 1_000), []);
    assert.is((await take('two', 1_001)).length, 1);
    await bench().journal.leave('two');
    assert.is((await take('three', 0)).length, 1);
  });

  test('dead letters are dropped by id or by service', async () => {
    for (const each of [
      deadLetter('d1', 10),
      deadLetter('d2', 20),
      deadLetter('d3', 30),
      deadLetter('d4', 40, 'tags'),
    ])
      await bench().journal.addDeadLetter(each);
    assert.is(await bench().journal.dropDeadLetters({ ids: ['d2', 'unknown'] }), 1);
    assert.is(await bench().journal.dropDeadLetters({ service: 'objects' }), 2);
    assert.equal(
      (await all()).map(({ id }) => id),
      ['d4'],
    );
    await bench().journal.addDeadLetter(deadLetter('d2', 50));
    assert.is((await bench().journal.deadLetter('d2'))?.count, 1);
  });
}
