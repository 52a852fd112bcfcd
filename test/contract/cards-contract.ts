/** What every store of cards must do, as tests. Run on memory, PGlite and PostgreSQL; the numbers are those of `actors/cards/store.ts`. */
import {
  type Card,
  type CardFilter,
  type CardLookup,
  type CardRemoval,
  cardsRead,
  cardsWrite,
  type Turn,
} from '../../actors/cards/store.ts';
import { Broken, Conflict, Refused } from '../../runtime/ports/errors.ts';
import type { Write } from '../../runtime/ports/store.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import type { StoreBench, StoreUnderTest } from './store-bench.ts';

const metadata = {
  must_be_deleted_files: ['file:///tmp/a.png', 'file:///tmp/%D0%B1.png'],
  title: 'Карта',
  nested: { depth: [1, null, true] },
};
const given = { id: 'c1', owner: 'kim', kind: 'db', transaction: 't1', metadata } as const;
const card: Card = { ...given, state: 'active', version: 1 };
const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.code === code;

const add = (id = 'c1') => cardsWrite('add', { ...given, id }, null);
const mark = (version: number, id = 'c1', lock = `card/${id}`) =>
  cardsWrite('markDeleted', { id, lock }, { version });
/** `fenced` puts the ticket of the moment in the place of this one. */
const ticketOfNow = -1;
const remove = (version: number, id = 'c1', shared: readonly string[] = []) =>
  cardsWrite('remove', { id, atMs: 1_700_000_000_123, shared }, { version, ticket: ticketOfNow });

/** The store, with the tickets of the moment in the writes that name a ticket. */
function fenced(store: StoreUnderTest): StoreUnderTest {
  const withTicket = async (write: Write): Promise<Write> => {
    const { ticket } = (write.expect ?? {}) as { ticket?: number };
    if (ticket !== ticketOfNow) return write;
    const { id } = write.args as { id: string };
    const turn = (await store.read(cardsRead('turn', { id }))) as unknown as Turn;
    return {
      ...write,
      expect: { ...(write.expect as object), ticket: turn.ticket ?? ticketOfNow },
    };
  };
  return {
    ...store,
    apply: async (...writes) => store.apply(...(await Promise.all(writes.map(withTicket)))),
  };
}

