/** The undeletion of a card, by the machine of its deletion. */
import type { DeletionPorts } from '../../../../actors/cards/card-deletion.ts';
import { cardDeletionMachine } from '../../../../actors/cards/card-deletion-machine.ts';
import type { Card, CardLookup } from '../../../../actors/cards/store.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { answer, caller, given, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('undeletion of a card');

const ports: DeletionPorts = {
  locks: { acquire: async () => undefined, keep: () => undefined, release: async () => true },
  settings: {
    lockTtlMs: 60_000,
    lockDeadlineMs: 5_000,
    callerDeadlineMs: 30_000,
    filesWaitMs: 5_000,
    undeleteMs: 60_000,
    ownerHeader: null,
    provesUsers: false,
  },
  burns: { exchange: 'burns', routingKey: 'burns' },
  transactions: { exchange: 'transactions', routingKey: 'transactions' },
  files: { exchange: 'files', routingKey: 'files' },
  chains: { exchange: 'chains', routingKey: 'chains' },
};
const url = 'file:///tmp/a.png';
const card: Card = {
  id: 'c1',
  owner: 'kim',
  kind: 'db',
  state: 'deleted',
  transaction: 't1',
  metadata: { must_be_deleted_files: [url, 'file:///tmp/shared.png'], title: 'x' },
  version: 5,
};
const shared = ['file:///tmp/shared.png'];
const marked: CardLookup = { card, tombstone: null };
const removed: CardLookup = { card: null, tombstone: { id: 'c1', owner: 'kim', atMs: 1 } };
const reads = {
  'cards.removal': { card, shared } as never,
  'cards.turn': { ticket: 7, ahead: null } as never,
  'cards.unlisted': [] as never,
};
const ok = { response: 'ok' };
const file = { url, id: 'service/c1/new-1/file/0' };
const deleter = caller('q1');
const undeleter = caller('q2');
const undelete = (read: CardLookup, owner = 'kim') =>
  message('undelete', { id: 'c1', owner }, { read, replyTo: undeleter });

const start = given(defineMachine(cardDeletionMachine(ports)), { key: 'c1', atMs: 1_000, reads });
const waiting = start.when(
  message(
    'delete',
    { id: 'c1', owner: 'kim' },
    { read: { card: { ...card, state: 'active', version: 4 }, tombstone: null }, replyTo: deleter },
  ),
);
const marking = waiting.waits(0).finishes('acquireLock', null);
const collecting = marking
  .when(answer('transaction.marked', ok))
  .when(answer('transaction.confirmed', ok))
  .finishes('releaseLock', true);
const kept = collecting.when(answer('file.ended', { quarantined: { untilMs: 9 } }, file));
const restoring = kept.when(undelete(removed));

test('an undeletion of a waiting card makes the card active at once', () => {
  waiting.when(undelete(marked)).then({
    state: 'releasing',
    writes: [
      { store: 'cards', op: 'withdraw', args: { id: 'c1' }, expect: { version: 5 } },
      { store: 'cards', op: 'leave', args: { id: 'c1' } },
    ],
    replies: [{ to: undeleter, body: { id: 'c1' } }],
  });
});

test('a withdrawn deletion takes its own burn without an effect, and any other burn as one', () => {
  const withdrawn = start
    .when(
      message(
        'delete',
        { id: 'c1', owner: 'kim', mode: 'async' },
        { read: { card: { ...card, state: 'active', version: 4 }, tombstone: null } },
      ),
    )
    .when(undelete(marked));
  withdrawn.then({
    state: 'withdrawn',
    writes: [
      { store: 'cards', op: 'withdraw', args: { id: 'c1' }, expect: { version: 5 } },
      { store: 'cards', op: 'leave', args: { id: 'c1' } },
    ],
    replies: [{ to: undeleter, body: { id: 'c1' } }],
  });
  const read: CardLookup = { card: { ...card, state: 'active', version: 6 }, tombstone: null };
  const burn = (identity: string) =>
    message(
      'mcard_burn',
      { card: 'c1', owner: 'kim' },
      { read, headers: { request_id: identity } },
    );
  withdrawn.when(burn('service/c1/new-1/burn')).then({ writes: [] }).thenEnded();
  withdrawn.when(burn('another')).then({ state: 'waiting' });
});

test('while the transaction is being marked, the failure waits for the answer to the mark', () => {
  const cancelled = marking.when(undelete(marked));
  cancelled.then({ state: 'marking', asks: [], replies: [] });
  cancelled
    .when(answer('transaction.marked', { error: { code: 409, name: 'refused', message: 'no' } }))
    .then({ state: 'releasing', asks: [], replies: [{ to: undeleter, body: { id: 'c1' } }] });
  const failing = cancelled.when(answer('transaction.marked', ok));
  failing.then({
    state: 'failing',
    asks: [
      {
        action: 'process',
        data: {
          transaction: 't1',
          card: 'c1',
          state: 'failed',
          reason: 'the owner has undeleted the card',
        },
      },
    ],
    replies: [],
  });
  failing.when(answer('transaction.failed', ok)).then({
    state: 'releasing',
    writes: [
      { store: 'cards', op: 'restore', args: { id: 'c1' }, expect: { version: 5, ticket: 7 } },
      { store: 'cards', op: 'leave', args: { id: 'c1' } },
    ],
    replies: [{ to: undeleter, body: { id: 'c1' } }],
    deadLetters: [],
  });
});

test('a kept card has answered its deletion, and is forgotten at the end of its time', () => {
  kept.then({
    state: 'kept',
    replies: [{ to: deleter, body: { quarantined: [{ url, untilMs: 9 }] } }],
  });
  kept.waits(60_000).thenEnded();
});

test('the files are restored first, then the new card is added', () => {
  restoring.then({
    state: 'restoring',
    asks: [{ action: 'restore', data: { id: file.id } }],
    writes: [],
    replies: [],
  });
  restoring
    .when(answer('file.restored', {}, file))
    .then({
      writes: [
        {
          store: 'cards',
          op: 'add',
          args: {
            id: 'new-13',
            owner: 'kim',
            kind: 'db',
            transaction: null,
            metadata: card.metadata,
          },
          expect: { listed: shared },
        },
      ],
    })
    .thenEnded();
});

test('with a lost file no card is added, and the sender is told which file', () => {
  const lost = answer('file.restored', { error: { code: 410, message: 'removed' } }, file);
  restoring.when(lost).then({
    state: 'done',
    writes: [],
    replies: [
      {
        to: undeleter,
        body: {
          error: {
            at: '/data/id',
            code: 410,
            name: 'gone',
            message: `the card 'c1' cannot be undeleted: files are not restored: ${url} (removed)`,
          },
        },
      },
    ],
  });
});

test('a restoration without an answer is asked for again', () => {
  restoring.waits(1_000).then({
    asks: [
      { action: 'restore', messageId: 'service/c1/new-1/restore/service%2Fc1%2Fnew-1%2Ffile%2F0' },
    ],
  });
});

test('only the owner undeletes', () => {
  kept.when(undelete(removed, 'lee')).thenRefused('not-permitted', /may undelete it/);
  waiting.when(undelete(marked, 'lee')).thenRefused('not-permitted', /may undelete it/);
});

test.run();
