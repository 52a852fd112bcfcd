/**
 * The one tree that all `*_model_crud` services share, and the consent ledger beside it: what the protocol reads and writes.
 *
 * 1. A node is written only by the service that owns its class; reads may cross (wire.md §3).
 * 2. A node's `epoch` rises with every change of its subscribers, with every node added, moved or removed directly below it, and
 *    with every change of its own attributes or place: "nothing has changed since the read" is one comparison.
 * 3. A write that adds to a node locks that node's row, and a freeze locks every row it freezes, in the order of ids: of two that
 *    race, the later one sees the earlier one and throws `Conflict`.
 * 4. `freeze` covers nodes of one service under one saga; freezes of several sagas on one node may coexist in mode `D`.
 * 5. A link (service, upstream node) exists where a service depends on a node it does not own; its `version` rises with every
 *    dependant added, every subscription noted and every promise made or released, so that they cannot pass each other.
 *
 * Ids of nodes are UUIDs in lower case; any other text is the id of no node.
 * The rules stand once, over the port `rows.ts`; adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import type { Read, Write } from '../../runtime/store.ts';

export const hierarchyStoreName = 'hierarchy';

/** `D` delete, `U` update, `M` update that moves (protocol.md §4). */
export type LockMode = 'D' | 'U' | 'M';

export type AttributeValue = string | number | boolean | null;
/** Attribute name to its values; always a list, as in LDAP. */
export type Attributes = { readonly [name: string]: readonly AttributeValue[] };

/** A row of `search` (wire.md §2, `read`). */
export interface FoundNode {
  readonly id: string;
  readonly dn: string;
  readonly attributes: { readonly [name: string]: readonly AttributeValue[] };
  readonly children?: readonly FoundNode[];
  readonly parentId?: string | null;
}

export interface SearchQuery {
  readonly id?: string | readonly string[];
  readonly base?: string;
  readonly deref?: boolean;
  readonly scope?: 0 | 1 | 2;
  readonly filter?: { readonly [attribute: string]: readonly AttributeValue[] };
  readonly attributes?: readonly string[];
  readonly hierarchy?: boolean;
  readonly getParent?: boolean;
  /** Only nodes of this class (a service reads its own entity). */
  readonly objectClass?: string;
}

/** Somebody else's operation under way on a node or on one of its ancestors. */
export interface Hold {
  readonly nodeId: string;
  readonly saga: string;
  readonly service: string;
  readonly mode: LockMode;
  readonly state: EngagementState;
  /** The saga whose start counts in a conflict, where that is an earlier one (a retry keeps its age). */
  readonly age?: string;
}

export type EngagementState = 'asking' | 'promised' | 'decided';

/** One subscriber of one node. */
export interface Subscription {
  readonly nodeId: string;
  readonly service: string;
  /** Under which key directed questions reach it; absent: under its service name. */
  readonly routingKey?: string;
  readonly generation: number;
  /** false: an old peer, which knows only mayDelete, deleting, deleted. */
  readonly consent: boolean;
}

/** A node as a saga engages it. */
export interface NodeState {
  readonly id: string;
  readonly cn: string;
  readonly objectClass: string;
  readonly parentId: string | null;
  readonly epoch: number;
  /** Distance below the node it was found from; children are removed before parents. */
  readonly depth: number;
}

/** What a promise was made for, as one service sees it. */
export interface PromiseState {
  readonly saga: string;
  readonly nodeId: string;
  readonly service: string;
  readonly mode: LockMode;
  readonly state: 'collecting' | 'ok';
}

/** A saga of a service that holds nothing: it waits for its beginning, or was refused. */
export interface UnheldSaga {
  readonly saga: string;
  readonly service: string;
  readonly state: 'waiting' | 'refused';
  readonly mode: LockMode;
  /** What its request named. */
  readonly nodeIds: readonly string[];
  /** Key of the actor that has it, or had it. */
  readonly actor: string;
  /** As in `Hold`; the saga's own id where it is no retry. */
  readonly age: string;
  readonly requestedBy: string | null;
  readonly atMs: number;
}

/** What a service has to do with a saga that is under way: as its owner, or as a voter in it. */
export interface SagaPart {
  readonly saga: string;
  readonly service: string;
  readonly role: 'owner' | 'voter';
  /** Key of the actor that holds it. */
  readonly actor: string;
  readonly mode: LockMode;
  /** `waiting`: it holds nothing yet. */
  readonly states: readonly (EngagementState | PromiseState['state'] | 'waiting')[];
  /** Its own nodes that are engaged; of one that waits, those its request named. */
  readonly nodeIds: readonly string[];
  /** Nodes of others it has promised about. */
  readonly promised: readonly string[];
  /** Who is subscribed to the nodes engaged. */
  readonly subscribers: readonly string[];
}

