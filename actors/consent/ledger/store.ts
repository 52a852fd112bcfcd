/**
 * The port to the consent ledger: the engagements, subscribers and promises of nodes. Every service
 * of a journal may use the ledger, with nodes of any store or of another database.
 *
 * 1. The ledger knows ids, never the nodes behind the ids. A write of the ledger stands in one
 *    commit with the writes to the rows that it is about.
 * 2. A list has an `epoch`, which rises with every change of the subscribers of the node. A list
 *    that was never changed has the epoch 0.
 * 3. A write about a list locks the row of the list, in the order of ids: a subscription, a freeze,
 *    and a dependant that is placed below the node. Of two concurrent writes, the later one sees
 *    the earlier one and throws `Conflict`.
 * 4. `freeze` covers nodes of one service under one saga; freezes of several sagas on one node may
 *    coexist in mode `D`.
 * 5. A link (service, upstream node) exists where a service depends on a node of another service.
 *    Its `version` rises with every added dependant, every noted subscription and every promise
 *    that is made or released, so these writes cannot pass each other.
 *
 * The rules (`rules/`) work over the port `rules/rows.ts`. Adapters: `memory/`, `sql/`; one
 * contract suite for both.
 */
import type { Read, Write } from '../../../runtime/ports/store.ts';
import type { LedgerReads } from './store-reads.ts';
import type { LedgerWrites } from './store-writes.ts';

export type * from './states.ts';
export type { Epochs, LedgerReads } from './store-reads.ts';
export type { LedgerWrites } from './store-writes.ts';

export const ledgerStoreName = 'ledger';

/** A typed read of this store. */
export function ledgerRead<Op extends keyof LedgerReads>(
  op: Op,
  args: LedgerReads[Op]['args'],
): Read {
  return { store: ledgerStoreName, op, args };
}

/** A typed write of this store. */
export function ledgerWrite<Op extends keyof LedgerWrites>(
  op: Op,
  args: LedgerWrites[Op]['args'],
  expect: LedgerWrites[Op]['expect'],
): Write {
  return { store: ledgerStoreName, op, args, expect };
}
