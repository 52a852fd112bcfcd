/**
 * The writes of the ledger by name, over the port `rows.ts`.
 */
import { Broken } from '../../../../runtime/ports/errors.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import type { LedgerWrites } from '../store.ts';
import { adopt } from './adoption.ts';
import { retire, subscribe, subscribeAll, unsubscribe, unsubscribeAll } from './lists.ts';
import type { LedgerRows } from './rows.ts';
import {
  decide,
  depend,
  disengage,
  freeze,
  fulfil,
  link,
  promise,
  promised,
  release,
  removed,
  retain,
  unheld,
  unlink,
} from './saga-writes.ts';

type WriteOf<Op extends keyof LedgerWrites> = (
  ledger: LedgerRows,
  args: LedgerWrites[Op]['args'],
  expect: LedgerWrites[Op]['expect'],
) => Promise<void>;

const writes: { readonly [Op in keyof LedgerWrites]: WriteOf<Op> } = {
  unheld,
  freeze,
  promised,
  decide,
  removed,
  release,
  disengage,
  promise,
  fulfil,
  retain,
  subscribe,
  subscribeAll,
  unsubscribe,
  unsubscribeAll,
  retire,
  depend,
  link,
  unlink,
  adopt,
};

/** @throws Conflict and Refused as described in `store-writes.ts`; Broken for an unknown write. */
export async function performWrite(
  ledger: LedgerRows,
  { op, args, expect = null }: Write,
): Promise<void> {
  if (!Object.hasOwn(writes, op)) throw new Broken('broken', `the ledger has no write "${op}"`);
  const write = writes[op as keyof LedgerWrites] as (
    ledger: LedgerRows,
    args: unknown,
    expect: unknown,
  ) => Promise<void>;
  await write(ledger, args, expect);
}