/** The reads, by name. */
export interface HierarchyReads {
  search: { args: SearchQuery; result: readonly FoundNode[] };

  /** What a create or a move must know about its place. */
  place: {
    args: {
      readonly service: string;
      /** The new parent; absent: the entity's base node. */
      readonly parentId?: string;
      /** `cn` of the entity's base node below the root. */
      readonly baseNode: string;
      /** Nodes of other services it refers to. */
      readonly references: readonly string[];
      /** The node that would move there. */
      readonly moving?: string;
    };
    result: {
      readonly parent: { readonly id: string; readonly objectClass: string; readonly epoch: number; readonly isBase: boolean } | null;
      /** The new parent is the node that would move, or stands below it. */
      readonly isInside?: boolean;
      /** Holds on the parent and its ancestors. */
      readonly holds: readonly Hold[];
      /** The parent and the references, as this service depends on them. */
      readonly links: readonly LinkState[];
    };
  };

  /** What a delete (mode D) or update (mode U) of these nodes would engage, at the service that owns them. */
  engagement: {
    args: {
      readonly service: string;
      readonly objectClass: string;
      readonly ids: readonly string[];
      readonly saga: string;
      readonly mode: LockMode;
      /** The saga this one tries again. */
      readonly retryOf?: string;
    };
    result: {
      /**
       * The live nodes named, and in mode D all nodes below them that are reached through nodes of the same class only
       * (`system` nodes excluded: they go with their owner). Parents first.
       */
      readonly nodes: readonly NodeState[];
      /** Named, and never heard of. */
      readonly missing: readonly string[];
      /** Named, and tombstoned. */
      readonly gone: readonly string[];
      /** Named, and of another class: not this service's. */
      readonly foreign: readonly string[];
      /** Holds of other sagas on those nodes, or on their ancestors, that conflict with the mode. */
      readonly conflicts: readonly Hold[];
      readonly subscriptions: readonly Subscription[];
      /** Of the saga that is tried again: how old it counts and who asked for it; null: this service has refused none of that id. */
      readonly retried?: { readonly age: string; readonly requestedBy: string | null } | null;
    };
  };

  /** What a voter must know about nodes it was asked about. */
  dependants: {
    args: {
      readonly service: string;
      readonly objectClass: string;
      readonly saga: string;
      readonly mode: LockMode;
      /** The nodes asked about (they belong to another service, or to this one in a cycle). */
      readonly ids: readonly string[];
      /** Attributes of this service's nodes that refer to nodes of others, and what a deletion there means here. */
      readonly references: readonly { readonly attribute: string; readonly onDelete: 'refuse' | 'delete' }[];
      /** Nodes to be taken for engaged under the saga, beside those that are: a plan engages nothing. */
      readonly except?: readonly string[];
    };
    result: {
      readonly links: readonly LinkState[];
      /**
       * Mode D only. Own live nodes that refer to one of the ids (`nodeId`) through a `refuse` attribute, are not engaged under
       * this saga and are not among `nodes`.
       */
      readonly refusals: readonly { readonly nodeId: string; readonly attribute: string; readonly byId: string; readonly byCn: string }[];
      /**
       * Mode D only. Own live nodes not yet engaged under this saga that depend on one of the ids: direct children of this class,
       * nodes that refer to it through a `delete` attribute, and what lies below those through nodes of the same class only.
       * `through` is the id they were found for. Parents first.
       */
      readonly nodes: readonly (NodeState & { readonly through: string })[];
      /** Holds of other sagas that conflict on those nodes. */
      readonly conflicts: readonly Hold[];
      readonly subscriptions: readonly Subscription[];
    };
  };

  /** The list of now, for the decision. Nodes that are gone are left out of `nodes`. */
  roster: {
    args: { readonly nodeIds: readonly string[] };
    result: { readonly nodes: readonly NodeState[]; readonly subscriptions: readonly Subscription[] };
  };

  /** Rows of the tree that would go with each node: its own, and the system and alias nodes below it. Nodes that are gone are left out. In the order of ids. */
  footprint: {
    args: { readonly nodeIds: readonly string[] };
    result: readonly { readonly nodeId: string; readonly rows: number }[];
  };

