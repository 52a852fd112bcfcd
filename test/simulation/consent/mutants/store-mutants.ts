/** Defects of the stores: missing freezes and missing tombstones. */
import type { LinkState } from '../../../../actors/consent/ledger/store.ts';
import type { MemoryTables } from '../../../../actors/hierarchy/memory/memory-tables.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import type { Mutant, StandIn, StoresOfRun } from './mutant.ts';

/** The nodes that stand below none of the other nodes. */
function topsOf(tables: MemoryTables, nodeIds: readonly string[]): readonly string[] {
  const nodes = nodeIds.flatMap((id) => tables.nodes.get(id) ?? []);
  return nodes.filter(({ parentId }) => !nodeIds.includes(parentId ?? '')).map(({ id }) => id);
}

/** All nodes of services below these nodes, of any service. */
function subtreeOf(tables: MemoryTables, nodeIds: readonly string[]): readonly string[] {
  const below = nodeIds
    .flatMap((id) => tables.childrenOf(id))
    .filter(({ kind }) => kind === 'entity')
    .map(({ id }) => id);
  return below.length === 0 ? nodeIds : [...nodeIds, ...subtreeOf(tables, below)];
}

type NumberMap = { readonly [id: string]: Json };

function kept(numbers: NumberMap | undefined, ids: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(numbers ?? {}).filter(([id]) => ids.includes(id)));
}

/** A store with other writes. */
function writing(store: StandIn, change: (write: Write) => Write): StandIn {
  return {
    name: store.name,
    read: (op, args) => store.read(op, args),
    apply: (tx, writes) => store.apply(tx, writes.map(change)),
  };
}

/**
 * The children are listed at the start, no node below the named node is frozen, and the final
 * subtree is removed.
 */
function listingOnce({ tables, store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  const ledger = writing(ledgerStore, (write) => {
    const args = write.args as JsonObject & { readonly nodeIds?: readonly string[] };
    if (write.op === 'depend') {
      const { below: _below, ...placeless } = args;
      return { ...write, args: placeless };
    }
    if (!['freeze', 'decide', 'promised'].includes(write.op)) return write;
    const tops = topsOf(tables, args.nodeIds ?? []);
    const epochs = (write.expect as { readonly epochs?: NumberMap } | null)?.epochs;
    const expect = write.expect === null ? {} : { expect: { epochs: kept(epochs, tops) } };
    return { ...write, args: { ...args, nodeIds: tops }, ...expect };
  });
  const tree = writing(store, (write) => {
    const args = write.args as JsonObject & { readonly nodeIds?: readonly string[] };
    if (write.op === 'remove')
      return { ...write, args: { ...args, nodeIds: subtreeOf(tables, args.nodeIds ?? []) } };
    if (write.op !== 'lock') return write;
    const { versions } = write.expect as { readonly versions: NumberMap };
    return {
      ...write,
      expect: { versions: kept(versions, topsOf(tables, Object.keys(versions))) },
    };
  });
  const unheld: StandIn = {
    ...ledger,
    read: async (op, args) => {
      const result = await ledgerStore.read(op, args);
      return op === 'place' ? { ...(result as JsonObject), holds: [] } : result;
    },
  };
  return [tree, unheld];
}

/** A removed node looks like a live node. */
function withoutTombstones({ tables, store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  const ledger = writing(ledgerStore, (write) => {
    const expect = write.expect as { readonly subscribed?: NumberMap } | null | undefined;
    if (write.op !== 'depend' || !expect?.subscribed) return write;
    const live = Object.keys(expect.subscribed).filter((id) => tables.nodes.get(id) !== undefined);
    return { ...write, expect: { ...expect, subscribed: kept(expect.subscribed, live) } };
  });
  const blind: StandIn = {
    ...ledger,
    read: async (op, args) => {
      const result = (await ledgerStore.read(op, args)) as JsonObject;
      if (!('links' in result)) return result;
      const links = result['links'] as readonly LinkState[];
      return { ...result, links: links.map((link) => ({ ...link, tombstoned: false })) };
    },
  };
  return [rememberingClasses(store), blind];
}

/** The class of a removed node is found as the class of a live node. */
function rememberingClasses(store: StandIn): StandIn {
  const known: Record<string, Json> = {};
  return {
    name: store.name,
    apply: (tx, writes) => store.apply(tx, writes),
    read: async (op, args) => {
      const result = (await store.read(op, args)) as JsonObject;
      if (op !== 'place') return result;
      const { references = [] } = args as { readonly references?: readonly string[] };
      Object.assign(known, result['classes']);
      const classes = kept(known, references);
      return { ...result, classes: { ...classes, ...(result['classes'] as JsonObject) } };
    },
  };
}

/** Every node below counts as engaged, so that nobody looks at who answers for the node. */
function blindBelow({ store, ledgerStore }: StoresOfRun): readonly StandIn[] {
  const ledger: StandIn = {
    name: ledgerStore.name,
    apply: (tx, writes) => ledgerStore.apply(tx, writes),
    read: async (op, args) => (op === 'staying' ? [] : ledgerStore.read(op, args)),
  };
  return [store, ledger];
}

export const storeMutants: readonly Mutant[] = [
  { name: 'children listed once, subtree deleted later', stores: listingOnce },
  { name: 'no tombstone check', stores: withoutTombstones },
  { name: 'a decision over a foreign child', stores: blindBelow },
];
