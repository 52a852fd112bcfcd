/**
 * Waits until the holds of a deletion have ended or were lifted, and asks for the deletion again.
 *
 *     waiting ──end, unheld──▶ trying ──deleted──▶ over
 *        ▲                        ├──held again──▶ waiting
 *        └────────────────────────┘──no answer──▶ unanswered ──a while──▶ trying
 *                                  ──refused──▶ over
 *
 * - Each try is a deletion like any other: everybody is asked anew. When a lifted hold was
 *   not the last hold, the deletion waits again.
 * - A try is repeated after a minute when it meets another operation, is refused for a hold whose
 *   end has passed, or a hold was lifted during the try. Refusals for a hold whose end has passed are
 *   tolerated for about an hour.
 * - Silence is no refusal: a try that voters left without an answer is repeated after 1, 2, 4 …
 *   minutes, at most an hour apart, up to the end of the waiting. Only a reason without an end, or
 *   a cancellation, ends the waiting earlier.
 * - The history of the refused saga has each end of the waiting.
 */

import { assertEvent, setup } from 'xstate';
import { parseIsoTime } from '../../config/iso-time.ts';
import { isJsonObject } from '../../config/json.ts';
import type { AnswerEvent, MessageEvent } from '../../runtime/messages/message-events.ts';
import { identityOf } from '../../runtime/ports/identity.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { ask, record, reply } from '../../runtime/step/effects.ts';
import { type Refusal, readAnswer } from '../consent/answers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { type CancelHeld, type HoldDeletion, heldRefusals, heldUntil } from './held-deletion.ts';

type HoldEvent = MessageEvent<HoldDeletion, unknown, 'holdDeletion'>;
type CancelEvent = MessageEvent<CancelHeld, unknown, 'cancelHeld'>;
type TriedEvent = AnswerEvent<null, 'tried' | 'tried.unroutable'>;
type Events = HoldEvent | CancelEvent | TriedEvent | MessageEvent<unknown, unknown, 'unheld'>;
type Context = {
  readonly held: HoldDeletion;
  readonly waitMs: number;
  readonly tries: number;
  /** The tries without an answer. Absent: none. */
  readonly unanswered?: number;
  /** Whether a hold was lifted during the latest try. Absent: no. */
  readonly isLifted?: boolean;
};
type Args = { readonly context: Context; readonly event: Events };

const types = {} as { context: Context; events: Events };
const { assign } = setup({ types });

const againMs = 60_000;
const againMaxMs = 3_600_000;
/** Tries of a deletion whose holds should have ended; about an hour. */
const triesMax = 60;
const none: HoldDeletion = { id: '', saga: '', until: '', giveUpAtMs: null, requestedBy: null };

function errorIn(event: Events): JsonObject | undefined {
  assertEvent(event, ['tried', 'tried.unroutable']);
  const error = isJsonObject(event.answer) ? event.answer['error'] : undefined;
  return isJsonObject(error) ? error : undefined;
}

function refusalsIn(error: JsonObject | undefined): readonly Refusal[] {
  const { refusals = [] } = error ?? {};
  return readAnswer({ response: 'no', refusals })?.refusals ?? [];
}

/** Whether nobody was heard against the deletion in this try, or only for reasons that end. */
function isWithoutAnswer(args: Args): boolean {
  const error = errorIn(args.event) ?? {};
  if (error['name'] !== 'refused' || error['cancelled'] !== undefined) return false;
  const { silent = [], unreachable = [], malformed = [] } = error;
  if (refusalsIn(error).length === 0) return true;
  return [silent, unreachable, malformed].flat().length > 0 && nextEnd(args) !== undefined;
}

/** The wait after a try without an answer; the last try is at the end of the waiting. */
function unansweredMs({ context: { held, unanswered = 0 }, event }: Args): number {
  assertEvent(event, ['tried', 'tried.unroutable']);
  const leftMs = (held.giveUpAtMs ?? Number.POSITIVE_INFINITY) - event.$.atMs;
  return Math.min(againMs * 2 ** unanswered, againMaxMs, leftMs);
}

/** The next end, where a try was refused only for reasons that end. */
function nextEnd({ context: { held }, event }: Args): string | undefined {
  return heldUntil({ giveUpAtMs: held.giveUpAtMs }, refusalsIn(errorIn(event)));
}

/** The saga of a try, where the answer names the saga. */
function sagaIn(event: Events): JsonObject {
  assertEvent(event, ['tried', 'tried.unroutable']);
  const saga = isJsonObject(event.answer) ? event.answer['saga'] : undefined;
  return typeof saga === 'string' ? { as: saga } : {};
}

const passing: readonly Json[] = ['frozen', 'timed-out', 'not-reachable', 'version-conflict'];
const over: readonly Json[] = ['not-found', 'gone'];

