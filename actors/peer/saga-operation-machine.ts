/**
 * Carries out an operator's override: finds the actors that hold the saga, passes the override to
 * each actor, and sends the operator exactly one answer.
 *
 * - A saga without a part in this service is refused at once. `skip` of a voter on no list is
 *   refused too.
 * - `retire` is refused while nodes of the subscriber would be left behind, unless the operator
 *   insists. The refusal says how many nodes, of which class, below which nodes.
 * - `retire` takes the subscriber off every list of this service, which raises the epochs. Then the
 *   machine calls off each saga that still asks the subscriber. The answer names the sagas that have
 *   decided; the operator needs these names for `skip`.
 * - `release` also works when the saga's actor is lost with its journal: the promises in the ledger
 *   are dropped. A decision is never dropped.
 * - If a part does not answer within `answerMs`, the answer to the operator is `timed-out`. The
 *   override may still take effect.
 */
import { assertEvent, setup } from 'xstate';
import { isJsonObject } from '../../config/json.ts';
import type {
  AnswerEvent,
  MessageEvent,
  MessageInfo,
} from '../../runtime/messages/message-events.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { type Ask, ask, record, reply, write } from '../../runtime/step/effects.ts';
import type { ConsentReads } from '../consent/consent-reads.ts';
import { ledgerWrite, type SagaPart } from '../consent/ledger/store.ts';
import type { Nodes } from '../consent/nodes.ts';
import {
  type Operation,
  type Operator,
  operatorLine,
  type PartOperation,
  signed,
} from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { type LeftBehind, leftBehindOf, leftBehindText } from '../consent/unanswered.ts';

type OperationData = {
  readonly saga?: string;
  readonly voter?: string;
  /** The subscriber of `retire`. */
  readonly service?: string;
  /** Of `retire`: whether nodes may be left behind. */
  readonly force?: boolean;
} & Operator;
type Subscriber = ConsentReads['retirement']['result'];
type OperationEvent = MessageEvent<OperationData, readonly SagaPart[] | Subscriber, PartOperation>;
type About = {
  readonly saga: string;
  readonly actor: string;
};
type OperatedEvent = AnswerEvent<About, 'operated' | 'operated.unroutable'>;
type Events = OperationEvent | OperatedEvent;

type Outcome = About & {
  readonly error: JsonObject | null;
};
type Context = {
  readonly operation: PartOperation;
  readonly data: OperationData;
  readonly message: MessageInfo | null;
  /** The parts that get the override. */
  readonly parts: readonly SagaPart[];
  /** The ids of the sagas that had decided before `retire`. */
  readonly decided: readonly string[];
  /** The ids of the nodes whose lists `retire` takes the subscriber off. */
  readonly retired: readonly string[];
  /** The nodes that `retire` leaves behind; null without such a node. */
  readonly leaves: LeftBehind | null;
  readonly outcomes: readonly Outcome[];
};
type Args = { context: Context; event: Events };

const answerMs = 10_000;
const operations = ['cancel', 'skip', 'release', 'retire'] as const;
const answers = ['operated', 'operated.unroutable'] as const;

const types = {} as { context: Context; events: Events };
const { assign } = setup({ types });

function isDecided({ states }: SagaPart): boolean {
  return states.includes('decided');
}

/**
 * The parts with the voter on a list. A voter that was retired, or whose nodes another service has
 * adopted, is on no list any more; then the decided parts, which may still wait for the voter.
 */
function partsThatWait(parts: readonly SagaPart[], voter: string | undefined): readonly SagaPart[] {
  const listed = parts.filter(({ subscribers }) => subscribers.includes(voter ?? ''));
  return listed.length > 0 ? listed : parts.filter(isDecided);
}

/**
 * The parts that an operation concerns. `cancel` concerns the owners, if this service has an owner's
 * part. `skip` concerns the parts that wait for the voter. `release` concerns every part; only a
 * voter's part has a promise to release. `retire` concerns the parts that have not decided.
 */
function partsFor(
  operation: PartOperation,
  read: OperationEvent['$']['read'],
  voter: string | undefined,
): readonly SagaPart[] {
  if (!('length' in read)) return read.sagas.filter((part) => !isDecided(part));
  if (operation === 'skip') return partsThatWait(read, voter);
  if (operation === 'release') return read;
  const owners = read.filter(({ role }) => role === 'owner');
  return owners.length > 0 ? owners : read;
}

