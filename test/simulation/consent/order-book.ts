/**
 * The orders of a run, derived from the commits of the participant alone: from the writes of its
 * table and of its ledger.
 *
 * 1. One pass over each commit, before the invariants look at its events.
 */
import { MemoryLedgerStore } from '../../../actors/consent/ledger/memory/memory-ledger-store.ts';
import { MemoryLedgerTables } from '../../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import { ledgerStoreName, ledgerWrite } from '../../../actors/consent/ledger/store.ts';
import type { Verb } from '../../../actors/consent/verbs.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { noUndo, type UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { PlannedOrder } from './consent-plan.ts';
import { idOf } from './names.ts';
import { isOpen, type OrderRow, ordersName, ordersTable } from './orders.ts';

export type Order = OrderRow;

/** An event of the orders that an invariant checks at its moment. */
export type OrderEvent =
  | { readonly what: 'order opened'; readonly order: Order }
  | {
      readonly what: 'order cleaned';
      readonly order: Order;
      readonly verb: Verb['name'];
      /** The saga whose part this turn ends about the order's node; undefined: of no saga. */
      readonly saga: string | undefined;
      /** The clean-up has happened before. */
      readonly again: boolean;
    }
  | {
      readonly what: 'orders done';
      readonly saga: string;
      readonly verb: Verb['name'];
      readonly nodeId: string;
      /** The orders of the node that this turn has cleaned up. */
      readonly cleaned: readonly string[];
    };

type Fulfilled = {
  readonly saga: string;
  readonly nodeIds: readonly string[];
  readonly gone: boolean;
};

export class OrderBook {
  readonly orders = new Map<string, Order>();
  readonly store: Store<UndoLog> = ordersTable.memory();
  readonly #cleaned = new Set<string>();
  readonly #left = new Set<string>();

  /** The nodes that orders depend on; a node once for each of its orders. */
  get nodeIds(): readonly string[] {
    return [...this.orders.values()].map(({ nodeId }) => nodeId);
  }

  /** The nodes whose orders were dropped or moved by a request. */
  get left(): readonly string[] {
    return [...this.#left];
  }

  /** The orders that depend on the node. */
  of(nodeId: string): readonly Order[] {
    return [...this.orders.values()].filter((order) => order.nodeId === nodeId);
  }

  openOf(nodeIds: Iterable<string>): readonly Order[] {
    return [...nodeIds].flatMap((nodeId) => this.of(nodeId).filter(isOpen));
  }

  /** Writes the orders of the start, and the participant's side of their subscriptions. */
  async begin(rows: readonly PlannedOrder[], ledger: Store<UndoLog>): Promise<void> {
    const links = new Map(rows.map(({ node, nodeOf }) => [idOf(node), nodeOf]));
    const linked = [...links].map(([nodeId, entity]) =>
      ledgerWrite('link', { service: ordersName, nodeId, generation: 1, entity }, null),
    );
    await ledger.apply(noUndo, linked);
    const added = rows.map(({ name, node, open }) => {
      const state = open ? 'open' : 'closed';
      return ordersTable.add(name, { nodeId: idOf(node), state, archived: false, updates: 0 });
    });
    await this.store.apply(noUndo, added);
    for (const write of added) this.#apply(write);
  }

  /** Takes a commit and gives its events. */
  take(turns: readonly TurnCommit[]): readonly OrderEvent[] {
    return turns
      .filter(({ address: { service } }) => service === ordersName)
      .flatMap((turn) => this.#taken(turn));
  }

  #taken({ writes }: TurnCommit): readonly OrderEvent[] {
    const fulfilled = writes
      .filter(({ store, op }) => store === ledgerStoreName && op === 'fulfil')
      .map(({ args }) => args as Fulfilled);
    const events = writes
      .filter(({ store }) => store === ordersName)
      .flatMap((write) => this.#written(write, fulfilled));
    const cleaned = events.flatMap((event) => (event.what === 'order cleaned' ? event.order : []));
    const done = fulfilled.flatMap(({ saga, nodeIds, gone }) =>
      nodeIds.map((nodeId): OrderEvent => {
        const own = cleaned.filter((order) => order.nodeId === nodeId).map(({ id }) => id);
        return { what: 'orders done', saga, verb: verbOf(gone), nodeId, cleaned: own };
      }),
    );
    return [...events, ...done];
  }

  #written(write: Write, fulfilled: readonly Fulfilled[]): readonly OrderEvent[] {
    const { id } = write.args as { readonly id: string };
    const before = this.orders.get(id);
    this.#apply(write);
    const after = this.orders.get(id);
    if (before !== undefined && write.op !== 'remove' && before.nodeId !== after?.nodeId)
      this.#left.add(before.nodeId);
    if (after !== undefined && isOpen(after) && isPlaced(before, after))
      return [{ what: 'order opened', order: after }];
    const verb = cleanedBy(write, before, after);
    if (verb === undefined || before === undefined) return [];
    const { saga } =
      fulfilled.find(
        ({ nodeIds, gone }) => nodeIds.includes(before.nodeId) && verbOf(gone) === verb,
      ) ?? {};
    // An archived order that was moved is cleaned up again when its new node goes.
    const key = `${id} ${verb === 'delete' ? before.nodeId : saga}`;
    const again = this.#cleaned.has(key);
    this.#cleaned.add(key);
    return [{ what: 'order cleaned', order: before, verb, saga, again }];
  }

  #apply({ op, args }: Write): void {
    const { id, data = {} } = args as { readonly id: string; readonly data?: JsonObject };
    if (op === 'remove' || op === 'drop') this.orders.delete(id);
    else {
      const { version = 0, ...before } = this.orders.get(id) ?? {};
      this.orders.set(id, { ...before, ...data, id, version: version + 1 } as Order);
    }
  }
}

/** Whether the open order is new, was not open before, or depended on another node before. */
function isPlaced(before: Order | undefined, { nodeId }: Order): boolean {
  return before === undefined || !isOpen(before) || before.nodeId !== nodeId;
}

function verbOf(gone: boolean): Verb['name'] {
  return gone ? 'delete' : 'update';
}

/** The operation after whose decision the write stands; undefined: a write of a client's request. */
function cleanedBy(
  { op, args }: Write,
  before: Order | undefined,
  after: Order | undefined,
): Verb['name'] | undefined {
  const { data = {} } = args as { readonly data?: JsonObject };
  if (op === 'remove' || data['archived'] === true) return 'delete';
  return before !== undefined && (after?.updates ?? 0) > before.updates ? 'update' : undefined;
}

/** The ledger of the participant: that of the hierarchy's database, or one of its own. */
export function ledgerOfOrders(
  apart: boolean,
  tables: MemoryLedgerTables,
  store: MemoryLedgerStore,
): { readonly tables: MemoryLedgerTables; readonly store: MemoryLedgerStore } {
  if (!apart) return { tables, store };
  const own = new MemoryLedgerTables();
  return { tables: own, store: new MemoryLedgerStore(own) };
}
