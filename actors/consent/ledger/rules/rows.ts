/**
 * The port between the rules of the ledger and the two adapters of the tables.
 *
 * Every rule is written once, above this port. An adapter finds, locks and changes sets of rows,
 * and decides nothing.
 * 1. Unknown ids, and texts that cannot be stored, are skipped. Results have no order unless the
 *    method names an order.
 * 2. Lock before look: `lock…` holds the rows until the transaction ends and returns their state
 *    under the lock. Rows are locked in the order of their ids, lists before links, so that two
 *    transactions rarely wait for each other.
 * 3. All look-ups of a read belong to the same snapshot. Within a transaction each call sees the
 *    commits before the call.
 */
import type {
  EngagementState,
  Hold,
  OpenRetention,
  PromiseState,
  StandingSubscription,
  Subscription,
  Tombstone,
  UnheldSaga,
} from '../store.ts';

/** The list of a node; a list that was never changed may have no row. */
export type ListRow = {
  readonly nodeId: string;
  readonly epoch: number;
};

export type LinkRow = {
  readonly nodeId: string;
  readonly entity: string | null;
  readonly generation: number;
  /** Subscriptions up to this generation were ended. */
  readonly givenUp: number;
  readonly version: number;
};

export type Engagement = Hold & {
  /** The asked ids that led to the engagement; empty for a node that the operation itself names. */
  readonly through: readonly string[];
  /** Key of the saga's actor. */
  readonly actor: string;
};

/** Selects engagements of a saga; where a service or nodes are given, only theirs. */
export type EngagementSelection = {
  readonly saga: string;
  readonly service?: string;
  readonly nodeIds?: readonly string[];
};

/** A subscription to a node of this owner. */
export type ListedSubscription = Subscription & { readonly owner: string };

/** The latest generation of a subscription; `entity` where the generation names an entity. */
export type LinkGeneration = {
  readonly nodeId: string;
  readonly generation: number;
  readonly entity?: string;
};

export interface ListRows {
  /** The lists with an epoch above 0. */
  changed(nodeIds: readonly string[]): Promise<readonly ListRow[]>;
  lock(nodeIds: readonly string[]): Promise<readonly ListRow[]>;
  /** Creates the missing rows with epoch 0. */
  lockAll(nodeIds: readonly string[]): Promise<readonly ListRow[]>;
  raise(nodeIds: readonly string[]): Promise<void>;
  /** Removes the lists with their subscriptions. */
  drop(nodeIds: readonly string[]): Promise<void>;

  subscriptions(nodeIds: readonly string[]): Promise<readonly Subscription[]>;
  standing(nodeIds: readonly string[]): Promise<readonly StandingSubscription[]>;
  /** Adds the subscription, or replaces the present one of the subscriber. `owner`: of the node. */
  put(subscriptions: readonly ListedSubscription[]): Promise<void>;
  /** Changes the owner of the subscriptions to these nodes. */
  hand(nodeIds: readonly string[], owner: string): Promise<void>;
  dropSubscriptions(nodeIds: readonly string[], subscriber: string): Promise<void>;
  /** Nodes of the owner with the subscriber on their list. `owner` null: of all owners. */
  subscribedTo(owner: string | null, subscriber: string): Promise<readonly string[]>;
}

/**
 * The links of voters: the nodes that a service depends on, with the service's subscriptions.
 */
export interface LinkRows {
  rows(service: string, nodeIds: readonly string[]): Promise<readonly LinkRow[]>;
  /** Creates the missing rows with version 0. */
  lock(service: string, nodeIds: readonly string[]): Promise<readonly LinkRow[]>;
  raise(service: string, nodeIds: readonly string[]): Promise<void>;
  /** Raises the generations of present rows to at least these, and the versions. */
  raiseGenerations(service: string, links: readonly LinkGeneration[]): Promise<void>;
  /**
   * Raises the ended generation of a present row to at least `generation`, and raises the version.
   */
  giveUp(service: string, nodeId: string, generation: number, atMs: number): Promise<void>;
  /** Removes the links without a promise. */
  drop(links: readonly Pick<Tombstone, 'service' | 'nodeId'>[]): Promise<void>;
  /** Removes the links of every service to these nodes, except links with a promise. */
  dropTo(nodeIds: readonly string[]): Promise<void>;
  /**
   * Removes at most `limit` links without a promise whose last subscription ended before
   * `beforeMs`; returns the number of removed links.
   */
  pruneGivenUp(beforeMs: number, limit: number): Promise<number>;
}

