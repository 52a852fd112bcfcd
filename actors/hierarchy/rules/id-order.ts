/**
 * The order of nodes in a result that has no other order. A store returns its rows in any order, so
 * without a rule the same tree would be two results, in two stores or on two days.
 */
export function inIdOrder<Node extends { readonly id: string }>(
  nodes: readonly Node[],
): readonly Node[] {
  return [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
}
