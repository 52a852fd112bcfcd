/**
 * The locks of all writes of one commit, taken before the first write: lists before links, each in
 * the order of ids. A batch holds the writes of several actors, and each write alone locks in this
 * order.
 */
import { identityOf } from '../../../../runtime/ports/identity.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import { isInLockOrder } from '../../lock-order.ts';
import { isStorable } from '../../storable.ts';
import type { LedgerWrites } from '../store.ts';

/** `made`: lists that the write creates when they are missing. */
type Locks = {
  readonly lists?: readonly string[];
  readonly made?: readonly string[];
  readonly links?: readonly string[];
  readonly service?: string;
};
type LocksOf<Op extends keyof LedgerWrites> = (
  args: LedgerWrites[Op]['args'],
  expect: LedgerWrites[Op]['expect'],
) => Locks;

const ofNodes = ({ nodeIds }: { readonly nodeIds: readonly string[] }): Locks => ({
  lists: nodeIds,
});

/** The writes of creates, subscriptions and sagas. A write without an entry here stands alone. */
const locks: { readonly [Op in keyof LedgerWrites]?: LocksOf<Op> } = {
  freeze: ofNodes,
  promised: ofNodes,
  decide: ofNodes,
  removed: ofNodes,
  retire: ofNodes,
  subscribe: ({ nodeId }) => ({ made: [nodeId] }),
  subscribeAll: ({ subscriptions }) => ({ made: subscriptions.map(({ nodeId }) => nodeId) }),
  unsubscribe: ({ nodeId }) => ({ lists: [nodeId] }),
  unsubscribeAll: ({ subscriptions }) => ({ lists: subscriptions.map(({ nodeId }) => nodeId) }),
  depend: ({ service, on, below }, { links, subscribed }) => ({
    ...(below === undefined ? {} : { made: [below.nodeId] }),
    service,
    links: [...on, ...Object.keys({ ...links, ...subscribed })],
  }),
  link: ({ service, nodeId }) => ({ service, links: [nodeId] }),
  unlink: ({ service, nodeId }) => ({ service, links: [nodeId] }),
  promise: ({ service, nodeIds }) => ({ service, links: nodeIds }),
  fulfil: ({ service, nodeIds }) => ({ service, links: nodeIds }),
};

function locksOf({ op, args, expect = null }: Write): Locks {
  const known = Object.hasOwn(locks, op)
    ? (locks[op as keyof LedgerWrites] as (args: unknown, expect: unknown) => Locks)
    : undefined;
  return known?.(args, expect) ?? {};
}

function rowsOf({ lists = [], made = [], links = [], service = '' }: Locks): readonly string[] {
  return [
    ...[...lists, ...made].map((id) => `1 list ${id}`),
    ...links.map((id) => `2 link ${identityOf(service, id)}`),
  ];
}

/** Locks the rows, and need not wait for them. */
export interface LockingLedger {
  lockAhead(
    lists: readonly string[],
    made: readonly string[],
    links: ReadonlyMap<string, readonly string[]>,
  ): Promise<void>;
}

export async function lockFirst(ledger: LockingLedger, writes: readonly Write[]): Promise<void> {
  if (writes.length < 2) return;
  const each = writes.map(locksOf);
  // Lists that are missing are made where they are needed, if the order allows that.
  const makes = each.some(({ made = [] }) => made.length > 0);
  if (makes && isInLockOrder(each.map(rowsOf))) return;
  const made = each.flatMap((one) => one.made ?? []).filter(isStorable);
  const linked = new Map<string, string[]>();
  for (const { service, links = [] } of each) {
    if (service === undefined) continue;
    const ids = linked.get(service) ?? [];
    ids.push(...links.filter(isStorable));
    linked.set(service, ids);
  }
  const lists = each.flatMap((one) => one.lists ?? []);
  await ledger.lockAhead(lists, made, linked);
}
