/**
 * The record of a deletion or an update: one JSON document that says who was on the roster, who said what when and why, what was
 * decided when, what was removed by whom, what is still open and whom it waits for, and what operators overrode.
 *
 * 1. Times are milliseconds since the epoch, as the service that wrote the line saw them.
 * 2. It says what the journals say and nothing else: what a service has not committed is not in it.
 */
import { type Static, type TSchema, Type } from 'typebox';

const AtMs = Type.Number({ description: 'Milliseconds since the epoch.' });
const Service = Type.String({ description: 'Name of a service, as on the list of subscribers.' });
const NodeId = Type.String();
export const nodeStates = ['engaged', 'decided', 'deleted', 'updated', 'called off'] as const;
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
        'The nodes of others in whose questions it was engaged; empty: the request named it.',
    }),
    engagedAtMs: AtMs,
    state: oneOf(nodeStates, 'How far it has come.'),
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
      description: 'false: an old peer, which knows only mayDelete, deleting, deleted.',
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
        'root: the owner of what the request named; inner: a voter, by the decision above it.',
    }),
    what: oneOf(['decided', 'called off']),
    nodeIds: Type.Array(NodeId),
    reasons: Type.Array(Type.String(), {
      description: 'Why it was called off; empty for a decision.',
    }),
    atMs: AtMs,
  },
  closed,
);
const RecordedRemoval = Type.Object(
  { id: NodeId, cn: Type.String(), service: Service, atMs: AtMs },
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
    operation: Type.String({ description: 'cancel, skip, retire or release.' }),
    service: Service,
    by: Type.String(),
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
      description: 'null: only parts of it are in these journals.',
    }),
    requestedBy: Type.Union([Type.String(), Type.Null()]),
    requestedAtMs: AtMs,
    nodes: listOf(
      RecordedNode,
      'What it engaged, in every service, in the order in which it was engaged.',
    ),
    roster: listOf(RosterEntry, 'Who was on the lists, at the start and joining later.'),
    answers: listOf(RecordedAnswer, 'Who said what when and why, in both phases.'),
    decisions: listOf(RecordedDecision, 'What was decided where, and what was called off.'),
    removed: listOf(RecordedRemoval, 'What was removed, by whom.'),
    open: listOf(OpenItem, 'What is not done yet, and whom it waits for. Empty when all is over.'),
    overrides: listOf(Override, 'What operators did.'),
    alarms: listOf(RecordedAlarm, 'Where it waited too long, or a part failed.'),
    legacy: listOf(
      LegacyHole,
      'Where a peer that does not speak the protocol leaves a question open.',
    ),
  },
  { ...closed, $id: 'unanimous/saga-record', title: 'Record of a saga' },
);

/** What one saga did: who was asked, who answered what and when (milliseconds since the epoch), what was decided, what was removed. */
export type SagaRecord = Static<typeof SagaRecordSchema>;