/** What voters keep of removed nodes, until each voter has acknowledged the end. */
export interface RetentionRows {
  /** Of the nodes that the service has removed under the saga. */
  rows(
    saga: string,
    service: string,
    nodeIds: readonly string[],
  ): Promise<readonly OpenRetention[]>;
  /** Adds a row for each node; of a present row only `ended` changes, from false to true. */
  add(nodeIds: readonly string[], retention: Omit<OpenRetention, 'nodeId'>): Promise<void>;
  drop(nodeIds: readonly string[], of: Omit<OpenRetention, 'nodeId' | 'ended'>): Promise<void>;
}

export interface LedgerRows {
  readonly lists: ListRows;
  readonly links: LinkRows;
  readonly retentions: RetentionRows;

  /** Engagements of all sagas on exactly these nodes. */
  holds(nodeIds: readonly string[]): Promise<readonly Hold[]>;
  /** The nodes that the saga does not engage, and that no saga has decided about; each once. */
  staying(saga: string, nodeIds: readonly string[]): Promise<readonly string[]>;
  engagements(selection: EngagementSelection): Promise<readonly Hold[]>;
  /** All engagements of a service; only of the given saga, where a saga is given. */
  engagementsOf(service: string, saga?: string): Promise<readonly Engagement[]>;
  /**
   * Inserts an engagement for each node. An earlier engagement of the same saga on a node is kept;
   * with the state `promised` it changes from asking to promised.
   */
  engage(nodeIds: readonly string[], engagement: Omit<Engagement, 'nodeId'>): Promise<void>;
  advance(
    selection: EngagementSelection,
    from: readonly EngagementState[],
    to: EngagementState,
  ): Promise<void>;
  disengage(selection: EngagementSelection, states: readonly EngagementState[]): Promise<void>;

  tombstones(nodeIds: readonly string[]): Promise<readonly Tombstone[]>;
  /**
   * Inserts a tombstone for each node. Of an earlier tombstone of the same saga, service and node
   * only `removed` changes, from false to true. Each id stands once in the list.
   */
  addTombstones(nodeIds: readonly string[], tombstone: Omit<Tombstone, 'nodeId'>): Promise<void>;
  /**
   * Removes and returns at most `limit` tombstones older than `beforeMs`, of sagas without
   * engagements and promises; except those of a node and an owner with an open retention.
   */
  pruneTombstones(
    beforeMs: number,
    limit: number,
  ): Promise<readonly Pick<Tombstone, 'service' | 'nodeId' | 'removed'>[]>;

  /** The waiting sagas of a service; only the given saga, where a saga is given. */
  waiting(service: string, saga?: string): Promise<readonly UnheldSaga[]>;
  /** The refused saga of the service; undefined for any other saga. */
  refused(service: string, saga: string): Promise<UnheldSaga | undefined>;
  /** Adds the note, or replaces the present note of the saga. */
  noteUnheld(row: UnheldSaga): Promise<void>;
  /** Removes the note of a saga that has started. */
  dropWaiting(saga: string, service: string): Promise<void>;
  /**
   * Removes at most `limit` refused sagas that were noted before `beforeMs`; returns the number of
   * removed sagas.
   */
  pruneRefused(beforeMs: number, limit: number): Promise<number>;

  /** Promises about these nodes. `service` null: of all services. */
  promises(service: string | null, nodeIds: readonly string[]): Promise<readonly PromiseState[]>;
  /** All promises of a service; only under the given saga, where a saga is given. */
  promisesOf(service: string, saga?: string): Promise<readonly PromiseState[]>;
  /**
   * Adds a promise about each node, or raises `collecting` to `ok`; never the reverse. Each id
   * stands once in the list.
   */
  promise(nodeIds: readonly string[], promise: Omit<PromiseState, 'nodeId'>): Promise<void>;
  dropPromises(saga: string, service: string, nodeIds: readonly string[]): Promise<void>;
}

export const engagementStates: readonly EngagementState[] = ['asking', 'promised', 'decided'];
