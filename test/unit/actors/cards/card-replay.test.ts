/** The replay of a card's deletion: decided before, with every step of a deletion except the burn. */
import type { DeletionPorts } from '../../../../actors/cards/card-deletion.ts';
import { cardDeletionMachine } from '../../../../actors/cards/card-deletion-machine.ts';
import type { Card, CardLookup } from '../../../../actors/cards/store.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { answer, caller, given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('replay of a card');
const ports: DeletionPorts = {
  locks: { acquire: async () => undefined, keep: () => undefined, release: async () => true },
  settings: {
    lockTtlMs: 60_000,
    lockDeadlineMs: 5_000,
    callerDeadlineMs: 30_000,
    filesWaitMs: 5_000,
    undeleteMs: 60_000,
    ownerHeader: 'x-owner',
    provesUsers: true,
  },
  burns: { exchange: 'burns', routingKey: 'burns' },
  transactions: { exchange: 'transactions', routingKey: 'transactions' },
  files: { exchange: 'files', routingKey: 'files' },
  chains: { exchange: 'chains', routingKey: 'chains_consume' },
};
const bare: Card = {
  id: 'c1',
  owner: 'kim',
  kind: 'db',
  state: 'active',
  transaction: 't1',
  metadata: { must_be_deleted_files: ['file:///tmp/a.png'] },
  version: 4,
};
const token = {
  chain: 1,
  contract: `0x${'ab'.repeat(20)}`,
  standard: 'erc1155',
  id: '7',
  account: `0x${'cd'.repeat(20)}`,
} as const;
const ofChain: Card = { ...bare, kind: 'erc', token };
const hash = `0x${'7'.repeat(64)}`;
const ok = { response: 'ok' };
const replyTo = caller('q1');
const told = { id: 'c1', by: 'ada', why: 'restored' };
const refusal = { error: { code: 409, name: 'refused', message: 'no node shows a burn' } };

function of(card: Card) {
  const reads = {
    'cards.removal': { card: { ...card, state: 'deleted', version: 5 }, shared: [] } as never,
    'cards.turn': { ticket: 7, ahead: null } as never,
  };
  return given(defineMachine(cardDeletionMachine(ports)), { key: 'c1', reads });
}
function replayed(card: Card, data: object = told) {
  const read: CardLookup = { card, tombstone: null };
  return of(card).when(message('replayDeletion', data, { read, replyTo }));
}
const locked = (card: Card, data?: object) =>
  replayed(card, data).waits(0).finishes('acquireLock', null);
const actions = (step: ReturnType<typeof locked>) => step.asked().map(({ action }) => action);

test('nobody asks for the owner, and the row goes with its files after the transaction', () => {
  const marking = locked(bare);
  marking.then({ state: 'marking' });
  const confirming = marking.when(answer('transaction.marked', ok));
  confirming.then({ state: 'confirming' });
  assert.equal(actions(confirming), ['remove', 'process']);
});

test('nothing is kept for an undeletion', () => {
  const [file] = locked(bare).when(answer('transaction.marked', ok)).asked();
  locked(bare)
    .when(answer('transaction.marked', ok))
    .when(answer('transaction.confirmed', ok))
    .finishes('releaseLock', true)
    .when(answer('file.ended', {}, file?.about))
    .then({ state: 'done', replies: [{ to: replyTo, body: {} }] });
});

test('the chain is asked whether the burn is final, and nothing is burned', () => {
  const checking = locked(ofChain, { ...told, burn: hash });
  checking.then({ state: 'checking' });
  assert.equal(
    checking.asked().map(({ data }) => data),
    [{ token, card: 'c1', burned: hash }],
  );
  const confirming = checking
    .when(answer('token.checked', ok))
    .when(answer('transaction.marked', ok));
  confirming.then({ state: 'confirming' });
  assert.equal(actions(confirming), ['remove', 'process']);
});

test('a burn that the chain denies calls the replay off, and leaves the transaction alone', () => {
  const releasing = locked(ofChain, { ...told, burn: hash }).when(answer('token.checked', refusal));
  releasing.then({ state: 'releasing' });
  assert.equal(releasing.asked(), []);
  releasing
    .finishes('releaseLock', true)
    .then({ state: 'done', replies: [{ to: replyTo, body: refusal }], deadLetters: [] });
});

test('a card with a token is refused without the burn of the token', () => {
  replayed(ofChain).thenRefused('refused', /names no burn of the token/);
});

test('a card that is gone is told as gone; an id that nobody knows gets a tombstone', () => {
  const gone = (tombstone: CardLookup['tombstone']) =>
    of(bare).when(message('replayDeletion', told, { read: { card: null, tombstone }, replyTo }));
  const replies = [{ to: replyTo, body: { gone: true } }];
  gone({ id: 'c1', owner: 'kim', atMs: 1 }).then({ state: 'done', writes: [], replies });
  gone(null).then({
    state: 'done',
    writes: [{ store: 'cards', op: 'tombstone', expect: null }],
    replies,
  });
});

test.run();
