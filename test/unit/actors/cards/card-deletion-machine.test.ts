import { answer, given } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';
import {
  atMs,
  begun,
  card,
  collecting,
  confirming,
  definition,
  deletion,
  error,
  fileEnds,
  fileIds,
  files,
  lock,
  locking,
  marking,
  markQuestion,
  ok,
  releasing,
  removal,
} from './given-deletion.ts';

const test = suite('card deletion machine', { deadlineMs: 60_000 });

const behind = { 'cards.turn': { ticket: 9, ahead: 'c0' } as never };

test('the state deleted is written before anything else is begun, and by itself', () => {
  begun.then({
    state: 'waiting',
    writes: [
      {
        store: 'cards',
        op: 'markDeleted',
        args: { id: 'c1', lock: 'transaction/t1' },
        expect: { version: 4 },
      },
    ],
    records: [
      {
        topic: 'c1',
        line: { what: 'card state', card: 'c1', transaction: 't1', state: 'deleted', by: 'kim' },
      },
    ],
    activities: [],
    asks: [],
    publishes: [],
    replies: [],
  });
  locking.then({ activities: [{ activity: 'acquireLock', input: lock }] });
});

test('with the lock the transaction is asked to be marked', () => {
  marking.then({ state: 'marking', asks: [markQuestion()], writes: [], publishes: [] });
});

test('row, files and the next question are one step (row before file)', () => {
  confirming.then({
    state: 'confirming',
    writes: [
      {
        store: 'cards',
        op: 'remove',
        args: { id: 'c1', atMs, shared: [] },
        expect: { version: 5, ticket: 7 },
      },
    ],
    asks: [
      ...fileIds.map(({ url, id }) => ({
        exchange: 'file_management_queue',
        routingKey: 'file_management_queue',
        messageId: id,
        body: { url, card: 'c1', id },
      })),
      {
        messageId: 'service/c1/new-1/confirmed/0',
        data: { transaction: 't1', card: 'c1', state: 'confirmed' },
      },
    ],
    records: [
      {
        topic: 'c1',
        line: { what: 'card removed', card: 'c1', transaction: 't1', files, shared: [] },
      },
    ],
    replies: [],
  });
});

test('the deletion of a later card of the same id sends under other ids', () => {
  const later = collecting
    .when(fileEnds({})[0] as never)
    .when(fileEnds({}, {})[1] as never)
    .when(deletion({ mode: 'async' }));
  later.then({ publishes: [{ messageId: 'service/c1/new-12/burn' }] });
});

test('when it is confirmed the lock is given back, whatever the files do', () => {
  releasing
    .then({
      state: 'releasing',
      replies: [],
      activities: [{ activity: 'releaseLock', input: lock }],
    })
    .finishes('releaseLock', true)
    .then({
      state: 'collecting',
      records: [
        {
          topic: 'c1',
          line: { what: 'lock released', card: 'c1', transaction: 't1', lock: 'transaction/t1' },
        },
      ],
    });
});

test('a lock that cannot be given back ends by itself', () => {
  releasing.fails('releaseLock', error('broken', 500)).then({ state: 'collecting' });
});

test('the question is asked again under the same identity after 1, 2, 5, 10, 30, 60, 60 … s', () => {
  let waiting = marking;
  for (const delayMs of [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 60_000]) {
    waiting = waiting
      .waits(delayMs - 1)
      .then({ asks: [] })
      .waits(1)
      .then({ state: 'marking', asks: [markQuestion()] });
  }
});

test('the confirmation is asked again as well, beginning with the short delays', () => {
  marking
    .waits(18_000)
    .when(answer('transaction.marked', ok))
    .waits(1_000)
    .then({ state: 'confirming', asks: [{ messageId: 'service/c1/new-1/confirmed/0' }] });
});

test('a question that came back is asked again later', () => {
  marking
    .when({ type: 'transaction.marked.unroutable' })
    .then({ state: 'marking', asks: [] })
    .waits(1_000)
    .then({ asks: [markQuestion()] });
});

const lockLine = { card: 'c1', transaction: 't1', lock: 'transaction/t1' };

test('a deletion that is not first waits, and the history names the card in front once', () => {
  const waiting = given(definition, { key: 'c1', reads: { ...removal(), ...behind } })
    .when(deletion())
    .waits(0);
  waiting.then({ state: 'waiting', activities: [], asks: [] });
  waiting
    .waits(1_000)
    .then({ state: 'waiting', records: [] })
    .waits(3_600_000)
    .then({ state: 'waiting', asks: [] });
});

test('a lock that another program holds is waited for, and the history says so', () => {
  locking
    .waits(5_000)
    .then({
      state: 'locking',
      asks: [],
      stopped: [],
      records: [{ topic: 'c1', line: { what: 'waiting for lock', ...lockLine, fence: 7 } }],
    })
    .waits(3_600_000)
    .then({ state: 'locking', asks: [] });
});

test('locks that cannot be reached are done without', () => {
  locking.finishes('acquireLock', 'unreachable').then({
    state: 'marking',
    records: [{ topic: 'c1', line: { what: 'lock not taken', ...lockLine } }],
  });
  locking.fails('acquireLock', error('broken', 500)).then({ state: 'marking' });
});

test('a card without a transaction is removed at once when its own lock is taken', () => {
  const alone = { card: { ...card, transaction: null }, tombstone: null };
  given(definition, {
    key: 'c1',
    atMs,
    reads: removal({ ...alone.card, version: 5 }),
  })
    .when(deletion({ read: alone }))
    .waits(0)
    .then({ activities: [{ activity: 'acquireLock', input: { name: 'card/c1', holder: 'c1' } }] })
    .finishes('acquireLock', null)
    .then({
      state: 'releasing',
      writes: [
        {
          store: 'cards',
          op: 'remove',
          args: { id: 'c1', atMs, shared: [] },
          expect: { version: 5, ticket: 7 },
        },
        { store: 'cards', op: 'leave', args: { id: 'c1' } },
      ],
      asks: [{ answer: 'file.ended' }, { answer: 'file.ended' }],
      replies: [],
    });
});

test('a row somebody else has removed is passed over, its transaction is confirmed', () => {
  given(definition, { key: 'c1', reads: removal(null) })
    .when(deletion())
    .waits(0)
    .finishes('acquireLock', null)
    .when(answer('transaction.marked', ok))
    .then({
      state: 'confirming',
      writes: [],
      publishes: [],
      asks: [{ messageId: 'service/c1/new-1/confirmed/0' }],
    });
});

test.run();
