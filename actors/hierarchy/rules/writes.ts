/**
 * The writes of the hierarchy store by name, over the port `rows.ts`.
 */
import { Broken } from '../../../runtime/ports/errors.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { HierarchyWrites } from '../store.ts';
import { detach } from './detachment.ts';
import { link, unlink } from './links.ts';
import { add, addAlias, addAll, adopt, ensureBase, lock, modify } from './node-writes.ts';
import { remove } from './removal.ts';
import type { TreeRows } from './rows.ts';
import { list, listAll, unlist } from './subscriptions.ts';

type WriteOf<Op extends keyof HierarchyWrites> = (
  tree: TreeRows,
  args: HierarchyWrites[Op]['args'],
  expect: HierarchyWrites[Op]['expect'],
) => Promise<void>;

const writes: { readonly [Op in keyof HierarchyWrites]: WriteOf<Op> } = {
  ensureBase,
  add,
  addAll,
  modify,
  addAlias,
  lock,
  detach,
  remove,
  list,
  listAll,
  unlist,
  adopt,
  link,
  unlink,
};

/** @throws Conflict and Refused as described in `store-writes.ts`; Broken for an unknown write. */
export async function performWrite(
  tree: TreeRows,
  { op, args, expect = null }: Write,
): Promise<void> {
  if (!Object.hasOwn(writes, op))
    throw new Broken('broken', `the hierarchy store has no write "${op}"`);
  const write = writes[op as keyof HierarchyWrites] as (
    tree: TreeRows,
    args: unknown,
    expect: unknown,
  ) => Promise<void>;
  await write(tree, args, expect);
}
