/**
 * Walks through the tree in memory: the port `TreeWalks` over `MemoryTables`.
 */
import type { ForeignNode } from '../../consent/nodes.ts';
import type { TreeWalks } from '../rules/rows.ts';
import { isOwnNode, type PathStep, type TreeNode } from '../rules/tree-node.ts';
import type { MemoryTables } from './memory-tables.ts';

export class MemoryWalks implements TreeWalks {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  async atPath(path: readonly string[]): Promise<TreeNode | undefined> {
    let at: TreeNode | undefined;
    for (const [step, cn] of path.entries()) {
      if (step > 0 && at === undefined) return undefined;
      at = this.#tables.childrenOf(at?.id ?? null).find((child) => child.cn === cn);
    }
    return at;
  }

  async contiguous(ids: readonly string[], objectClass: string): Promise<TreeNode[]> {
    const own = (node: TreeNode) => isOwnNode(node, objectClass);
    return reachable(this.#nodes(ids).filter(own), (node) =>
      this.#tables.childrenOf(node.id).filter(own),
    );
  }

  async dependants(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
  ): Promise<TreeNode[]> {
    const wanted = new Set<unknown>(ids);
    const refers = ({ attributes }: TreeNode): boolean =>
      deleting.some((name) => [attributes[name] ?? []].flat().some((value) => wanted.has(value)));
    const children = [...new Set(ids)].flatMap((id) => this.#tables.childrenOf(id));
    const referrers = [...this.#tables.nodes.values()].filter(refers);
    const direct = [...children, ...referrers].filter((node) => isOwnNode(node, objectClass));
    return this.contiguous(
      direct.map(({ id }) => id),
      objectClass,
    );
  }

  async beneathDependants(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
  ): Promise<ForeignNode[]> {
    const above = await this.dependants(ids, objectClass, deleting);
    return this.beneath(
      above.map(({ id }) => id),
      objectClass,
    );
  }

  async beneath(ids: readonly string[], objectClass: string): Promise<ForeignNode[]> {
    const above = await this.contiguous(ids, objectClass);
    return above
      .flatMap(({ id }) => this.#tables.childrenOf(id))
      .filter((node) => node.kind === 'entity' && node.objectClass !== objectClass)
      .map(foreignNodeOf);
  }

  async attachments(ids: readonly string[]): Promise<PathStep[]> {
    const attached = (id: string) =>
      this.#tables.childrenOf(id).filter(({ kind }) => kind === 'system' || kind === 'alias');
    return reachable([...new Set(ids)].flatMap(attached), (node) => attached(node.id));
  }

  async lineage(ids: readonly string[]): Promise<PathStep[]> {
    return reachable(this.#nodes(ids), ({ parentId, aliasOf }) =>
      [parentId, aliasOf].flatMap((id) => this.#tables.nodes.get(id ?? '') ?? []),
    );
  }

  #nodes(ids: readonly string[]): TreeNode[] {
    return [...new Set(ids)].flatMap((id) => this.#tables.nodes.get(id) ?? []);
  }
}

/** The start and all nodes that `next` leads to, each once. */
export function reachable(
  start: readonly TreeNode[],
  next: (node: TreeNode) => TreeNode | readonly TreeNode[],
): TreeNode[] {
  const reached = new Map(start.map((node) => [node.id, node]));
  // The iteration of a map also yields the entries that are added during the iteration.
  for (const node of reached.values())
    for (const further of [next(node)].flat())
      if (!reached.has(further.id)) reached.set(further.id, further);
  return [...reached.values()];
}

export function foreignNodeOf({ id, cn, objectClass, service, parentId }: TreeNode): ForeignNode {
  return { id, cn, objectClass, service: service ?? '', parentId: parentId ?? '' };
}
