/**
 * Deletions that had finished before the databases were restored from an older backup, carried out
 * again. Pure.
 *
 * - Nobody is asked again: the earlier deletion was decided. The saga begins with the decision,
 *   tells every voter `deleting`, and removes the nodes that are present again.
 * - Voters are also told about nodes that are gone here, because the database of a voter may have
 *   been restored alone. Such a node gets a tombstone of the replay's saga, so that a voter's inquiry
 *   is answered `ok`.
 * - A node below that the request does not name stops the replay, unless the operator insists: the
 *   node may have been moved away between the backup and the deletion.
 */
import { type Static, Type } from 'typebox';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { RetainsSchema } from '../consent/deletion-file.ts';
import type { Subscription } from '../consent/ledger/store.ts';
import { idList, NodeIdsSchema } from '../consent/node-ids.ts';
import { operatorFields, Saga, Voter } from '../consent/operations.ts';
import { PairSet } from '../consent/pairs.ts';
import { type Engagement, heldProblem, type StartProblem } from '../consent/start-problems.ts';
import type { Vote } from '../consent/vote.ts';

/** The data of `replayDeletions`: nodes of one service that one saga has deleted. */
export const ReplayDeletionsSchema = Type.Object(
  {
    id: NodeIdsSchema,
    saga: Saga,
    voters: Type.Array(Voter, {
      maxItems: 1_000,
      description: 'The services that had done their part of the deletion.',
    }),
    retains: Type.Optional(RetainsSchema),
    force: Type.Optional(
      Type.Boolean({ description: 'true: also while other nodes stand below the nodes.' }),
    ),
    ...operatorFields,
  },
  { additionalProperties: false },
);
export type ReplayDeletions = Static<typeof ReplayDeletionsSchema>;
export type ReplayEvent = MessageEvent<ReplayDeletions, Engagement, 'replayDeletions'>;

/** What a saga carries out again. `of`: the saga that had deleted the nodes. */
export type Replayed = {
  readonly of: string;
  /** The ids that were gone before the replay. */
  readonly gone: readonly string[];
  /** The ids of nodes that other services own now; the saga leaves these nodes alone. */
  readonly foreign: readonly string[];
};

const idsShown = 10;

/** The reason for which a replay cannot begin; undefined: the replay begins. */
export function replayProblem(
  { data: { id, force = false }, $: { read } }: ReplayEvent,
  saga: string,
): StartProblem | undefined {
  const named = new Set(idList(id));
  const others = read.nodes.filter((node) => !named.has(node.id)).map((node) => node.id);
  if (others.length > 0 && !force) {
    const more = others.length > idsShown ? `, … (${others.length} nodes)` : '';
    const message =
      `below the nodes stand others that were not deleted with them: ` +
      `${others.slice(0, idsShown).join(', ')}${more}; move them, or replay with force`;
    return { code: 409, name: 'in-use', message };
  }
  return heldProblem(read.conflicts, saga);
}

export function replayedIn({ data, $: { read } }: ReplayEvent): Replayed {
  return { of: data.saga, gone: [...read.gone, ...read.missing], foreign: read.foreign };
}

/**
 * The subscribers of the nodes that exist, and for all nodes the voters of the earlier deletion.
 */
export function replayedRoster({ data, $: { read } }: ReplayEvent): readonly Subscription[] {
  const { subscriptions, nodes, foreign } = read;
  const listed = new PairSet(
    subscriptions.map(({ service: voter, nodeId }) => ({ voter, nodeId })),
  );
  const elsewhere = new Set(foreign);
  const named = idList(data.id).filter((id) => !elsewhere.has(id));
  const nodeIds = [...new Set([...nodes.map(({ id }) => id), ...named])];
  const further = data.voters.flatMap((voter) =>
    nodeIds
      .filter((nodeId) => !listed.has(voter, nodeId))
      .map((nodeId) => ({ nodeId, service: voter, generation: 0, consent: true })),
  );
  return [...subscriptions, ...further];
}

/** What voters still keep, in the form of votes, from which the saga makes its retentions. */
export function replayedVotes({ data, $: { atMs } }: ReplayEvent): readonly Vote[] {
  return (data.retains ?? []).flatMap(({ voter, until, ids }) =>
    ids.map((nodeId) => ({
      voter,
      nodeId,
      response: 'ok' as const,
      reason: null,
      atMs,
      refusals: [],
      silent: [],
      retains: [{ service: voter, what: '', basis: '', until }],
    })),
  );
}

/** The answer to the operator: the ids that were removed, and the ids with nothing to remove. */
export function replayedBody(
  { gone, foreign }: Replayed,
  saga: string,
  removed: readonly string[],
): JsonObject {
  return { saga, removed, gone, foreign };
}
