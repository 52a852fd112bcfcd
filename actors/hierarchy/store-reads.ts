/** The reads of the hierarchy's store: their arguments and results. */
import type {
  EngagementState,
  FoundNode,
  Hold,
  LinkState,
  LockMode,
  NodeState,
  SagaPart,
  SearchQuery,
  Subscription,
} from './states.ts';

/** The reads, by name. */
export interface HierarchyReads {
  search: { args: SearchQuery; result: readonly FoundNode[] };

  /** The facts for a create or a move about its place. */
  place: {
    args: {
      readonly service: string;
      /** The new parent; absent: the entity's base node. */
      readonly parentId?: string;
      /** `cn` of the entity's base node below the root. */
      readonly baseNode: string;
      /** Nodes of other services that the node refers to. */
      readonly references: readonly string[];
      /** The node of a move. */
      readonly moving?: string;
    };
    result: {
      readonly parent: {
        readonly id: string;
        readonly objectClass: string;
        readonly epoch: number;
        readonly isBase: boolean;
      } | null;
      /** Whether the new parent is the moved node or stands below it. */
      readonly isInside?: boolean;
      /** Holds on the parent and its ancestors. */
      readonly holds: readonly Hold[];
      /** The links of this service to the parent and to the references. */
      readonly links: readonly LinkState[];
    };
  };

  /** The nodes that a delete (mode D) or an update (mode U) would engage in the owning service. */
  engagement: {
    args: {
      readonly service: string;
      readonly objectClass: string;
      readonly ids: readonly string[];
      readonly saga: string;
      readonly mode: LockMode;
      /** The refused saga that this saga retries. */
      readonly retryOf?: string;
    };
    result: {
      /**
       * The live named nodes. In mode D also all nodes below them that are reached through nodes of
       * the same class only, without `system` nodes, which are removed with their owner. Parents
       * first.
       */
      readonly nodes: readonly NodeState[];
      /** Named ids that are unknown. */
      readonly missing: readonly string[];
      /** Named ids that are tombstoned. */
      readonly gone: readonly string[];
      /** Named nodes of another service's class. */
      readonly foreign: readonly string[];
      /**
       * Holds of other sagas, on these nodes or on their ancestors, that conflict with the mode.
       */
      readonly conflicts: readonly Hold[];
      readonly subscriptions: readonly Subscription[];
      /**
       * Age and requester of the retried saga; null when this service refused no saga of that id.
       */
      readonly retried?: { readonly age: string; readonly requestedBy: string | null } | null;
    };
  };

  /** The facts for a voter's answer about the asked nodes. */
  dependants: {
    args: {
      readonly service: string;
      readonly objectClass: string;
      readonly saga: string;
      readonly mode: LockMode;
      /** The asked nodes: nodes of another service, or in a cycle of this service. */
      readonly ids: readonly string[];
      /**
       * Attributes of this service's nodes that refer to nodes of others, with the effect of a
       * deletion of the referred node.
       */
      readonly references: readonly {
        readonly attribute: string;
        readonly onDelete: 'refuse' | 'delete';
      }[];
      /** Nodes that count as engaged under the saga, although a plan engages no node. */
      readonly except?: readonly string[];
    };
    result: {
      readonly links: readonly LinkState[];
      /**
       * Mode D only. Own live nodes that refer to one of the ids (`nodeId`) through a `refuse`
       * attribute, that are not engaged under this saga and are not among `nodes`.
       */
      readonly refusals: readonly {
        readonly nodeId: string;
        readonly attribute: string;
        readonly byId: string;
        readonly byCn: string;
      }[];
      /**
       * Mode D only. Own live nodes not yet engaged under this saga that depend on one of the ids:
       * direct children of this class, nodes that refer to the id through a `delete` attribute, and
       * the nodes below these through nodes of the same class only. `through` is the id that led to
       * the node. Parents first.
       */
      readonly nodes: readonly (NodeState & { readonly through: string })[];
      /** Conflicting holds of other sagas on these nodes. */
      readonly conflicts: readonly Hold[];
      readonly subscriptions: readonly Subscription[];
    };
  };

  /** The present subscriber lists, for the decision. Removed nodes are not in `nodes`. */
  roster: {
    args: { readonly nodeIds: readonly string[] };
    result: {
      readonly nodes: readonly NodeState[];
      readonly subscriptions: readonly Subscription[];
    };
  };

  /**
   * The rows that are removed with each node: its own row, and the system and alias nodes below.
   * Without removed nodes, in the order of ids.
   */
  footprint: {
    args: { readonly nodeIds: readonly string[] };
    result: readonly { readonly nodeId: string; readonly rows: number }[];
  };

  /**
   * The owner's state of nodes under a saga, for an inquiry (`isDeleting`). Without unknown ids.
   */
  standing: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    result: readonly { readonly nodeId: string; readonly state: EngagementState | 'tombstoned' }[];
  };

  /** The facts for a `subscribe` or an `unsubscribe`. */
  subscription: {
    args: { readonly nodeId: string; readonly subscriber: string; readonly objectClass: string };
    result: {
      readonly node: {
        readonly id: string;
        readonly objectClass: string;
        readonly epoch: number;
      } | null;
      readonly tombstoned: boolean;
      readonly holds: readonly Hold[];
      readonly existing: Subscription | null;
      /** Number of subscribers. */
      readonly subscribers: number;
    };
  };

  /**
   * Parts of the service in open sagas; only of the given saga or nodes, where these are given. In
   * the order of ids.
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
   * The nodes of a service that a subscriber is asked about, and the sagas that engage one of these
   * nodes.
   */
  subscriber: {
    args: { readonly service: string; readonly objectClass: string; readonly subscriber: string };
    result: { readonly nodeIds: readonly string[]; readonly sagas: readonly SagaPart[] };
  };

  /**
   * The links that lose their last dependant of this service with the removal of the given nodes.
   */
  orphanedLinks: {
    /** `upstream`: only these links, instead of those of the nodes. */
    args: {
      readonly service: string;
      readonly nodeIds: readonly string[];
      readonly upstream?: readonly string[];
    };
    result: readonly LinkState[];
  };
}
