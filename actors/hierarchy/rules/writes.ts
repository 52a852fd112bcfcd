/**
 * The writes of the hierarchy store by name, over the port `rows.ts`.
 */
import { Broken } from '../../../runtime/ports/errors.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { HierarchyWrites } from '../store.ts';
import { add, addAlias, ensureBase, modify } from './node-writes.ts';
import { remove } from './removal.ts';
import type { HierarchyRows } from './rows.ts';
import {
  decide,
  disengage,
  freeze,
  fulfil,
  link,
  promise,
  promised,
  release,
  unheld,
  unlink,
} from './saga-writes.ts';
import { retire, subscribe, unsubscribe } from './subscriptions.ts';

type WriteOf<Op extends keyof HierarchyWrites> = (
  rows: HierarchyRows,
  args: HierarchyWrites[Op]['args'],
  expect: HierarchyWrites[Op]['expect'],
) => Promise<void>;

const writes: { readonly [Op in keyof HierarchyWrites]: WriteOf<Op> } = {
  ensureBase,
  add,
  modify,
  addAlias,
  unheld,
  freeze,
  promised,
  decide,
  remove,
  release,
  disengage,
  promise,
  fulfil,
  subscribe,
  unsubscribe,
  retire,
  link,
  unlink,
};

/** @throws Conflict and Refused as described in `store-writes.ts`; Broken for an unknown write. */
export async function performWrite(
  rows: HierarchyRows,
  { op, args, expect = null }: Write,
): Promise<void> {
  if (!Object.hasOwn(writes, op))
    throw new Broken('broken', `the hierarchy store has no write "${op}"`);
  const write = writes[op as keyof HierarchyWrites] as (
    rows: HierarchyRows,
    args: unknown,
    expect: unknown,
  ) => Promise<void>;
  await write(rows, args, expect);
}
