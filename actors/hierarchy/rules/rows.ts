/**
 * What the store's rules need of the tables: the port between `reads.ts`, `node-writes.ts`, `saga-writes.ts` and the two adapters.
 *
 * Every rule stands once above this port; an adapter finds, locks and changes sets of rows and decides nothing.
 * 1. Ids that are no node ids, or of no node, are passed over in silence. Results have no order unless one is named.
 * 2. `lock…` holds the rows until the transaction ends and returns them as they are once the lock is had; rows are locked in
 *    the order of their ids, nodes before links, so that two transactions wait for each other only when it cannot be helped.
 * 3. Everything read through one instance within one read belongs to one snapshot; within a transaction each call sees what
 *    was committed before it.
 */
import type { AttributeValue, EngagementState, Hold, PromiseState, UnheldSaga } from '../store.ts';
import type { NewNode, PathStep, TreeNode } from './tree-node.ts';

/** Which nodes a search may find; the filter proper is applied above the port. */
export type SearchWindow = {
  /** `named`: these ids; `children`, `subtree`: of these ids; `all`: the whole tree, whatever the ids. */
  readonly reach: 'named' | 'children' | 'subtree' | 'all';
  readonly ids: readonly string[];
  /** Aliases are followed, and are themselves not found. */
  readonly deref: boolean;
  /** Only nodes that services own, of this class. */
  readonly objectClass: string | undefined;
  /** Every node wanted satisfies all of these; an adapter may use them or not. */
  readonly probes: readonly Probe[];
};

/** The attribute has one of these values, in the same JSON type. `cn` is an attribute here. */
export type Probe = {
  readonly attribute: string;
  readonly values: readonly AttributeValue[];
};

/** What a new node must know of those that will stand beside it. */
export type SiblingFacts = {
  /** Highest place of an entity node below the parent; null when none has one. */
  readonly maxIndex: number | null;
  /** Whether one of the class is `prsDefault`. */
  readonly hasDefault: boolean;
};

export interface TreeRows {
  nodes(ids: readonly string[]): Promise<readonly TreeNode[]>;
  lockNodes(ids: readonly string[]): Promise<readonly TreeNode[]>;
  /** One move at a time: two that pass each other could make a circle. */
  lockMoves(): Promise<void>;
  named(parentId: string | null, cn: string): Promise<TreeNode | undefined>;
  /** Down from the root; undefined when a step is missing. */
  atPath(path: readonly string[]): Promise<TreeNode | undefined>;
  /** Direct children, of this class where one is given. */
  children(parentIds: readonly string[], objectClass?: string): Promise<readonly TreeNode[]>;
  /** These nodes, where they are of the class, and all below them reached through entity nodes of the class only. */
  contiguous(ids: readonly string[], objectClass: string): Promise<readonly TreeNode[]>;
  /** System and alias nodes below these, reached through such nodes only. */
  attachments(ids: readonly string[]): Promise<readonly TreeNode[]>;
  /** These nodes and all above them, each once. */
  lineage(ids: readonly string[]): Promise<readonly PathStep[]>;
  /** Entity nodes of the class one of whose attributes holds one of these texts. */
  referrers(ids: readonly string[], objectClass: string): Promise<readonly TreeNode[]>;
  /** Which of the ids have, beside `except`, a child of this service or a node of it that refers to them. */
  dependedOn(
    service: string,
    ids: readonly string[],
    except: readonly string[],
  ): Promise<readonly string[]>;
  countChildren(parentId: string): Promise<number>;
  subscriptionNodes(
    nodeIds: readonly string[],
  ): Promise<readonly { readonly nodeId: string; readonly node: TreeNode }[]>;
  /** Nodes of this class on whose lists the subscriber is. */
  subscribedTo(subscriber: string, objectClass: string): Promise<readonly string[]>;
  search(window: SearchWindow): Promise<readonly TreeNode[]>;
  siblings(parentId: string, objectClass: string): Promise<SiblingFacts>;

  /** In the order given, parents first. */
  insert(nodes: readonly NewNode[]): Promise<void>;
  /** Inserts the root unless there is one; returns the one there is. */
  ensureRoot(node: NewNode): Promise<TreeNode>;
  /** Writes name, place, attributes and default flag, and raises the epoch. */
  replace(node: TreeNode): Promise<void>;
  raiseEpochs(ids: readonly string[]): Promise<void>;
  /** The class has no default below the parent any more; raises the epoch of the one that was. */
  clearDefault(parentId: string, objectClass: string): Promise<void>;
  /** Where a class has nodes and no default below one of the parents, the oldest becomes it; raises its epoch. */
  promoteDefaults(parentIds: readonly string[]): Promise<void>;
  /** None of them has a child that is not among them. */
  remove(ids: readonly string[]): Promise<void>;
}

