/**
 * The inventory of a deletion: its nodes and subscribers as lines of text, and the hash over the
 * lines. Pure.
 *
 * - A node is a line with its service and epoch. A vote is one line with the asking service, the
 *   node and the voter.
 * - Two inventories with the same lines describe the same deletion: a node that is added raises an
 *   epoch and adds a line, a new subscription raises an epoch and adds a vote.
 * - The line of a vote holds a `no` with its reason and nothing else. A voter that is unknown in
 *   the plan votes when the deletion asks, and its nodes are lines then.
 * - Each line is a JSON array as text, so that a large inventory stays within the limit of keys of
 *   a body.
 */
import { createHash } from 'node:crypto';
import { isJsonObject } from '../../config/json.ts';
import type { Json } from '../../runtime/ports/json.ts';

/** Lines in any order. A line may occur twice: a diamond reaches one node over several paths. */
export type Inventory = readonly string[];

export type InventoryNode = {
  readonly service: string;
  readonly id: string;
  readonly epoch: number;
};

export type InventoryVote = {
  readonly askedBy: string;
  readonly nodeId: string;
  readonly voter: string;
  /** The reason of a `no`; null: no `no` is known. */
  readonly no: string | null;
};

export function nodeLine({ service, id, epoch }: InventoryNode): string {
  return JSON.stringify(['node', service, id, epoch]);
}

export function voteLine({ askedBy, nodeId, voter, no }: InventoryVote): string {
  return JSON.stringify(['vote', askedBy, nodeId, voter, no]);
}

/** `sha256:` and 64 hexadecimal digits. Equal for equal sets of lines. */
export function inventoryHash(lines: Inventory): string {
  const text = [...new Set(lines)].sort().join('\n');
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/**
 * The changes between two inventories. A removed entry is shown in its old state, any other entry
 * in its new state.
 */
export type InventoryDifference = {
  readonly nodesAdded: readonly InventoryNode[];
  readonly nodesRemoved: readonly InventoryNode[];
  /** Nodes of both inventories with different epochs. */
  readonly nodesChanged: readonly InventoryNode[];
  readonly votesAdded: readonly InventoryVote[];
  readonly votesRemoved: readonly InventoryVote[];
  readonly votesChanged: readonly InventoryVote[];
};

type Entry =
  | { readonly kind: 'node'; readonly node: InventoryNode }
  | { readonly kind: 'vote'; readonly vote: InventoryVote };

function entryOf(fields: readonly unknown[]): Entry | undefined {
  const [kind, first, second, third, last] = fields;
  if (typeof first !== 'string' || typeof second !== 'string') return undefined;
  if (kind === 'node' && fields.length === 4 && typeof third === 'number')
    return { kind, node: { service: first, id: second, epoch: third } };
  const isVote = kind === 'vote' && fields.length === 5 && typeof third === 'string';
  if (!isVote || (last !== null && typeof last !== 'string')) return undefined;
  return { kind, vote: { askedBy: first, nodeId: second, voter: third, no: last } };
}

/** undefined where the line is not well-formed. */
function readLine(line: string): Entry | undefined {
  try {
    const fields: unknown = JSON.parse(line);
    return Array.isArray(fields) ? entryOf(fields) : undefined;
  } catch {
    return undefined;
  }
}

type Entries = {
  readonly nodes: ReadonlyMap<string, InventoryNode>;
  readonly votes: ReadonlyMap<string, InventoryVote>;
};

function readLines(lines: Inventory): Entries {
  const nodes = new Map<string, InventoryNode>();
  const votes = new Map<string, InventoryVote>();
  for (const line of [...new Set(lines)].sort()) {
    const entry = readLine(line);
    if (entry?.kind === 'node')
      nodes.set(JSON.stringify([entry.node.service, entry.node.id]), entry.node);
    if (entry?.kind === 'vote') {
      const { askedBy, nodeId, voter } = entry.vote;
      votes.set(JSON.stringify([askedBy, nodeId, voter]), entry.vote);
    }
  }
  return { nodes, votes };
}

function withoutKeysOf<T>(
  entries: ReadonlyMap<string, T>,
  others: ReadonlyMap<string, T>,
): readonly T[] {
  return [...entries].flatMap(([key, entry]) => (others.has(key) ? [] : [entry]));
}

function changed<T>(before: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): readonly T[] {
  return [...now].flatMap(([key, entry]) => {
    const earlier = before.get(key);
    return earlier === undefined || JSON.stringify(earlier) === JSON.stringify(entry)
      ? []
      : [entry];
  });
}

export function inventoryDifference(before: Inventory, now: Inventory): InventoryDifference {
  const [was, is] = [readLines(before), readLines(now)];
  return {
    nodesAdded: withoutKeysOf(is.nodes, was.nodes),
    nodesRemoved: withoutKeysOf(was.nodes, is.nodes),
    nodesChanged: changed(was.nodes, is.nodes),
    votesAdded: withoutKeysOf(is.votes, was.votes),
    votesRemoved: withoutKeysOf(was.votes, is.votes),
    votesChanged: changed(was.votes, is.votes),
  };
}

export function inventoryEntries(lines: Inventory): {
  readonly nodes: readonly InventoryNode[];
  readonly votes: readonly InventoryVote[];
} {
  const { nodes, votes } = readLines(lines);
  return { nodes: [...nodes.values()], votes: [...votes.values()] };
}

/** The well-formed lines in the `engaged` of an `ok`. A peer writes the body. */
export function engagedIn(body: Json): Inventory {
  const lines = isJsonObject(body) ? body['engaged'] : undefined;
  if (!Array.isArray(lines)) return [];
  return lines.filter((line: Json) => typeof line === 'string' && readLine(line) !== undefined);
}
