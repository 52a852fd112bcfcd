/**
 * Gathers the record of one saga from the lines of history its services left. Pure.
 *
 * 1. The lines may come from several journals; they are taken in the order of time.
 * 2. What is open follows from what was asked and what was answered: nothing in it is remembered anywhere else.
 */
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { answerKinds, nodeStates, type SagaRecord } from './saga-record-schema.ts';

type Part<Name extends keyof SagaRecord> = SagaRecord[Name] extends readonly (infer Item)[]
  ? Item
  : never;

function textIn(line: JsonObject, name: string): string {
  const value = line[name];
  return typeof value === 'string' ? value : '';
}

function textOrNull(line: JsonObject, name: string): string | null {
  return textIn(line, name) || null;
}

function textsIn(line: JsonObject, name: string): string[] {
  const value = line[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function objectsIn(line: JsonObject, name: string): readonly JsonObject[] {
  const value: Json | undefined = line[name];
  if (!Array.isArray(value)) return [];
  return value.filter(
    (one) => typeof one === 'object' && one !== null && !Array.isArray(one),
  ) as readonly JsonObject[];
}

function named(lines: readonly HistoryLine[], ...whats: readonly string[]): readonly HistoryLine[] {
  return lines.filter(({ line }) => whats.includes(textIn(line, 'what')));
}

/** Ids in a line's `nodes`, whether they stand there alone or with their names. */
function idsIn(line: JsonObject): string[] {
  return [...textsIn(line, 'nodes'), ...objectsIn(line, 'nodes').map((node) => textIn(node, 'id'))];
}

/** What has come of a node of a service: the last line about it. */
function fateOf(
  lines: readonly HistoryLine[],
  service: string,
  id: string,
): HistoryLine | undefined {
  const fates = named(lines, 'decided', 'deleted', 'updated', 'called off');
  return fates
    .filter(({ address, line }) => address.service === service && idsIn(line).includes(id))
    .at(-1);
}

function nodesIn(lines: readonly HistoryLine[]): Part<'nodes'>[] {
  return named(lines, 'engaged').flatMap(({ address, atMs, line }) =>
    objectsIn(line, 'nodes').map((node) => {
      const id = textIn(node, 'id');
      const fate = fateOf(lines, address.service, id);
      const state =
        nodeStates.find((name) => name === textIn(fate?.line ?? {}, 'what')) ?? 'engaged';
      return {
        ...{
          id,
          cn: textIn(node, 'cn'),
          objectClass: textIn(node, 'objectClass'),
          service: address.service,
        },
        ...{ through: textsIn(line, 'through'), engagedAtMs: atMs },
        state,
        endedAtMs: fate === undefined || state === 'decided' ? null : fate.atMs,
      };
    }),
  );
}

function rosterIn(lines: readonly HistoryLine[]): Part<'roster'>[] {
  const listed = named(lines, 'engaged', 'newcomers').flatMap(({ address, atMs, line }) =>
    objectsIn(line, 'roster').map((entry) => ({
      ...{
        nodeId: textIn(entry, 'nodeId'),
        voter: textIn(entry, 'service'),
        askedBy: address.service,
      },
      ...{ consent: entry['consent'] === true, listedAtMs: atMs },
    })),
  );
  const first = new Map<string, Part<'roster'>>();
  for (const entry of listed) {
    const key = `${entry.askedBy} ${entry.nodeId} ${entry.voter}`;
    if (!first.has(key)) first.set(key, entry);
  }
  return [...first.values()];
}

/** Of all who have done their part those whose own line is missing: it was undone with the removal that their answer led to. */
function undone(
  { address, line }: HistoryLine,
  done: readonly HistoryLine[],
): readonly { readonly voter: string; readonly nodeId: string }[] {
  const own = done.filter((one) => one.address.service === address.service).map((one) => one.line);
  return objectsIn(line, 'roster')
    .map((entry) => ({ voter: textIn(entry, 'service'), nodeId: textIn(entry, 'nodeId') }))
    .filter(
      ({ voter, nodeId }) =>
        !own.some((one) => textIn(one, 'voter') === voter && textIn(one, 'nodeId') === nodeId),
    );
}

function answersIn(lines: readonly HistoryLine[]): Part<'answers'>[] {
  const one = (
    { address, atMs, line }: HistoryLine,
    answer: string,
    voter = textIn(line, 'voter'),
    nodeId = textIn(line, 'nodeId'),
  ) => ({
    ...{ voter, askedBy: address.service, nodeId, question: textIn(line, 'action') },
    answer: answerKinds.find((kind) => kind === answer) ?? 'no',
    ...{ reason: textOrNull(line, 'reason'), atMs },
  });
  const done = named(lines, 'cleaned', 'skipped');
  return named(
    lines,
    'voted',
    'cleaned',
    'all cleaned',
    'skipped',
    'unreachable',
    'not cleaned',
  ).flatMap((entry) => {
    const { line } = entry;
    const what = textIn(line, 'what');
    if (what === 'all cleaned')
      return undone(entry, done).map(({ voter, nodeId }) => one(entry, 'ok', voter, nodeId));
    if (what === 'voted') return [one(entry, textIn(line, 'response'))];
    if (what === 'cleaned' || what === 'skipped')
      return [one(entry, what === 'cleaned' ? 'ok' : 'skipped')];
    const answer = what === 'unreachable' || line['answer'] === null ? 'unreachable' : 'no';
    const reason =
      what === 'not cleaned' ? { ...line, reason: JSON.stringify(line['answer'] ?? null) } : line;
    const about = textsIn(line, 'nodeIds');
    return textsIn(line, 'voters').flatMap((voter) =>
      about.map((nodeId) => one({ ...entry, line: reason }, answer, voter, nodeId)),
    );
  });
}

function reasonsIn(line: JsonObject): string[] {
  return [
    ...objectsIn(line, 'refusals').map(
      (refusal) => `${textIn(refusal, 'service')}: ${textIn(refusal, 'reason')}`,
    ),
    ...textsIn(line, 'silent').map((service) => `${service} was silent`),
    ...textsIn(line, 'unreachable').map((service) => `${service} could not be reached`),
  ];
}

function decisionsIn(lines: readonly HistoryLine[]): Part<'decisions'>[] {
  return named(lines, 'decided', 'called off').map(({ address, atMs, line }) => ({
    ...{
      service: address.service,
      role: textIn(line, 'role'),
      nodeIds: idsIn(line),
      reasons: reasonsIn(line),
      atMs,
    },
    what: textIn(line, 'what') === 'decided' ? 'decided' : 'called off',
  }));
}

function removedIn(lines: readonly HistoryLine[]): Part<'removed'>[] {
  return named(lines, 'deleted').flatMap(({ address, atMs, line }) =>
    objectsIn(line, 'nodes').map((node) => ({
      id: textIn(node, 'id'),
      cn: textIn(node, 'cn'),
      service: address.service,
      atMs,
    })),
  );
}

/** What each service still waits for, one item for each question. */
function openIn(
  nodes: readonly Part<'nodes'>[],
  roster: readonly Part<'roster'>[],
  answers: readonly Part<'answers'>[],
  verb: string,
) {
  const phases =
    verb === 'update' ? (['mayUpdate', 'updating'] as const) : (['mayDelete', 'deleting'] as const);
  const isAnswered = ({ voter, askedBy, nodeId }: Part<'roster'>, question: string): boolean =>
    answers.some(
      (one) =>
        one.voter === voter &&
        one.askedBy === askedBy &&
        one.nodeId === nodeId &&
        one.question === question &&
        closes(one.answer, question),
    );
  const items = new Map<string, Part<'open'>>();
  for (const entry of roster) {
    const node = nodes.find(({ id, service }) => id === entry.nodeId && service === entry.askedBy);
    const question = node?.state === 'engaged' ? phases[0] : phases[1];
    if (node === undefined || node.endedAtMs !== null || isAnswered(entry, question)) continue;
    const key = `${entry.askedBy} ${question}`;
    const item = items.get(key) ?? {
      service: entry.askedBy,
      nodeIds: [],
      question,
      waitingFor: [],
      sinceMs: entry.listedAtMs,
    };
    items.set(key, {
      ...item,
      nodeIds: [...new Set([...item.nodeIds, entry.nodeId])],
      waitingFor: [...new Set([...item.waitingFor, entry.voter])],
    });
  }
  return [...items.values()];
}

/** After the decision only an `ok`, or an operator, ends the waiting. */
function closes(answer: string, question: string): boolean {
  return question.startsWith('may') || answer === 'ok' || answer === 'skipped';
}

/** A voter that has promised and heard nothing waits for its owner. */
function promisesIn(lines: readonly HistoryLine[], owner: string | null): Part<'open'>[] {
  const promised = named(lines, 'promised');
  const ended = named(lines, 'fulfilled', 'released', 'refused');
  return promised.flatMap(({ address: { service }, atMs, line }) => {
    const left = idsIn(line).filter(
      (id) =>
        !ended.some(
          (end) =>
            end.address.service === service &&
            end.atMs >= atMs &&
            (end.line['what'] !== 'fulfilled' || idsIn(end.line).includes(id)),
        ),
    );
    return left.length === 0
      ? []
      : [
          {
            service,
            nodeIds: left,
            question: 'the decision',
            waitingFor: owner === null ? [] : [owner],
            sinceMs: atMs,
          },
        ];
  });
}

function overridesIn(lines: readonly HistoryLine[]): Part<'overrides'>[] {
  return named(lines, 'operator').map(({ address, atMs, line }) => ({
    ...{
      operation: textIn(line, 'operation'),
      service: address.service,
      by: textIn(line, 'by'),
      why: textIn(line, 'why'),
    },
    ...{ voter: textOrNull(line, 'voter'), atMs },
  }));
}

function alarmsIn(lines: readonly HistoryLine[]): Part<'alarms'>[] {
  return named(lines, 'alarm', 'stuck').map(({ address, atMs, line }) => ({
    level: textIn(line, 'what') === 'stuck' ? 'stuck' : 'alarm',
    ...{
      service: address.service,
      waitingFor: textsIn(line, 'waitingFor'),
      reason: textOrNull(line, 'reason'),
      atMs,
    },
  }));
}

function legacyIn(lines: readonly HistoryLine[]): Part<'legacy'>[] {
  return named(lines, 'legacy').map(({ address, atMs, line }) => ({
    ...{
      hole: textIn(line, 'hole'),
      service: address.service,
      peers: textsIn(line, 'peers'),
      atMs,
    },
  }));
}

function stateOf(
  decisions: readonly Part<'decisions'>[],
  lines: readonly HistoryLine[],
  open: readonly Part<'open'>[],
): SagaRecord['state'] {
  const ofRoot = (entries: readonly HistoryLine[]) =>
    entries.some(({ line }) => line['role'] === 'root');
  if (ofRoot(named(lines, 'deleted', 'updated'))) return open.length === 0 ? 'done' : 'decided';
  const roots = decisions.filter(({ role }) => role === 'root');
  if (roots.some(({ what }) => what === 'decided')) return 'decided';
  return roots.some(({ what }) => what === 'called off') ? 'called off' : 'asking';
}

/** The record of the saga these lines are about; undefined when there are none. */
export function sagaRecord(saga: string, history: readonly HistoryLine[]): SagaRecord | undefined {
  const lines = history
    .filter(({ topic }) => topic === saga)
    .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  const [first] = lines;
  if (first === undefined) return undefined;
  const root = named(lines, 'engaged').find(({ line }) => line['role'] === 'root');
  const verb = textIn((root ?? first).line, 'action') === 'update' ? 'update' : 'delete';
  const owner = root?.address.service ?? null;
  const [nodes, roster, answers, decisions] = [
    nodesIn(lines),
    rosterIn(lines),
    answersIn(lines),
    decisionsIn(lines),
  ];
  const open = [...openIn(nodes, roster, answers, verb), ...promisesIn(lines, owner)];
  return {
    ...{ saga, verb, state: stateOf(decisions, lines, open), owner },
    ...{
      requestedBy: root === undefined ? null : textOrNull(root.line, 'requestedBy'),
      requestedAtMs: (root ?? first).atMs,
    },
    ...{ nodes, roster, answers, decisions, removed: removedIn(lines), open },
    ...{ overrides: overridesIn(lines), alarms: alarmsIn(lines), legacy: legacyIn(lines) },
  };
}
