/** The writes of the consent ledger: their arguments and expectations. */
import type {
  EpochExpectation,
  LinkExpectation,
  LockMode,
  SubscribedExpectation,
  UnheldSaga,
} from './states.ts';

type OfSaga = { readonly saga: string; readonly service: string };
type OfNodes = OfSaga & { readonly nodeIds: readonly string[] };

/** The writes, by name. An `expect` that does not hold throws `Conflict`. */
export type LedgerWrites = {
  /**
   * Notes a saga without holds: the saga waits for its start (until `freeze`), or was refused (kept
   * as long as tombstones).
   */
  unheld: { args: UnheldSaga; expect: null };

  /**
   * Records an engagement per node, state `asking`. Conflict when an epoch differs, a node was
   * removed, or a conflicting hold appeared.
   */
  freeze: {
    args: OfNodes & {
      readonly mode: LockMode;
      /** The nodes above these nodes; only a mode other than `D` reads the nodes above. */
      readonly above: readonly string[];
      /**
       * The asked nodes whose questions engaged these nodes; empty for the nodes that the operation
       * itself names.
       */
      readonly through: readonly string[];
      /** Key of the actor that holds the saga; absent: the saga's id. */
      readonly actor?: string;
      /** As in `Hold`. */
      readonly age?: string;
      /** As in `Hold`. */
      readonly hops?: number;
      /** Whether the saga was noted as waiting before. */
      readonly waited?: boolean;
      /** The engagements begin in the state `promised`, as after the write `promised`. */
      readonly promised?: boolean;
    };
    expect: EpochExpectation;
  };

  /**
   * Changes the engagements of these nodes from asking to promised (a voter's inner nodes).
   * Conflict when an epoch differs.
   */
  promised: { args: OfNodes; expect: EpochExpectation };

  /**
   * Changes the engagements of these nodes to decided. Conflict when an epoch differs (the roster
   * changed), unless `expect` is null.
   */
  decide: { args: OfNodes; expect: EpochExpectation | null };

  /**
   * The owner has removed the nodes: tombstones the nodes for all services, and drops the lists and
   * the engagements under the saga. Conflict when an epoch differs.
   */
  removed: { args: OfNodes & { readonly atMs: number }; expect: EpochExpectation | null };

  /**
   * Drops all undecided engagements and all promises of this service under the saga. Raises the
   * versions of the released links.
   */
  release: { args: OfSaga; expect: null };

  /** Drops the saga's engagements of these nodes in any state (the update is done). */
  disengage: { args: OfNodes; expect: null };

  /**
   * Records or raises a promise of this service; state `collecting` or `ok`. Conflict when a link's
   * version differs. Raises the versions.
   */
  promise: {
    args: OfNodes & { readonly mode: LockMode; readonly state: 'collecting' | 'ok' };
    expect: LinkExpectation | null;
  };

  /**
   * The end of a voter's part: tombstones the nodes for this service (for an update `gone` is
   * false), and drops the service's promises about the nodes under the saga.
   */
  fulfil: {
    args: OfNodes & { readonly gone: boolean; readonly atMs: number };
    expect: null;
  };

  /**
   * What the voter keeps of nodes that the service has removed. `open`: until `until`. `ended`: the
   * voter is told the end. `told`: the voter has acknowledged the end, and nothing is noted any more.
   */
  retain: {
    args: OfNodes & {
      readonly voter: string;
      readonly until: string;
      readonly state: 'open' | 'ended' | 'told';
    };
    expect: null;
  };
  /**
   * Adds or renews a subscription to a node of the service, unless the present one has a later
   * generation, and raises the epoch of the list. Conflict when the epoch differs.
   */
  subscribe: {
    args: {
      readonly service: string;
      readonly nodeId: string;
      readonly subscriber: string;
      readonly routingKey?: string;
      readonly generation: number;
      readonly consent: boolean;
      /** The nodes above the node. */
      readonly above: readonly string[];
      /**
       * Sagas whose holds were read and do not conflict. Any other hold conflicts. Without the
       * member holds are ignored (a late subscription of an old peer).
       */
      readonly despite?: readonly string[];
    };
    expect: EpochExpectation;
  };

  /**
   * Several writes `subscribe` without an expected epoch, folded into one
   * (`rules/folded-writes.ts`). No node has two subscriptions of one subscriber.
   */
  subscribeAll: {
    args: { readonly subscriptions: readonly LedgerWrites['subscribe']['args'][] };
    expect: null;
  };

  /**
   * Removes the subscription unless its generation is later; raises the epoch of the list. Conflict
   * when an operation holds the node of a subscription that goes.
   */
  unsubscribe: {
    args: { readonly nodeId: string; readonly subscriber: string; readonly generation: number };
    expect: null;
  };

  /** Several writes `unsubscribe`, in one step. No node has two of one subscriber. */
  unsubscribeAll: {
    args: { readonly subscriptions: readonly LedgerWrites['unsubscribe']['args'][] };
    expect: null;
  };

  /**
   * Removes a subscriber of any generation from the lists of these nodes, and raises the epochs of
   * the lists.
   */
  retire: {
    args: { readonly subscriber: string; readonly nodeIds: readonly string[] };
    expect: null;
  };

  /**
   * Belongs to the commit that adds a dependant, or that lets a dependant forbid more than before:
   * raises the version of each link of `on`. Conflict when an expectation does not hold, or when
   * `below` or a node above is held by a saga that is not in `despite`.
   */
  depend: {
    args: {
      readonly service: string;
      readonly on: readonly string[];
      /** The parent of the dependant, with the ids of all nodes above the parent. */
      readonly below?: {
        readonly nodeId: string;
        readonly above: readonly string[];
        readonly despite: readonly string[];
      };
    };
    expect: Partial<LinkExpectation & SubscribedExpectation>;
  };

  /**
   * The subscriber's side: notes the generation of the next `subscribe` (creates the link). Raises
   * the version.
   */
  link: {
    args: {
      readonly service: string;
      readonly nodeId: string;
      readonly generation: number;
      readonly entity?: string;
    };
    expect: LinkExpectation | null;
  };

  /**
   * The subscriber's side: notes the end of its subscriptions up to this generation. Conflict when
   * the version differs. Raises the version.
   */
  unlink: {
    args: {
      readonly service: string;
      readonly nodeId: string;
      readonly generation: number;
      /** The time of the end; a link without a new subscription is pruned by its age. */
      readonly atMs: number;
    };
    expect: LinkExpectation;
  };

  /**
   * A service takes the nodes of another service over. On each list of `on` the service stands in
   * place of `from`, and the epoch rises; so does the epoch of each list of `leaves`, which `from`
   * leaves. The undecided engagements of `from` on the nodes, and its promises and links to `on`
   * and to `leaves`, end. The lists of the nodes get the new owner. Conflict when a link of the
   * service to `on` has another version, when the service has promised one of the nodes, when a
   * saga has decided about one of them, or when a saga of which no question goes out any more
   * (`promised`, `decided`) deletes a node of `needed`, or a node of `leaves` for the service.
   */
  adopt: {
    args: {
      readonly service: string;
      readonly from: string;
      readonly nodeIds: readonly string[];
      /** The nodes of other services that the nodes depend on, with the service of each node. */
      readonly on: readonly {
        readonly nodeId: string;
        readonly owner: string;
        readonly entity: string;
        readonly generation: number;
      }[];
      /** Other nodes on whose lists `from` stands. */
      readonly leaves: readonly string[];
      /** The nodes of `on` that must not go. */
      readonly needed: readonly string[];
    };
    expect: LinkExpectation;
  };
};