function line({ context: { held } }: Args, more: JsonObject) {
  return { topic: held.saga, line: { what: 'held deletion', id: held.id, ...more } };
}

function actions({ service, own }: ConsentSettings) {
  return {
    take: assign(({ event }: Args) => {
      assertEvent(event, 'holdDeletion');
      const { data, $ } = event;
      return { held: data, waitMs: Math.max(0, (parseIsoTime(data.until) ?? 0) - $.atMs) };
    }),
    waitOn: assign(({ context, event }: Args) => {
      assertEvent(event, 'tried');
      const until = nextEnd({ context, event }) ?? context.held.until;
      return {
        held: { ...context.held, until, refusals: heldRefusals(refusalsIn(errorIn(event))) },
        waitMs: Math.max(0, (parseIsoTime(until) ?? 0) - event.$.atMs),
      };
    }),
    waitUnanswered: assign((args: Args) => ({
      waitMs: unansweredMs(args),
      unanswered: (args.context.unanswered ?? 0) + 1,
    })),
    countTry: assign(({ context }: Args) => ({ tries: context.tries + 1, isLifted: false })),
    noteLifted: assign({ isLifted: true }),
    tryAgain: ask(({ context: { held, tries } }: Args) => ({
      ...own,
      action: 'delete',
      data: { id: held.id },
      messageId: identityOf(held.saga, 'held', String(tries), service),
      answer: 'tried',
    })),
    recordHeld: record((args: Args) => line(args, { until: args.context.held.until })),
    recordDeleted: record((args: Args) =>
      line(args, { outcome: 'deleted', ...sagaIn(args.event) }),
    ),
    recordGivenUp: record((args: Args) =>
      line(args, { outcome: 'given up', reason: errorIn(args.event)?.['message'] ?? null }),
    ),
    recordCancelled: record((args: Args) => {
      assertEvent(args.event, 'cancelHeld');
      const { by, why } = args.event.data;
      return line(args, { outcome: 'cancelled', by, why });
    }),
    answerCancelled: reply(() => ({ body: {} })),
  };
}

const guards = {
  isDeleted: ({ event }: Args) => {
    const error = errorIn(event);
    return event.type === 'tried' && (error === undefined || over.includes(error['name'] ?? ''));
  },
  isHeldAgain: (args: Args) => {
    const { event } = args;
    return event.type === 'tried' && (parseIsoTime(nextEnd(args) ?? '') ?? 0) > event.$.atMs;
  },
  /** The voter may have voted before it lifted the hold: the end in its answer no longer counts. */
  mayBeFree: ({ context, event }: Args) =>
    context.isLifted === true && nextEnd({ context, event }) !== undefined,
  /** Also a hold whose end has passed: the clock of the voter may be late. */
  mayPass: (args: Args) => {
    const { context, event } = args;
    if (event.type === 'tried.unroutable' || passing.includes(errorIn(event)?.['name'] ?? ''))
      return true;
    const answered = context.tries - (context.unanswered ?? 0);
    return !isWithoutAnswer(args) && nextEnd(args) !== undefined && answered < triesMax;
  },
  isUnanswered: (args: Args) => isWithoutAnswer(args) && unansweredMs(args) > 0,
};

const tried = [
  { guard: 'isDeleted', target: 'over', actions: 'recordDeleted' },
  { guard: 'mayBeFree', target: 'paused' },
  { guard: 'isHeldAgain', target: 'waiting', actions: ['waitOn', 'recordHeld'] },
  { guard: 'mayPass', target: 'paused' },
  { guard: 'isUnanswered', target: 'unanswered', actions: 'waitUnanswered' },
  { target: 'over', actions: 'recordGivenUp' },
] as const;

export function heldDeletionMachine(settings: ConsentSettings) {
  return setup({
    types,
    delays: { end: ({ context }) => context.waitMs },
    actions: actions(settings),
    guards,
  }).createMachine({
    id: 'held-deletion',
    context: { held: none, waitMs: 0, tries: 0 },
    initial: 'starting',
    on: {
      cancelHeld: { target: '.over', actions: ['recordCancelled', 'answerCancelled'] },
      holdDeletion: {},
      unheld: {},
    },
    states: {
      starting: { on: { holdDeletion: { target: 'waiting', actions: ['take', 'recordHeld'] } } },
      waiting: { after: { end: 'trying' }, on: { unheld: 'trying' } },
      trying: {
        entry: ['countTry', 'tryAgain'],
        on: { tried, 'tried.unroutable': tried, unheld: { actions: 'noteLifted' } },
      },
      unanswered: { after: { end: 'trying' }, on: { unheld: 'trying' } },
      paused: { after: { [againMs]: 'trying' }, on: { unheld: 'trying' } },
      over: { type: 'final' },
    },
  });
}
