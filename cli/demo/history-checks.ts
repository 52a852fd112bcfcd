/**
 * The demo's proofs from history lines: the decision came first, and dependants went before the
 * nodes that they depend on. Pure.
 */
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import { nodeIdsOf } from './history-sentences.ts';
import { type ShopCard, type ShopNode, withDescendants } from './shop.ts';

/** Throws an error with the message unless the condition holds. */
export function must(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** When each node was removed, by its id. */
export function removalTimes(lines: readonly HistoryLine[]): ReadonlyMap<string, number> {
  const removals = lines.filter(({ line }) => line['what'] === 'deleted');
  return new Map(
    removals.flatMap(({ line, atMs }) => nodeIdsOf(line).map((id) => [id, atMs] as const)),
  );
}

/** When the owner of the saga decided. */
export function decisionTime(lines: readonly HistoryLine[]): number | undefined {
  return lines.find(({ line }) => line['what'] === 'decided' && line['role'] === 'root')?.atMs;
}

/**
 * Every node at or below `top` was removed, and each node after all nodes below. `ids`: by `cn`.
 */
export function checkRemovalOrder(
  top: ShopNode,
  lines: readonly HistoryLine[],
  ids: ReadonlyMap<string, string>,
): void {
  const times = removalTimes(lines);
  const removedAtMs = ({ attributes: { cn } }: ShopNode): number => {
    const atMs = times.get(ids.get(cn) ?? '');
    must(atMs !== undefined, `the history has no removal of ${cn}`);
    return atMs;
  };
  for (const node of withDescendants(top)) {
    const later = (node.children ?? []).find((child) => removedAtMs(child) > removedAtMs(node));
    must(later === undefined, `${node.attributes.cn} was removed before ${later?.attributes.cn}`);
  }
}

/** The card was marked as deleted first; then its row was removed; then all of its files. */
export function checkCardOrder({ id, images }: ShopCard, lines: readonly HistoryLine[]): void {
  const times = (what: string): readonly number[] =>
    lines.filter(({ line }) => line['what'] === what).map(({ atMs }) => atMs);
  const [markedMs = Number.NaN] = times('card state');
  const [removedMs = Number.NaN] = times('card removed');
  const filesMs = times('file removed');
  const isOrdered = markedMs <= removedMs && filesMs.every((atMs) => removedMs <= atMs);
  must(
    isOrdered && filesMs.length === images.length,
    `the card ${id} was not removed in the order state, row, files: ` +
      JSON.stringify({ markedMs, removedMs, filesMs }),
  );
}
