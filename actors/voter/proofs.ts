/**
 * How the voter takes an unexpected decision (`deleting`, `updating`): the voter believes the
 * decision only after the owner of record confirms the decision.
 *
 * - A decision is unproven while it names a node that the voter has not promised under the saga,
 *   and that is live, or has dependants left. The voter inquires with the owner at once, and then
 *   repeatedly.
 * - `ok` of the owner about every such node proves the decision, in a single answer or in several.
 *   The voter reads the dependants again and takes the decision. `no` about a node dismisses the
 *   decision: the voter answers `no`, and removes nothing.
 * - The end of a retention is unproven whatever the voter has promised, while anything depends on
 *   the node. An answer about the decision alone does not prove the end.
 * - A decision of an owner that does not speak the protocol cannot be asked about. It counts only
 *   after the owner's own question. Such an owner ends no retention.
 */

import { assertEvent } from 'xstate';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import { readAnswers } from '../consent/answers.ts';
import { idList } from '../consent/node-ids.ts';
import type { Dependants } from '../consent/objections.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { foundIn } from './asked.ts';
import {
  type Context,
  type Events,
  type OwnerAnswerEvent,
  ownerAnswerIn,
  type QuestionEvent,
  questionIn,
  type Unproven,
  unprovenIn,
} from './context.ts';
import { liveIds, newIds, noBecause } from './part.ts';
import { cleaningStill, isCleaning, isEnd } from './retention-ends.ts';
import { typedActions } from './typed-actions.ts';

const { enqueueActions } = typedActions;

type Proven = Pick<Unproven, 'type' | 'ids' | 'message' | 'refused' | 'retentionEnded'> & {
  /** The messages that are answered when the decision is done. */
  readonly asked: readonly Pick<Unproven, 'message' | 'ids'>[];
};

/** A decision with the dependants that the step decides on. `message`: the first one. */
export type Decision = Proven & {
  readonly found: Dependants;
  /** When the dependants were found, milliseconds since the epoch. */
  readonly atMs: number;
};

/** The ids that the voter has neither promised nor parked under the saga. */
function idsWithoutPart(context: Context, { data }: QuestionEvent): readonly string[] {
  const parked = new Set(context.parked.flatMap(({ ids }) => ids));
  return newIds(context, idList(data.id)).filter((id) => !parked.has(id));
}

/**
 * The ids without a part that are live, or have dependants left. Dependants of a tombstoned node go
 * under the saga of the tombstone; only the owner knows whether this saga is decided. Of the end of a
 * retention the ids with a part count, too: a promise is no word about the end.
 */
function doubtfulIds(context: Context, event: Events): readonly string[] {
  const question = questionIn(event);
  const ids = isEnd(question) ? idList(question.data.id) : idsWithoutPart(context, question);
  const found = question.$.read;
  const doubtful = new Set([...liveIds(ids, found), ...idsWithDependants(found)]);
  return ids.filter((id) => doubtful.has(id));
}

/** The asked ids on which something of the service depends. */
function idsWithDependants({ nodes, rows = [], detached }: Dependants): readonly string[] {
  const left = rows.filter((row) => row.dependants.length > 0);
  return [
    ...nodes.map(({ through }) => through),
    ...left.map(({ node }) => node),
    ...detached.map(({ referredId }) => referredId),
  ];
}

/** Whether the owner of the decision speaks the protocol, and must confirm the decision. */
export function isUnproven(context: Context, event: Events): boolean {
  return !isOfOldOwner(event) && doubtfulIds(context, event).length > 0;
}

/**
 * Whether an owner that does not speak the protocol has not asked about a node before, or ends a
 * retention.
 */
export function isUnasked(context: Context, event: Events): boolean {
  const question = questionIn(event);
  const ids = idsWithoutPart(context, question);
  return isOfOldOwner(event) && (isEnd(question) || liveIds(ids, question.$.read).length > 0);
}

function isOfOldOwner(event: Events): boolean {
  return sagaHeaders(questionIn(event).$.message.headers) === undefined;
}

/**
 * The decisions that the owner has confirmed, as one. One answer confirms all of them, so all have
 * one exchange and one type. A step reads only what was there before the step: a second decision of
 * the step would clean up rows that the first has cleaned up.
 */
export function provenIn(context: Context): Proven | undefined {
  const all = unprovenIn(context).filter(({ state }) => state === 'proven');
  const [first] = all;
  if (first === undefined) return undefined;
  const ids = [...new Set(all.flatMap((one) => one.ids))];
  const refused = all.find((one) => one.refused !== undefined)?.refused;
  const asked = all.map((one) => ({ message: one.message, ids: one.ids }));
  return { ...first, ids, asked, ...(refused === undefined ? {} : { refused }) };
}

/** The decision that the step takes; undefined when the confirmed decision was dismissed meanwhile. */
export function decisionIn(context: Context, event: Events): Decision | undefined {
  if (event.type === 'proven') {
    const proven = provenIn(context);
    const { read: found, atMs } = foundIn(event).$;
    return proven && { ...proven, found, atMs };
  }
  const { data, type, $ } = questionIn(event);
  const refused: ErrorBody | undefined = event.type === 'error.write' ? event.error : undefined;
  const ids = idList(data.id);
  return {
    type: type === 'updating' ? 'updating' : 'deleting',
    ids,
    message: $.message,
    asked: [{ message: $.message, ids }],
    found: $.read,
    atMs: $.atMs,
    ...(refused === undefined ? {} : { refused }),
  };
}

