/**
 * The order in which a saga engages nodes. The reverse order is the order of the removal.
 */
import type { NodeHead } from './tree-node.ts';

type Ordered = Pick<NodeHead, 'id' | 'parentId' | 'seq'>;

export type Placed<Node> = {
  readonly node: Node;
  readonly depth: number;
};

/**
 * The nodes with every parent before its children; nodes of the same depth stand in the order of
 * their creation. A node whose parent is not among the nodes has the depth `topDepth`; any other
 * node is one level deeper than its parent.
 */
export function parentsFirst<Node extends Ordered>(
  nodes: readonly Node[],
  topDepth: number,
): readonly Placed<Node>[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const depths = new Map<string, number>();
  for (const node of byId.values()) measure(node, byId, depths, topDepth);
  const placed = [...byId.values()].map((node) => ({
    node,
    depth: depths.get(node.id) ?? topDepth,
  }));
  return placed.sort((a, b) => a.depth - b.depth || a.node.seq - b.node.seq);
}

/**
 * Climbs to the first ancestor with a known depth, or to the top. A loop instead of a recursion,
 * because trees may be deep.
 */
function measure(
  node: Ordered,
  byId: ReadonlyMap<string, Ordered>,
  depths: Map<string, number>,
  topDepth: number,
): void {
  const climbed: Ordered[] = [];
  for (
    let at: Ordered | undefined = node;
    at !== undefined && !depths.has(at.id);
    at = byId.get(at.parentId ?? '')
  )
    climbed.push(at);
  for (const at of climbed.reverse())
    depths.set(at.id, (depths.get(at.parentId ?? '') ?? topDepth - 1) + 1);
}
