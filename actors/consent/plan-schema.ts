/**
 * The plan of a deletion: the nodes that would go, and the votes of all subscribers. One JSON
 * document.
 *
 * - A plan describes what a `delete` at the same moment would do. A plan holds nothing, so the tree
 *   may change after the plan is made. The hash shows a change.
 * - A subscriber that does not answer, or that cannot be asked without effect, is `unknown`. The
 *   vote of an unknown subscriber is not inferred, and its nodes are not in the plan.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { type Inventory, inventoryHash, nodeLine, voteLine } from './inventory.ts';
import { RetainedSchema } from './retained.ts';

const Service = Type.String({ description: 'Name of a service, as on the list of subscribers.' });
const NodeId = Type.String();
const Count = Type.Integer({ minimum: 0 });
const closed = { additionalProperties: false };

function oneOf<const Texts extends readonly string[]>(texts: Texts, description: string) {
  return Type.Unsafe<Texts[number]>({ type: 'string', enum: [...texts], description });
}

function listOf<Item extends TSchema>(item: Item, description: string) {
  return Type.Array(item, { description });
}

const PlannedFile = Type.Object(
  {
    url: Type.String(),
    bytes: Type.Union([Count, Type.Null()], {
      description: 'null: the service does not know the size.',
    }),
  },
  closed,
);
const PlannedRows = Type.Object(
  { table: Type.String({ description: '`<store>.<table>`' }), rows: Count },
  closed,
);

export const PlannedNodeSchema = Type.Object(
  {
    service: Service,
    id: NodeId,
    cn: Type.String(),
    objectClass: Type.String(),
    epoch: Type.Integer({
      description:
        'Rises with every change of the node, of the nodes below the node and of its subscribers.',
    }),
    below: Type.Array(NodeId, {
      description:
        'The planned nodes with which the node would go; empty: the request named the node.',
    }),
    rows: Type.Array(PlannedRows, {
      description: 'Rows that would go with the node, also the row of the node.',
    }),
    files: Type.Array(PlannedFile),
  },
  closed,
);
export const PlannedVoteSchema = Type.Object(
  {
    askedBy: Service,
    nodeId: NodeId,
    voter: Service,
    vote: oneOf(
      ['ok', 'no', 'unknown'],
      'The vote that the voter would give now. unknown: the voter cannot be asked, has not answered, or waits for a voter that has not answered.',
    ),
    reason: Type.Union([Type.String(), Type.Null()]),
    until: Type.Optional(Type.String({ description: 'When a no would end, where that is known.' })),
    retains: Type.Optional(
      Type.Array(Type.Object({ service: Service, ...RetainedSchema.properties }), {
        description: 'What would be kept although the vote is ok. The hash does not cover it.',
      }),
    ),
  },
  closed,
);
export const PlannedDetachmentSchema = Type.Object(
  {
    service: Service,
    id: NodeId,
    cn: Type.String(),
    objectClass: Type.String(),
    attribute: Type.String({ description: 'The attribute that loses the id.' }),
    referredId: Type.String({ description: 'The planned node whose id is taken out.' }),
  },
  { ...closed, description: 'A reference that would be taken out of a node that stays.' },
);
const ServiceShare = Type.Object(
  {
    service: Service,
    nodes: Count,
    rows: Type.Array(PlannedRows),
    files: Count,
    bytes: Type.Integer({ minimum: 0, description: 'Sum over the files of known size.' }),
  },
  closed,
);

/** The JSON Schema of a `DeletionPlan`. */
export const DeletionPlanSchema = Type.Object(
  {
    hash: Type.String({
      description:
        'Over service, id and epoch of each node, the voters of each node, and every no. For `if_plan`.',
    }),
    outcome: oneOf(
      ['agreed', 'refused', 'uncertain'],
      'refused: a vote is no; uncertain: no vote is no, and a vote is unknown.',
    ),
    owner: Service,
    ids: listOf(NodeId, 'The nodes that the request named.'),
    plannedAtMs: Type.Number({ description: 'Milliseconds since the epoch.' }),
    nodes: listOf(PlannedNodeSchema, 'The nodes that would go, sorted by service and id.'),
    votes: listOf(
      PlannedVoteSchema,
      'The voters of each node, with their votes. An owner that keeps a node says no itself.',
    ),
    detached: listOf(
      PlannedDetachmentSchema,
      'References that would be taken out of nodes that stay. The hash does not cover them.',
    ),
    services: listOf(ServiceShare, 'The share of each service.'),
    totals: Type.Object(
      { nodes: Count, services: Count, rows: Count, files: Count, bytes: Count },
      closed,
    ),
  },
  { ...closed, $id: 'unanimous/deletion-plan', title: 'Plan of a deletion' },
);

/** The nodes and votes of a deletion that nobody has started: see `DeletionPlanSchema`. */
export type DeletionPlan = Static<typeof DeletionPlanSchema>;
/** A node that would go, with its rows and files. */
export type PlannedNode = Static<typeof PlannedNodeSchema>;
/** The vote that a subscriber would give about a node: `ok`, `no` with the reason, or `unknown`. */
export type PlannedVote = Static<typeof PlannedVoteSchema>;

/** A reference that would be removed from a node that stays. */
export type PlannedDetachment = Static<typeof PlannedDetachmentSchema>;

const HashSchema = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'The hash of a plan.',
});

/**
 * The condition of a `delete`: the hash of a plan, or the whole plan, so that an error can list the
 * differences.
 */
export const IfPlanSchema = Type.Union([
  HashSchema,
  Type.Object({
    hash: HashSchema,
    nodes: Type.Array(Type.Object({ service: Service, id: NodeId, epoch: Type.Integer() })),
    votes: Type.Array(
      Type.Object({
        askedBy: Service,
        nodeId: NodeId,
        voter: Service,
        vote: PlannedVoteSchema.properties.vote,
        reason: PlannedVoteSchema.properties.reason,
      }),
    ),
  }),
]);
export type IfPlan = Static<typeof IfPlanSchema>;

/** The lines over which the hash of a plan is made. */
export function planInventory({ nodes, votes }: Exclude<IfPlan, string>): Inventory {
  const voteLines = votes.map(({ vote, reason, askedBy, nodeId, voter }) =>
    voteLine({ askedBy, nodeId, voter, no: vote === 'no' ? (reason ?? '') : null }),
  );
  return [...nodes.map(nodeLine), ...voteLines];
}

/** The hash of a plan. Equal for equal nodes (service, id, epoch), voters and refusals, in any order. */
export function planHash(plan: Exclude<IfPlan, string>): string {
  return inventoryHash(planInventory(plan));
}
