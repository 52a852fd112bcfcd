/**
 * Makes the record of a saga from the history lines of its services. Pure.
 *
 * - The lines may come from several journals. The lines are taken in the order of their times.
 * - `saga-record-open.ts` derives the open questions from the roster and the answers.
 *
 * Boundary: a history line is an event of one service; a saga record is the document made from all
 * lines.
 */
import { isJsonObject } from '../../config/json.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { retainsIn } from './retained.ts';
import { linesOf, nodeIdsIn, objectsIn, textIn, textOrNull, textsIn } from './saga-history.ts';
import { filesIn } from './saga-record-files.ts';
import { openPromises, openQuestions, openRemovals } from './saga-record-open.ts';
import { answerKinds, nodeStates, type SagaRecord } from './saga-record-schema.ts';
import { type Malformed, malformedText } from './vote.ts';

type Item<Name extends keyof SagaRecord> = SagaRecord[Name] extends readonly (infer Entry)[]
  ? Entry
  : never;

/** The latest line about the end of a node of a service. */
function lastLineOf(
  lines: readonly HistoryLine[],
  service: string,
  id: string,
): HistoryLine | undefined {
  return linesOf(lines, 'decided', 'deleted', 'updated', 'called off')
    .filter(({ address, line }) => address.service === service && nodeIdsIn(line).includes(id))
    .at(-1);
}

function nodesIn(lines: readonly HistoryLine[]): Item<'nodes'>[] {
  return linesOf(lines, 'engaged').flatMap(({ address: { service }, atMs, line }) =>
    objectsIn(line, 'nodes').map((node) => {
      const id = textIn(node, 'id');
      const last = lastLineOf(lines, service, id);
      const state =
        nodeStates.find((name) => name === textIn(last?.line ?? {}, 'what')) ?? 'engaged';
      return {
        id,
        cn: textIn(node, 'cn'),
        objectClass: textIn(node, 'objectClass'),
        service,
        through: textsIn(line, 'through'),
        engagedAtMs: atMs,
        state,
        endedAtMs: last === undefined || state === 'decided' ? null : last.atMs,
      };
    }),
  );
}

/** Each subscriber of each node once, with the time when it was listed first. */
function rosterIn(lines: readonly HistoryLine[]): Item<'roster'>[] {
  const listed = linesOf(lines, 'engaged', 'newcomers').flatMap(({ address, atMs, line }) =>
    objectsIn(line, 'roster').map((entry) => ({
      nodeId: textIn(entry, 'nodeId'),
      voter: textIn(entry, 'service'),
      askedBy: address.service,
      consent: entry['consent'] === true,
      listedAtMs: atMs,
    })),
  );
  const first = new Map<string, Item<'roster'>>();
  for (const entry of listed) {
    const key = JSON.stringify([entry.askedBy, entry.nodeId, entry.voter]);
    if (!first.has(key)) first.set(key, entry);
  }
  return [...first.values()];
}

function answerAt(
  { address, atMs, line }: HistoryLine,
  answer: string,
  voter = textIn(line, 'voter'),
  nodeId = textIn(line, 'nodeId'),
): Item<'answers'> {
  return {
    voter,
    askedBy: address.service,
    nodeId,
    question: textIn(line, 'action'),
    answer: answerKinds.find((kind) => kind === answer) ?? 'no',
    reason: textOrNull(line, 'reason'),
    atMs,
  };
}

/**
 * The answers in the line `all cleaned` that have no line of their own: a removal in the same step
 * was refused, and the line of the last answer was undone with the removal.
 */
function undoneAnswers(allCleaned: HistoryLine, done: readonly HistoryLine[]): Item<'answers'>[] {
  const own = done.filter(({ address }) => address.service === allCleaned.address.service);
  return objectsIn(allCleaned.line, 'roster')
    .map((entry) => ({ voter: textIn(entry, 'service'), nodeId: textIn(entry, 'nodeId') }))
    .filter(
      ({ voter, nodeId }) =>
        !own.some(
          ({ line }) => textIn(line, 'voter') === voter && textIn(line, 'nodeId') === nodeId,
        ),
    )
    .map(({ voter, nodeId }) => answerAt(allCleaned, 'ok', voter, nodeId));
}

/**
 * An answer for each voter and node of a question that came back, or that got another answer than
 * `ok`.
 */
