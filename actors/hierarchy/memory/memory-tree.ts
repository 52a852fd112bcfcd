/**
 * The nodes of the hierarchy in memory: the port `TreeRows` over `MemoryTables`.
 *
 * 1. A lock does nothing: commits run one after another (`memory-store.ts`).
 */
import { Broken } from '../../../runtime/ports/errors.ts';
import type { UndoLog } from '../../../runtime/ports/undo-log.ts';
import type { ForeignNode } from '../../consent/nodes.ts';
import { folded } from '../rules/name-fold.ts';
import { inOrder, isBehind } from '../rules/pages.ts';
import type { SearchWindow, SiblingFacts, TreeRows } from '../rules/rows.ts';
import {
  foreignNodeOf,
  isOwnNode,
  type NewNode,
  type NodeHead,
  sortIndexOf,
  type TreeNode,
} from '../rules/tree-node.ts';
import { MemoryNodeLinks } from './memory-node-links.ts';
import type { MemoryTables } from './memory-tables.ts';
import { MemoryWalks, reachable } from './memory-walks.ts';

export class MemoryTree implements TreeRows {
  readonly walks: MemoryWalks;
  readonly links: MemoryNodeLinks;
  readonly #tables: MemoryTables;
  readonly #undo: UndoLog;

  constructor(tables: MemoryTables, undo: UndoLog) {
    this.walks = new MemoryWalks(tables);
    this.links = new MemoryNodeLinks(tables, undo);
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

  async entitiesBelow(parentIds: readonly string[]): Promise<ForeignNode[]> {
    return [...new Set(parentIds)]
      .flatMap((id) => this.#tables.childrenOf(id))
      .filter(({ kind }) => kind === 'entity')
      .map(foreignNodeOf);
  }

  async ofService(service: string): Promise<TreeNode[]> {
    return [...this.#tables.nodes.values()].filter((node) => node.service === service);
  }

  async referrers(ids: readonly string[], objectClass: string): Promise<TreeNode[]> {
    const wanted = new Set<unknown>(ids);
    return [...this.#tables.nodes.values()].filter(
      (node) => isOwnNode(node, objectClass) && refersTo(node, wanted),
    );
  }

  async mentions(ids: readonly string[]): Promise<string[]> {
    const texts = (await this.nodes(ids)).flatMap((node) =>
      [node.parentId, ...Object.values(node.attributes)].flat(),
    );
    return [...new Set(texts.filter((text) => typeof text === 'string'))];
  }

  async holders(texts: readonly string[]): Promise<TreeNode[]> {
    const wanted = new Set<unknown>(texts);
    return [...this.#tables.nodes.values()].filter(
      (node) => node.kind === 'entity' && refersTo(node, wanted),
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
        return reachable(start, targets);
      case 'children':
        return reachable(start.flatMap(children), targets);
      case 'subtree':
        return reachable(start, (node) => [...children(node), ...targets(node)]);
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

  async remove(ids: readonly string[]): Promise<void> {
    const going = new Set(ids);
    for (const { nodeId, name, id } of [...this.#tables.links.values()])
      if (going.has(nodeId) || going.has(id)) await this.links.drop(nodeId, name, [id]);
    for (const id of ids) this.#tables.nodes.drop(this.#undo, id);
  }

  #put(node: TreeNode): void {
    this.#tables.nodes.put(this.#undo, node.id, node);
  }
}

function refersTo(node: TreeNode, ids: ReadonlySet<unknown>): boolean {
  return Object.values(node.attributes).some((values) => values.some((value) => ids.has(value)));
}

/** A default sorts before all other nodes, so that a class with a default keeps the default. */
function goesBefore(node: TreeNode, other: TreeNode): boolean {
  return node.isDefault === other.isDefault ? node.seq < other.seq : node.isDefault;
}
