/**
 * The plan of a deletion: what would go, in which services, and what everybody who would be asked would say. One JSON document.
 *
 * 1. It is what a `delete` at that moment would do; nothing is held by it, so it may be out of date when it is read. `hash` says whether it is.
 * 2. Who cannot be asked without effect, or has not answered, is `unknown`: its vote is not inferred, and what it owns is not in the plan.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { type Inventory, inventoryHash, nodeLine, voteLine } from './inventory.ts';

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
    bytes: Type.Union([Count, Type.Null()], { description: 'null: its service does not know.' }),
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
        'Rises with every change of the node, of what is below it and of its subscribers.',
    }),
    below: Type.Array(NodeId, {
      description: 'The nodes of the plan with which it would go; empty: the request named it.',
    }),
    rows: Type.Array(PlannedRows, {
      description: 'Rows that would go with it, its own among them.',
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
      'What it would say now. unknown: it cannot be asked, has not answered, or waits for somebody who has not.',
    ),
    reason: Type.Union([Type.String(), Type.Null()]),
  },
  closed,
);
const ServiceShare = Type.Object(
  {
    service: Service,
    nodes: Count,
    rows: Type.Array(PlannedRows),
    files: Count,
    bytes: Type.Integer({ minimum: 0, description: 'Of the files whose size is known.' }),
  },
  closed,
);

/** The JSON Schema of a `DeletionPlan`. */
export const DeletionPlanSchema = Type.Object(
  {
    hash: Type.String({
      description:
        'Over service, id and epoch of each node, who is asked about it, and every no. For `if_plan`.',
    }),
    outcome: oneOf(
      ['agreed', 'refused', 'uncertain'],
      'refused: somebody would say no; uncertain: nobody would, but somebody is unknown.',
    ),
    owner: Service,
    ids: listOf(NodeId, 'What the request named.'),
    plannedAtMs: Type.Number({ description: 'Milliseconds since the epoch.' }),
    nodes: listOf(PlannedNodeSchema, 'What would go, by service and id.'),
    votes: listOf(PlannedVoteSchema, 'Who would be asked about which node, and what it would say.'),
    services: listOf(ServiceShare, 'How much of it is whose.'),
    totals: Type.Object(
      { nodes: Count, services: Count, rows: Count, files: Count, bytes: Count },
      closed,
    ),
  },
  { ...closed, $id: 'unanimous/deletion-plan', title: 'Plan of a deletion' },
);

/** What a deletion would do: see `DeletionPlanSchema`. */
export type DeletionPlan = Static<typeof DeletionPlanSchema>;
/** One node that would go, with the rows and files that go with it. */
export type PlannedNode = Static<typeof PlannedNodeSchema>;
/** What one subscriber would say about one node: `ok`, `no` with its reason, or `unknown`. */
export type PlannedVote = Static<typeof PlannedVoteSchema>;

const HashSchema = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'The hash of a plan.',
});

/** What a `delete` may carry: the hash of a plan, or the plan, whose differences can then be told. */
export const IfPlanSchema = Type.Union([
  HashSchema,
  Type.Object({
    hash: HashSchema,
    nodes: Type.Array(Type.Object({ service: Service, id: NodeId, epoch: Type.Integer() })),
    votes: Type.Array(
      Type.Object({
        ...{
          askedBy: Service,
          nodeId: NodeId,
          voter: Service,
          vote: PlannedVoteSchema.properties.vote,
        },
        reason: PlannedVoteSchema.properties.reason,
      }),
    ),
  }),
]);
export type IfPlan = Static<typeof IfPlanSchema>;

/** What of a plan its hash is over. */
export function planInventory({ nodes, votes }: Exclude<IfPlan, string>): Inventory {
  const heard = votes.map(({ vote, reason, ...who }) =>
    voteLine({ ...who, no: vote === 'no' ? (reason ?? '') : null }),
  );
  return [...nodes.map(nodeLine), ...heard];
}

/** The hash a plan must have: the same for the same nodes (service, id, epoch), subscribers and refusals, in whatever order they stand. */
export function planHash(plan: Exclude<IfPlan, string>): string {
  return inventoryHash(planInventory(plan));
}
