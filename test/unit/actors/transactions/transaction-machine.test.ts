import type { Transaction } from '../../../../actors/transactions/store.ts';
import { transactionMachine } from '../../../../actors/transactions/transaction-machine.ts';
import { caller, given, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('transaction machine');
const replyTo = caller('q1');
const atMs = 1_000_000;
const pending: Transaction = { address: 't1', state: 'PENDING', card: 'c1', version: 3, atMs: 5 };

function process(
  state: 'DELETE' | 'confirmed',
  read: Transaction | null,
  card: string | null = 'c1',
) {
  return message('process', { transaction: 't1', state, card }, { read, replyTo });
}
function create(read: Transaction | null) {
  return message('create', { transaction: 't1', card: 'c1' }, { read, replyTo });
}
const start = given(transactionMachine(null), { key: 't1', atMs });

test('a transaction is created pending', () => {
  start.when(create(null)).then({
    writes: [
      {
        store: 'transactions',
        op: 'put',
        args: { address: 't1', state: 'PENDING', card: 'c1', atMs },
        expect: { version: 0 },
      },
    ],
    replies: [{ to: replyTo, body: { id: 't1' } }],
    records: [
      {
        topic: 'c1',
        line: { what: 'transaction', transaction: 't1', state: 'PENDING', card: 'c1' },
      },
    ],
  });
});

test('creating what exists is refused', () => {
  start.when(create(pending)).thenRefused('name-taken', /'t1'/);
});

test('a state is written over the version that was read', () => {
  start.when(process('DELETE', pending)).then({
    writes: [
      {
        store: 'transactions',
        op: 'put',
        args: { address: 't1', state: 'DELETE', card: 'c1', atMs },
        expect: { version: 3 },
      },
    ],
    replies: [{ to: replyTo, body: { response: 'ok' } }],
  });
});

test('an unknown transaction may begin with DELETE', () => {
  start.when(process('DELETE', null)).then({
    writes: [
      {
        store: 'transactions',
        op: 'put',
        args: { address: 't1', state: 'DELETE', card: 'c1', atMs },
        expect: { version: 0 },
      },
    ],
  });
});

test('two messages of one turn: the second builds on what the first has written, not on what was read before', () => {
  start
    .when(process('DELETE', pending))
    .when(process('confirmed', pending))
    .then({
      writes: [
        {
          store: 'transactions',
          op: 'put',
          args: { address: 't1', state: 'CONFIRMED', card: 'c1', atMs },
          expect: { version: 4 },
        },
      ],
    });
});

test('a later read is believed', () => {
  start
    .when(process('DELETE', pending))
    .when(process('confirmed', { ...pending, state: 'DELETE', version: 9 }))
    .then({
      writes: [
        {
          store: 'transactions',
          op: 'put',
          args: { address: 't1', state: 'CONFIRMED', card: 'c1', atMs },
          expect: { version: 9 },
        },
      ],
    });
});

test('what has been done is answered and not written again', () => {
  start
    .when(process('DELETE', { ...pending, state: 'DELETE' }))
    .then({ writes: [], records: [], replies: [{ to: replyTo, body: { response: 'ok' } }] });
});

test('another card is refused', () => {
  start
    .when(process('DELETE', { ...pending, state: 'CONFIRMED' }, 'c2'))
    .thenRefused('refused', /another card/);
});

test('confirming what nobody knows is refused', () => {
  start.when(process('confirmed', null)).thenRefused('not-found', /'t1'/);
});

const ends = { exchange: 'ends', routingKey: 'ends' };
const told = given(transactionMachine(ends), { key: 't1', atMs });
const marked: Transaction = { ...pending, state: 'DELETE' };

test('with a callback each end is published in the commit that writes the end, under its version', () => {
  const data = { transaction: 't1', state: 'confirmed', card: 'c1' };
  told.when(process('confirmed', marked)).then({
    publishes: [
      { ...ends, action: 'callback_process', data, messageId: 'callback/t1/4', mandatory: true },
    ],
  });
  told.when(process('DELETE', pending)).then({ publishes: [] });
  told.when(process('confirmed', { ...marked, state: 'CONFIRMED' })).then({ publishes: [] });
  start.when(process('confirmed', marked)).then({ publishes: [] });
});

test.run();
