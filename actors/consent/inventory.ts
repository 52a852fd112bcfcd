/**
 * What an operation would take along and who agrees to it, as lines of text that can be compared, and the hash over them. Pure.
 *
 * 1. One line a node, with its service and epoch; one a vote, by who asks whom about which node. Two inventories are the same world when they
 *    have the same lines: a node added below raises an epoch and adds a line, a subscription raises an epoch and adds a vote.
 * 2. A vote's line tells a `no` and its reason, and nothing else: who is not heard of votes when it is really asked, and what it owns
 *    is a line then.
 * 3. Each line is one JSON array, so that a large inventory stays within a body's limit of keys.
 */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';

/** Lines, in any order, some perhaps twice: a diamond finds the same node on several ways. */
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
  /** Why not; null: nothing that is known stands against it. */
  readonly no: string | null;
};

export function nodeLine({ service, id, epoch }: InventoryNode): string {
  return JSON.stringify(['node', service, id, epoch]);
}

export function voteLine({ askedBy, nodeId, voter, no }: InventoryVote): string {
  return JSON.stringify(['vote', askedBy, nodeId, voter, no]);
}

/** The same for the same set of lines, and for no other: `sha256:` and 64 hexadecimal digits. */
export function inventoryHash(lines: Inventory): string {
  const text = [...new Set(lines)].sort().join('\n');
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** How one world differs from an earlier one. */
export type InventoryDifference = {
  readonly nodesAdded: readonly InventoryNode[];
  readonly nodesRemoved: readonly InventoryNode[];
  /** There before and now, under another epoch. */
  readonly nodesChanged: readonly InventoryNode[];
  readonly votesAdded: readonly InventoryVote[];
  readonly votesRemoved: readonly InventoryVote[];
  readonly votesChanged: readonly InventoryVote[];
};

type Read = {
  readonly nodes: ReadonlyMap<string, InventoryNode>;
  readonly votes: ReadonlyMap<string, InventoryVote>;
};

function readLines(lines: Inventory): Read {
  const nodes = new Map<string, InventoryNode>();
  const votes = new Map<string, InventoryVote>();
  for (const line of [...new Set(lines)].sort()) {
    const [kind, ...fields] = JSON.parse(line) as [string, ...unknown[]];
    if (kind === 'node') {
      const [service, id, epoch] = fields as [string, string, number];
      nodes.set(`${service} ${id}`, { service, id, epoch });
    } else {
      const [askedBy, nodeId, voter, no] = fields as [string, string, string, string | null];
      votes.set(JSON.stringify([askedBy, nodeId, voter]), { askedBy, nodeId, voter, no });
    }
  }
  return { nodes, votes };
}

function only<T>(of: ReadonlyMap<string, T>, without: ReadonlyMap<string, T>): readonly T[] {
  return [...of].flatMap(([key, entry]) => (without.has(key) ? [] : [entry]));
}

function changed<T>(before: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): readonly T[] {
  return [...now].flatMap(([key, entry]) => {
    const earlier = before.get(key);
    return earlier === undefined || JSON.stringify(earlier) === JSON.stringify(entry)
      ? []
      : [entry];
  });
}

/** Entries as they are now; those removed as they were. */
export function inventoryDifference(before: Inventory, now: Inventory): InventoryDifference {
  const [was, is] = [readLines(before), readLines(now)];
  return {
    ...{
      nodesAdded: only(is.nodes, was.nodes),
      nodesRemoved: only(was.nodes, is.nodes),
      nodesChanged: changed(was.nodes, is.nodes),
    },
    ...{
      votesAdded: only(is.votes, was.votes),
      votesRemoved: only(was.votes, is.votes),
      votesChanged: changed(was.votes, is.votes),
    },
  };
}

/** The nodes and votes of an inventory. */
export function inventoryEntries(lines: Inventory): {
  readonly nodes: readonly InventoryNode[];
  readonly votes: readonly InventoryVote[];
} {
  const { nodes, votes } = readLines(lines);
  return { nodes: [...nodes.values()], votes: [...votes.values()] };
}

/** What an `ok` says it takes along, as far as it is well-formed: peers write it. */
export function engagedIn(body: Json): Inventory {
  const lines =
    typeof body === 'object' && body !== null ? (body as JsonObject)['engaged'] : undefined;
  return Array.isArray(lines) ? lines.filter(isInventoryLine) : [];
}

function isInventoryLine(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  try {
    const line: unknown = JSON.parse(text);
    if (!Array.isArray(line)) return false;
    const [kind, first, second, third, last] = line as unknown[];
    const isText = [first, second].every((field) => typeof field === 'string');
    if (kind === 'node') return line.length === 4 && isText && typeof third === 'number';
    return (
      kind === 'vote' &&
      line.length === 5 &&
      isText &&
      typeof third === 'string' &&
      (last === null || typeof last === 'string')
    );
  } catch {
    return false;
  }
}
