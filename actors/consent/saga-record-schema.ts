/**
 * The record of a saga: a JSON document with the roster, all answers, decisions, removals, open
 * questions and overrides.
 *
 * - Times are milliseconds since the epoch, by the clock of the service that wrote the history
 *   line.
 * - The record is made from the history lines in the journals. An event that no service has
 *   committed is not in the record.
 */
import { type Static, type TSchema, Type } from 'typebox';

const AtMs = Type.Number({ description: 'Milliseconds since the epoch.' });
const Service = Type.String({ description: 'Name of a service, as on the list of subscribers.' });
const NodeId = Type.String();
export const nodeStates = ['engaged', 'decided', 'deleted', 'updated', 'called off'] as const;
const fileStates = [
  'queued',
  'waiting',
  'quarantined',
  'removed',
  'absent',
  'restored',
  'kept',
  'not removed',
] as const;
export const answerKinds = ['ok', 'no', 'unreachable', 'skipped'] as const;
const closed = { additionalProperties: false };

function oneOf<const Texts extends readonly string[]>(texts: Texts, description?: string) {
  return Type.Unsafe<Texts[number]>({
    type: 'string',
    enum: [...texts],
    ...(description === undefined ? {} : { description }),
  });
}

function listOf<Item extends TSchema>(item: Item, description: string) {
  return Type.Array(item, { description });
}

const RecordedNode = Type.Object(
  {
    id: NodeId,
    cn: Type.String(),
    objectClass: Type.String(),
    service: Service,
    through: Type.Array(NodeId, {
      description:
        'The nodes of other services through whose questions the node was engaged; empty: the request named the node.',
    }),
    engagedAtMs: AtMs,
    state: oneOf(nodeStates, 'The latest step of the saga with the node.'),
    endedAtMs: Type.Union([AtMs, Type.Null()]),
  },
  closed,
);
const RosterEntry = Type.Object(
  {
    nodeId: NodeId,
    voter: Service,
    askedBy: Service,
    consent: Type.Boolean({
      description: 'false: an old peer, which knows only mayDelete, deleting and deleted.',
    }),
    listedAtMs: AtMs,
  },
  closed,
);
const RecordedAnswer = Type.Object(
  {
    voter: Service,
    askedBy: Service,
    nodeId: NodeId,
    question: Type.String({ description: 'mayDelete, mayUpdate, deleting or updating.' }),
    answer: oneOf(answerKinds),
    reason: Type.Union([Type.String(), Type.Null()]),
    atMs: AtMs,
  },
  closed,
);
const RecordedDecision = Type.Object(
  {
    service: Service,
    role: Type.String({
      description:
        'root: the owner of the nodes that the request named; inner: a voter, by the decision above.',
    }),
    what: oneOf(['decided', 'called off']),
    nodeIds: Type.Array(NodeId),
    reasons: Type.Array(Type.String(), {
      description: 'Why the saga was called off; empty for a decision.',
    }),
    atMs: AtMs,
  },
  closed,
);
const RecordedRemoval = Type.Object(
  { id: NodeId, cn: Type.String(), service: Service, atMs: AtMs },
  closed,
);
const RecordedFile = Type.Object(
  {
    file: Type.String({ description: 'Id of the file record.' }),
    url: Type.String(),
    service: Service,
    state: oneOf(
      fileStates,
      'absent: there was no file. not removed: the removal has failed, and a dead letter has its message.',
    ),
    bytes: Type.Union([Type.Number(), Type.Null()], {
      description: 'Size before the removal; null: not known.',
    }),
    sha256: Type.Union([Type.String(), Type.Null()], {
      description: 'Of the content before the removal; null: not known.',
    }),
    reason: Type.Union([Type.String(), Type.Null()], {
      description: 'Why the removal waits or has failed.',
    }),
    atMs: AtMs,
  },
  closed,
);
const RecordedDetachment = Type.Object(
  {
    id: NodeId,
    cn: Type.String(),
    service: Service,
    attribute: Type.String({ description: 'The attribute that lost the id.' }),
    referredId: NodeId,
    atMs: AtMs,
  },
  closed,
);
const RecordedRetention = Type.Object(
  {
    service: Service,
    nodeId: NodeId,
    what: Type.String(),
    basis: Type.String({ description: 'Why, such as a paragraph of a law.' }),
    until: Type.Union([Type.String(), Type.Null()], {
      description: 'null: without an end.',
    }),
    atMs: AtMs,
    endedAtMs: Type.Union([AtMs, Type.Null()], {
      description:
        'When the service had removed what it kept; null: it has not, or there is no end.',
    }),
  },
  closed,
);
const OpenItem = Type.Object(
  {
    service: Service,
    nodeIds: Type.Array(NodeId),
    question: Type.String(),
    waitingFor: Type.Array(Service),
    sinceMs: AtMs,
  },
  closed,
);
const Override = Type.Object(
  {
    operation: Type.String({ description: 'cancel, skip, retire, adopt or release.' }),
    service: Service,
    by: Type.String({ description: 'With `trust` the user of the broker, else the given text.' }),
    person: Type.Optional(Type.String({ description: 'With `trust` the given text.' })),
    why: Type.String(),
    voter: Type.Union([Service, Type.Null()]),
    atMs: AtMs,
  },
  closed,
);
const RecordedAlarm = Type.Object(
  {
    level: oneOf(['alarm', 'stuck']),
    service: Service,
    waitingFor: Type.Array(Service),
    reason: Type.Union([Type.String(), Type.Null()]),
    atMs: AtMs,
  },
  closed,
);
const Blocked = Type.Object(
  {
    service: Service,
    nodeIds: Type.Array(NodeId),
    reason: Type.Union([Type.String(), Type.Null()]),
    atMs: AtMs,
  },
  closed,
);
const LegacyHole = Type.Object(
  { hole: Type.String(), service: Service, peers: Type.Array(Type.String()), atMs: AtMs },
  closed,
);

