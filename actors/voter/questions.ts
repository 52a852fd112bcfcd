/**
 * How the voter takes a question, and a decision: what it promises, engages, sets aside, refuses, answers.
 *
 * 1. What an older operation finds held by a younger one is set aside, journaled, and looked at again until it is free or the vote's
 *    deadline has come; a younger one is refused at once (protocol.md §4).
 */

import { assertEvent, assign, setup } from 'xstate';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { mayWaitFor } from '../consent/conflicts.ts';
import { remainingForOthersMs } from '../consent/deadlines.ts';
import { idList } from '../consent/node-ids.ts';
import {
  type Dependants,
  type Objection,
  objectionTo,
  tooManyHops,
} from '../consent/objections.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { verbOf } from '../consent/verbs.ts';
import {
  type Context,
  type Events,
  type FoundEvent,
  type Parked,
  type QuestionEvent,
  questionIn,
  questionOf,
  type VoterActors,
} from './context.ts';
import { inquiryDelayMs } from './deadline.ts';
import { voterEffects } from './effects.ts';
import { voterGuards } from './guards.ts';
import {
  answerable,
  dependantsThrough,
  engagedThrough,
  fulfillable,
  groupsToDecide,
  linkVersions,
  liveIds,
  newIds,
  okAnswer,
  throughGroup,
  undecided,
  withGroup,
  withNodes,
  withPhase,
} from './part.ts';
import { types } from './typed-actions.ts';

/** How long the promise to an owner that does not speak the protocol is kept. */
const oldOwnerPromiseMs = 300_000;
const lookAgainMs = 250;

/** A question with what was found for it. */
type Asked = Parked & {
  readonly found: Dependants;
  readonly $: Stamp;
};

function askedBy({ data, type, $ }: QuestionEvent, voteDeadlineMs: number): Asked {
  const { message, read: found, atMs, newId } = $;
  const deadlineAtMs = atMs + (sagaHeaders(message.headers)?.deadlineMs ?? voteDeadlineMs);
  return {
    message,
    verb: verbOf(type).name,
    ids: idList(data.id),
    deadlineAtMs,
    found,
    $: { atMs, newId },
  };
}

function ageOf({ saga }: Pick<Context, 'saga'>, { message }: Pick<Parked, 'message'>): string {
  return sagaHeaders(message.headers)?.age ?? saga;
}

function foundIn(event: Events): FoundEvent {
  assertEvent(event, ['looked', 'found again']);
  return event;
}

/** The first parked question, with the result of a new read. */
function parkedAgain({ parked }: Pick<Context, 'parked'>, { $ }: FoundEvent): Asked | undefined {
  const [first] = parked;
  const { read: found, atMs, newId } = $;
  return first === undefined ? undefined : { ...first, found, $: { atMs, newId } };
}

function innerInput(
  context: Context & { readonly inventory?: boolean },
  through: readonly string[],
  dependants: Dependants,
  deadlineMs: number,
  decision: { readonly refused?: ErrorBody | undefined } | null,
): JsonObject {
  const { saga, verb, hops, age, inventory = false } = context;
  const nodes = dependants.nodes.map(({ through: _found, ...node }) => node);
  const subscriptions = dependants.subscriptions.filter(({ nodeId }) =>
    nodes.some(({ id }) => id === nodeId),
  );
  const found = {
    nodes: nodes,
    subscriptions: subscriptions,
  };
  return {
    saga,
    verb,
    through,
    ...found,
    hops,
    age,
    deadlineMs,
    decided: decision !== null,
    inventory,
    ...asRefused(decision?.refused),
  };
}

function asRefused(refused: ErrorBody | undefined): JsonObject {
  return refused === undefined ? {} : { refused: refused };
}

function nextGroup({ groups }: Context): string {
  return `g${groups.length + 1}`;
}