/** Nodes that are left behind forbid every deletion of the nodes above. */
function retireProblem(
  service: string,
  { service: subscriber = '', force = false }: OperationData,
  { nodeIds, below }: Subscriber,
): JsonObject | undefined {
  if (nodeIds.length === 0) {
    const message = `'${subscriber}' is subscribed to nothing of ${service}`;
    return { code: 404, name: 'not-found', message };
  }
  if (force || below.length === 0) return undefined;
  const leaves = leftBehindOf(below);
  const message =
    `'${subscriber}' would leave behind ${leftBehindText(leaves)} of ${service}; ` +
    'let another service adopt the nodes first, or retire with force';
  return { code: 409, name: 'in-use', message, leaves };
}

function problemOf(
  service: string,
  { type, data, $: { read } }: OperationEvent,
): JsonObject | undefined {
  if (!('length' in read)) return retireProblem(service, data, read);
  if (read.length === 0)
    return {
      code: 404,
      name: 'not-found',
      message: `${service} has no part in a saga ${data.saga} that is under way`,
    };
  if (type !== 'skip' || partsFor(type, read, data.voter).length > 0) return undefined;
  const lists = [...new Set(read.flatMap(({ subscribers }) => subscribers))];
  return {
    code: 404,
    name: 'not-found',
    message: `nobody waits for '${data.voter}' here; on the lists are ${lists.join(', ') || 'none'}`,
  };
}

function operationFor(context: Pick<Context, 'operation' | 'data'>, part: SagaPart): Operation {
  const { operation, data } = context;
  const why = operation === 'retire' ? `${data.service} was retired: ${data.why}` : data.why;
  return {
    operation: operation === 'retire' ? 'cancel' : operation,
    saga: part.saga,
    key: part.actor,
    by: data.by,
    ...(data.person === undefined ? {} : { person: data.person }),
    why,
    ...(data.voter === undefined ? {} : { voter: data.voter }),
  };
}

function questionFor({ own }: ConsentSettings, context: Context, part: SagaPart): Ask {
  return {
    ...own,
    action: part.role === 'owner' ? 'operateSaga' : 'operatePart',
    data: operationFor(context, part),
    answer: 'operated',
    about: { saga: part.saga, actor: part.actor },
  };
}

function errorIn(service: string, { type, answer }: OperatedEvent): JsonObject | null {
  if (type === 'operated.unroutable')
    return { code: 503, name: 'not-reachable', message: `${service} cannot be reached` };
  const error = (isJsonObject(answer) ? answer['error'] : undefined) ?? null;
  if (error === null || isJsonObject(error)) return error;
  return { code: 500, name: 'broken', message: JSON.stringify(error) };
}

/** The saga of a `release` whose actor is gone. Only the saga's rows are left. */
function abandonedIn(service: string, { context, event }: Args): readonly string[] {
  assertEvent(event, answers);
  const isLost =
    context.operation === 'release' && errorIn(service, event)?.['name'] === 'not-found';
  return isLost ? [event.about.saga] : [];
}

/**
 * The body of the answer to the operator. An error only if every part failed. `retire` never fails
 * here: the body lists the sagas that could not be called off as `waiting`.
 */
function bodyOf({ outcomes, operation, retired, decided, leaves }: Context): Json {
  const failed = outcomes.filter(({ error }) => error !== null);
  const [first] = failed;
  const retiring = operation === 'retire';
  if (!retiring && first !== undefined && failed.length === outcomes.length)
    return { error: first.error };
  const calledOff = outcomes.filter(({ error }) => error === null).map(({ saga }) => saga);
  return retiring
    ? {
        retired: retired.length,
        calledOff,
        waiting: [...decided, ...failed.map(({ saga }) => saga)],
        ...(leaves === null ? {} : { leaves }),
      }
    : {};
}

/** The actions that only change the context. */
function contextActions(settings: ConsentSettings) {
  const { service } = settings;
  return {
    take: assign(({ event }) => {
      assertEvent(event, operations);
      const { type, data } = event;
      const { read, message } = event.$;
      const retirement = 'length' in read ? undefined : read;
      return {
        operation: type,
        data: signed(settings, message, data),
        message,
        parts: partsFor(type, read, data.voter),
        outcomes: [],
        retired: retirement?.nodeIds ?? [],
        leaves: retirement?.below.length ? leftBehindOf(retirement.below) : null,
        decided: (retirement?.sagas ?? []).filter(isDecided).map(({ saga }) => saga),
      };
    }),
    noteAnswer: assign(({ context, event }) => {
      assertEvent(event, answers);
      const isAbandoned = abandonedIn(service, { context, event }).length > 0;
      const outcome = { ...event.about, error: isAbandoned ? null : errorIn(service, event) };
      return { outcomes: [...context.outcomes, outcome] };
    }),
  };
}

