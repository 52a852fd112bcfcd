/**
 * How the voter takes a decision (`deleting`, `updating`), begins a failed clean-up again, and
 * answers each question as soon as its answer is known.
 *
 * - A decision is never answered with an error. Obstacles are waited for by the inner sagas. Rows
 *   whose clean-up is refused, or whose rule gives no writes, form a group, and the clean-up of the
 *   group is tried again.
 * - If a decision names a node that no question named before, the node's dependants are overruled.
 *   The history records each overruling.
 */
import { assertEvent } from 'xstate';
import type { Write } from '../../runtime/ports/store.ts';
import {
  type CleanUp,
  cleanUpOf,
  type Dependence,
  type FoundRows,
} from '../consent/dependences.ts';
import type { Dependants } from '../consent/objections.ts';
import { standingAt } from '../consent/retained.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { verbOf } from '../consent/verbs.ts';
import { asRefused, foundIn, innerInput } from './asked.ts';
import { type Context, type Events, questionOf, type Unproven, unprovenIn } from './context.ts';
import {
  groupsInOwnSteps,
  untakenRows,
  withCleaning,
  withDecided,
  withoutGone,
} from './decided-part.ts';
import {
  answerable,
  dependantsThrough,
  engagedThrough,
  fulfillable,
  groupsToDecide,
  linkVersions,
  newIds,
  nextGroup,
  okAnswer,
  rowsGroups,
  rowsOn,
  undecided,
  type VoterPart,
  withGroup,
  withPhase,
  withRowsGroup,
} from './part.ts';
import { decisionIn } from './proofs.ts';
import { cleanLater } from './row-failures.ts';
import { type CleanParams, typedActions } from './typed-actions.ts';

const { enqueueActions } = typedActions;

/**
 * Fulfils and answers what is done. A service whose nodes may lose references finds the references
 * first.
 */
function answerWhatIsDone(mayDetach: boolean) {
  return enqueueActions(({ context, event, enqueue }) => {
    // The event 'look again' of the timer carries no time. The event only starts a read.
    if (event.type === 'look again') return;
    const looksFirst = mayDetach && context.verb === 'delete' && fulfillable(context).length > 0;
    enqueue({ type: looksFirst ? 'findReferences' : 'fulfilAndAnswer' });
  });
}

/** Fulfils the nodes whose groups are gone, and answers the questions that can be answered now. */
const fulfilAndAnswer = enqueueActions(({ context, event, enqueue }) => {
  if (event.type === 'look again') return;
  const done = fulfillable(context);
  const part = withPhase(context, done, 'gone');
  const { answered, open } = answerable(part);
  enqueue({ type: 'fulfil', params: { nodeIds: done, atMs: event.$.atMs } });
  if (done.length > 0) enqueue({ type: 'note', params: { what: 'fulfilled', nodes: done } });
  for (const { to, ids, phase } of answered) {
    const engaged = phase === 'may' ? engagedThrough(part, ids) : undefined;
    enqueue({ type: 'answer', params: { to, body: okAnswer(ids, engaged, part) } });
    if (phase === 'may') enqueue({ type: 'note', params: { what: 'promised', nodes: ids } });
  }
  enqueue.assign({ nodes: part.nodes, questions: open });
});

/** Takes the references to done nodes out, and announces the change of the referring nodes. */
const takeReferencesOut = enqueueActions(({ context, event, enqueue }) => {
  assertEvent(event, 'references');
  const params = { nodeIds: fulfillable(context), references: event.$.read };
  enqueue({ type: 'detach', params });
  if (params.references.length === 0) return;
  enqueue({ type: 'announceDetached', params });
  enqueue({ type: 'note', params: { what: 'detached', references: params.references } });
});

function cleanParams(
  writes: readonly Write[],
  rows: readonly FoundRows[],
  found: Dependants,
): CleanParams {
  const nodeIds = rows.map(({ node }) => node);
  return { writes, links: linkVersions(nodeIds, found) };
}

/** The unproven decisions without those that the step takes. */
function withoutTaken(context: Context, event: Events): readonly Unproven[] {
  if (event.type !== 'proven') return unprovenIn(context);
  return unprovenIn(context).filter(({ state }) => state !== 'proven');
}

/** Data of another system is asked about and cleaned up once for each node. */
function withoutKnown(part: VoterPart, found: Dependants): Dependants {
  if (!found.nodes.some(({ isOutside }) => isOutside)) return found;
  const unasked = new Set(newIds(part, idsThroughOf(found)));
  const nodes = found.nodes.filter(({ through, isOutside }) => !isOutside || unasked.has(through));
  return { ...found, nodes };
}

function idsThroughOf({ nodes }: Dependants): readonly string[] {
  return nodes.map(({ through }) => through);
}