export function cardsContract(kind: string, bench: StoreBench, options: SuiteOptions = {}): void {
  const test = suite(`cards on ${kind}`, options);
  let store: StoreUnderTest;
  test.before.each(async () => {
    store = fenced(await bench.fresh());
  });
  test.after(() => bench.end());

  const lookUp = async (id = 'c1') =>
    (await store.read(cardsRead('card', { id }))) as unknown as CardLookup;
  const list = async (...ids: string[]) =>
    (await store.read(cardsRead('cards', { ids }))) as unknown as readonly Card[];

  test('a card comes back as it was given, active and in version 1', async () => {
    await store.apply(add());
    assert.equal(await lookUp(), { card, tombstone: null });
  });

  test('a card of the kind erc comes back with its token', async () => {
    const token = {
      chain: 1,
      contract: `0x${'ab'.repeat(20)}`,
      standard: 'erc1155',
      id: '115792089237316195423570985008687907853269984665640564039457584007913129639935',
      amount: '3',
      account: `0x${'cd'.repeat(20)}`,
    } as const;
    await store.apply(cardsWrite('add', { ...given, kind: 'erc', token }, null));
    assert.equal((await lookUp()).card, { ...card, kind: 'erc', token });
  });

  test('a card without a transaction comes back without one', async () => {
    await store.apply(cardsWrite('add', { ...given, transaction: null, metadata: {} }, null));
    assert.equal((await lookUp()).card, { ...card, transaction: null, metadata: {} });
  });

  test('a marked card is withdrawn wherever it is in its queue', async () => {
    await store.apply(add('c1'), add('c2'), mark(1, 'c1', 'l'), mark(1, 'c2', 'l'));
    await store.apply(cardsWrite('withdraw', { id: 'c2' }, { version: 2 }));
    assert.equal(
      [(await lookUp('c2')).card?.state, (await lookUp('c2')).card?.version],
      ['active', 3],
    );
    await assert.rejects(
      store.apply(cardsWrite('withdraw', { id: 'c1' }, { version: 1 })),
      (error: unknown) => error instanceof Conflict,
    );
  });

  test('a card is added upon files of other cards only while other cards list them', async () => {
    const [shared = '', own = ''] = metadata.must_be_deleted_files;
    const unlisted = async () => await store.read(cardsRead('unlisted', { urls: [own, shared] }));
    const upon = (id: string, urls: readonly string[]) =>
      cardsWrite('add', { ...given, id }, { listed: urls });
    const lists = { ...given, metadata: { must_be_deleted_files: [shared] } };
    await store.apply(cardsWrite('add', lists, null));
    assert.equal(await unlisted(), [own]);
    await assert.rejects(
      store.apply(upon('c2', [shared, own])),
      (error: unknown) => error instanceof Conflict,
    );
    assert.equal((await lookUp('c2')).card, null);
    await store.apply(upon('c2', [shared]));
    assert.equal(await unlisted(), []);
  });

  test('the tombstone of an unknown card takes the id, and only of an unknown one', async () => {
    const tombstone = (id: string) => cardsWrite('tombstone', { id, atMs: 7 }, null);
    await store.apply(tombstone('c1'));
    assert.equal(await lookUp(), { card: null, tombstone: { id: 'c1', owner: '', atMs: 7 } });
    await assert.rejects(store.apply(add()), refused('gone'));
    await store.apply(add('c2'));
    for (const known of ['c1', 'c2'])
      await assert.rejects(
        store.apply(tombstone(known)),
        (error: unknown) => error instanceof Conflict,
      );
    assert.is((await lookUp('c2')).card?.state, 'active');
  });

  test('what was never there is not found', async () => {
    assert.equal(await lookUp('nobody'), { card: null, tombstone: null });
  });

  test('cards come in the order of the ids, once each, without those that are not there', async () => {
    await store.apply(add('c1'), add('c2'), add('C1'));
    const found = await list('c2', 'nobody', 'c1', 'c2');
    assert.equal(
      found.map(({ id }) => id),
      ['c2', 'c1'],
    );
  });

  test('an id is given once', async () => {
    await store.apply(add());
    await assert.rejects(store.apply(add()), refused('name-taken'));
  });

  test('marking raises the version', async () => {
    await store.apply(add());
    await store.apply(mark(1));
    assert.equal((await lookUp()).card, { ...card, state: 'deleted', version: 2 });
  });

  test('another version than expected is a conflict', async () => {
    await store.apply(add());
    await assert.rejects(store.apply(mark(2)), Conflict);
    await assert.rejects(store.apply(mark(1, 'nobody')), Conflict);
    assert.equal((await lookUp()).card, card);
  });

  test('a card that is not shown as deleted is not removed', async () => {
    await store.apply(add());
    await assert.rejects(store.apply(remove(1)), Conflict);
    assert.equal((await lookUp()).card, card);
  });

  test('what is removed leaves a tombstone', async () => {
    await store.apply(add());
    await store.apply(mark(1));
    await store.apply(remove(2));
    assert.equal(await lookUp(), {
      card: null,
      tombstone: { id: 'c1', owner: 'kim', atMs: 1_700_000_000_123 },
    });
    assert.equal(await list('c1'), []);
  });

  test('removing another version than expected is a conflict', async () => {
    await store.apply(add());
    await store.apply(mark(1));
    await assert.rejects(store.apply(remove(1)), Conflict);
    assert.is((await lookUp()).card?.version, 2);
  });

  test('the id of a card that is gone is not given again', async () => {
    await store.apply(add(), mark(1));
    await store.apply(remove(2));
    await assert.rejects(store.apply(add()), refused('gone'));
    assert.is((await lookUp()).card, null);
  });

  test('a commit that fails leaves nothing', async () => {
    await store.apply(add('c2'), mark(1, 'c2'));
    await assert.rejects(store.apply(add('c1'), remove(2, 'c2'), mark(7, 'c1')), Conflict);
    assert.equal(await lookUp('c1'), { card: null, tombstone: null });
    const { card: second, tombstone } = await lookUp('c2');
    assert.equal([second?.state, second?.version, tombstone], ['deleted', 2, null]);
  });

  test('of two that expect the same version one is done', async () => {
    await store.apply(add());
    const results = await Promise.allSettled([store.apply(mark(1)), store.apply(mark(1))]);
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    assert.is(failures.length, 1);
    assert.instance(failures[0], Conflict);
    assert.is((await lookUp()).card?.version, 2);
  });

  test('of two that add the same id one is done', async () => {
    const results = await Promise.allSettled([store.apply(add()), store.apply(add())]);
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    assert.is(failures.length, 1);
    assert.ok(refused('name-taken')(failures[0]));
  });

  test('an id is not given again while its card is being removed', async () => {
    await store.apply(add(), mark(1));
    const results = await Promise.allSettled([store.apply(remove(2)), store.apply(add())]);
    const failures = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    assert.is(failures.length, 1);
    assert.instance(failures[0], Refused);
    assert.is((await lookUp()).card, null);
  });

  test('an operation there is not is a bug', async () => {
    await assert.rejects(store.read({ store: 'cards', op: 'guess', args: {} }), Broken);
    await assert.rejects(store.apply({ store: 'cards', op: 'guess', args: {} }), Broken);
  });

  const removal = async (id = 'c1') =>
    (await store.read(cardsRead('removal', { id }))) as unknown as CardRemoval;
  const sameAsA = 'file:///tmp/a@.png';

  const listing = (id: string, ...urls: string[]) =>
    cardsWrite('add', { ...given, id, metadata: { must_be_deleted_files: urls } }, null);
  const [a, b] = ['file:///tmp/a%40.png', 'file:///tmp/b.png'];
  const turn = async (id: string) =>
    (await store.read(cardsRead('turn', { id }))) as unknown as Turn;
  const leave = (id: string) => cardsWrite('leave', { id }, null);

  test('tickets of one lock rise, and the first leaves the next in its place', async () => {
    await store.apply(add('c1'), add('c2'), add('c3'));
    for (const id of ['c2', 'c1']) await store.apply(mark(1, id, 'one lock'));
    await store.apply(mark(1, 'c3', 'another lock'));
    const [first, second] = [await turn('c2'), await turn('c1')];
    assert.equal([first.ahead, second.ahead, (await turn('c3')).ahead], [null, 'c2', null]);
    assert.ok((first.ticket ?? 0) < (second.ticket ?? 0));
    await store.apply(leave('c2'));
    assert.equal(
      [await turn('c2'), (await turn('c1')).ahead],
      [{ ticket: null, ahead: null }, null],
    );
    await store.apply(leave('c1'), mark(2, 'c2', 'one lock'));
    assert.ok(((await turn('c2')).ticket ?? 0) > (second.ticket ?? 0));
  });

  test('only the first of the queue is removed or restored', async () => {
    await store.apply(listing('c1', a), listing('c2', b));
    for (const id of ['c1', 'c2']) await store.apply(mark(1, id, 'one lock'));
    await assert.rejects(store.apply(remove(2, 'c2')), Conflict);
    await assert.rejects(store.apply(restore(2, 'c2')), Conflict);
    await store.apply(remove(2, 'c1'), leave('c1'));
    await store.apply(remove(2, 'c2'));
    assert.is((await lookUp('c2')).card, null);
  });

  test('a ticket that was given back is no fence any more', async () => {
    await store.apply(add(), mark(1));
    const { ticket } = await turn('c1');
    await store.apply(leave('c1'));
    await store.apply(mark(2));
    const old = cardsWrite('restore', { id: 'c1' }, { version: 3, ticket: ticket ?? 0 });
    await assert.rejects(store.apply(old), Conflict);
    assert.is((await lookUp()).card?.state, 'deleted');
  });

  test('of many that join at the same time each has its own place', async () => {
    const ids = ['c1', 'c2', 'c3', 'c4', 'c5'];
    await store.apply(...ids.map((id) => listing(id)));
    await Promise.all(ids.map((id) => store.apply(mark(1, id, 'one lock'))));
    const turns = await Promise.all(ids.map(turn));
    assert.is(new Set(turns.map(({ ticket }) => ticket)).size, ids.length);
    assert.is(turns.filter(({ ahead }) => ahead === null).length, 1);
  });

  const restore = (version: number, id = 'c1') =>
    cardsWrite('restore', { id }, { version, ticket: ticketOfNow });

  test('a card whose deletion is called off is active again, in a new version', async () => {
    await store.apply(add(), mark(1));
    await store.apply(restore(2));
    assert.equal((await lookUp()).card, { ...card, version: 3 });
    await assert.rejects(store.apply(restore(3)), Conflict);
    await store.apply(mark(3));
    await assert.rejects(store.apply(restore(3)), Conflict);
  });

  test('cards are listed by owner and state, page by page', async () => {
    const lees = cardsWrite('add', { ...given, id: 'c4', owner: 'lee' }, null);
    await store.apply(add('c3'), add('c1'), add('C2'), lees, mark(1, 'c3'));
    const listed = async (filter: Partial<CardFilter>) => {
      const read = cardsRead('list', { limit: 10, ...filter });
      return ((await store.read(read)) as unknown as Card[]).map(({ id }) => id);
    };
    assert.equal(await listed({}), ['C2', 'c1', 'c3', 'c4']);
    assert.equal(await listed({ owner: 'kim', limit: 2 }), ['C2', 'c1']);
    assert.equal(await listed({ owner: 'kim', after: 'c1' }), ['c3']);
    assert.equal(await listed({ owner: 'kim', after: 'c2' }), ['c3']);
    assert.equal(await listed({ state: 'deleted' }), ['c3']);
    assert.equal(await listed({ owner: 'nobody' }), []);
  });

  test('a file that another card lists too, in any spelling, is shared', async () => {
    await store.apply(listing('c1', b, a, a), listing('c2', sameAsA));
    assert.equal((await removal()).shared, [a]);
    assert.equal((await removal('c2')).shared, [sameAsA]);
    assert.equal(await removal('nobody'), { card: null, shared: [] });
  });

  test('a file is shared until the last but one of its cards is removed', async () => {
    await store.apply(listing('c1', a), listing('c2', a), mark(1), mark(1, 'c2'));
    await store.apply(remove(2, 'c1', [a]));
    assert.equal((await removal('c2')).shared, []);
    await store.apply(remove(2, 'c2'), listing('c3', a));
    assert.equal((await removal('c3')).shared, []);
  });

  test('a removal that does not know of a sharing card is a conflict and changes nothing', async () => {
    await store.apply(listing('c1', a), listing('c2', a), mark(1));
    await assert.rejects(store.apply(remove(2)), Conflict);
    assert.equal((await removal()).shared, [a]);
  });

  test('a removal that expects a card which is gone is a conflict', async () => {
    await store.apply(listing('c1', a), mark(1));
    await assert.rejects(store.apply(remove(2, 'c1', [a])), Conflict);
    assert.is((await removal()).card?.state, 'deleted');
  });

  test('of two cards of one file that go at the same time one takes the file', async () => {
    await store.apply(listing('c1', a, b), listing('c2', b, a), mark(1), mark(1, 'c2'));
    const results = await Promise.allSettled([
      store.apply(remove(2, 'c1', [a, b])),
      store.apply(remove(2, 'c2', [b, a])),
    ]);
    assert.equal(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const left = results[0].status === 'fulfilled' ? 'c2' : 'c1';
    assert.equal((await removal(left)).shared, []);
  });

  test('removals of one commit count one after the other', async () => {
    await store.apply(listing('c1', a, b), listing('c2', sameAsA), listing('c3', b));
    await store.apply(mark(1), mark(1, 'c2'), mark(1, 'c3'));
    const bothShare = [remove(2, 'c1', [a, b]), remove(2, 'c2', [sameAsA])];
    await assert.rejects(store.apply(...bothShare), Conflict);
    await assert.rejects(store.apply(remove(2, 'c2'), remove(2, 'c1', [b])), Conflict);
    await store.apply(remove(2, 'c1', [a, b]), remove(2, 'c2'), remove(2, 'c3'));
    await store.apply(listing('c4', a, b));
    assert.equal((await removal('c4')).shared, []);
  });

  test('new cards of one commit do not keep a file for each other', async () => {
    const upon = (id: string) =>
      cardsWrite(
        'add',
        { ...given, id, metadata: { must_be_deleted_files: [a] } },
        { listed: [a] },
      );
    await assert.rejects(store.apply(upon('c1'), upon('c2')), Conflict);
    await store.apply(listing('c0', sameAsA), upon('c1'), upon('c2'));
    assert.equal((await removal('c2')).shared, [a]);
  });

  test('cards that join a lock in one commit are in the order of their writes', async () => {
    await store.apply(add('c1'), add('c2'), add('c3'));
    await store.apply(mark(1, 'c3', 'l'), mark(1, 'c1', 'l'), mark(1, 'c2', 'another'));
    const turns = [await turn('c3'), await turn('c1'), await turn('c2')];
    assert.equal(
      turns.map(({ ahead }) => ahead),
      [null, 'c3', null],
    );
    await store.apply(leave('c3'), leave('c2'), leave('nobody'));
    assert.is((await turn('c1')).ahead, null);
  });

  test('several writes of one card in one commit follow each other', async () => {
    await store.apply(add('c1'), mark(1), cardsWrite('withdraw', { id: 'c1' }, { version: 2 }));
    await store.apply(leave('c1'), mark(3), add('c2'), leave('c1'), mark(1, 'c2'));
    assert.equal(
      [(await lookUp()).card?.state, await turn('c1')],
      ['deleted', { ticket: null, ahead: null }],
    );
    assert.is((await lookUp('c2')).card?.version, 2);
  });

  test('tombstones go by age, so many and no more; cards have none', async () => {
    await store.apply(add('c1'), add('c2'), add('c3'), mark(1, 'c1'), mark(1, 'c2'));
    await store.apply(
      remove(2, 'c1', metadata.must_be_deleted_files),
      remove(2, 'c2', metadata.must_be_deleted_files),
    );
    assert.is(await store.prune(1_700_000_000_123, 9), 0);
    assert.is(await store.prune(1_700_000_000_124, 1), 1);
    assert.is(await store.prune(1_700_000_000_124, 9), 1);
    assert.equal([(await lookUp('c1')).tombstone, (await lookUp('c3')).card?.id], [null, 'c3']);
  });

  test.run();
}
