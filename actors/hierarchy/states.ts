/** What the tree and its consent ledger hold, as those who read and write them see it: nodes, holds, subscriptions, promises, sagas, links. */

/** `D` delete, `U` update, `M` update that moves (protocol.md §4). */
export type LockMode = 'D' | 'U' | 'M';

export type AttributeValue = string | number | boolean | null;
/** Attribute name to its values; always a list, as in LDAP. */
export type Attributes = { readonly [name: string]: readonly AttributeValue[] };

/** A row of `search` (wire.md §2, `read`). */
export type FoundNode = {
  readonly id: string;
  readonly dn: string;
  readonly attributes: { readonly [name: string]: readonly AttributeValue[] };
  readonly children?: readonly FoundNode[];
  readonly parentId?: string | null;
};

export type SearchQuery = {
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
};

/** Somebody else's operation under way on a node or on one of its ancestors. */
export type Hold = {
  readonly nodeId: string;
  readonly saga: string;
  readonly service: string;
  readonly mode: LockMode;
  readonly state: EngagementState;
  /** The saga whose start counts in a conflict, where that is an earlier one (a retry keeps its age). */
  readonly age?: string;
};

export type EngagementState = 'asking' | 'promised' | 'decided';

/** One subscriber of one node. */
export type Subscription = {
  readonly nodeId: string;
  readonly service: string;
  /** Under which key directed questions reach it; absent: under its service name. */
  readonly routingKey?: string;
  readonly generation: number;
  /** false: an old peer, which knows only mayDelete, deleting, deleted. */
  readonly consent: boolean;
};

/** A node as a saga engages it. */
export type NodeState = {
  readonly id: string;
  readonly cn: string;
  readonly objectClass: string;
  readonly parentId: string | null;
  readonly epoch: number;
  /** Distance below the node it was found from; children are removed before parents. */
  readonly depth: number;
};

/** What a promise was made for, as one service sees it. */
export type PromiseState = {
  readonly saga: string;
  readonly nodeId: string;
  readonly service: string;
  readonly mode: LockMode;
  readonly state: 'collecting' | 'ok';
};

/** A saga of a service that holds nothing: it waits for its beginning, or was refused. */
export type UnheldSaga = {
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
};

/** What a service has to do with a saga that is under way: as its owner, or as a voter in it. */
export type SagaPart = {
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
};

/** How a service depends on a node it does not own. */
export type LinkState = {
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
};

/** Ids with the epoch that was read. */
export type EpochExpectation = {
  readonly epochs: { readonly [nodeId: string]: number };
};
/** Ids with the link version that was read. */
export type LinkExpectation = {
  readonly links: { readonly [nodeId: string]: number };
};

/**
 * Ids with the generation this service has subscribed under. It holds while that subscription has not been given back, the node is not
 * tombstoned and this service has no promise about it: then a dependant may be added.
 */
export type SubscribedExpectation = {
  readonly subscribed: { readonly [nodeId: string]: number };
};
