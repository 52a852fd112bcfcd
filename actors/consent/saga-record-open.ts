/**
 * The open questions of a saga record: which service waits for which voters. Pure.
 *
 * A question is open while the roster has an entry without a final answer. Nothing else about the
 * question is stored.
 */
import { identityOf } from '../../runtime/ports/identity.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import { linesOf, nodeIdsIn } from './saga-history.ts';
import type { SagaRecord } from './saga-record-schema.ts';

type Item<Name extends 'nodes' | 'roster' | 'answers' | 'open'> = SagaRecord[Name][number];

/** After the decision only an `ok` or an operator ends the waiting. */
function endsWaiting({ answer, question }: Item<'answers'>): boolean {
  return question.startsWith('may') || answer === 'ok' || answer === 'skipped';
}

/** One item for each service and question. */
export function openQuestions({
  nodes,
  roster,
  answers,
  verb,
}: Pick<SagaRecord, 'nodes' | 'roster' | 'answers' | 'verb'>): readonly Item<'open'>[] {
  const [vote, cleanUp] = verb === 'update' ? ['mayUpdate', 'updating'] : ['mayDelete', 'deleting'];
  const isAnswered = ({ voter, askedBy, nodeId }: Item<'roster'>, question: string): boolean =>
    answers.some(
      (answer) =>
        answer.voter === voter &&
        answer.askedBy === askedBy &&
        answer.nodeId === nodeId &&
        answer.question === question &&
        endsWaiting(answer),
    );
  const items = new Map<string, Item<'open'>>();
  for (const entry of roster) {
    const node = nodes.find(({ id, service }) => id === entry.nodeId && service === entry.askedBy);
    const question = (node?.state === 'engaged' ? vote : cleanUp) ?? '';
    if (node === undefined || node.endedAtMs !== null || isAnswered(entry, question)) continue;
    const key = identityOf(entry.askedBy, question);
    const known = items.get(key);
    items.set(key, {
      service: entry.askedBy,
      nodeIds: [...new Set([...(known?.nodeIds ?? []), entry.nodeId])],
      question,
      waitingFor: [...new Set([...(known?.waitingFor ?? []), entry.voter])],
      sinceMs: known?.sinceMs ?? entry.listedAtMs,
    });
  }
  return [...items.values()];
}

/** The promises of voters that have heard of no end. Such a voter waits for the owner. */
export function openPromises(
  lines: readonly HistoryLine[],
  owner: string | null,
): readonly Item<'open'>[] {
  const ends = linesOf(lines, 'fulfilled', 'released', 'refused');
  return linesOf(lines, 'promised').flatMap(({ address: { service }, atMs, line }) => {
    const endsPromise = (end: HistoryLine, id: string): boolean =>
      end.address.service === service &&
      end.atMs >= atMs &&
      (end.line['what'] !== 'fulfilled' || nodeIdsIn(end.line).includes(id));
    const nodeIds = nodeIdsIn(line).filter((id) => !ends.some((end) => endsPromise(end, id)));
    if (nodeIds.length === 0) return [];
    const waitingFor = owner === null ? [] : [owner];
    return [{ service, nodeIds, question: 'the decision', waitingFor, sinceMs: atMs }];
  });
}

/**
 * The blocked removals: one item for each service that has decided about nodes and not removed
 * them.
 */
export function openRemovals(
  lines: readonly HistoryLine[],
  nodes: SagaRecord['nodes'],
): readonly Item<'open'>[] {
  const blocked = new Map(linesOf(lines, 'blocked').map((line) => [line.address.service, line]));
  return [...blocked].flatMap(([service, { atMs, line }]) => {
    const named = new Set(nodeIdsIn(line));
    const left = nodes.filter(
      (node) => node.service === service && node.endedAtMs === null && named.has(node.id),
    );
    const nodeIds = left.map(({ id }) => id);
    if (nodeIds.length === 0) return [];
    return [{ service, nodeIds, question: 'the removal', waitingFor: [], sinceMs: atMs }];
  });
}
