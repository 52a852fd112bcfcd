/**
 * The records of the tree and the consent ledger, as reads give them: nodes, holds, subscriptions,
 * promises, sagas, links.
 */

/** `D` delete, `U` update, `M` update that moves the node. */
export type LockMode = 'D' | 'U' | 'M';

export type AttributeValue = string | number | boolean | null;
/** Attribute names with their values; values are always a list, as in LDAP. */
export type Attributes = { readonly [name: string]: readonly AttributeValue[] };

/** A row of the answer to `read`. */
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
  /** The class of the nodes: a service reads its own entity only. */
  readonly objectClass?: string;
};

/** An open operation of another saga on a node or on one of its ancestors. */
export type Hold = {
  readonly nodeId: string;
  readonly saga: string;
  readonly service: string;
  readonly mode: LockMode;
  readonly state: EngagementState;
  /** The saga whose start counts in a conflict: a retry counts from the first try. */
  readonly age?: string;
};

export type EngagementState = 'asking' | 'promised' | 'decided';

/** One subscriber of one node. */
export type Subscription = {
  readonly nodeId: string;
  readonly service: string;
  /** The routing key of directed questions. Default: the service's name. */
  readonly routingKey?: string;
  readonly generation: number;
  /** false: an old peer, which knows only `mayDelete`, `deleting` and `deleted`. */
  readonly consent: boolean;
};

/** A node as a saga engages it. */
export type NodeState = {
  readonly id: string;
  readonly cn: string;
  readonly objectClass: string;
  readonly parentId: string | null;
  readonly epoch: number;
  /** Distance below the named node. Children are removed before parents. */
  readonly depth: number;
};

/** A promise of one service about one node. */
export type PromiseState = {
  readonly saga: string;
  readonly nodeId: string;
  readonly service: string;
  readonly mode: LockMode;
  readonly state: 'collecting' | 'ok';
};

/** A saga of a service without holds: the saga waits for its start, or was refused. */
export type UnheldSaga = {
  readonly saga: string;
  readonly service: string;
  readonly state: 'waiting' | 'refused';
  readonly mode: LockMode;
  /** The node ids of the request. */
  readonly nodeIds: readonly string[];
  /** Key of the saga's actor. */
  readonly actor: string;
  /** As in `Hold`; the saga's own id for a first try. */
  readonly age: string;
  readonly requestedBy: string | null;
  readonly atMs: number;
};

/** The part of a service in an open saga: the part of the owner, or of a voter. */
export type SagaPart = {
  readonly saga: string;
  readonly service: string;
  readonly role: 'owner' | 'voter';
  /** Key of the actor that runs the part. */
  readonly actor: string;
  readonly mode: LockMode;
  /** `waiting`: the saga holds no node yet. */
  readonly states: readonly (EngagementState | PromiseState['state'] | 'waiting')[];
  /** The engaged nodes of this service; for a waiting saga, the nodes of its request. */
  readonly nodeIds: readonly string[];
  /** Nodes of other services that this service promised about. */
  readonly promised: readonly string[];
  /** The subscribers of the engaged nodes. */
  readonly subscribers: readonly string[];
};

/** The dependence of a service on a node of another service. */
export type LinkState = {
  readonly nodeId: string;
  /** Class of the node; null for a node that the tree does not know. */
  readonly objectClass: string | null;
  /** 0: the link does not exist yet. */
  readonly version: number;
  /** Generation of the latest subscription; 0: none. */
  readonly generation: number;
  /** Subscriptions up to this generation were ended; 0: none. */
  readonly givenUp: number;
  /** Whether the node is tombstoned by this service or by its owner. */
  readonly tombstoned: boolean;
  readonly promises: readonly PromiseState[];
};

/** Ids with the epoch of the read. */
export type EpochExpectation = {
  readonly epochs: { readonly [nodeId: string]: number };
};
/** Ids with the link version of the read. */
export type LinkExpectation = {
  readonly links: { readonly [nodeId: string]: number };
};

/**
 * Ids with the generation of this service's subscription. The expectation holds while the
 * subscription has not ended, the node is not tombstoned and this service has no promise about the
 * node. Then a dependant may be added.
 */
export type SubscribedExpectation = {
  readonly subscribed: { readonly [nodeId: string]: number };
};
