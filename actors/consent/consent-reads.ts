/**
 * The reads of the consent actors, by name, with the types of their arguments and results.
 *
 * Boundary: `reads/` performs the reads.
 */
import type { Read, Write } from '../../runtime/ports/store.ts';
import type { FoundRows } from './dependences.ts';
import type { Hold, LedgerReads, LinkState, LockMode, Subscription } from './ledger/store.ts';
import type {
  AdoptableNode,
  DependantRefusal,
  DetachedReference,
  Footprint,
  ForeignNode,
  HookedNode,
  ListedNode,
  NodePlace,
  NodeState,
  SharingNode,
  Subtree,
} from './nodes.ts';
import type { Retained } from './retained.ts';
import type { OwnerAddress } from './settings.ts';
import type { Unanswered } from './unanswered.ts';

/** The list of a node, as a `subscribe` or an `unsubscribe` finds the list. */
export type SubscriptionNow = {
  readonly nodeId: string;
  /** null: the service has no such node, or the node may not have subscribers. */
  readonly node: (ListedNode & { readonly epoch: number }) | null;
  readonly tombstoned: boolean;
  /** On the node, and on the nodes above. */
  readonly holds: readonly Hold[];
  readonly existing: Subscription | null;
  readonly subscribers: number;
};

/**
 * `through`: the asked node. `isOutside`: stands for what another system keeps about the asked node;
 * `objectClass` is then the entity. `retentionEnded`: the other system is told the end of a retention.
 */
type Through = {
  readonly through: string;
  readonly isOutside?: true;
  readonly retentionEnded?: true;
};

/** Ids of nodes of other services, by the entity in the section `subscribe`. */
export type NodesByEntity = { readonly [entity: string]: readonly string[] };

/** A node that loses a row of the service by some writes, with the link of the service. */
export type LeavingNode = {
  readonly owner: OwnerAddress;
  readonly link: LinkState;
  /** Whether another row of the service depends on the node. */
  readonly isNeeded: boolean;
};

/** The reads, by name. */
export interface ConsentReads {
  /** The nodes that a delete (mode D) or an update (mode U, M) would engage in the owner. */
  engagement: {
    args: {
      readonly ids: readonly string[];
      readonly saga: string;
      readonly mode: LockMode;
      /** The refused saga that this saga retries. */
      readonly retryOf?: string;
    };
    result: {
      /** The live named nodes; in mode D also the nodes that are removed along. Parents first. */
      readonly nodes: readonly NodeState[];
      /** Ids of the nodes above the nodes, in a mode other than D. */
      readonly above: readonly string[];
      /** Named ids that are unknown. */
      readonly missing: readonly string[];
      /** Named ids that are tombstoned. */
      readonly gone: readonly string[];
      /** Named nodes of another owner. */
      readonly foreign: readonly string[];
      /** Mode D only. The service's own reasons against the deletion. */
      readonly refusals: readonly DependantRefusal[];
      /** Holds of other sagas, on these nodes or above them, that conflict with the mode. */
      readonly conflicts: readonly Hold[];
      readonly subscriptions: readonly Subscription[];
      /**
       * Mode D only. The nodes of other services below these nodes that no service will remove.
       */
      readonly unanswered?: Unanswered;
      /**
       * Age and requester of the retried saga; null when this service refused no saga with this id.
       */
      readonly retried?: { readonly age: string; readonly requestedBy: string | null } | null;
    };
  };

  /** The facts for a voter's answer about the asked nodes. */
  dependants: {
    args: {
      readonly saga: string;
      readonly mode: LockMode;
      /** The asked nodes: nodes of another service, or in a cycle of this service. */
      readonly ids: readonly string[];
      /** Nodes that count as engaged under the saga, although a plan engages no node. */
      readonly except?: readonly string[];
      /**
       * The exchange of the question, for a service whose answers come from outside its journal, and
       * for nodes without a link.
       */
      readonly exchange?: string;
      /** true: asks for the rows that were kept of nodes that are gone. */
      readonly retentionEnded?: boolean;
    };
    result: {
      readonly links: readonly LinkState[];
      /** Reasons against the operation, also of nodes below that nobody will remove. */
      readonly refusals: readonly DependantRefusal[];
      /** Mode D only. Own live nodes not yet engaged under this saga. Parents first. */
      readonly nodes: readonly (NodeState & Through)[];
      /** Mode D only. References that would be taken out of own nodes. */
      readonly detached: readonly DetachedReference[];
      /** Conflicting holds of other sagas on these nodes. */
      readonly conflicts: readonly Hold[];
      readonly subscriptions: readonly Subscription[];
      /** The rows that are no nodes, by asked node; absent in a service without such rows. */
      readonly rows?: readonly FoundRows[];
      /** Mode D only. What the service keeps of its rows although it agrees; absent: nothing. */
      readonly retained?: readonly { readonly nodeId: string; readonly retained: Retained }[];
    };
  };