export type LinkRow = {
  readonly nodeId: string;
  readonly generation: number;
  /** Subscriptions up to this generation were given back. */
  readonly givenUp: number;
  readonly version: number;
};

export type Engagement = Hold & {
  /** The ids in whose questions the node was engaged; none: it was named by the operation itself. */
  readonly through: readonly string[];
  /** Key of the actor that holds the saga. */
  readonly actor: string;
};

export type Tombstone = {
  readonly nodeId: string;
  readonly service: string;
  readonly saga: string;
  readonly atMs: number;
};

/** Which engagements: of one saga, of one service where one is given, on these nodes where they are given. */
export type EngagementSelection = {
  readonly saga: string;
  readonly service?: string;
  readonly nodeIds?: readonly string[];
};

export interface LedgerRows {
  /** Engagements of all sagas on exactly these nodes. */
  holds(nodeIds: readonly string[]): Promise<readonly Hold[]>;
  /** Engagements of all sagas on these nodes and on all above them. */
  holdsUpwards(nodeIds: readonly string[]): Promise<readonly Hold[]>;
  engagements(selection: EngagementSelection): Promise<readonly Hold[]>;
  /** All of a service, of one saga where it is given. */
  engagementsOf(service: string, saga?: string): Promise<readonly Engagement[]>;
  /** Keeps what the same saga has on a node already. */
  engage(engagements: readonly Engagement[]): Promise<void>;
  advance(
    selection: EngagementSelection,
    from: readonly EngagementState[],
    to: EngagementState,
  ): Promise<void>;
  disengage(selection: EngagementSelection, states: readonly EngagementState[]): Promise<void>;

  tombstones(nodeIds: readonly string[]): Promise<readonly Tombstone[]>;
  /** Keeps the earlier one of the same saga, service and node. */
  bury(tombstones: readonly Tombstone[]): Promise<void>;
  /** Removes tombstones older than that, of sagas that have neither an engagement nor a promise here, at most `limit`; says which. */
  pruneTombstones(
    beforeMs: number,
    limit: number,
  ): Promise<readonly Pick<Tombstone, 'service' | 'nodeId'>[]>;

  /** Those of a service that wait; of one saga where it is given. */
  waiting(service: string, saga?: string): Promise<readonly UnheldSaga[]>;
  /** The saga of the service, if it was refused. */
  refused(service: string, saga: string): Promise<UnheldSaga | undefined>;
  /** Adds it, or takes the place of what was noted of the saga. */
  noteUnheld(row: UnheldSaga): Promise<void>;
  /** The saga has begun. */
  dropWaiting(saga: string, service: string): Promise<void>;
  /** Removes refused sagas noted before that, at most `limit`; says how many. */
  pruneRefused(beforeMs: number, limit: number): Promise<number>;

  links(service: string, nodeIds: readonly string[]): Promise<readonly LinkRow[]>;
  /** Makes the rows that are missing, at version 0. */
  lockLinks(service: string, nodeIds: readonly string[]): Promise<readonly LinkRow[]>;
  raiseLinks(service: string, nodeIds: readonly string[]): Promise<void>;
  /** To at least this, and the version; the row is there. */
  raiseGeneration(service: string, nodeId: string, generation: number): Promise<void>;
  /** To at least this, and the version; the row is there. */
  giveUp(service: string, nodeId: string, generation: number): Promise<void>;
  /** Removes those without a promise. */
  dropLinks(links: readonly Pick<Tombstone, 'service' | 'nodeId'>[]): Promise<void>;

  promises(service: string, nodeIds: readonly string[]): Promise<readonly PromiseState[]>;
  /** All of a service, under one saga where it is given. */
  promisesOf(service: string, saga?: string): Promise<readonly PromiseState[]>;
  /** Adds them, or raises `collecting` to `ok`; never the reverse. */
  promise(promises: readonly PromiseState[]): Promise<void>;
  dropPromises(saga: string, service: string, nodeIds: readonly string[]): Promise<void>;
}

export type HierarchyRows = {
  readonly tree: TreeRows;
  readonly ledger: LedgerRows;
};

export const engagementStates: readonly EngagementState[] = ['asking', 'promised', 'decided'];
