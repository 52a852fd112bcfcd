/** The reads of the hierarchy's store: their arguments and what comes back. */
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
      readonly parent: {
        readonly id: string;
        readonly objectClass: string;
        readonly epoch: number;
        readonly isBase: boolean;
      } | null;
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
      readonly references: readonly {
        readonly attribute: string;
        readonly onDelete: 'refuse' | 'delete';
      }[];
      /** Nodes to be taken for engaged under the saga, beside those that are: a plan engages nothing. */
      readonly except?: readonly string[];
    };
    result: {
      readonly links: readonly LinkState[];
      /**
       * Mode D only. Own live nodes that refer to one of the ids (`nodeId`) through a `refuse` attribute, are not engaged under
       * this saga and are not among `nodes`.
       */
      readonly refusals: readonly {
        readonly nodeId: string;
        readonly attribute: string;
        readonly byId: string;
        readonly byCn: string;
      }[];
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
    result: {
      readonly nodes: readonly NodeState[];
      readonly subscriptions: readonly Subscription[];
    };
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
      readonly node: {
        readonly id: string;
        readonly objectClass: string;
        readonly epoch: number;
      } | null;
      readonly tombstoned: boolean;
      readonly holds: readonly Hold[];
      readonly existing: Subscription | null;
      /** How many are on the list. */
      readonly subscribers: number;
    };
  };

  /** Sagas under way in which the service has a part; of one saga, or about these nodes, where they are given. In the order of ids. */
  sagas: {
    args: {
      readonly service: string;
      readonly saga?: string;
      readonly nodeIds?: readonly string[];
    };
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
    args: {
      readonly service: string;
      readonly nodeIds: readonly string[];
      readonly upstream?: readonly string[];
    };
    result: readonly LinkState[];
  };
}