/** The JSON Schema of a `SagaRecord`. */
export const SagaRecordSchema = Type.Object(
  {
    saga: Type.String(),
    verb: oneOf(['delete', 'update']),
    state: oneOf(['asking', 'decided', 'done', 'called off']),
    owner: Type.Union([Service, Type.Null()], {
      description: 'null: these journals hold only parts of the saga.',
    }),
    requestedBy: Type.Union([Type.String(), Type.Null()]),
    requestedAtMs: AtMs,
    nodes: listOf(
      RecordedNode,
      'The engaged nodes of all services, in the order of their engagement.',
    ),
    roster: listOf(RosterEntry, 'The subscribers on the lists, at the start and added later.'),
    answers: listOf(RecordedAnswer, 'The answers of all voters, to the vote and to the clean-up.'),
    decisions: listOf(RecordedDecision, 'The decisions and calls off of each service.'),
    removed: listOf(RecordedRemoval, 'The removed nodes with their services.'),
    files: listOf(
      RecordedFile,
      'The files of the removed nodes, each with where its removal stands.',
    ),
    detached: listOf(RecordedDetachment, 'The references that were taken out of nodes that stay.'),
    retained: listOf(RecordedRetention, 'What services keep although they agreed.'),
    open: listOf(
      OpenItem,
      'The questions without an answer, and the voters they wait for. Empty when the saga is over.',
    ),
    overrides: listOf(Override, 'The overrides of operators.'),
    alarms: listOf(RecordedAlarm, 'Long waits, obstacles, and failures of a part of the saga.'),
    blocked: listOf(Blocked, 'What stood in the way of a decided removal or update, each once.'),
    legacy: listOf(LegacyHole, 'The questions that an old peer leaves open.'),
  },
  { ...closed, $id: 'unanimous/saga-record', title: 'Record of a saga' },
);

/** The roster, answers, decisions and removals of one saga. Times are milliseconds since the epoch. */
export type SagaRecord = Static<typeof SagaRecordSchema>;