/** Decides the promised nodes, and overrules the dependants that no question named before. */
function takeDecision(
  { service }: ConsentSettings,
  dependences: readonly Dependence[],
  mayDetach: boolean,
) {
  return enqueueActions(({ context, event, enqueue }) => {
    const decision = decisionIn(context, event);
    if (decision === undefined || event.type === 'look again') return;
    // If the step was undone, the inner sagas repeat the undone writes in steps of their own.
    const { ids, type, message, asked, refused, atMs, retentionEnded = false } = decision;
    const before = retentionEnded ? withoutGone(context, ids) : context;
    const dependants = withoutKnown(before, decision.found);
    const headers = sagaHeaders(message.headers);
    const isLate = dependants.nodes.length > 0;
    const group = isLate ? nextGroup(before) : null;
    const grouped = withDecided(before, ids, message.exchange, group);
    const decided = groupsToDecide(grouped);
    const cleaning = withCleaning(grouped, decided);
    const rows = untakenRows(before, ids, dependants);
    const verb = verbOf(type).name;
    const cleanUp: CleanUp =
      refused === undefined ? cleanUpOf(dependences, verb, rows) : { failure: refused };
    const part = 'failure' in cleanUp ? withRowsGroup(cleaning, rows) : cleaning;
    const known = {
      verb,
      hops: headers?.hops ?? 0,
      age: headers?.age ?? context.saga,
    };
    enqueue.assign({
      ...part,
      ...known,
      questions: [
        ...context.questions,
        ...asked.flatMap((one) => questionOf(one.message, one.ids, 'doing')),
      ],
    });
    if ('failure' in cleanUp)
      cleanLater(enqueue, { service, ...cleanUp, groups: rowsGroups(part), $: event.$ });
    else enqueue({ type: 'clean', params: cleanParams(cleanUp.writes, rows, dependants) });
    const unproven = withoutTaken(context, event);
    if (undecided(part).length + unproven.length === 0) enqueue.cancel('in-doubt');
    const isTaken = isLate || (mayDetach && fulfillable(part).length > 0);
    const apart = groupsInOwnSteps(grouped, decided, isTaken);
    for (const id of decided)
      enqueue.sendTo(id, {
        type: 'decide',
        ...(apart.has(id) ? { inOwnStep: true } : {}),
        ...asRefused(refused),
      });
    const refusals = standingAt(dependants.refusals, atMs);
    if (isLate || refusals.length > 0)
      enqueue({
        type: 'note',
        params: { what: 'overruled', nodes: newIds(context, ids), refusals },
      });
    if (group !== null) {
      const input = innerInput({ ...context, ...known }, ids, dependants, 0, { refused });
      enqueue.spawnChild('innerSaga', { id: group, input });
    }
    enqueue({ type: 'answerWhatIsDone' });
    enqueue.assign({ unproven });
  });
}

/**
 * Begins the failed inner saga of a decided group again, with the remaining dependants, or cleans up
 * the rows of a group of rows.
 */
function takeFound({ service }: ConsentSettings, dependences: readonly Dependence[]) {
  return enqueueActions(({ context, event, enqueue }) => {
    const { read: found } = foundIn(event).$;
    if (context.restarting === null) return;
    const { group: failed, failure } = context.restarting;
    const ids = context.nodes.flatMap((node) =>
      node.groups.includes(failed) && node.phase === 'deleting' ? [node.id] : [],
    );
    const isOfRows = rowsGroups(context).includes(failed);
    const left = { ...found, nodes: isOfRows ? [] : dependantsThrough(ids, found) };
    const rows = isOfRows ? rowsOn(ids, found) : [];
    const cleanUp = cleanUpOf(dependences, context.verb, rows);
    if ('failure' in cleanUp) {
      enqueue.assign({ restarting: null });
      cleanLater(enqueue, { service, ...cleanUp, groups: [failed], $: foundIn(event).$ });
      return;
    }
    // Under the same id: the part of a saga that fails again and again does not grow.
    const phase = left.nodes.length === 0 ? 'gone' : 'cleaning';
    enqueue.assign({ ...withGroup(context, failed, phase), restarting: null });
    enqueue({ type: 'clean', params: cleanParams(cleanUp.writes, rows, found) });
    if (left.nodes.length > 0)
      enqueue.spawnChild('innerSaga', {
        id: failed,
        input: innerInput(context, ids, left, 0, { refused: failure }),
      });
    enqueue({ type: 'answerWhatIsDone' });
  });
}

/**
 * `dependences`: the rows of the service that are no nodes. `mayDetach`: whether nodes of the service
 * may lose references.
 */
export function voterDecisions(
  settings: ConsentSettings,
  dependences: readonly Dependence[],
  mayDetach: boolean,
) {
  return {
    answerWhatIsDone: answerWhatIsDone(mayDetach),
    fulfilAndAnswer,
    takeReferencesOut,
    takeDecision: takeDecision(settings, dependences, mayDetach),
    takeFound: takeFound(settings, dependences),
  };
}
