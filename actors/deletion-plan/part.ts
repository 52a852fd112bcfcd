/**
 * A part of a plan: the nodes that a service and the services further down would remove, the votes
 * of these services, and the references that would be removed. Pure.
 *
 * - On the wire the three are lists of JSON texts. So a part with thousands of nodes stays below
 *   the limit of keys of a message body.
 * - Other services write the parts. An entry that is not well-formed is left out.
 * - An entry that arrives on several paths (a diamond) is kept once: a node with the union of its
 *   `below`, a vote with the least favourable answer.
 */

import { checkSchema } from '../../runtime/messages/validation.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import {
  type PlannedDetachment,
  PlannedDetachmentSchema,
  type PlannedNode,
  PlannedNodeSchema,
  type PlannedVote,
  PlannedVoteSchema,
} from '../consent/plan-schema.ts';

export type PlanPart = {
  readonly nodes: readonly PlannedNode[];
  readonly votes: readonly PlannedVote[];
  readonly detached: readonly PlannedDetachment[];
};

export const emptyPart: PlanPart = { nodes: [], votes: [], detached: [] };

/** The part in the form that an answer carries. */
export function writtenPart({ nodes, votes, detached }: PlanPart): JsonObject {
  return { nodes: texts(nodes), votes: texts(votes), detached: texts(detached) };
}

function texts(entries: readonly unknown[]): readonly string[] {
  return entries.map((entry) => JSON.stringify(entry));
}

/** The part that an answer carries; an empty part if the answer carries no part. */
export function readPart(body: Json): PlanPart {
  const part = objectIn(body)?.['plan'];
  const { nodes, votes, detached } = objectIn(part) ?? {};
  return {
    nodes: entriesIn<PlannedNode>(nodes, PlannedNodeSchema),
    votes: entriesIn<PlannedVote>(votes, PlannedVoteSchema),
    detached: entriesIn<PlannedDetachment>(detached, PlannedDetachmentSchema),
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

/**
 * Merges the parts. Each entry occurs once. The order of the entries does not depend on the order of
 * the answers.
 */
export function mergedParts(parts: readonly PlanPart[]): PlanPart {
  const nodes = new Map<string, PlannedNode>();
  for (const node of parts.flatMap((part) => part.nodes)) {
    const key = identityOf(node.service, node.id);
    const known = nodes.get(key);
    nodes.set(key, known === undefined ? node : both(known, node));
  }
  const votes = new Map<string, PlannedVote>();
  for (const vote of parts.flatMap((part) => part.votes)) {
    const key = identityOf(vote.askedBy, vote.nodeId, vote.voter);
    const known = votes.get(key);
    if (known === undefined || isWorse(vote, known)) votes.set(key, vote);
  }
  const detached = new Map(
    parts
      .flatMap((part) => part.detached)
      .map((one) => [identityOf(one.service, one.id, one.attribute, one.referredId), one]),
  );
  return { nodes: byText(nodes), votes: byText(votes), detached: byText(detached) };
}

/**
 * Whether a vote is less favourable than the other. Of two votes with the same weight, the vote whose
 * reason comes first in the alphabet wins, so the result does not depend on the order of the answers.
 */
function isWorse(one: PlannedVote, other: PlannedVote): boolean {
  if (weight[one.vote] !== weight[other.vote]) return weight[one.vote] > weight[other.vote];
  return (one.reason ?? '') < (other.reason ?? '');
}
