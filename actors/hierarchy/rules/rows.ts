/**
 * The port between the store's rules (`reads.ts`, `node-writes.ts`, `removal.ts`) and the two
 * adapters of the tables.
 *
 * Every rule is written once, above this port. An adapter finds, locks and changes sets of rows,
 * and decides nothing.
 * 1. Unknown ids, and texts that are no node ids, are skipped. Results have no order unless the
 *    method names an order.
 * 2. Lock before look: `lock…` holds the rows until the transaction ends and returns their state
 *    under the lock. Rows are locked in the order of their ids, so that two transactions rarely wait
 *    for each other.
 * 3. All look-ups of a read belong to the same snapshot. Within a transaction each call sees the
 *    commits before the call.
 */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import type { ForeignNode } from '../../consent/nodes.ts';
import type { AttributeValue, LinkedNode } from '../store.ts';
import type { Place } from './pages.ts';
import type { NewNode, NodeHead, PathStep, TreeNode } from './tree-node.ts';

/** The nodes that a search may find. The filter is applied above the port. */
export type SearchWindow = {
  /**
   * `named`: these ids; `children`, `subtree`: of these ids; `all`: the whole tree, without regard
   * to the ids.
   */
  readonly reach: 'named' | 'children' | 'subtree' | 'all';
  readonly ids: readonly string[];
  /** Aliases are followed, and are not found themselves. */
  readonly deref: boolean;
  /** Only nodes of services, of this class. */
  readonly objectClass: string | undefined;
  /** Every wanted node satisfies all probes; an adapter may use them for an index. */
  readonly probes: readonly Probe[];
  /** Absent: all of these nodes. */
  readonly portion?: Portion;
};

/** At most `count` of the nodes that a window finds. */
export type Portion = {
  readonly count: number;
  /**
   * `any` takes nodes in no order; else the first nodes in the order of `pages.ts`; with `behind`,
   * the first nodes behind this place.
   */
  readonly order: 'any' | { readonly behind?: Place };
};

/**
 * The attribute has one of these values, in the same JSON type, or its text matches one of these
 * patterns. `cn` is an attribute here.
 */
export type Probe = {
  readonly attribute: string;
  readonly values: readonly AttributeValue[];
  /** Of each pattern: the texts between its wildcards, at least two. */
  readonly patterns: readonly (readonly string[])[];
};

/** The facts about the siblings of a new node. */
export type SiblingFacts = {
  /** Highest `prsIndex` of an entity node below the parent; null when no node has an index. */
  readonly maxIndex: number | null;
  /** Whether a sibling of the class is `prsDefault`. */
  readonly hasDefault: boolean;
};

/** The nodes of one class that a walk reaches. */
export type Reached = {
  readonly own: readonly TreeNode[];
  /** Entity nodes of other classes directly below these nodes. */
  readonly beneath: readonly ForeignNode[];
};

/** Walks from node to node, over any number of levels. */
export interface TreeWalks {
  /** The node at the path from the root; undefined when a step is missing. */
  atPath(path: readonly string[]): Promise<TreeNode | undefined>;
  /**
   * These nodes of the class, and all nodes below them that are reached through entity nodes of the
   * class only.
   */
  contiguous(ids: readonly string[], objectClass: string): Promise<Reached>;
  /**
   * The nodes that `contiguous` finds for the dependants of these ids: the children of the class, and
   * the nodes of the class with one of the ids in one of the attributes `deleting`. None, when every
   * node of the class is in `except`.
   */
  dependants(
    ids: readonly string[],
    objectClass: string,
    deleting: readonly string[],
    except: readonly string[],
  ): Promise<Reached>;
  /** System and alias nodes below these nodes, reached through system and alias nodes only. */
  attachments(ids: readonly string[]): Promise<readonly PathStep[]>;
  /** These nodes and all nodes above them, each once. An alias leads to its target as well. */
  lineage(ids: readonly string[]): Promise<readonly PathStep[]>;
}

