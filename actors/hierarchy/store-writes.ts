/** The writes of the hierarchy's store: their arguments and their expectations. */
import type {
  Attributes,
  EpochExpectation,
  LinkExpectation,
  LockMode,
  SubscribedExpectation,
  UnheldSaga,
} from './states.ts';

/** The writes, by name. An `expect` that does not hold throws `Conflict`. */
export type HierarchyWrites = {
  /** Creates the root `cn=prs` and the entity's base node where they are missing. */
  ensureBase: {
    args: { readonly baseNode: string; readonly ids: readonly [rootId: string, baseId: string] };
    expect: null;
  };

  /**
   * Adds a node. Refused `name-taken` when a sibling has the same cn. The first sibling of its
   * class is `prsDefault: true`; a later sibling takes the default over with `prsDefault: true`.
   * Without `cn` the id is the name. Defaults: `prsActive: true`, `prsIndex` one more than the
   * siblings'. Conflict for another epoch of the parent or another version of a link, or when the
   * parent or an ancestor is held. Raises the version of each link and the parent's epoch.
   * `cn=system` is reserved: Refused `name-taken`.
   */
  add: {
    args: {
      readonly id: string;
      readonly service: string;
      readonly objectClass: string;
      readonly parentId: string;
      readonly attributes: Attributes;
      readonly systemNode: boolean;
      /** Nodes of other services that the new node depends on: a foreign parent, references. */
      readonly dependsOn: readonly string[];
      /** Sagas whose holds were read and do not conflict. Any other hold conflicts. */
      readonly despite?: readonly string[];
    };
    expect: EpochExpectation & Partial<LinkExpectation & SubscribedExpectation>;
  };

  /**
   * Changes attributes (a new cn renames; null or [] removes; `prsDefault: true` takes over) and,
   * with `parentId`, moves. Refused `name-taken` as in `add`, `refused` for a move into the own
   * subtree. Conflict also when the new parent or one of its ancestors is held. `dependsOn` are the
   * nodes of other services that the node depends on from then on; their links change as in `add`.
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

  /**
   * An alias node below `parentId` (objectClass alias, aliasedObjectName = dn of the target). The
   * alias is removed with the parent.
   */
  addAlias: {
    args: {
      readonly id: string;
      readonly parentId: string;
      readonly targetId: string;
      readonly cn: string;
    };
    expect: null;
  };

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
    args: {
      readonly saga: string;
      readonly service: string;
      readonly mode: LockMode;
      readonly nodeIds: readonly string[];
      /**
       * The asked nodes whose questions engaged these nodes; empty for the nodes that the operation
       * names.
       */
      readonly through: readonly string[];
      /** Key of the actor that holds the saga; absent: the saga's id. */
      readonly actor?: string;
      /** As in `Hold`. */
      readonly age?: string;
      /** Whether the saga was noted as waiting before. */
      readonly waited?: boolean;
    };
    expect: EpochExpectation;
  };

  /**
   * Changes the engagements of these nodes from asking to promised (a voter's inner nodes).
   * Conflict when an epoch differs.
   */
  promised: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    expect: EpochExpectation;
  };

  /**
   * Changes the engagements of these nodes to decided. Conflict when an epoch differs (the roster
   * changed), unless `expect` is null.
   */
  decide: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    expect: EpochExpectation | null;
  };

  /**
   * Removes the live ones of these nodes with their `system` subtrees, children first; tombstones
   * all; drops their engagements under the saga. A foreign node below one of them: Refused `in-use`
   * that names it; one that the same saga has decided about is hung above what goes, until its own
   * service removes it.
   */
  remove: {
    args: {
      readonly saga: string;
      readonly service: string;
      readonly nodeIds: readonly string[];
      readonly atMs: number;
    };
    expect: null;
  };

  /**
   * Drops all undecided engagements and all promises of this service under the saga. Raises the
   * versions of the released links.
   */
  release: { args: { readonly saga: string; readonly service: string }; expect: null };

  /** Drops the saga's engagements of these nodes in any state (the update is done). */
  disengage: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    expect: null;
  };

  /**
   * Records or raises a promise of this service; state `collecting` or `ok`. Conflict when a link's
   * version differs. Raises the versions.
   */
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

  /**
   * The end of a voter's part: tombstones the nodes for this service (for an update `gone` is
   * false), and drops its promises about them under the saga.
   */
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

  /**
   * Adds or renews a subscription, unless the present one has a later generation, and raises the
   * node's epoch. Conflict when the epoch differs.
   */
  subscribe: {
    args: {
      readonly id: string;
      readonly nodeId: string;
      readonly subscriber: string;
      readonly routingKey?: string;
      readonly generation: number;
      readonly consent: boolean;
      /** As in `add`. Without the member holds are ignored (a late subscription of an old peer). */
      readonly despite?: readonly string[];
    };
    expect: EpochExpectation;
  };

  /** Removes the subscription unless its generation is later; raises the node's epoch. */
  unsubscribe: {
    args: { readonly nodeId: string; readonly subscriber: string; readonly generation: number };
    expect: null;
  };

  /**
   * Removes a subscriber of any generation from the lists of these nodes, and raises their epochs.
   */
  retire: {
    args: { readonly subscriber: string; readonly nodeIds: readonly string[] };
    expect: null;
  };

  /**
   * The subscriber's side: notes the generation of the next `subscribe` (creates the link). Raises
   * the version.
   */
  link: {
    args: { readonly service: string; readonly nodeId: string; readonly generation: number };
    expect: LinkExpectation | null;
  };

  /**
   * The subscriber's side: notes the end of its subscriptions up to this generation. Conflict when
   * the version differs. Raises the version.
   */
  unlink: {
    args: { readonly service: string; readonly nodeId: string; readonly generation: number };
    expect: LinkExpectation;
  };
};