export function voterQuestions(settings: ConsentSettings, { innerSaga }: VoterActors) {
  const { service } = settings;
  const effects = setup({
    types,
    actors: { innerSaga },
    actions: voterEffects(settings),
    guards: voterGuards,
  });
  const refusalOf = (asked: Asked): Objection | undefined =>
    objectionTo(service, asked.verb, asked.found) ??
    tooManyHops(service, sagaHeaders(asked.message.headers)?.hops ?? 0);
  /** Only younger operations stand in its way, and there is time left. */
  const mustWait = (context: Context, asked: Asked): boolean => {
    const { conflicts, refusals } = asked.found;
    return (
      refusals.length === 0 &&
      mayWaitFor(ageOf(context, asked), conflicts) &&
      asked.$.atMs < asked.deadlineAtMs
    );
  };

  /** The question in hand: the one that came, or the one set aside first. */
  const inHand = (context: Context, event: Events): Asked => {
    const again = event.type === 'looked' ? parkedAgain(context, event) : undefined;
    return again ?? askedBy(questionIn(event), settings.voteDeadlineMs);
  };

  const answering = effects.extend({
    actions: {
      answerWhatIsDone: effects.enqueueActions(({ context, event, enqueue }) => {
        // The timer only starts a read; its event has no time in its type.
        if (event.type === 'look again') return;
        const done = fulfillable(context);
        const part = withPhase(context, done, 'gone');
        const { answered, open } = answerable(part);
        enqueue({
          type: 'fulfil',
          params: { nodeIds: done, atMs: event.$.atMs },
        });
        if (done.length > 0) enqueue({ type: 'note', params: { what: 'fulfilled', nodes: done } });
        for (const { to, ids, phase } of answered) {
          enqueue({
            type: 'answer',
            params: {
              to,
              body: okAnswer(ids, phase === 'may' ? engagedThrough(part, ids) : undefined),
            },
          });
          if (phase === 'may') enqueue({ type: 'note', params: { what: 'promised', nodes: ids } });
        }
        enqueue.assign({ nodes: part.nodes, questions: open });
      }),
    },
  });

  const promising = answering.extend({
    actions: {
      /** Promises what is asked and engages what hangs on it. */
      promiseAsked: answering.enqueueActions(({ context, event, enqueue }) => {
        const asked = inHand(context, event);
        const { message, ids, found, verb, $, deadlineAtMs } = asked;
        const at = $.atMs;
        const headers = sagaHeaders(message.headers);
        const fresh = liveIds(newIds(context, ids), found);
        const engaged = dependantsThrough(fresh, found);
        const group = engaged.length > 0 ? nextGroup(context) : null;
        const withThese = withNodes(
          context,
          fresh,
          group === null ? 'promised' : 'asked',
          message.exchange,
        );
        const grouped =
          group === null
            ? withThese
            : withGroup(throughGroup(withThese, fresh, group), group, 'asking');
        const known = {
          verb,
          hops: headers?.hops ?? 0,
          age: ageOf(context, asked),
          oldOwner: headers === undefined,
        };
        const state = group === null ? 'ok' : 'collecting';
        const remainingMs = Math.max(0, deadlineAtMs - at);
        enqueue.assign({
          ...grouped,
          ...known,
          questions: [...context.questions, ...questionOf(message, ids, 'may')],
          askedAtMs: context.askedAtMs === 0 ? $.atMs : context.askedAtMs,
        });
        enqueue({
          type: 'promise',
          params: { nodeIds: fresh, state, links: linkVersions(fresh, found) },
        });
        if (group !== null) {
          const dependants = { ...found, nodes: engaged };
          const input = innerInput(
            { ...context, ...known, inventory: headers?.inventory === true },
            fresh,
            dependants,
            remainingForOthersMs(remainingMs),
            null,
          );
          enqueue.spawnChild('innerSaga', { id: group, input });
        }
        if (headers === undefined)
          enqueue({ type: 'note', params: { what: 'legacy', hole: 'old owner', nodes: ids } });
        enqueue.cancel('in-doubt');
        const delay = headers === undefined ? oldOwnerPromiseMs : inquiryDelayMs(remainingMs, 0);
        enqueue.raise({ type: 'in-doubt', $: asked.$ }, { id: 'in-doubt', delay });
        enqueue({ type: 'answerWhatIsDone' });
      }),

      refuseAsked: answering.enqueueActions(({ context, event, enqueue }) => {
        const asked = inHand(context, event);
        const { message, ids, $ } = asked;
        enqueue.raise({
          type: 'refused',
          refusals: refusalOf(asked)?.refusals ?? [],
          silent: [],
          $,
        });
        enqueue.assign({
          questions: [...context.questions, ...questionOf(message, ids, 'may')],
          hops: sagaHeaders(message.headers)?.hops ?? 0,
        });
      }),

      unpark: assign({ parked: ({ context }) => context.parked.slice(1) }),

      park: answering.enqueueActions(({ context, event, enqueue }) => {
        const { found, $, ...parked } = inHand(context, event);
        const [hold] = found.conflicts;
        enqueue.assign({
          parked: [...context.parked, parked],
          askedAtMs: context.askedAtMs === 0 ? $.atMs : context.askedAtMs,
        });
        enqueue({
          type: 'note',
          params: { what: 'waiting', nodes: parked.ids, for: hold?.saga ?? '' },
        });
        enqueue.raise({ type: 'look again' }, { id: 'look again', delay: lookAgainMs });
      }),
    },
  });

  return promising.extend({
    actions: {
      /** `mayDelete`: promise, engage what depends, set aside, or refuse. */
      takeQuestion: promising.enqueueActions(({ context, event, enqueue }) => {
        const asked = inHand(context, event);
        if (mustWait(context, asked)) enqueue({ type: 'park' });
        else enqueue({ type: refusalOf(asked) === undefined ? 'promiseAsked' : 'refuseAsked' });
      }),

      /** One that was set aside. */
      takeParked: promising.enqueueActions(({ context, event, enqueue }) => {
        const asked = parkedAgain(context, foundIn(event));
        if (asked === undefined) return;
        const again = () =>
          enqueue.raise({ type: 'look again' }, { id: 'look again', delay: lookAgainMs });
        if (mustWait(context, asked)) return again();
        enqueue({ type: refusalOf(asked) === undefined ? 'promiseAsked' : 'refuseAsked' });
        enqueue({ type: 'unpark' });
        if (context.parked.length > 1) again();
      }),

      /** `deleting`: decide what was promised; what nobody asked about before is overruled, never silently. */
      takeDecision: promising.enqueueActions(({ context, event, enqueue }) => {
        const {
          data,
          type,
          $: { message, read: dependants },
        } = questionIn(event);
        // Where its step was undone, the inner sagas do what it wrote, in steps of their own.
        const refused = event.type === 'error.write' ? event.error : undefined;
        const headers = sagaHeaders(message.headers);
        const ids = idList(data.id);
        const fresh = newIds(context, ids);
        const known = ids.filter(
          (id) =>
            !fresh.includes(id) &&
            !context.nodes.some((node) => node.id === id && node.phase === 'gone'),
        );
        const late = dependants.nodes.length > 0;
        const group = late ? nextGroup(context) : null;
        const begun = withPhase(context, known, 'deleting');
        const withFresh = withNodes(begun, fresh, 'deleting', message.exchange);
        const grouped =
          group === null
            ? withFresh
            : withGroup(throughGroup(withFresh, ids, group), group, 'cleaning');
        const decided = groupsToDecide(grouped);
        const decidedParts = decided.reduce((part, id) => withGroup(part, id, 'cleaning'), grouped);
        const now = {
          verb: verbOf(type).name,
          hops: headers?.hops ?? 0,
          age: headers?.age ?? context.saga,
        };
        enqueue.assign({
          ...decidedParts,
          ...now,
          questions: [...context.questions, ...questionOf(message, ids, 'doing')],
        });
        if (undecided(decidedParts).length === 0) enqueue.cancel('in-doubt');
        for (const id of decided) enqueue.sendTo(id, { type: 'decide', ...asRefused(refused) });
        if (late || dependants.refusals.length > 0) {
          enqueue({
            type: 'note',
            params: {
              what: 'overruled',
              nodes: fresh,
              refusals: dependants.refusals,
            },
          });
        }
        if (group !== null) {
          enqueue.spawnChild('innerSaga', {
            id: group,
            input: innerInput({ ...context, ...now }, ids, dependants, 0, { refused }),
          });
        }
        enqueue({ type: 'answerWhatIsDone' });
      }),

      /** The inner saga of a group that failed after the decision begins again, with what is left of its nodes. */
      takeFound: promising.enqueueActions(({ context, event, enqueue }) => {
        const { read: found } = foundIn(event).$;
        if (context.restarting === null) return;
        const { group: failed, failure } = context.restarting;
        const ids = context.nodes.flatMap((node) =>
          node.groups.includes(failed) && node.phase === 'deleting' ? [node.id] : [],
        );
        const left = { ...found, nodes: dependantsThrough(ids, found) };
        const group = nextGroup(context);
        const without = withGroup(context, failed, 'gone');
        const again =
          left.nodes.length === 0
            ? without
            : withGroup(throughGroup(without, ids, group), group, 'cleaning');
        enqueue.assign({ ...again, restarting: null });
        if (left.nodes.length > 0)
          enqueue.spawnChild('innerSaga', {
            id: group,
            input: innerInput(context, ids, left, 0, { refused: failure }),
          });
        enqueue({ type: 'answerWhatIsDone' });
      }),
    },
  });
}
