/** The deletion of a card of the kind `erc`: the chain consents first, and the row goes after the burn. */
import type { DeletionPorts } from '../../../../actors/cards/card-deletion.ts';
import { cardDeletionMachine } from '../../../../actors/cards/card-deletion-machine.ts';
import type { Card } from '../../../../actors/cards/store.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { answer, caller, given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('deletion of a card of the kind erc');
const chains = { exchange: 'chains', routingKey: 'chains_consume' };
const ports: DeletionPorts = {
  locks: { acquire: async () => undefined, keep: () => undefined, release: async () => true },
  settings: {
    lockTtlMs: 60_000,
    lockDeadlineMs: 5_000,
    callerDeadlineMs: 30_000,
    filesWaitMs: 5_000,
    undeleteMs: 0,
    ownerHeader: null,
    provesUsers: false,
  },
  burns: { exchange: 'burns', routingKey: 'burns' },
  transactions: { exchange: 'transactions', routingKey: 'transactions' },
  files: { exchange: 'files', routingKey: 'files' },
  chains,
};
const token = {
  chain: 1,
  contract: `0x${'ab'.repeat(20)}`,
  standard: 'erc721',
  id: '7',
  account: `0x${'cd'.repeat(20)}`,
} as const;
const card: Card = {
  id: 'c1',
  owner: 'kim',
  kind: 'erc',
  token,
  state: 'active',
  transaction: 't1',
  metadata: { must_be_deleted_files: ['file:///tmp/a.png'] },
  version: 4,
};
const reads = {
  'cards.removal': { card: { ...card, state: 'deleted', version: 5 }, shared: [] } as never,
  'cards.turn': { ticket: 7, ahead: null } as never,
};
const ok = { response: 'ok' };
const refusal = { error: { code: 409, name: 'refused', message: 'there is no token 7' } };
const replyTo = caller('q1');

const checking = given(defineMachine(cardDeletionMachine(ports)), { key: 'c1', reads })
  .when(message('delete', { id: 'c1', owner: 'kim' }, { read: { card, tombstone: null }, replyTo }))
  .waits(0)
  .finishes('acquireLock', null);
const marking = checking.when(answer('token.checked', ok));
const burning = marking.when(answer('transaction.marked', ok));
const failing = checking.when(answer('token.checked', refusal));
const burned = { response: 'ok', burn: { id: 'b', hash: '0x1', block: 9 } };

test('the chain is asked for its consent before the transaction is marked', () => {
  checking.then({
    state: 'checking',
    writes: [],
    asks: [
      {
        ...chains,
        action: 'check',
        data: { token, card: 'c1' },
        messageId: 'service/c1/new-1/check/0',
        answer: 'token.checked',
      },
    ],
  });
  assert.equal(
    marking.asked().map(({ data }) => data),
    [{ transaction: 't1', card: 'c1', state: 'DELETE' }],
  );
});

test('the row stays while the token burns, and the burn has one id on every resend', () => {
  const id = 'service/c1/new-1/token';
  const question = {
    ...chains,
    action: 'burn',
    data: { id, token, card: 'c1' },
    messageId: `${id}/0`,
    answer: 'token.burned',
  };
  burning.then({ state: 'burning', writes: [], asks: [question] });
  burning.waits('1 s').then({ state: 'burning', writes: [], asks: [question] });
});

test('after the final burn the row goes, and the files in the same commit', () => {
  const confirming = burning.when(answer('token.burned', burned));
  confirming.then({ state: 'confirming' });
  assert.equal(
    confirming.asked().map(({ action }) => action),
    ['remove', 'process'],
  );
});

test('a chain that refuses its consent makes the transaction failed, with the reason', () => {
  failing.then({ state: 'failing', writes: [] });
  assert.equal(
    failing.asked().map(({ data }) => data),
    [{ transaction: 't1', card: 'c1', state: 'failed', reason: 'there is no token 7' }],
  );
});

test('the card is active again, and the caller is told why', () => {
  const releasing = failing.when(answer('transaction.failed', ok));
  releasing.then({
    state: 'releasing',
    writes: [
      {
        store: 'cards',
        op: 'restore',
        args: { id: 'c1' },
        expect: { version: 5, ticket: 7 },
      },
      { store: 'cards', op: 'leave', args: { id: 'c1' }, expect: null },
    ],
  });
  releasing
    .finishes('releaseLock', true)
    .then({ state: 'done', replies: [{ to: replyTo, body: refusal }] });
});

test('a burn that fails for good calls the deletion off', () => {
  burning
    .when(answer('token.burned', refusal))
    .then({ state: 'failing', writes: [] })
    .when(answer('transaction.failed', ok))
    .then({ state: 'releasing' });
});

test('a chain that is not configured is a refusal; a chain that does not answer is none', () => {
  const unknown = { error: { code: 501, name: 'not-supported', message: 'no chain' } };
  const silent = { error: { code: 503, name: 'not-reachable', message: 'no node' } };
  checking.when(answer('token.checked', unknown)).then({ state: 'failing' });
  checking.when(answer('token.checked', silent)).then({ state: 'checking', asks: [] });
});

test('a card without a transaction is called off at once', () => {
  const bare = { ...card, transaction: null };
  given(defineMachine(cardDeletionMachine(ports)), { key: 'c1', reads })
    .when(message('delete', { id: 'c1', owner: 'kim' }, { read: { card: bare, tombstone: null } }))
    .waits(0)
    .finishes('acquireLock', null)
    .when(answer('token.checked', refusal))
    .then({ state: 'releasing' });
});

test.run();
