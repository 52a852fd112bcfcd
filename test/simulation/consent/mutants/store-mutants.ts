/** Defects of the tree: missing freezes and missing tombstones. */
import type { MemoryHierarchyStore } from '../../../../actors/hierarchy/memory/memory-store.ts';
import type { HierarchyReads } from '../../../../actors/hierarchy/store.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import type { UndoLog } from '../../../../runtime/ports/undo-log.ts';
import type { Mutant } from './mutant.ts';

type StandIn = Pick<MemoryHierarchyStore, 'name' | 'read' | 'apply'>;
type Links = HierarchyReads['dependants']['result']['links'];

async function roster(
  store: MemoryHierarchyStore,
  nodeIds: readonly string[],
): Promise<HierarchyReads['roster']['result']> {
  return (await store.read('roster', { nodeIds })) as unknown as HierarchyReads['roster']['result'];
}

/** The nodes that stand below none of the other nodes. */
async function topsOf(
  store: MemoryHierarchyStore,
  nodeIds: readonly string[],
): Promise<readonly string[]> {
  const { nodes } = await roster(store, nodeIds);
  return nodes.filter(({ parentId }) => !nodeIds.includes(parentId ?? '')).map(({ id }) => id);
}

/** All nodes below these nodes, of any service. */
async function subtreeOf(
  store: MemoryHierarchyStore,
  nodeIds: readonly string[],
): Promise<readonly string[]> {
  const found = (await store.read('search', {
    filter: { prsActive: [true] },
    getParent: true,
  })) as unknown as readonly {
    id: string;
    parentId: string | null;
  }[];
  const all = new Set(nodeIds);
  for (let size = -1; size !== all.size; ) {
    size = all.size;
    for (const { id, parentId } of found) if (all.has(parentId ?? '')) all.add(id);
  }
  return [...all];
}

function kept(epochs: JsonObject | undefined, ids: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(epochs ?? {}).filter(([id]) => ids.includes(id)));
}

/**
 * Reads everything before the first write: after the first write a read waits for the end of the
 * commit.
 */
async function inTurn(
  writes: readonly Write[],
  change: (write: Write) => Promise<Write>,
): Promise<readonly Write[]> {
  const changed: Write[] = [];
  for (const write of writes) changed.push(await change(write));
  return changed;
}

/**
 * The children are listed at the start, no node below the named node is frozen, and the final
 * subtree is removed.
 */
function listingOnce(store: MemoryHierarchyStore): StandIn {
  const written = async (write: Write): Promise<Write> => {
    const args = write.args as JsonObject & {
      readonly nodeIds?: readonly string[];
      readonly through?: readonly string[];
    };
    const { nodeIds = [] } = args;
    if (write.op === 'remove')
      return { ...write, args: { ...args, nodeIds: await subtreeOf(store, nodeIds) } };
    if (write.op === 'add')
      return {
        ...write,
        args: { ...args, despite: await sagasOn(store, String(args['parentId'])) },
      };
    if (!['freeze', 'decide', 'promised'].includes(write.op)) return write;
    const tops = await topsOf(store, nodeIds);
    const epochs = (write.expect as JsonObject | null)?.['epochs'] as JsonObject | undefined;
    const expect =
      write.expect === null || write.expect === undefined
        ? {}
        : { expect: { epochs: kept(epochs, tops) } };
    return { ...write, args: { ...args, nodeIds: tops }, ...expect };
  };
  return {
    name: store.name,
    read: async (op: string, args: Json) => {
      const result = await store.read(op, args);
      return op === 'place' ? { ...(result as JsonObject), holds: [] } : result;
    },
    apply: async (tx: UndoLog, writes: readonly Write[]) =>
      store.apply(tx, await inTurn(writes, written)),
  };
}

async function sagasOn(store: MemoryHierarchyStore, parentId: string): Promise<readonly string[]> {
  const { holds } = (await store.read('place', {
    service: '',
    baseNode: '',
    references: [],
    parentId,
  })) as unknown as HierarchyReads['place']['result'];
  return holds.map(({ saga }) => saga);
}

/** A removed node looks like a live node. */
function withoutTombstones(store: MemoryHierarchyStore): StandIn {
  const classes = new Map<string, string>();
  const blind = (links: Links): Links =>
    links.map((link) => {
      if (link.objectClass !== null) classes.set(link.nodeId, link.objectClass);
      return {
        ...link,
        tombstoned: false,
        objectClass: link.objectClass ?? classes.get(link.nodeId) ?? null,
      };
    });
  const written = async (write: Write): Promise<Write> => {
    const expect = write.expect as
      | (JsonObject & { readonly subscribed?: JsonObject })
      | null
      | undefined;
    if (write.op !== 'add' || !expect?.subscribed) return write;
    const { nodes } = await roster(store, Object.keys(expect.subscribed));
    const subscribed = kept(
      expect.subscribed,
      nodes.map(({ id }) => id),
    );
    return { ...write, expect: { ...expect, subscribed } };
  };
  return {
    name: store.name,
    read: async (op: string, args: Json) => {
      const result = (await store.read(op, args)) as JsonObject;
      return 'links' in result
        ? { ...result, links: blind(result['links'] as unknown as Links) as unknown as Json }
        : result;
    },
    apply: async (tx: UndoLog, writes: readonly Write[]) =>
      store.apply(tx, await inTurn(writes, written)),
  };
}

export const storeMutants: readonly Mutant[] = [
  { name: 'children listed once, subtree deleted later', store: listingOnce },
  { name: 'no tombstone check', store: withoutTombstones },
];
