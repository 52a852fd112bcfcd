/** Everything that can become of the machines for transactions. */
import type { Transaction } from '../../../../actors/transactions/store.ts';
import { transactionMachine } from '../../../../actors/transactions/transaction-machine.ts';
import { explore, message } from '../../../../testing.ts';
import { assertExplored } from '../../../support/explored.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('transactions, explored');
const pending: Transaction = { address: 't1', state: 'PENDING', card: 'c1', version: 3, atMs: 5 };

const creations = [null, pending].map((read) =>
  message('create', { transaction: 't1', card: 'c1' }, { read }),
);
const processes = ['DELETE', 'confirmed'].flatMap((state) =>
  [null, pending].map((read) =>
    message('process', { transaction: 't1', state, card: 'c1' }, { read }),
  ),
);

test('a transaction takes every transition', () => {
  const found = explore(transactionMachine(null), {
    alphabet: { events: [...creations, ...processes] },
    input: { key: 't1' },
    view: ({ written }) => (written as Transaction | null)?.state ?? null,
  });
  assertExplored(found);
});

test.run();
