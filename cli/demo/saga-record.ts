/**
 * The record of one saga: its lines as a compact table, and what the demo proves from them. Pure.
 */
import type { HistoryLine } from '../../runtime/ports/journal.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import { grouped, nodeIdsOf, shortName } from './sentences.ts';

function counterpart({ voters, voter, requestedBy }: JsonObject): string {
  return [voters, voter, requestedBy]
    .flat()
    .filter((who) => typeof who === 'string')
    .map(shortName)
    .join(', ');
}

function rowOf({ address, atMs, line }: HistoryLine, startedAtMs: number): readonly string[] {
  const count = nodeIdsOf(line).length;
  const nodes = count === 0 ? '' : `${count} ${count === 1 ? 'node' : 'nodes'}`;
  return [
    `${atMs - startedAtMs} ms`,
    shortName(address.service),
    String(line['what']),
    counterpart(line),
    nodes,
    String(line['response'] ?? ''),
  ];
}

/** One row a line: when, who, what, with whom, how many nodes, which answer. */
export function recordTable(lines: readonly HistoryLine[]): readonly string[] {
  const startedAtMs = lines[0]?.atMs ?? 0;
  const rows = [
    ['when', 'who', 'what', 'with', 'about', 'answer'],
    ...grouped(lines).map((line) => rowOf(line, startedAtMs)),
  ];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padStart(widths[0] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** When each node was removed, by id. */
export function removals(lines: readonly HistoryLine[]): ReadonlyMap<string, number> {
  const removed = lines.filter(({ line }) => line['what'] === 'deleted');
  return new Map(
    removed.flatMap(({ line, atMs }) => nodeIdsOf(line).map((id) => [id, atMs] as const)),
  );
}

/** The line of the root's decision. */
export function decisionOf(lines: readonly HistoryLine[]): HistoryLine | undefined {
  return lines.find(({ line }) => line['what'] === 'decided' && line['role'] === 'root');
}