  /** What an owner knows of nodes under a saga, for an inquiry (`isDeleting`). Ids it knows nothing of are left out. */
  standing: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    result: readonly { readonly nodeId: string; readonly state: EngagementState | 'tombstoned' }[];
  };

  /** What a `subscribe` or `unsubscribe` must know. */
  subscription: {
    args: { readonly nodeId: string; readonly subscriber: string; readonly objectClass: string };
    result: {
      readonly node: { readonly id: string; readonly objectClass: string; readonly epoch: number } | null;
      readonly tombstoned: boolean;
      readonly holds: readonly Hold[];
      readonly existing: Subscription | null;
      /** How many are on the list. */
      readonly subscribers: number;
    };
  };

  /** Sagas under way in which the service has a part; of one saga, or about these nodes, where they are given. In the order of ids. */
  sagas: {
    args: { readonly service: string; readonly saga?: string; readonly nodeIds?: readonly string[] };
    result: readonly SagaPart[];
  };

  /** Everything a subscriber is asked about by a service, and the sagas that engage one of those nodes. */
  subscriber: {
    args: { readonly service: string; readonly objectClass: string; readonly subscriber: string };
    result: { readonly nodeIds: readonly string[]; readonly sagas: readonly SagaPart[] };
  };

  /** Before own nodes go: the links that would be left without any other dependant of this service. */
  orphanedLinks: {
    /** `upstream`: look at these links only, whatever the nodes name. */
    args: { readonly service: string; readonly nodeIds: readonly string[]; readonly upstream?: readonly string[] };
    result: readonly LinkState[];
  };
}

/** How a service depends on a node it does not own. */
export interface LinkState {
  readonly nodeId: string;
  /** Class of the node where the tree knows it, null where it does not. */
  readonly objectClass: string | null;
  /** 0: no link yet. */
  readonly version: number;
  /** Generation of the latest subscription; 0: none. */
  readonly generation: number;
  /** Subscriptions up to this generation were given back; 0: none. */
  readonly givenUp: number;
  /** Gone, as this service or the node's owner has noted. */
  readonly tombstoned: boolean;
  readonly promises: readonly PromiseState[];
}

/** Ids with the epoch that was read. */
export interface EpochExpectation {
  readonly epochs: { readonly [nodeId: string]: number };
}
/** Ids with the link version that was read. */
export interface LinkExpectation {
  readonly links: { readonly [nodeId: string]: number };
}

/**
 * Ids with the generation this service has subscribed under. It holds while that subscription has not been given back, the node is not
 * tombstoned and this service has no promise about it: then a dependant may be added.
 */
export interface SubscribedExpectation {
  readonly subscribed: { readonly [nodeId: string]: number };
}

/** The writes, by name. Where an `expect` does not hold: `Conflict`. */
export interface HierarchyWrites {
  /** Makes the root `cn=prs` and the entity's base node where they are missing; does nothing where they are there. */
  ensureBase: { args: { readonly baseNode: string; readonly ids: readonly [rootId: string, baseId: string] }; expect: null };

  /**
   * Adds a node. Refused `name-taken` when a sibling has that cn. The first sibling of its class is `prsDefault: true`; a later one
   * that says so takes it over, else it is false. Without `cn` the id is the name. Defaults: `prsActive: true`, `prsIndex` one more than the siblings'.
   * Conflict when the parent's epoch or a link's version is another than expected, or when the parent or an ancestor is held.
   * Raises the version of each link and the parent's epoch. `cn=system` is reserved: Refused `name-taken`.
   */
  add: {
    args: {
      readonly id: string;
      readonly service: string;
      readonly objectClass: string;
      readonly parentId: string;
      readonly attributes: Attributes;
      readonly systemNode: boolean;
      /** Nodes of others that it depends on (a foreign parent, references). */
      readonly dependsOn: readonly string[];
      /** Sagas whose holds were read and do not stand against it; any other hold does. */
      readonly despite?: readonly string[];
    };
    expect: EpochExpectation & Partial<LinkExpectation & SubscribedExpectation>;
  };

  /**
   * Changes attributes (a new cn renames; null or [] removes; `prsDefault: true` takes over) and, with `parentId`, moves.
   * Refused `name-taken` as in `add`, `refused` for a move into the own subtree. Conflict also when the new parent or an ancestor of
   * it is held. `dependsOn` are nodes of others that it depends on from now on; their links are treated as in `add`.
   */
  modify: {
    args: {
      readonly id: string;
      readonly service: string;
      readonly attributes: Attributes;
      readonly parentId?: string;
      readonly dependsOn?: readonly string[];
      /** As in `add`, for a move. */
      readonly despite?: readonly string[];
    };
    expect: EpochExpectation & Partial<LinkExpectation & SubscribedExpectation>;
  };

