/**
 * The order of found nodes, and the places between the pages of a read.
 *
 * 1. Sorted by `prsIndex`, nodes without one last, ties in the order of creation.
 * 2. A place is made of these two values and not of a node. So the next page begins behind the place
 *    also when the last node of the page before was removed or has moved.
 */
import { sortIndexOf, type TreeNode } from './tree-node.ts';

/** A place in the order. */
export type Place = {
  /** `prsIndex`; Infinity without one. */
  readonly index: number;
  readonly seq: number;
};

export function placeOf({ attributes, seq }: TreeNode): Place {
  return { index: sortIndexOf(attributes) ?? Infinity, seq };
}

/** In the form of `placePattern` (`store.ts`). */
export function placeText(node: TreeNode): string {
  return `${sortIndexOf(node.attributes) ?? ''}:${node.seq}`;
}

/** The place in a text of the form `placePattern`. */
export function placeIn(text: string): Place {
  const [index = '', seq] = text.split(':');
  return { index: index === '' ? Infinity : Number(index), seq: Number(seq) };
}

function compared(a: Place, b: Place): number {
  return a.index === b.index ? a.seq - b.seq : a.index - b.index;
}

export function inOrder(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes
    .map((node) => ({ node, place: placeOf(node) }))
    .sort((a, b) => compared(a.place, b.place))
    .map(({ node }) => node);
}

export function isBehind(node: TreeNode, place: Place | undefined): boolean {
  return place === undefined || compared(placeOf(node), place) > 0;
}
