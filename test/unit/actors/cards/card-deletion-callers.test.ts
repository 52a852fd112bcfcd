import { cardDeletionMachine } from '../../../../actors/cards/card-deletion-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { answer, caller, given, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';
import {
  atMs,
  burn,
  collecting,
  deletion,
  fileEnds,
  lock,
  lookup,
  marked,
  marking,
  ok,
  ports,
  queued,
  releasing,
  removal,
  replyTo,
  start,
} from './given-deletion.ts';

const test = suite('card deletion: callers', { deadlineMs: 60_000 });

test('a caller who waits too long gets an error, once, and the deletion goes on', () => {
  marking
    .waits(30_000)
    .then({ state: 'marking', replies: [{ to: replyTo }] })
    .when(answer('transaction.marked', ok))
    .when(answer('transaction.confirmed', ok))
    .then({ state: 'releasing', replies: [] });
});

test('whoever was answered is not told that it is late', () => {
  marking
    .waits(30_000)
    .then({ replies: [{ to: replyTo }] })
    .waits(60_000)
    .then({ replies: [] });
});

test('every caller is answered at the end', () => {
  marking
    .when(deletion({ from: 'q2', read: marked }))
    .then({ state: 'marking', replies: [], writes: [] })
    .when(answer('transaction.marked', ok))
    .when(answer('transaction.confirmed', ok))
    .finishes('releaseLock', true)
    .when(fileEnds({})[0] as never)
    .when(fileEnds({}, {})[1] as never)
    .then({
      replies: [
        { to: replyTo, body: {} },
        { to: caller('q2'), body: {} },
      ],
    });
});

test('a caller who comes when all is done but the files waits for the files', () => {
  collecting
    .when(
      deletion({ from: 'q2', read: { card: null, tombstone: { id: 'c1', owner: 'kim', atMs } } }),
    )
    .then({ state: 'collecting', replies: [] })
    .when(fileEnds({})[0] as never)
    .when(fileEnds({}, {})[1] as never)
    .then({ replies: [{ to: replyTo }, { to: caller('q2'), body: {} }] });
});

test('async: accepted at once, and a burn is queued under its own identity', () => {
  queued.then({
    state: 'queued',
    writes: [
      {
        store: 'cards',
        op: 'markDeleted',
        args: { id: 'c1', lock: 'transaction/t1' },
        expect: { version: 4 },
      },
    ],
    replies: [{ to: replyTo, body: {} }],
    publishes: [
      {
        exchange: 'mcard.single_burn',
        routingKey: 'mcard.single_burn',
        messageId: 'service/c1/new-1/burn',
        headers: { request_id: 'service/c1/new-1/burn' },
        body: { mcard_burn: { card: 'c1', owner: 'kim', transaction: 't1', kind: 'db' } },
      },
    ],
    activities: [],
  });
});

test('async: the burn goes on with the lock', () => {
  queued
    .when(burn(marked))
    .then({ state: 'locking', writes: [], activities: [{ activity: 'acquireLock', input: lock }] });
});

test('async: a burn that got lost is published again', () => {
  queued
    .waits(1_000)
    .then({ state: 'queued', publishes: [{ messageId: 'service/c1/new-1/burn' }] });
});

test('async: a burn that comes twice is taken once', () => {
  queued
    .when(burn(marked))
    .when(burn(marked))
    .then({ state: 'locking', activities: [], writes: [] });
});

test('async: a deletion under way is accepted again', () => {
  marking
    .when(deletion({ mode: 'async', from: 'q2', read: marked }))
    .then({ state: 'marking', replies: [{ to: caller('q2'), body: {} }] });
});

test('a burn nobody has announced begins at the beginning', () => {
  start.when(burn()).then({
    state: 'waiting',
    writes: [
      {
        store: 'cards',
        op: 'markDeleted',
        args: { id: 'c1', lock: 'transaction/t1' },
        expect: { version: 4 },
      },
    ],
    replies: [],
  });
});

test('somebody else is refused, whether it is begun or not', () => {
  start.when(deletion({ owner: 'lee' })).thenRefused('not-permitted', /'c1'/);
  start.when(burn(lookup, 'lee')).thenRefused('not-permitted');
  queued.when(burn(marked, 'lee')).thenRefused('not-permitted');
  marking.when(deletion({ owner: 'lee', read: marked })).thenRefused('not-permitted');
  marking.when(burn(marked, 'lee')).thenRefused('not-permitted');
  releasing.when(deletion({ owner: 'lee', read: marked })).thenRefused('not-permitted');
});

test('with a header for the caller the header counts, and the body does not', () => {
  const settings = { ...ports.settings, ownerHeader: 'x-caller' };
  const behind = given(defineMachine(cardDeletionMachine({ ...ports, settings })), {
    key: 'c1',
    reads: removal(),
  });
  const asked = (headers: Headers, mode = 'sync') =>
    message('delete', { id: 'c1', owner: 'kim', mode }, { read: lookup, replyTo, headers });
  behind.when(asked({})).thenRefused('not-permitted', /no header 'x-caller'/);
  behind.when(asked({ 'x-caller': 'lee' })).thenRefused('not-permitted', /only the owner/);
  behind.when(asked({ 'x-caller': 'kim' })).then({ state: 'waiting' });
  behind
    .when(asked({ 'x-caller': 'kim' }, 'async'))
    .then({ publishes: [{ headers: { request_id: 'service/c1/new-1/burn', 'x-caller': 'kim' } }] });
});

test('an unknown card is not found', () => {
  start.when(deletion({ read: { card: null, tombstone: null } })).thenRefused('not-found', /'c1'/);
});

test('a card that is gone is answered as if it had just gone', () => {
  start
    .when(deletion({ read: { card: null, tombstone: { id: 'c1', owner: 'kim', atMs: 1 } } }))
    .then({ state: 'done', replies: [{ to: replyTo, body: {} }], writes: [], publishes: [] })
    .thenEnded();
});

test.run();