  /** An alias node below `parentId` (objectClass alias, aliasedObjectName = dn of the target). It goes when the parent goes. */
  addAlias: { args: { readonly id: string; readonly parentId: string; readonly targetId: string; readonly cn: string }; expect: null };

  /** Notes a saga of the service that holds nothing: it waits for its beginning (until `freeze`), or was refused (kept as long as tombstones). */
  unheld: { args: UnheldSaga; expect: null };

  /** Records an engagement per node, state `asking`. Conflict when an epoch differs, a node has gone, or a conflicting hold appeared. */
  freeze: {
    args: {
      readonly saga: string;
      readonly service: string;
      readonly mode: LockMode;
      readonly nodeIds: readonly string[];
      /** The nodes in whose questions these were engaged; empty for what the operation itself names. */
      readonly through: readonly string[];
      /** Key of the actor that holds the saga; absent: the saga's id. */
      readonly actor?: string;
      /** As in `Hold`. */
      readonly age?: string;
      /** It was noted as waiting, and is no more. */
      readonly waited?: boolean;
    };
    expect: EpochExpectation;
  };

  /** Engagements of these nodes go from asking to promised (a voter's inner nodes). Conflict when an epoch differs. */
  promised: { args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] }; expect: EpochExpectation };

  /** Engagements of these nodes go to decided. Conflict when an epoch differs (the roster changed) unless `expect` is null. */
  decide: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    expect: EpochExpectation | null;
  };

  /** Removes the live ones of these nodes with their `system` subtrees, children first; tombstones all; drops their engagements under the saga. A foreign node below one of them: Refused `in-use` that names it; one that the same saga has decided about is hung above what goes, until its own service removes it. */
  remove: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[]; readonly atMs: number };
    expect: null;
  };

  /** Drops the saga's engagements and promises of this service, whatever their nodes; decided engagements stay. Raises the versions of the links released. */
  release: { args: { readonly saga: string; readonly service: string }; expect: null };

  /** Drops the saga's engagements of these nodes, whatever their state (an update that is done). */
  disengage: { args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] }; expect: null };

  /** Records or raises a promise of this service; state `collecting` or `ok`. Conflict when a link's version differs. Raises it. */
  promise: {
    args: {
      readonly saga: string;
      readonly service: string;
      readonly mode: LockMode;
      readonly nodeIds: readonly string[];
      readonly state: 'collecting' | 'ok';
    };
    expect: LinkExpectation | null;
  };

  /** A voter's end of it: tombstones the nodes for this service (not for an update: `gone` false), drops its promises for them under the saga. */
  fulfil: {
    args: {
      readonly saga: string;
      readonly service: string;
      readonly nodeIds: readonly string[];
      readonly gone: boolean;
      readonly atMs: number;
    };
    expect: null;
  };

  /** Adds or renews a subscription (kept when an existing one has a later generation) and raises the node's epoch. Conflict when the epoch differs. */
  subscribe: {
    args: {
      readonly id: string;
      readonly nodeId: string;
      readonly subscriber: string;
      readonly routingKey?: string;
      readonly generation: number;
      readonly consent: boolean;
      /** As in `add`; without it holds are not looked at (a late subscription of an old peer). */
      readonly despite?: readonly string[];
    };
    expect: EpochExpectation;
  };

  /** Removes the subscription when its generation is not later; raises the node's epoch. */
  unsubscribe: { args: { readonly nodeId: string; readonly subscriber: string; readonly generation: number }; expect: null };

  /** Takes a subscriber off the lists of these nodes, whatever its generation, and raises their epochs. */
  retire: { args: { readonly subscriber: string; readonly nodeIds: readonly string[] }; expect: null };

  /** The subscriber's side: notes the generation of a subscription it is about to ask for (makes the link). Raises the version. */
  link: { args: { readonly service: string; readonly nodeId: string; readonly generation: number }; expect: LinkExpectation | null };

  /** The subscriber's side: notes that it gives subscriptions up to this generation back. Conflict when the version differs. Raises it. */
  unlink: { args: { readonly service: string; readonly nodeId: string; readonly generation: number }; expect: LinkExpectation };
}

/** A typed read of this store. */
export function hierarchyRead<Op extends keyof HierarchyReads>(op: Op, args: HierarchyReads[Op]['args']): Read {
  return { store: hierarchyStoreName, op, args: args as Read['args'] };
}

/** A typed write of this store. */
export function hierarchyWrite<Op extends keyof HierarchyWrites>(
  op: Op,
  args: HierarchyWrites[Op]['args'],
  expect: HierarchyWrites[Op]['expect'],
): Write {
  return { store: hierarchyStoreName, op, args: args as Write['args'], expect: expect as Exclude<Write['expect'], undefined> };
}
