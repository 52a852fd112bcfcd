/**
 * Carries out an operator's override: finds the actors of the saga, passes the override to each
 * actor, and sends the operator exactly one answer.
 *
 * - A saga without a part in this service is refused at once. `skip` of a voter on no list is
 *   refused too.
 * - `retire` is refused while nodes of the subscriber would be left behind, unless the operator
 *   insists. The refusal says how many nodes, of which class, below which nodes.
 * - `retire` takes the subscriber off every list of this service, which raises the epochs. Then the
 *   machine calls off each saga that still asks the subscriber. The answer names the sagas that
 *   have decided; the operator needs these names for `skip`.
 * - `release` also works when the saga's actor is lost with its journal: the promises in the ledger
 *   are dropped. A decision is never dropped.
 * - If a part does not answer within `answerMs`, the answer to the operator is `timed-out`. The
 *   override may still take effect.
 */
import { assertEvent, setup } from 'xstate';
import { type Ask, ask, record, reply, write } from '../../runtime/step/effects.ts';
import { ledgerWrite, type SagaPart } from '../consent/ledger/store.ts';
import type { Nodes } from '../consent/nodes.ts';
import { operatorLine, signed } from '../consent/operations.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { leftBehindOf } from '../consent/unanswered.ts';
import {
  type Args,
  abandonedIn,
  answers,
  bodyOf,
  type Context,
  type Events,
  errorIn,
  isDecided,
  type OperationEvent,
  operationFor,
  operations,
  partsFor,
  problemOf,
} from './saga-operation.ts';

const answerMs = 10_000;
const types = {} as { context: Context; events: Events };
const { assign } = setup({ types });

function questionFor({ own }: ConsentSettings, context: Context, part: SagaPart): Ask {
  return {
    ...own,
    action: part.role === 'owner' ? 'operateSaga' : 'operatePart',
    data: operationFor(context, part),
    answer: 'operated',
    about: { saga: part.saga, actor: part.actor },
  };
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
