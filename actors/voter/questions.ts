/**
 * How the voter takes a question (`mayDelete`, `mayUpdate`): the voter promises the nodes and
 * engages their dependants, parks the question, or refuses the question.
 *
 * - An operation that meets a younger operation's hold waits. Its question is parked: the question
 *   is recorded in the context and looked at again every 250 ms, until the nodes are free or the
 *   deadline of the vote has come.
 * - An operation that meets an older operation's hold is refused at once.
 * - A promise to an owner that does not speak the protocol ends after 5 min. Every other promise
 *   ends only when the owner answers or an operator releases the promise.
 */
import { remainingForOthersMs } from '../consent/deadlines.ts';
import { inventoriesByNode } from '../consent/dependences.ts';
import type { Inventory } from '../consent/inventory.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import {
  type Asked,
  ageOf,
  foundIn,
  inHand,
  innerInput,
  mustWait,
  parkedAgain,
  refusalOf,
} from './asked.ts';
import { type Context, questionOf } from './context.ts';
import { inquiryDelayMs } from './deadline.ts';
import {
  dependantsThrough,
  linkVersions,
  liveIds,
  newIds,
  nextGroup,
  rowsOn,
  throughGroup,
  type VoterPart,
  withGroup,
  withNodes,
  withRetains,
  withRows,
} from './part.ts';
import { typedActions } from './typed-actions.ts';

const { assign, enqueueActions } = typedActions;

const oldOwnerPromiseMs = 300_000;
const lookAgainMs = 250;

/** The headers' part of the context. */
function knownFrom(context: Context, asked: Asked) {
  const headers = sagaHeaders(asked.message.headers);
  return {
    verb: asked.verb,
    hops: headers?.hops ?? 0,
    age: ageOf(context, asked),
    oldOwner: headers === undefined,
  };
}

/** The part with the promised nodes, and with the group of their dependants, if any. */
function partWith(
  context: Context,
  { exchange, headers }: Asked['message'],
  ids: readonly string[],
  group: string | null,
): VoterPart {
  const hops = sagaHeaders(headers)?.hops;
  const question = { exchange, ...(hops === undefined ? {} : { hops }) };
  if (group === null) return withNodes(context, ids, 'promised', question);
  const asked = withNodes(context, ids, 'asked', question);
  return withGroup(throughGroup(asked, ids, group), group, 'asking');
}

/** The rows of the newly asked nodes, by node, where the question asks for an inventory. */
function rowsWanted(
  { service }: ConsentSettings,
  { message, found }: Asked,
  unasked: readonly string[],
): ReadonlyMap<string, Inventory> {
  if (sagaHeaders(message.headers)?.inventory !== true) return new Map();
  return inventoriesByNode(service, rowsOn(unasked, found));
}

/** What this service keeps of its rows that depend on newly asked nodes. */
function retentionsOf(
  { service }: ConsentSettings,
  { retained = [] }: Asked['found'],
  unasked: readonly string[],
) {
  const asked = new Set(unasked);
  return retained
    .filter(({ nodeId }) => asked.has(nodeId))
    .map((one) => ({ nodeId: one.nodeId, by: { ...one.retained, service } }));
}

/** The input of the inner saga that asks the dependants. */
function askingInput(
  context: Context,
  asked: Asked,
  through: readonly string[],
  engaged: Asked['found']['nodes'],
) {
  const inventory = sagaHeaders(asked.message.headers)?.inventory === true;
  const remainingMs = Math.max(0, asked.deadlineAtMs - asked.$.atMs);
  return innerInput(
    { ...context, ...knownFrom(context, asked), inventory },
    through,
    { ...asked.found, nodes: engaged },
    remainingForOthersMs(remainingMs),
    null,
  );
}

function inDoubtDelayMs(asked: Asked, isOldOwner: boolean): number {
  const remainingMs = Math.max(0, asked.deadlineAtMs - asked.$.atMs);
  return isOldOwner ? oldOwnerPromiseMs : inquiryDelayMs(remainingMs, 0);
}