/** Named links between nodes: the members of a group, for example. */
export interface NodeLinks {
  rows(nodeId: string, name: string): Promise<readonly LinkedNode[]>;
  /** Writes links under the name; a link that exists gets these attributes. */
  put(nodeId: string, name: string, to: readonly string[], attributes: JsonObject): Promise<void>;
  drop(nodeId: string, name: string, to: readonly string[]): Promise<void>;
}

export interface TreeRows {
  readonly walks: TreeWalks;
  readonly links: NodeLinks;

  nodes(ids: readonly string[]): Promise<readonly TreeNode[]>;
  lockNodes(ids: readonly string[]): Promise<readonly TreeNode[]>;
  heads(ids: readonly string[]): Promise<readonly NodeHead[]>;
  lockHeads(ids: readonly string[]): Promise<readonly NodeHead[]>;
  /** Locks out other moves: two concurrent moves could make a circle. */
  lockMoves(): Promise<void>;
  named(parentId: string | null, cn: string): Promise<TreeNode | undefined>;
  /** Nodes directly below the parents with one of these names. */
  namedAmong(parentIds: readonly string[], names: readonly string[]): Promise<readonly TreeNode[]>;
  /** Like `named`, without regard to case; the node with exactly this name goes first. */
  namedInAnyCase(parentId: string | null, cn: string): Promise<TreeNode | undefined>;
  /** Entity nodes directly below these nodes, without attributes. */
  entitiesBelow(parentIds: readonly string[]): Promise<readonly ForeignNode[]>;
  ofService(service: string): Promise<readonly TreeNode[]>;
  /** Entity nodes of the class that hold one of these ids in any attribute. */
  referrers(ids: readonly string[], objectClass: string): Promise<readonly TreeNode[]>;
  /** The ids of the parents, and the texts in all attributes of these nodes; each once. */
  mentions(ids: readonly string[]): Promise<readonly string[]>;
  /** Entity nodes of any class that hold one of these texts in any attribute. */
  holders(texts: readonly string[]): Promise<readonly TreeNode[]>;
  /**
   * The ids that a node of this service outside `except` depends on, as a child or by a reference.
   */
  dependedOn(
    service: string,
    ids: readonly string[],
    except: readonly string[],
  ): Promise<readonly string[]>;
  countChildren(parentId: string): Promise<number>;
  search(window: SearchWindow): Promise<readonly TreeNode[]>;
  siblings(parentId: string, objectClass: string): Promise<SiblingFacts>;

  /** Inserts the nodes in the given order, parents first. */
  insert(nodes: readonly NewNode[]): Promise<void>;
  /** Inserts the root unless the tree has a root; returns the root of the tree. */
  ensureRoot(node: NewNode): Promise<TreeNode>;
  /** Writes name, place, attributes and default flag, and raises the version. */
  replace(node: TreeNode): Promise<void>;
  /** Writes the attributes of the nodes, and raises their versions. */
  replaceAttributes(nodes: readonly Pick<TreeNode, 'id' | 'attributes'>[]): Promise<void>;
  /**
   * Writes the service and the class of the nodes, and raises their versions. A node that had
   * another class is no default any more.
   */
  hand(ids: readonly string[], service: string, objectClass: string): Promise<void>;
  raiseVersions(ids: readonly string[]): Promise<void>;
  /**
   * Removes the default flag of the class below the parent; raises the version of the former default.
   */
  clearDefault(parentId: string, objectClass: string): Promise<void>;
  /**
   * Makes the oldest node of a class the default, below each parent where the class has no default;
   * raises that node's version.
   */
  promoteDefaults(parentIds: readonly string[]): Promise<void>;
  /**
   * Removes the nodes with all links from them and to them. No node has a child outside of the
   * given nodes.
   */
  remove(ids: readonly string[]): Promise<void>;
}
