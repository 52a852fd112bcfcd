/**
 * Walks through the tree in memory: the port `TreeWalks` over `MemoryTables`.
 */
import type { Reached, TreeWalks } from '../rules/rows.ts';
import { foreignNodeOf, isOwnNode, type PathStep, type TreeNode } from '../rules/tree-node.ts';
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

  async contiguous(ids: readonly string[], objectClass: string): Promise<Reached> {
    const isOwn = (node: TreeNode) => isOwnNode(node, objectClass);
    const own = reachable(this.#nodes(ids).filter(isOwn), (node) =>
      this.#tables.childrenOf(node.id).filter(isOwn),
    );
    const below = own.flatMap(({ id }) => this.#tables.childrenOf(id));
    const beneath = below.filter((node) => node.kind === 'entity' && !isOwn(node));
    return { own, beneath: beneath.map(foreignNodeOf) };
  }

  async dependants(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
    except: readonly string[],
  ): Promise<Reached> {
    const wanted = new Set<unknown>(ids);
    const refers = ({ attributes }: TreeNode): boolean =>
      deleting.some((name) => [attributes[name] ?? []].flat().some((value) => wanted.has(value)));
    const children = [...new Set(ids)].flatMap((id) => this.#tables.childrenOf(id));
    const referrers = [...this.#tables.nodes.values()].filter(refers);
    const direct = [...children, ...referrers].filter((node) => isOwnNode(node, objectClass));
    const reached = await this.contiguous(
      direct.map(({ id }) => id),
      objectClass,
    );
    const excepted = new Set(except);
    return reached.own.every(({ id }) => excepted.has(id)) ? { own: [], beneath: [] } : reached;
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