/** `retire` takes the subscriber off the lists. */
function retirement({ unlist }: Nodes) {
  return {
    retire: write(({ context }: Args) => {
      const { retired: nodeIds, data } = context;
      const { service: subscriber = '' } = data;
      if (nodeIds.length === 0) return undefined;
      return [ledgerWrite('retire', { subscriber, nodeIds }, null), ...unlist(nodeIds, subscriber)];
    }),
  };
}

const recordRetirement = {
  recordRetired: record(({ context }: Args) => {
    if (context.operation !== 'retire') return [];
    const { service: subscriber = '' } = context.data;
    const line = {
      ...operatorLine({ ...context.data, operation: 'retire', voter: subscriber }),
      nodes: context.retired,
      ...(context.leaves === null ? {} : { leaves: context.leaves }),
    };
    const topics = [
      `subscriber ${subscriber}`,
      ...context.parts.map(({ saga }) => saga),
      ...context.decided,
    ];
    return [...new Set(topics)].map((topic) => ({ topic, line }));
  }),
};

/** The actions that pass the override to the parts, and release a saga whose actor is gone. */
function partActions(settings: ConsentSettings) {
  const { service } = settings;
  return {
    askParts: ask(({ context }: Args) =>
      context.parts.map((part) => questionFor(settings, context, part)),
    ),
    releaseAbandoned: write((args: Args) =>
      abandonedIn(service, args).map((saga) => ledgerWrite('release', { saga, service }, null)),
    ),
    recordAbandoned: record((args: Args) =>
      abandonedIn(service, args).map((saga) => ({
        topic: saga,
        line: operatorLine({ ...args.context.data, operation: 'release' }),
      })),
    ),
  };
}

/** The answers to the operator. */
function replies({ service }: ConsentSettings) {
  return {
    answerProblem: reply(operations, ({ event }: { event: OperationEvent }) => ({
      body: { error: problemOf(service, event) ?? null },
    })),
    answer: reply(({ context }: Args) => ({
      to: context.message?.replyTo ?? undefined,
      body: bodyOf(context),
    })),
    answerTimeout: reply(({ context }: Args) => ({
      to: context.message?.replyTo ?? undefined,
      body: {
        error: {
          code: 504,
          name: 'timed-out',
          message: `no answer of ${service} within ${answerMs} ms; it may still be done`,
        },
      },
    })),
  };
}

function guards({ service }: ConsentSettings) {
  return {
    hasProblem: ({ event }: Args) => {
      assertEvent(event, operations);
      return problemOf(service, event) !== undefined;
    },
    allAnswered: ({ context }: Args) => context.outcomes.length >= context.parts.length,
  };
}

const begin = [
  { guard: 'hasProblem', target: 'answered', actions: 'answerProblem' },
  { target: 'asked', actions: ['take', 'retire', 'recordRetired', 'askParts'] },
] as const;

const states = {
  taken: { on: { cancel: begin, skip: begin, release: begin, retire: begin } },
  asked: {
    after: { [answerMs]: { target: 'answered', actions: 'answerTimeout' } },
    always: { guard: 'allAnswered', target: 'answered', actions: 'answer' },
    on: {
      operated: { actions: ['noteAnswer', 'releaseAbandoned', 'recordAbandoned'] },
      'operated.unroutable': { actions: 'noteAnswer' },
    },
  },
  answered: { type: 'final' },
} as const;

export function sagaOperationMachine(settings: ConsentSettings, nodes: Nodes) {
  return setup({
    types,
    actions: {
      ...contextActions(settings),
      ...retirement(nodes),
      ...recordRetirement,
      ...partActions(settings),
      ...replies(settings),
    },
    guards: guards(settings),
  }).createMachine({
    id: 'saga-operation',
    context: {
      operation: 'cancel',
      data: { by: '', why: '' },
      message: null,
      parts: [],
      decided: [],
      retired: [],
      leaves: null,
      outcomes: [],
    },
    initial: 'taken',
    states,
  });
}