function failedAnswers(entry: HistoryLine): Item<'answers'>[] {
  const { line } = entry;
  const isUnreachable = line['what'] === 'unreachable' || line['answer'] === null;
  const reason: JsonObject =
    line['what'] === 'not cleaned' ? { reason: JSON.stringify(line['answer'] ?? null) } : {};
  const withReason = { ...entry, line: { ...line, ...reason } };
  const nodeIds = textsIn(line, 'nodeIds');
  return textsIn(line, 'voters').flatMap((voter) =>
    nodeIds.map((nodeId) =>
      answerAt(withReason, isUnreachable ? 'unreachable' : 'no', voter, nodeId),
    ),
  );
}

function answersIn(lines: readonly HistoryLine[]): Item<'answers'>[] {
  const done = linesOf(lines, 'cleaned', 'skipped');
  return lines.flatMap((entry) => {
    switch (entry.line['what']) {
      case 'voted':
        return [answerAt(entry, textIn(entry.line, 'response'))];
      case 'cleaned':
        return [answerAt(entry, 'ok')];
      case 'skipped':
        return [answerAt(entry, 'skipped')];
      case 'all cleaned':
        return undoneAnswers(entry, done);
      case 'unreachable':
      case 'not cleaned':
        return failedAnswers(entry);
      default:
        return [];
    }
  });
}

function malformedIn(answer: JsonObject): Malformed {
  const named = textIn(answer, 'named');
  return {
    service: textIn(answer, 'service'),
    said: textIn(answer, 'said'),
    ...(named === '' ? {} : { named }),
  };
}

function reasonsIn(line: JsonObject): string[] {
  return [
    ...objectsIn(line, 'refusals').map(
      (refusal) => `${textIn(refusal, 'service')}: ${textIn(refusal, 'reason')}`,
    ),
    ...textsIn(line, 'silent').map((service) => `${service} was silent`),
    ...textsIn(line, 'unreachable').map((service) => `${service} could not be reached`),
    ...objectsIn(line, 'malformed').map((answer) => malformedText(malformedIn(answer), 'answered')),
  ];
}

/** A card is `active` again because its deletion was refused, or undeleted by its owner. */
function cardDecisionsIn(lines: readonly HistoryLine[]): Item<'decisions'>[] {
  const back = linesOf(lines, 'card state').filter(({ line }) => line['state'] === 'active');
  return back.map(({ address, atMs, line }) => ({
    service: address.service,
    role: 'root',
    nodeIds: [textIn(line, 'card')],
    reasons: isJsonObject(line['error']) ? [textIn(line['error'], 'message')] : [],
    atMs,
    what: 'called off',
  }));
}

function decisionsIn(lines: readonly HistoryLine[]): Item<'decisions'>[] {
  const ofNodes = linesOf(lines, 'decided', 'called off').map(({ address, atMs, line }) => ({
    service: address.service,
    role: textIn(line, 'role'),
    nodeIds: nodeIdsIn(line),
    reasons: reasonsIn(line),
    atMs,
    what: textIn(line, 'what') === 'decided' ? ('decided' as const) : ('called off' as const),
  }));
  return [...ofNodes, ...cardDecisionsIn(lines)];
}

function removedIn(lines: readonly HistoryLine[]): Item<'removed'>[] {
  return linesOf(lines, 'deleted').flatMap(({ address, atMs, line }) =>
    objectsIn(line, 'nodes').map((node) => ({
      id: textIn(node, 'id'),
      cn: textIn(node, 'cn'),
      service: address.service,
      atMs,
    })),
  );
}

function detachedIn(lines: readonly HistoryLine[]): Item<'detached'>[] {
  return linesOf(lines, 'detached').flatMap(({ address, atMs, line }) =>
    objectsIn(line, 'references').map((reference) => ({
      id: textIn(reference, 'id'),
      cn: textIn(reference, 'cn'),
      service: address.service,
      attribute: textIn(reference, 'attribute'),
      referredId: textIn(reference, 'referredId'),
      atMs,
    })),
  );
}

/** What voters keep. The end of a retention names its voter and its nodes. */
function retainedIn(lines: readonly HistoryLine[]): Item<'retained'>[] {
  const ends = linesOf(lines, 'retention ended');
  return linesOf(lines, 'voted').flatMap(({ address, atMs, line }) =>
    retainsIn(line['retains'], textIn(line, 'voter')).flatMap(({ until = null, ...kept }) => {
      // A service further down has its own line, in the history of the service that asked.
      if (kept.service !== textIn(line, 'voter')) return [];
      const nodeId = textIn(line, 'nodeId');
      const ended = ends.find(
        (end) =>
          end.address.service === address.service &&
          textIn(end.line, 'voter') === kept.service &&
          textIn(end.line, 'until') === until &&
          textsIn(end.line, 'nodeIds').includes(nodeId),
      );
      return [{ ...kept, nodeId, until, atMs, endedAtMs: ended?.atMs ?? null }];
    }),
  );
}

