/**
 * The records of the consent ledger, as reads give them: holds, lists of subscribers, promises,
 * sagas, links.
 */

/** `D` delete, `U` update, `M` update that moves the node. */
export type LockMode = 'D' | 'U' | 'M';

/** An open operation that holds the node: a saga has engaged the node, or has promised it. */
export type Hold = {
  readonly nodeId: string;
  readonly saga: string;
  readonly service: string;
  readonly mode: LockMode;
  readonly state: EngagementState;
  /** The saga whose start counts in a conflict: a retry counts from the first try. */
  readonly age?: string;
  /** Of an engagement: the services that the saga had passed through; absent: none, or not known. */
  readonly hops?: number;
};

export type EngagementState = 'asking' | 'promised' | 'decided';

/** A subscriber of a node. */
export type Subscription = {
  readonly nodeId: string;
  readonly service: string;
  /** The routing key of directed questions. Default: the service's name. */
  readonly routingKey?: string;
  readonly generation: number;
  /** false: an old peer, which knows only `mayDelete`, `deleting` and `deleted`. */
  readonly consent: boolean;
};

/** A subscription as it stands on the list of a node. */
export type StandingSubscription = Subscription & {
  /** The owner of the node. */
  readonly owner: string;
  /** Since then the service stands on the list without a break, milliseconds; null: not known. */
  readonly sinceMs: number | null;
};

/** The end of a node: for one voter, or for everybody when the owner has removed the node. */
export type Tombstone = {
  readonly nodeId: string;
  readonly service: string;
  readonly saga: string;
  /** Whether the owner has removed the node; otherwise the node is gone for this service only. */
  readonly removed: boolean;
  readonly atMs: number;
};

/** A promise of a service about a node. */
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

/**
 * What a voter keeps of a node that the service has removed, until the voter has acknowledged the
 * end. Tombstones of the saga about the node are not pruned meanwhile.
 */
export type OpenRetention = {
  readonly nodeId: string;
  /** The owner that has removed the node. */
  readonly service: string;
  readonly saga: string;
  readonly voter: string;
  readonly until: string;
  /** Whether `until` has come, and the voter is told so. */
  readonly ended: boolean;
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
  /** Nodes of other services that this service has promised. */
  readonly promised: readonly string[];
  /** The subscribers of the engaged nodes. */
  readonly subscribers: readonly string[];
};

/** The dependence of a service on a node of another service. */
export type LinkState = {
  readonly nodeId: string;
  /** The entity that the service has subscribed to; null before the first subscription. */
  readonly entity: string | null;
  /** 0: the link does not exist yet. */
  readonly version: number;
  /** Generation of the latest subscription; 0: none. */
  readonly generation: number;
  /** Subscriptions up to this generation were ended; 0: none. */
  readonly givenUp: number;
  /** Whether the node is gone for this service, or was removed by its owner. */
  readonly tombstoned: boolean;
  readonly promises: readonly PromiseState[];
};

/** Ids with the epoch of the list at the read. A node without a list has the epoch 0. */
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
