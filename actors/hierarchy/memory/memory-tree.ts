/**
 * The nodes of the hierarchy in memory: the port `TreeRows` over `MemoryTables`.
 *
 * 1. A lock does nothing: commits run one after another (`memory-store.ts`).
 */
import { Broken } from '../../../runtime/ports/errors.ts';
import { identityOf } from '../../../runtime/ports/identity.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { ForeignNode } from '../../consent/nodes.ts';
import { folded } from '../rules/name-fold.ts';
import { inOrder, isBehind } from '../rules/pages.ts';
import type { SearchWindow, SiblingFacts, TreeRows } from '../rules/rows.ts';
import {
  isOwnNode,
  type NewNode,
  type NodeHead,
  type PathStep,
  sortIndexOf,
  type TreeNode,
} from '../rules/tree-node.ts';
import type { LinkedNode } from '../store.ts';
import type { MemoryTables } from './memory-tables.ts';

export class MemoryTree implements TreeRows {
  readonly #tables: MemoryTables;
  readonly #undo: UndoLog;

  constructor(tables: MemoryTables, undo: UndoLog) {
    this.#tables = tables;
    this.#undo = undo;
  }

  async nodes(ids: readonly string[]): Promise<TreeNode[]> {
    return [...new Set(ids)].flatMap((id) => this.#tables.nodes.get(id) ?? []);
  }

  lockNodes(ids: readonly string[]): Promise<TreeNode[]> {
    return this.nodes(ids);
  }

  heads(ids: readonly string[]): Promise<NodeHead[]> {
    return this.nodes(ids);
  }

  lockHeads(ids: readonly string[]): Promise<NodeHead[]> {
    return this.nodes(ids);
  }

  async lockMoves(): Promise<void> {}

  async named(parentId: string | null, cn: string): Promise<TreeNode | undefined> {
    return this.#tables.childrenOf(parentId).find((child) => child.cn === cn);
  }

  async namedAmong(parentIds: readonly string[], names: readonly string[]): Promise<TreeNode[]> {
    const wanted = new Set(names);
    return parentIds.flatMap((id) =>
      this.#tables.childrenOf(id).filter((child) => wanted.has(child.cn)),
    );
  }

  async namedInAnyCase(parentId: string | null, cn: string): Promise<TreeNode | undefined> {
    const wanted = folded(cn);
    const found = this.#tables
      .childrenOf(parentId)
      .filter((child) => folded(child.cn) === wanted)
      .sort((a, b) => a.seq - b.seq);
    return found.find((child) => child.cn === cn) ?? found[0];
  }

  async atPath(path: readonly string[]): Promise<TreeNode | undefined> {
    let at: TreeNode | undefined;
    for (const [step, cn] of path.entries()) {
      if (step > 0 && at === undefined) return undefined;
      at = await this.named(at?.id ?? null, cn);
    }
    return at;
  }

  async children(parentIds: readonly string[], objectClass: string): Promise<NodeHead[]> {
    return [...new Set(parentIds)]
      .flatMap((id) => this.#tables.childrenOf(id))
      .filter((child) => isOwnNode(child, objectClass));
  }

  async contiguous(ids: readonly string[], objectClass: string): Promise<TreeNode[]> {
    const own = (node: TreeNode) => isOwnNode(node, objectClass);
    return this.#reach((await this.nodes(ids)).filter(own), (node) =>
      this.#tables.childrenOf(node.id).filter(own),
    );
  }

  async entitiesBelow(parentIds: readonly string[]): Promise<ForeignNode[]> {
    return [...new Set(parentIds)]
      .flatMap((id) => this.#tables.childrenOf(id))
      .filter(({ kind }) => kind === 'entity')
      .map(foreignNodeOf);
  }

  async beneath(ids: readonly string[], objectClass: string): Promise<ForeignNode[]> {
    const above = await this.contiguous(ids, objectClass);
    const below = await this.entitiesBelow(above.map(({ id }) => id));
    return below.filter((node) => node.objectClass !== objectClass);
  }

  async dependants(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
  ): Promise<TreeNode[]> {
    const wanted = new Set<unknown>(ids);
    const refers = ({ attributes }: TreeNode): boolean =>
      deleting.some((name) => [attributes[name] ?? []].flat().some((value) => wanted.has(value)));
    const referrers = await this.referrers(ids, objectClass);
    const direct = [...(await this.children(ids, objectClass)), ...referrers.filter(refers)];
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

  async ofService(service: string): Promise<TreeNode[]> {
    return [...this.#tables.nodes.values()].filter((node) => node.service === service);
  }

  async attachments(ids: readonly string[]): Promise<PathStep[]> {
    const attached = (id: string) =>
      this.#tables.childrenOf(id).filter(({ kind }) => kind === 'system' || kind === 'alias');
    return this.#reach([...new Set(ids)].flatMap(attached), (node) => attached(node.id));
  }

  async lineage(ids: readonly string[]): Promise<PathStep[]> {
    return this.#reach(await this.nodes(ids), ({ parentId, aliasOf }) =>
      [parentId, aliasOf].flatMap((id) => this.#tables.nodes.get(id ?? '') ?? []),
    );
  }

  async referrers(ids: readonly string[], objectClass: string): Promise<TreeNode[]> {
    const wanted = new Set<unknown>(ids);
    return [...this.#tables.nodes.values()].filter(
      (node) => isOwnNode(node, objectClass) && refersTo(node, wanted),
    );
  }

  async dependedOn(
    service: string,
    ids: readonly string[],
    except: readonly string[],
  ): Promise<string[]> {
    const going = new Set(except);
    const others = [...this.#tables.nodes.values()].filter(
      (node) => node.service === service && !going.has(node.id),
    );
    return ids.filter((id) =>
      others.some((node) => node.parentId === id || refersTo(node, new Set([id]))),
    );
  }

  async countChildren(parentId: string): Promise<number> {
    return this.#tables.childrenOf(parentId).length;
  }

  async search(window: SearchWindow): Promise<TreeNode[]> {
    const { deref, objectClass, portion } = window;
    const shown = this.#inReach(window).filter((node) => !(deref && node.kind === 'alias'));
    const found =
      objectClass === undefined ? shown : shown.filter((node) => isOwnNode(node, objectClass));
    if (portion === undefined) return found;
    const { count, order } = portion;
    if (order === 'any') return found.slice(0, count);
    return [...inOrder(found.filter((node) => isBehind(node, order.behind)))].slice(0, count);
  }

  #inReach({ reach, ids, deref }: SearchWindow): TreeNode[] {
    const start = ids.flatMap((id) => this.#tables.nodes.get(id) ?? []);
    const targets = (node: TreeNode) =>
      deref ? [this.#tables.nodes.get(node.aliasOf ?? '') ?? []].flat() : [];
    const children = (node: TreeNode) => this.#tables.childrenOf(node.id);
    switch (reach) {
      case 'named':
        return this.#reach(start, targets);
      case 'children':
        return this.#reach(start.flatMap(children), targets);
      case 'subtree':
        return this.#reach(start, (node) => [...children(node), ...targets(node)]);
      case 'all':
        return [...this.#tables.nodes.values()];
    }
  }

  async siblings(parentId: string, objectClass: string): Promise<SiblingFacts> {
    const entities = this.#tables.childrenOf(parentId).filter((child) => child.kind === 'entity');
    const indexes = entities.flatMap((child) => sortIndexOf(child.attributes) ?? []);
    return {
      maxIndex: indexes.length === 0 ? null : indexes.reduce((a, b) => Math.max(a, b)),
      hasDefault: entities.some((child) => child.isDefault && child.objectClass === objectClass),
    };
  }

  async insert(nodes: readonly NewNode[]): Promise<void> {
    for (const node of nodes) {
      if (this.#tables.nodes.get(node.id))
        throw new Broken('broken', 'a node is there already', { at: node.id });
      this.#put({ ...node, version: 1, seq: this.#tables.nextSeq() });
    }
  }

  async ensureRoot(node: NewNode): Promise<TreeNode> {
    const root = await this.named(null, node.cn);
    if (root !== undefined) return root;
    await this.insert([node]);
    return this.ensureRoot(node);
  }

  async replace(node: TreeNode): Promise<void> {
    this.#put({ ...node, version: node.version + 1 });
  }

  async replaceAttributes(nodes: readonly Pick<TreeNode, 'id' | 'attributes'>[]): Promise<void> {
    const given = new Map(nodes.map(({ id, attributes }) => [id, attributes]));
    for (const node of await this.nodes([...given.keys()]))
      await this.replace({ ...node, attributes: given.get(node.id) ?? node.attributes });
  }

  async hand(ids: readonly string[], service: string, objectClass: string): Promise<void> {
    for (const node of await this.nodes(ids)) {
      const isDefault = node.isDefault && node.objectClass === objectClass;
      this.#put({ ...node, service, objectClass, isDefault, version: node.version + 1 });
    }
  }

  async raiseVersions(ids: readonly string[]): Promise<void> {
    for (const node of await this.nodes(ids)) this.#put({ ...node, version: node.version + 1 });
  }

  async clearDefault(parentId: string, objectClass: string): Promise<void> {
    const defaults = this.#tables
      .childrenOf(parentId)
      .filter((child) => child.isDefault && child.objectClass === objectClass);
    for (const node of defaults)
      this.#put({ ...node, isDefault: false, version: node.version + 1 });
  }

  async promoteDefaults(parentIds: readonly string[]): Promise<void> {
    for (const parentId of new Set(parentIds)) {
      const oldest = new Map<string, TreeNode>();
      for (const child of this.#tables
        .childrenOf(parentId)
        .filter(({ kind }) => kind === 'entity')) {
        const first = oldest.get(child.objectClass);
        if (first === undefined || goesBefore(child, first)) oldest.set(child.objectClass, child);
      }
      for (const node of oldest.values())
        if (!node.isDefault) this.#put({ ...node, isDefault: true, version: node.version + 1 });
    }
  }

  async links(nodeId: string, name: string): Promise<LinkedNode[]> {
    return [...this.#tables.links.values()]
      .filter((row) => row.nodeId === nodeId && row.name === name)
      .map(({ id, attributes }) => ({ id, attributes }));
  }

  async putLinks(
    nodeId: string,
    name: string,
    to: readonly string[],
    attributes: JsonObject,
  ): Promise<void> {
    for (const id of to)
      this.#tables.links.put(this.#undo, identityOf(nodeId, name, id), {
        nodeId,
        name,
        id,
        attributes,
      });
  }

  async dropLinks(nodeId: string, name: string, to: readonly string[]): Promise<void> {
    for (const id of to) this.#tables.links.drop(this.#undo, identityOf(nodeId, name, id));
  }

  async remove(ids: readonly string[]): Promise<void> {
    const going = new Set(ids);
    for (const { nodeId, name, id } of [...this.#tables.links.values()])
      if (going.has(nodeId) || going.has(id)) await this.dropLinks(nodeId, name, [id]);
    for (const id of ids) this.#tables.nodes.drop(this.#undo, id);
  }

  #put(node: TreeNode): void {
    this.#tables.nodes.put(this.#undo, node.id, node);
  }

  /** The start and all nodes that `next` leads to, each once. */
  #reach(
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
}

function foreignNodeOf({ id, cn, objectClass, service, parentId }: TreeNode): ForeignNode {
  return { id, cn, objectClass, service: service ?? '', parentId: parentId ?? '' };
}

function refersTo(node: TreeNode, ids: ReadonlySet<unknown>): boolean {
  return Object.values(node.attributes).some((values) => values.some((value) => ids.has(value)));
}

/** A default sorts before all other nodes, so that a class with a default keeps the default. */
function goesBefore(node: TreeNode, other: TreeNode): boolean {
  return node.isDefault === other.isDefault ? node.seq < other.seq : node.isDefault;
}
