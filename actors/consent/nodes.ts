/**
 * The two ports of the consent actors to the rows of a service: `Nodes`, the nodes of an owner, and
 * `Dependants`, the rows of a voter that depend on nodes of other services.
 *
 * Boundary: lists, holds and promises are in the ledger. The actors compose the reads of a port
 * with the ledger's (`consent-reads.ts`), and commit the writes of a port with the ledger's.
 *
 * - Versioned: each node has a version that rises with every change of the node and with every row
 *   placed below the node. `lock` expects versions, so a step needs no snapshot over two stores.
 * - Described: a read and a write are data. The runtime performs them.
 */
import type { Json } from '../../runtime/ports/json.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';
import type { Publish } from '../../runtime/step/effects.ts';
import type { Attributes } from './given-attributes.ts';
import type { Veto } from './retained.ts';

/** A node as its owner knows the node. */
export type NodeFacts = {
  readonly id: string;
  readonly cn: string;
  readonly objectClass: string;
  readonly parentId: string | null;
  readonly version: number;
  /** Distance below the named node. Children are removed before parents. */
  readonly depth: number;
};

/** A node as a saga engages it. `epoch`: of the list of its subscribers. */
export type NodeState = NodeFacts & { readonly epoch: number };

/** The number of changes of a node and its list. The number never falls. */
export function changesOf({ epoch, version }: Pick<NodeState, 'epoch' | 'version'>): number {
  return epoch + version;
}

/** A node of another owner that stands directly below a node. */
export type ForeignNode = {
  readonly id: string;
  readonly cn: string;
  readonly objectClass: string;
  readonly service: string;
  readonly parentId: string;
};

/** A copied node, with its attributes as readers get them. */
export type CopiedNode = {
  readonly id: string;
  readonly parentId: string | null;
  readonly version: number;
  readonly attributes: { readonly [name: string]: readonly Json[] };
};

/** A node of an owner with the nodes of the owner below it. */
export type Subtree = {
  /** Parents first. Empty: the owner has no such node. */
  readonly nodes: readonly CopiedNode[];
  /** Ids of the nodes above. */
  readonly above: readonly string[];
  /** Nodes of other owners directly below the nodes. */
  readonly beneath: readonly ForeignNode[];
};

export type FoundNodes = {
  readonly nodes: readonly NodeFacts[];
  /** The nodes of other owners directly below the nodes, where asked for with `below`. */
  readonly beneath?: readonly ForeignNode[];
  /** Named ids of no node. */
  readonly absent: readonly string[];
  /** Named nodes of another owner. */
  readonly foreign: readonly string[];
  /** Ids of the nodes above the nodes, where asked for. */
  readonly above: readonly string[];
  /** Reasons against a deletion of the nodes, where the nodes below are asked for. */
  readonly refusals: readonly DependantRefusal[];
};

/** A node that may have subscribers. */
export type ListedNode = {
  readonly id: string;
  readonly objectClass: string;
  readonly version: number;
  /** Ids of the nodes above the node. */
  readonly above: readonly string[];
};

/** The place of a node that is created, moved, or refers to other nodes. */
export type NodePlace = {
  readonly parent: {
    readonly id: string;
    readonly objectClass: string;
    readonly version: number;
    readonly isBase: boolean;
  } | null;
  /** Whether the new parent is the moved node or stands below it. */
  readonly isInside?: boolean;
  /** Ids of the nodes above the parent. */
  readonly above: readonly string[];
  /** The class of each known node among the parent and the references. */
  readonly classes: { readonly [nodeId: string]: string };
};

export type RowCount = { readonly nodeId: string; readonly rows: number };

/** What is removed with a node. `files`: URLs. */
export type Footprint = RowCount & { readonly files: readonly string[] };

/** A file that a removal takes along with a node. */
export type NodeFile = { readonly nodeId: string; readonly url: string };

/** The versions of some nodes. */
export type Versions = { readonly [nodeId: string]: number };

/** The change of a node by an update. */
export type NodeChange = {
  readonly id: string;
  readonly attributes: Attributes;
  readonly parentId?: string;
};

/** A node of another service that this service may take over. */
export type AdoptableNode = {
  readonly id: string;
  readonly cn: string;
  readonly objectClass: string;
  readonly version: number;
  /**
   * The node above. null: the node above has the class of this service, or belongs to the tree
   * itself.
   */
  readonly parent: UpstreamNode | null;
  /** The id of the node above, where the node above is taken over too; null: it is not. */
  readonly belowId: string | null;
  /**
   * The nodes of other services that the node refers to by the reference attributes of this
   * service.
   */
  readonly references: readonly AttributeReference[];
  /**
   * The nodes of other services whose ids stand in other attributes. For the former service these
   * attributes may be references.
   */
  readonly mentions: readonly AttributeReference[];
  /** A node of this service that refers to the node; null: none does. */
  readonly referrer: { readonly id: string; readonly cn: string } | null;
};

/** A node that another node names in an attribute. */
export type AttributeReference = UpstreamNode & { readonly attribute: string };

/** A node that another node depends on. */
export type UpstreamNode = {
  readonly id: string;
  readonly objectClass: string;
  readonly service: string;
};

/** The take-over of nodes of a service that was retired. */
export interface Adoption {
  /** `AdoptableNode[]`: all nodes of the service, in the order of ids. */
  owned(service: string): Read;
  /** Conflict when a node was removed or has another version. */
  take(versions: Versions): readonly Write[];
}

/** A node as the hooks of its entity see it: with all attributes, each a list. */
export type HookedNode = {
  readonly id: string;
  readonly dn: string;
  readonly parentId: string | null;
  readonly attributes: { readonly [name: string]: readonly Json[] };
};