  /**
   * The facts for a write that makes rows of this service depend on nodes of other services, or
   * that changes rows which are nodes themselves.
   */
  dependency: {
    args: {
      readonly on: NodesByEntity;
      /** Ids of the written rows that are nodes of this service. Default: none. */
      readonly own?: readonly string[];
      /** The writes, of which some may take the last row away from a node. Default: none. */
      readonly writes?: readonly Write[];
    };
    result: {
      readonly service: string;
      /** The entities in the config's section `subscribe`. */
      readonly known: readonly string[];
      /** Each node once. `owner`: null where the config subscribes to no entity of this name. */
      readonly nodes: readonly {
        readonly entity: string;
        readonly owner: OwnerAddress | null;
        readonly link: LinkState;
      }[];
      /** Of any saga, on the nodes `own`. */
      readonly holds: readonly Hold[];
      /** The members of `own` with a tombstone. */
      readonly removed: readonly string[];
      /** The nodes that lose rows by the writes, without the nodes of `on`. */
      readonly leaving: readonly LeavingNode[];
      /** The writes without removals of rows that are not stored. Absent: all writes. */
      readonly due?: readonly Write[];
    };
  };

  /** The present lists, for the decision. Removed nodes are not in `nodes`. */
  roster: {
    args: {
      readonly nodeIds: readonly string[];
      /** The saga that decides about a deletion; absent: `unanswered` is not looked for. */
      readonly deletion?: string;
    };
    result: {
      readonly nodes: readonly NodeState[];
      readonly subscriptions: readonly Subscription[];
      /** The nodes of other services below the nodes that do not go with the saga. */
      readonly unanswered?: Unanswered;
    };
  };

  /** The facts for a create or a move about its place. */
  place: {
    args: {
      readonly parentId?: string;
      readonly references: readonly string[];
      readonly moving?: string;
    };
    /** `links`: of this service to the parent and to the references. */
    result: NodePlace & {
      readonly holds: readonly Hold[];
      readonly links: readonly LinkState[];
    };
  };

  /** The facts for a copy about its place, and the subtree to be copied. */
  copying: {
    args: {
      readonly id: string;
      readonly parentId?: string;
      /** As in `place`, of the attributes that the request gives. */
      readonly references: readonly string[];
      /** The attributes of the copied nodes that hold ids of nodes of others. */
      readonly attributes: readonly string[];
      /** Ids in the place of ids in the attributes. */
      readonly replace: { readonly [id: string]: string };
    };
    result: ConsentReads['place']['result'] & {
      /** `holds`: of sagas, on the node and on the nodes above. */
      readonly source: Subtree & { readonly holds: readonly Hold[] };
    };
  };

  /** The facts for a `subscribe` or an `unsubscribe`, one item for each node. */
  subscriptions: {
    args: { readonly nodeIds: readonly string[]; readonly subscriber: string };
    result: readonly SubscriptionNow[];
  };

  /** The facts for an adoption of all nodes of another service. */
  adoption: {
    args: { readonly from: string };
    result: {
      /** `mentions`: only of nodes that the other service has subscribed to. */
      readonly nodes: readonly AdoptableNode[];
      /** All nodes of this ledger with the other service on their lists. */
      readonly listing: readonly string[];
      /**
       * Of any saga: on the nodes, on the nodes that they depend on, and on the nodes of `listing`.
       */
      readonly holds: readonly Hold[];
      /** Of this service, to the same nodes. */
      readonly links: readonly LinkState[];
    };
  };

  /** The nodes and sagas of a subscriber, and the nodes of the subscriber below these nodes. */
  retirement: {
    args: { readonly subscriber: string };
    result: LedgerReads['subscriber']['result'] & { readonly below: readonly ForeignNode[] };
  };

  /**
   * The links that lose their last dependant of this service with the removal of the given nodes.
   * `upstream`: only these links, instead of the links of the nodes.
   */
  orphanedLinks: {
    args: { readonly nodeIds: readonly string[]; readonly upstream?: readonly string[] };
    result: readonly LinkState[];
  };

  /** What a removal of the nodes would take: for plans. */
  footprint: {
    args: { readonly nodeIds: readonly string[] };
    result: readonly Footprint[];
  };

  /** The facts for a removal. `beside`: nodes of others below, about which the saga has decided. */
  removal: {
    args: { readonly saga: string; readonly nodeIds: readonly string[] };
    result: {
      readonly links: readonly LinkState[];
      readonly beside: readonly string[];
      /** The nodes with their attributes, where the owner has a hook for removed nodes. */
      readonly removed?: readonly HookedNode[];
      /** Nodes that stay and list files of the removed nodes. Absent: none. */
      readonly sharing?: readonly SharingNode[];
    };
  };
}

/** The name of the view that performs the reads. */
export const consentViewName = 'consent';

/** A typed read of the view. */
export function consentRead<Op extends keyof ConsentReads>(
  op: Op,
  args: ConsentReads[Op]['args'],
): Read {
  return { store: consentViewName, op, args };
}