/** Promises the question's nodes and engages the nodes' dependants. */
function promiseAsked(settings: ConsentSettings) {
  return enqueueActions(({ context, event, enqueue }) => {
    const asked = inHand(settings, context, event);
    const { message, ids, found, $ } = asked;
    const unasked = liveIds(newIds(context, ids), found);
    const engaged = dependantsThrough(unasked, found);
    const group = engaged.length > 0 ? nextGroup(context) : null;
    const known = knownFrom(context, asked);
    const part = withRetains(
      partWith(context, message, unasked, group),
      retentionsOf(settings, found, unasked),
    );
    enqueue.assign({
      ...withRows(part, rowsWanted(settings, asked, unasked)),
      ...known,
      questions: [...context.questions, ...questionOf(message, ids, 'may')],
      askedAtMs: context.askedAtMs === 0 ? $.atMs : context.askedAtMs,
    });
    enqueue({
      type: 'promise',
      params: {
        nodeIds: unasked,
        state: group === null ? 'ok' : 'collecting',
        links: linkVersions(unasked, found),
      },
    });
    if (group !== null) {
      const input = askingInput(context, asked, unasked, engaged);
      enqueue.spawnChild('innerSaga', { id: group, input });
    }
    if (known.oldOwner)
      enqueue({ type: 'note', params: { what: 'legacy', hole: 'old owner', nodes: ids } });
    enqueue.cancel('in-doubt');
    const delay = inDoubtDelayMs(asked, known.oldOwner);
    enqueue.raise({ type: 'in-doubt', $ }, { id: 'in-doubt', delay });
    enqueue({ type: 'answerWhatIsDone' });
  });
}

function refuseAsked(settings: ConsentSettings) {
  return enqueueActions(({ context, event, enqueue }) => {
    const asked = inHand(settings, context, event);
    const { message, ids, $ } = asked;
    const refusals = refusalOf(settings, asked)?.refusals ?? [];
    enqueue.raise({ type: 'refused', refusals, silent: [], $ });
    enqueue.assign({
      questions: [...context.questions, ...questionOf(message, ids, 'may')],
      hops: sagaHeaders(message.headers)?.hops ?? 0,
    });
  });
}

function park(settings: ConsentSettings) {
  return enqueueActions(({ context, event, enqueue }) => {
    const { found, $, ...parked } = inHand(settings, context, event);
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
  });
}

/** Takes a new question. */
function takeQuestion(settings: ConsentSettings) {
  return enqueueActions(({ context, event, enqueue }) => {
    const asked = inHand(settings, context, event);
    if (mustWait(context, asked)) enqueue({ type: 'park' });
    else
      enqueue({ type: refusalOf(settings, asked) === undefined ? 'promiseAsked' : 'refuseAsked' });
  });
}

/** Takes the first parked question after a new read. */
function takeParked(settings: ConsentSettings) {
  return enqueueActions(({ context, event, enqueue }) => {
    const asked = parkedAgain(context, foundIn(event));
    if (asked === undefined) return;
    const lookLater = () =>
      enqueue.raise({ type: 'look again' }, { id: 'look again', delay: lookAgainMs });
    if (mustWait(context, asked)) return lookLater();
    enqueue({ type: refusalOf(settings, asked) === undefined ? 'promiseAsked' : 'refuseAsked' });
    enqueue({ type: 'unpark' });
    if (context.parked.length > 1) lookLater();
  });
}

export function voterQuestions(settings: ConsentSettings) {
  return {
    takeQuestion: takeQuestion(settings),
    takeParked: takeParked(settings),
    promiseAsked: promiseAsked(settings),
    refuseAsked: refuseAsked(settings),
    park: park(settings),
    unpark: assign({ parked: ({ context }) => context.parked.slice(1) }),
  };
}
