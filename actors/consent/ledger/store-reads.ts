/** The reads of the consent ledger: their arguments and results. */
import type {
  EngagementState,
  Hold,
  LinkState,
  LockMode,
  PromiseState,
  SagaPart,
  StandingSubscription,
  Subscription,
  Tombstone,
} from './states.ts';

/** The epochs of the lists of some nodes by id, without the lists of epoch 0. */
export type Epochs = { readonly [nodeId: string]: number };

/** The reads, by name. */
export interface LedgerReads {
  /** The facts of an owner about nodes that a saga would hold. */
  owned: {
    args: {
      readonly service: string;
      readonly saga: string;
      readonly mode: LockMode;
      readonly nodeIds: readonly string[];
      /** The nodes above these nodes; only a mode other than `D` reads the nodes above. */
      readonly above: readonly string[];
      /** Ids of the request whose nodes do not exist. */
      readonly absent: readonly string[];
      /** The refused saga that this saga retries. */
      readonly retryOf?: string;
    };
    result: {
      readonly epochs: Epochs;
      readonly subscriptions: readonly Subscription[];
      /** Holds of other sagas that conflict with the mode. */
      readonly conflicts: readonly Hold[];
      /** The absent ids that are tombstoned. */
      readonly gone: readonly string[];
      /**
       * Age and requester of the retried saga; null when this service refused no saga with this id.
       */
      readonly retried?: { readonly age: string; readonly requestedBy: string | null } | null;
    };
  };

  /** All rows about a node, of all services of this ledger, for operators. */
  node: {
    args: { readonly nodeId: string };
    result: {
      /** 0: the list was never changed. */
      readonly epoch: number;
      /** By service. */
      readonly subscriptions: readonly StandingSubscription[];
      /** By saga. */
      readonly engagements: readonly Hold[];
      /** By service and saga. */
      readonly promises: readonly PromiseState[];
      /** By time. */
      readonly tombstones: readonly Tombstone[];
    };
  };

  /** The present lists of some nodes. */
  roster: {
    args: { readonly nodeIds: readonly string[] };
    result: {
      readonly epochs: Epochs;
      readonly subscriptions: readonly Subscription[];
      /** The nodes that are removed; a removed node has no list. */
      readonly removed: readonly string[];
    };
  };

  /** The facts for a voter's answer: its links to the asked nodes, and its own engaged nodes. */
  asked: {
    args: { readonly service: string; readonly saga: string; readonly ids: readonly string[] };
    result: {
      readonly links: readonly LinkState[];
      readonly engaged: readonly string[];
      /** The asked nodes for which the service has done its part of a deletion. */
      readonly done: readonly string[];
    };
  };

  /** The facts for a dependant at its place. `above`: the new parent and the nodes above. */
  place: {
    args: {
      readonly service: string;
      readonly above: readonly string[];
      readonly ids: readonly string[];
    };
    result: { readonly holds: readonly Hold[]; readonly links: readonly LinkState[] };
  };

  /** The links of a service to some of these nodes, in the order of ids. */
  links: {
    args: { readonly service: string; readonly nodeIds: readonly string[] };
    result: readonly LinkState[];
  };

  /** The nodes that the saga has decided about, in any service. */
  decided: {
    args: { readonly saga: string; readonly nodeIds: readonly string[] };
    result: readonly string[];
  };

  /**
   * The nodes that do not go with the saga: the saga engages the node in no service, and no saga
   * has decided about the node. In the order of ids.
   */
  staying: {
    args: { readonly saga: string; readonly nodeIds: readonly string[] };
    result: readonly string[];
  };

  /**
   * The owner's state of nodes under a saga, for an inquiry (`isDeleting`). Without unknown ids.
   */
  engagementStates: {
    args: {
      readonly saga: string;
      readonly service: string;
      readonly nodeIds: readonly string[];
      /** The voter that inquires about the end of a retention; absent: about the decision. */
      readonly endFor?: string;
    };
    /** `ended`: gone, and the voter is told the end of a retention. With `endFor` only this state. */
    result: readonly {
      readonly nodeId: string;
      readonly state: EngagementState | 'tombstoned' | 'ended';
      /** As in `Hold`. */
      readonly hops?: number;
    }[];
  };

  /**
   * The facts for a `subscribe` or an `unsubscribe`. `above`: the nodes above the nodes. `lists` has
   * one item for each node, in the order of the nodes.
   */
  subscriptions: {
    args: {
      readonly nodeIds: readonly string[];
      readonly subscriber: string;
      readonly above: readonly string[];
    };
    result: {
      /** On the nodes, and on the nodes above. */
      readonly holds: readonly Hold[];
      readonly lists: readonly {
        readonly nodeId: string;
        readonly epoch: number;
        readonly tombstoned: boolean;
        readonly existing: Subscription | null;
        /** Number of subscribers. */
        readonly subscribers: number;
      }[];
    };
  };

  /**
   * Parts of the service in open sagas; where a saga or nodes are given, only theirs. In the order
   * of ids.
   */
  sagas: {
    args: {
      readonly service: string;
      readonly saga?: string;
      readonly nodeIds?: readonly string[];
    };
    result: readonly SagaPart[];
  };

  /**
   * The nodes of a service with the subscriber on their lists, and the sagas that engage one of
   * these nodes. `service` null: the nodes of all services of this ledger, and no sagas.
   */
  subscriber: {
    args: { readonly service: string | null; readonly subscriber: string };
    result: { readonly nodeIds: readonly string[]; readonly sagas: readonly SagaPart[] };
  };
}
