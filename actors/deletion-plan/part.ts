/**
 * A part of a plan: what one service and those it has asked would remove, and what everybody below would say. Pure.
 *
 * 1. On the wire nodes and votes are lists of JSON texts: a part of thousands of nodes stays within a body's limit of keys.
 * 2. Peers write it: what is not well-formed is left out.
 * 3. What is found on several ways (a diamond) is one entry: a node with all it would go with, a vote with the least favourable word.
 */

import { checkSchema } from '../../runtime/messages/validation.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import {
  type PlannedNode,
  PlannedNodeSchema,
  type PlannedVote,
  PlannedVoteSchema,
} from '../consent/plan-schema.ts';

export type PlanPart = {
  readonly nodes: readonly PlannedNode[];
  readonly votes: readonly PlannedVote[];
};

export const emptyPart: PlanPart = { nodes: [], votes: [] };

/** As an answer carries it. */
export function writtenPart({ nodes, votes }: PlanPart): JsonObject {
  return {
    nodes: nodes.map((node) => JSON.stringify(node)),
    votes: votes.map((vote) => JSON.stringify(vote)),
  };
}

/** The part in an answer; an empty one where it carries none. */
export function readPart(body: Json): PlanPart {
  const part = objectIn(body)?.['plan'];
  const { nodes, votes } = objectIn(part) ?? {};
  return {
    nodes: entriesIn<PlannedNode>(nodes, PlannedNodeSchema),
    votes: entriesIn<PlannedVote>(votes, PlannedVoteSchema),
  };
}

function objectIn(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function entriesIn<Entry>(
  value: Json | undefined,
  schema: Parameters<typeof checkSchema>[0],
): readonly Entry[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((text: Json) => {
    try {
      const entry = JSON.parse(String(text)) as Json;
      checkSchema(schema, entry, '');
      return [entry as unknown as Entry];
    } catch {
      return [];
    }
  });
}

const weight: Readonly<Record<PlannedVote['vote'], number>> = { ok: 0, unknown: 1, no: 2 };

function both(one: PlannedNode, other: PlannedNode): PlannedNode {
  return { ...one, below: [...new Set([...one.below, ...other.below])].sort() };
}

function byText<Entry>(entries: ReadonlyMap<string, Entry>): readonly Entry[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** All of them as one, each entry once, in an order that does not depend on who answered first. */
export function mergedParts(parts: readonly PlanPart[]): PlanPart {
  const nodes = new Map<string, PlannedNode>();
  for (const node of parts.flatMap((part) => part.nodes)) {
    const key = `${node.service} ${node.id}`;
    const known = nodes.get(key);
    nodes.set(key, known === undefined ? node : both(known, node));
  }
  const votes = new Map<string, PlannedVote>();
  for (const vote of parts.flatMap((part) => part.votes)) {
    const key = `${vote.askedBy} ${vote.nodeId} ${vote.voter}`;
    const known = votes.get(key);
    if (known === undefined || isWorse(vote, known)) votes.set(key, vote);
  }
  return { nodes: byText(nodes), votes: byText(votes) };
}

/** Of two of the same weight the one whose reason comes first, so that it is the same one each time. */
function isWorse(one: PlannedVote, other: PlannedVote): boolean {
  if (weight[one.vote] !== weight[other.vote]) return weight[one.vote] > weight[other.vote];
  return (one.reason ?? '') < (other.reason ?? '');
}