function overridesIn(lines: readonly HistoryLine[]): Item<'overrides'>[] {
  return linesOf(lines, 'operator').map(({ address, atMs, line }) => ({
    operation: textIn(line, 'operation'),
    service: address.service,
    by: textIn(line, 'by'),
    ...(line['person'] === undefined ? {} : { person: textIn(line, 'person') }),
    why: textIn(line, 'why'),
    voter: textOrNull(line, 'voter'),
    atMs,
  }));
}

function alarmsIn(lines: readonly HistoryLine[]): Item<'alarms'>[] {
  return linesOf(lines, 'alarm', 'stuck').map(({ address, atMs, line }) => ({
    level: textIn(line, 'what') === 'stuck' ? 'stuck' : 'alarm',
    service: address.service,
    waitingFor: textsIn(line, 'waitingFor'),
    reason: textOrNull(line, 'reason'),
    atMs,
  }));
}

function blockedIn(lines: readonly HistoryLine[]): Item<'blocked'>[] {
  return linesOf(lines, 'blocked').map(({ address, atMs, line }) => {
    const error = isJsonObject(line['error']) ? line['error'] : {};
    const reason = textOrNull(error, 'message');
    return { service: address.service, nodeIds: nodeIdsIn(line), reason, atMs };
  });
}

function legacyIn(lines: readonly HistoryLine[]): Item<'legacy'>[] {
  return linesOf(lines, 'legacy').map(({ address, atMs, line }) => ({
    hole: textIn(line, 'hole'),
    service: address.service,
    peers: textsIn(line, 'peers'),
    atMs,
  }));
}

function stateOf(
  decisions: readonly Item<'decisions'>[],
  lines: readonly HistoryLine[],
  open: readonly Item<'open'>[],
): SagaRecord['state'] {
  const card = linesOf(lines, 'card state', 'card removed').at(-1)?.line;
  if (card !== undefined) return cardStateOf(card);
  const isDone = linesOf(lines, 'deleted', 'updated').some(({ line }) => line['role'] === 'root');
  if (isDone) return open.length === 0 ? 'done' : 'decided';
  const roots = decisions.filter(({ role }) => role === 'root');
  if (roots.some(({ what }) => what === 'decided')) return 'decided';
  return roots.some(({ what }) => what === 'called off') ? 'called off' : 'asking';
}

/** A card may be deleted again after a call off, so the last line counts. */
function cardStateOf(line: JsonObject): SagaRecord['state'] {
  if (line['what'] === 'card removed') return 'done';
  return line['state'] === 'active' ? 'called off' : 'asking';
}

/** The lines of a voter name the question: `mayUpdate`, `updating`. */
function verbIn(lines: readonly HistoryLine[]): SagaRecord['verb'] {
  const actions = lines.map(({ line }) => textIn(line, 'action'));
  return actions.some((action) => /^(?:may)?updat/i.test(action)) ? 'update' : 'delete';
}

/** The record of a saga; undefined where no line is about the saga. */
export function sagaRecord(saga: string, history: readonly HistoryLine[]): SagaRecord | undefined {
  const lines = history
    .filter(({ topic }) => topic === saga)
    .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  const [first] = lines;
  if (first === undefined) return undefined;
  const root = linesOf(lines, 'engaged').find(({ line }) => line['role'] === 'root');
  const verb = verbIn(root === undefined ? lines : [root]);
  const owner = root?.address.service ?? null;
  const nodes = nodesIn(lines);
  const roster = rosterIn(lines);
  const answers = answersIn(lines);
  const decisions = decisionsIn(lines);
  const open = [
    ...openQuestions({ nodes, roster, answers, verb }),
    ...openPromises(lines, owner),
    ...openRemovals(lines, nodes),
  ];
  return {
    saga,
    verb,
    state: stateOf(decisions, lines, open),
    owner,
    requestedBy: root === undefined ? null : textOrNull(root.line, 'requestedBy'),
    requestedAtMs: (root ?? first).atMs,
    nodes,
    roster,
    answers,
    decisions,
    removed: removedIn(lines),
    files: filesIn(lines),
    detached: detachedIn(lines),
    retained: retainedIn(lines),
    open,
    overrides: overridesIn(lines),
    alarms: alarmsIn(lines),
    blocked: blockedIn(lines),
    legacy: legacyIn(lines),
  };
}