function unprovenFrom(context: Context, event: Events): Unproven {
  const question = questionIn(event);
  const { type, data, $ } = question;
  const { headers, exchange, replyTo } = $.message;
  return {
    message: { headers, exchange, replyTo },
    type: type === 'updating' ? 'updating' : 'deleting',
    ids: idList(data.id),
    open: doubtfulIds(context, event),
    state: 'open',
    ...(isEnd(question) ? { retentionEnded: true } : {}),
  };
}

/** Keeps the decision back, and inquires about it at once. */
const doubtDecision = enqueueActions(({ context, event, enqueue }) => {
  const doubted = unprovenFrom(context, event);
  const { atMs, newId } = questionIn(event).$;
  enqueue.assign({
    unproven: [...unprovenIn(context), doubted],
    askedAtMs: context.askedAtMs === 0 ? atMs : context.askedAtMs,
    hops: sagaHeaders(doubted.message.headers)?.hops ?? 0,
  });
  enqueue({ type: 'note', params: { what: 'unproven', nodes: doubted.open } });
  enqueue.cancel('in-doubt');
  enqueue.raise({ type: 'in-doubt', $: { atMs, newId } });
});

/** The decision after an owner's answer to an inquiry. `refused`: the error of the undone step. */
function judged(
  context: Context,
  { answer, about }: OwnerAnswerEvent,
  unproven: Unproven,
  refused: ErrorBody | undefined,
): Unproven {
  const isAbout =
    unproven.type === about.unproven &&
    unproven.retentionEnded === about.retentionEnded &&
    unproven.message.exchange === about.exchange;
  if (unproven.state !== 'open' || !isAbout) return unproven;
  const answers = readAnswers(answer, about.ids);
  const isNo = unproven.open.some((id) => answers.get(id)?.response === 'no');
  if (isNo) return { ...unproven, state: 'dismissed' };
  const open = unproven.open.filter((id) => answers.get(id)?.response !== 'ok');
  if (open.length > 0) return { ...unproven, open };
  const { retentionEnded = false, ids } = unproven;
  if (retentionEnded && isCleaning(context, ids)) return { ...unproven, state: 'dismissed' };
  return { ...unproven, open, state: 'proven', ...(refused === undefined ? {} : { refused }) };
}

/** Takes the owner's answer about unproven decisions. */
const judgeProof = enqueueActions(({ context, event, enqueue }) => {
  const answered = ownerAnswerIn(event);
  const refused = event.type === 'error.write' ? event.error : undefined;
  const unproven = unprovenIn(context).map((each) => judged(context, answered, each, refused));
  enqueue.assign({ unproven });
  if (unproven.some(({ state }) => state === 'dismissed')) enqueue({ type: 'dismiss' });
  if (unproven.some(({ state }) => state === 'proven')) enqueue({ type: 'findProven' });
});

/** The unproven decisions of a part that ends: the owner has called the saga off. */
export function allDismissed(context: Context): readonly Unproven[] {
  return unprovenIn(context).map((unproven) => ({ ...unproven, state: 'dismissed' }));
}

const unconfirmed = 'the owner does not confirm this decision';
function dismissals({ service }: ConsentSettings) {
  return {
    /** Answers the dismissed decisions `no`, and forgets them. */
    dismiss: enqueueActions(({ context, enqueue }) => {
      for (const { message, ids, state, retentionEnded = false } of unprovenIn(context)) {
        if (state !== 'dismissed') continue;
        enqueue({ type: 'note', params: { what: 'dismissed', nodes: ids } });
        if (message.replyTo === null) continue;
        const isEarly = retentionEnded && isCleaning(context, ids);
        const body = noBecause(service, isEarly ? cleaningStill : unconfirmed);
        enqueue({ type: 'answer', params: { to: message.replyTo, body } });
      }
      enqueue.assign({
        unproven: unprovenIn(context).filter(({ state }) => state !== 'dismissed'),
      });
    }),
    /**
     * The answer to an owner that does not speak the protocol and decides about nodes without
     * asking first.
     */
    answerUnasked: enqueueActions(({ context, event, enqueue }) => {
      const { data, $ } = questionIn(event);
      const ids = idList(data.id);
      const to = $.message.replyTo;
      enqueue({ type: 'note', params: { what: 'dismissed', nodes: ids } });
      if (to !== null) {
        const body = noBecause(service, 'this decision came without a question before it');
        enqueue({ type: 'answer', params: { to, body } });
      }
      enqueue.assign({ askedAtMs: context.askedAtMs === 0 ? $.atMs : context.askedAtMs });
    }),
  };
}

export function voterProofs(settings: ConsentSettings) {
  return { doubtDecision, judgeProof, ...dismissals(settings) };
}

/** Whether an owner has answered an inquiry about an unproven decision. */
export function isAboutUnproven(event: Events): boolean {
  if (event.type !== 'error.write') {
    assertEvent(event, 'ownerAnswer');
    return event.about.unproven !== undefined;
  }
  return event.cause.type === 'ownerAnswer' && ownerAnswerIn(event).about.unproven !== undefined;
}
