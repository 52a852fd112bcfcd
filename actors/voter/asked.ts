/**
 * A question together with the read result that the voter decides on, and the input of the inner
 * saga that asks or cleans up the dependants. Pure.
 *
 * - A question is either new, or parked: then the read result belongs to a later read, and the
 *   deadline stays that of the first arrival.
 * - The deadline of a question counts up to the service's own. So no sender makes the voter wait
 *   longer before the voter asks the owner.
 * - An inner saga inherits the age of the outer saga. So all sagas of an operation have the same
 *   rank in a conflict.
 */
import { assertEvent } from 'xstate';
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import { mayWaitFor } from '../consent/conflicts.ts';
import { idList } from '../consent/node-ids.ts';
import {
  type Dependants,
  type Objection,
  objectionTo,
  tooManyHops,
} from '../consent/objections.ts';
import { standingAt } from '../consent/retained.ts';
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
} from './context.ts';

/** A question with the dependants that a read has found for it. */
export type Asked = Parked & {
  readonly found: Dependants;
  readonly $: Stamp;
};

function askedBy({ data, type, $ }: QuestionEvent, voteDeadlineMs: number): Asked {
  const { message, read: found, atMs, newId } = $;
  const given = sagaHeaders(message.headers)?.deadlineMs ?? voteDeadlineMs;
  const deadlineAtMs = atMs + Math.min(given, voteDeadlineMs);
  return {
    message,
    verb: verbOf(type).name,
    ids: idList(data.id),
    deadlineAtMs,
    found,
    $: { atMs, newId },
  };
}

export function foundIn(event: Events): FoundEvent {
  assertEvent(event, ['looked', 'found again', 'proven']);
  return event;
}

/** The first parked question, with the result of a new read. */
export function parkedAgain(
  { parked }: Pick<Context, 'parked'>,
  { $ }: FoundEvent,
): Asked | undefined {
  const [first] = parked;
  const { read: found, atMs, newId } = $;
  return first === undefined ? undefined : { ...first, found, $: { atMs, newId } };
}

/** The question that the step is about: the new question, or the first parked question. */
export function inHand(
  { voteDeadlineMs }: ConsentSettings,
  context: Context,
  event: Events,
): Asked {
  const again = event.type === 'looked' ? parkedAgain(context, event) : undefined;
  return again ?? askedBy(questionIn(event), voteDeadlineMs);
}

export function ageOf(
  { saga }: Pick<Context, 'saga'>,
  { message }: Pick<Parked, 'message'>,
): string {
  return sagaHeaders(message.headers)?.age ?? saga;
}

/** The reasons for which this service refuses the question. */
export function refusalOf(
  { service }: ConsentSettings,
  { found, message, $ }: Asked,
): Objection | undefined {
  return (
    objectionTo(service, found, $.atMs) ??
    tooManyHops(service, sagaHeaders(message.headers)?.hops ?? 0)
  );
}

/** Whether only younger operations hold the question's nodes, and the deadline has not come. */
export function mustWait(context: Context, asked: Asked): boolean {
  const { conflicts, refusals } = asked.found;
  return (
    standingAt(refusals, asked.$.atMs).length === 0 &&
    mayWaitFor(ageOf(context, asked), conflicts) &&
    asked.$.atMs < asked.deadlineAtMs
  );
}

/**
 * The input of an inner saga. `through`: the nodes of the question. `deadlineMs`: milliseconds left
 * for the dependants' answers. `decision`: null for a question; otherwise the inner saga only
 * cleans up. `refused`: the error of an undone step or of a failed inner saga before.
 */
export function innerInput(
  context: Context & { readonly inventory?: boolean },
  through: readonly string[],
  dependants: Dependants,
  deadlineMs: number,
  decision: { readonly refused?: ErrorBody | undefined } | null,
): JsonObject {
  const { saga, verb, hops, age, inventory = false } = context;
  const nodes = dependants.nodes.map(({ through: _found, isOutside: _outside, ...node }) => node);
  const taken = new Set(nodes.map(({ id }) => id));
  const subscriptions = dependants.subscriptions.filter(({ nodeId }) => taken.has(nodeId));
  return {
    saga,
    verb,
    through,
    nodes,
    subscriptions,
    hops,
    age,
    deadlineMs,
    decided: decision !== null,
    inventory,
    ...asRefused(decision?.refused),
  };
}

export function asRefused(refused: ErrorBody | undefined): JsonObject {
  return refused === undefined ? {} : { refused };
}