/** A node that stays, and may list files that a removed node also lists. */
export type SharingNode = Pick<HookedNode, 'id' | 'attributes'> & { readonly version: number };

/** What a hook adds to the commit of a change. `before`: writes that come before the change. */
export type Added = {
  readonly before?: readonly Write[];
  readonly writes: readonly Write[];
  readonly messages: readonly Publish[];
};

/** A user's code that acts with the changes of the nodes. Pure. */
export interface NodeHooks {
  /** `HookedNode[]`: the nodes among these ids. */
  read(ids: readonly string[]): Read;
  /** The reason against the deletion of a node; undefined: none. */
  readonly deleting?: (node: HookedNode) => Veto | undefined;
  /** In the commit of an update. `saga`: names the change. */
  readonly updated?: (change: NodeChange, saga: string, atMs: number) => Added;
  /** `SharingNode[]` each: nodes that list a file of the nodes. Absent: no node lists files. */
  readonly sharing?: (nodes: readonly HookedNode[]) => readonly Read[];
  /** The files that a removal of the nodes takes along. `sharing` as for `deleted`. */
  readonly files?: (
    nodes: readonly HookedNode[],
    sharing: readonly SharingNode[],
  ) => readonly NodeFile[];
  /**
   * In the commit of the removal. `sharing`: the nodes that stay and may list files of a removed
   * node.
   */
  readonly deleted?: (
    nodes: readonly HookedNode[],
    saga: string,
    atMs: number,
    sharing: readonly SharingNode[],
  ) => Added;
}

/** The nodes of one owner. Each read names the type of its result. */
export interface Nodes {
  /** The table of the nodes, for plans. */
  readonly table: string;
  /** `FoundNodes`. `below`: with the nodes that are removed along; parents first. */
  find(ids: readonly string[], look: { readonly below: boolean; readonly above: boolean }): Read;
  /** `NodeFacts[]`: the nodes that exist. */
  present(ids: readonly string[]): Read;
  /** `NodePlace`. `references`: the nodes of others that the node refers to. */
  place(at: {
    readonly parentId?: string;
    readonly references: readonly string[];
    readonly moving?: string;
  }): Read;
  /** `ListedNode[]`: the nodes that may have subscribers. */
  listed(ids: readonly string[]): Read;
  /** `RowCount[]`: the rows that are removed with each node. */
  footprint(ids: readonly string[]): Read;
  /** `ForeignNode[]`: nodes of other owners directly below these nodes, in the order of ids. */
  foreignBelow(ids: readonly string[]): Read;
  /** `Subtree`. Absent where no node can be copied. */
  readonly subtree?: (id: string) => Read;
  /** Conflict when a node was removed or has another version. */
  lock(versions: Versions): readonly Write[];
  change(change: NodeChange, versions: Versions): readonly Write[];
  /**
   * `beside`: nodes of other owners below the removed nodes; each owner removes its node later.
   */
  remove(ids: readonly string[], beside: readonly string[]): readonly Write[];
  /** Shows a subscription beside the nodes, for readers of the nodes. */
  list(subscription: {
    readonly id: string;
    readonly nodeId: string;
    readonly subscriber: string;
    readonly routingKey?: string;
    readonly generation: number;
    readonly consent: boolean;
  }): readonly Write[];
  /** Absent where no node of another owner can become a node of this owner. */
  readonly adoption?: Adoption;
  /** Absent: no code of a user acts with the changes. */
  readonly hooks?: NodeHooks;
  /** Without `generation`: a subscription of any generation. */
  unlist(ids: readonly string[], subscriber: string, generation?: number): readonly Write[];
}

/** A reference that is taken out of a node when the referred node is deleted. */
export type DetachedReference = {
  /** The node that stays. */
  readonly id: string;
  readonly cn: string;
  readonly objectClass: string;
  readonly version: number;
  readonly attribute: string;
  /** The asked node. */
  readonly referredId: string;
};

/** Why the service refuses the deletion of an asked node. */
export type DependantRefusal = {
  readonly nodeId: string;
  readonly reason: string;
  /** When the reason ends; absent: it is not known. */
  readonly until?: string;
};

/** The rows of a service that depend on asked nodes. */
export type DependantNodes = {
  readonly refusals: readonly DependantRefusal[];
  /**
   * The own nodes that are removed with the asked nodes, parents first. `through`: the asked node
   * that led to the node.
   */
  readonly nodes: readonly (NodeFacts & { readonly through: string })[];
  /** The nodes of other owners directly below the own nodes. */
  readonly beneath?: readonly ForeignNode[];
  /** References of own nodes that stay. */
  readonly detached: readonly DetachedReference[];
};

/** The references of a voter's nodes that are taken out when the referred nodes are deleted. */
export interface Detachment {
  /** `DetachedReference[]`: the references to these nodes. */
  find(ids: readonly string[]): Read;
  /**
   * Takes every reference to the nodes out, also a reference that `find` did not see. The write
   * expects nothing: a referring node may be removed in the same commit.
   */
  take(ids: readonly string[]): readonly Write[];
}

/** The rows of a voter that depend on nodes of other services. */
export interface Dependants {
  /** `DependantNodes`: for a deletion of the nodes. `except`: own nodes that are removed anyway. */
  of(ids: readonly string[], except: readonly string[]): Read;
  /** `string[]`: ids of nodes that these own nodes may depend on. */
  upstream(ids: readonly string[]): Read;
  /** `string[]`: the ids that an own row outside `except` depends on. */
  needed(ids: readonly string[], except: readonly string[]): Read;
  /** Absent: no deletion takes references out. */
  readonly detachment?: Detachment;
}
