/** The writes of the hierarchy's store: their arguments and what each expects. */
import type {
  Attributes,
  EpochExpectation,
  LinkExpectation,
  LockMode,
  SubscribedExpectation,
  UnheldSaga,
} from './states.ts';

/** The writes, by name. Where an `expect` does not hold: `Conflict`. */
export type HierarchyWrites = {
  /** Makes the root `cn=prs` and the entity's base node where they are missing; does nothing where they are there. */
  ensureBase: {
    args: { readonly baseNode: string; readonly ids: readonly [rootId: string, baseId: string] };
    expect: null;
  };

  /**
   * Adds a node. Refused `name-taken` when a sibling has that cn. The first sibling of its class is `prsDefault: true`; a later one
   * that says so takes it over, else it is false. Without `cn` the id is the name. Defaults: `prsActive: true`, `prsIndex` one more than the siblings'.
   * Conflict when the parent's epoch or a link's version is another than expected, or when the parent or an ancestor is held.
   * Raises the version of each link and the parent's epoch. `cn=system` is reserved: Refused `name-taken`.
   */
  add: {
    args: {
      readonly id: string;
      readonly service: string;
      readonly objectClass: string;
      readonly parentId: string;
      readonly attributes: Attributes;
      readonly systemNode: boolean;
      /** Nodes of others that it depends on (a foreign parent, references). */
      readonly dependsOn: readonly string[];
      /** Sagas whose holds were read and do not stand against it; any other hold does. */
      readonly despite?: readonly string[];
    };
    expect: EpochExpectation & Partial<LinkExpectation & SubscribedExpectation>;
  };

  /**
   * Changes attributes (a new cn renames; null or [] removes; `prsDefault: true` takes over) and, with `parentId`, moves.
   * Refused `name-taken` as in `add`, `refused` for a move into the own subtree. Conflict also when the new parent or an ancestor of
   * it is held. `dependsOn` are nodes of others that it depends on from now on; their links are treated as in `add`.
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

  /** An alias node below `parentId` (objectClass alias, aliasedObjectName = dn of the target). It goes when the parent goes. */
  addAlias: {
    args: {
      readonly id: string;
      readonly parentId: string;
      readonly targetId: string;
      readonly cn: string;
    };
    expect: null;
  };

  /** Notes a saga of the service that holds nothing: it waits for its beginning (until `freeze`), or was refused (kept as long as tombstones). */
  unheld: { args: UnheldSaga; expect: null };

  /** Records an engagement per node, state `asking`. Conflict when an epoch differs, a node has gone, or a conflicting hold appeared. */
  freeze: {
    args: {
      readonly saga: string;
      readonly service: string;
      readonly mode: LockMode;
      readonly nodeIds: readonly string[];
      /** The nodes in whose questions these were engaged; empty for what the operation itself names. */
      readonly through: readonly string[];
      /** Key of the actor that holds the saga; absent: the saga's id. */
      readonly actor?: string;
      /** As in `Hold`. */
      readonly age?: string;
      /** It was noted as waiting, and is no more. */
      readonly waited?: boolean;
    };
    expect: EpochExpectation;
  };

  /** Engagements of these nodes go from asking to promised (a voter's inner nodes). Conflict when an epoch differs. */
  promised: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    expect: EpochExpectation;
  };

  /** Engagements of these nodes go to decided. Conflict when an epoch differs (the roster changed) unless `expect` is null. */
  decide: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    expect: EpochExpectation | null;
  };

  /** Removes the live ones of these nodes with their `system` subtrees, children first; tombstones all; drops their engagements under the saga. A foreign node below one of them: Refused `in-use` that names it; one that the same saga has decided about is hung above what goes, until its own service removes it. */
  remove: {
    args: {
      readonly saga: string;
      readonly service: string;
      readonly nodeIds: readonly string[];
      readonly atMs: number;
    };
    expect: null;
  };

  /** Drops the saga's engagements and promises of this service, whatever their nodes; decided engagements stay. Raises the versions of the links released. */
  release: { args: { readonly saga: string; readonly service: string }; expect: null };

  /** Drops the saga's engagements of these nodes, whatever their state (an update that is done). */
  disengage: {
    args: { readonly saga: string; readonly service: string; readonly nodeIds: readonly string[] };
    expect: null;
  };

  /** Records or raises a promise of this service; state `collecting` or `ok`. Conflict when a link's version differs. Raises it. */
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

  /** A voter's end of it: tombstones the nodes for this service (not for an update: `gone` false), drops its promises for them under the saga. */
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

  /** Adds or renews a subscription (kept when an existing one has a later generation) and raises the node's epoch. Conflict when the epoch differs. */
  subscribe: {
    args: {
      readonly id: string;
      readonly nodeId: string;
      readonly subscriber: string;
      readonly routingKey?: string;
      readonly generation: number;
      readonly consent: boolean;
      /** As in `add`; without it holds are not looked at (a late subscription of an old peer). */
      readonly despite?: readonly string[];
    };
    expect: EpochExpectation;
  };

  /** Removes the subscription when its generation is not later; raises the node's epoch. */
  unsubscribe: {
    args: { readonly nodeId: string; readonly subscriber: string; readonly generation: number };
    expect: null;
  };

  /** Takes a subscriber off the lists of these nodes, whatever its generation, and raises their epochs. */
  retire: {
    args: { readonly subscriber: string; readonly nodeIds: readonly string[] };
    expect: null;
  };

  /** The subscriber's side: notes the generation of a subscription it is about to ask for (makes the link). Raises the version. */
  link: {
    args: { readonly service: string; readonly nodeId: string; readonly generation: number };
    expect: LinkExpectation | null;
  };

  /** The subscriber's side: notes that it gives subscriptions up to this generation back. Conflict when the version differs. Raises it. */
  unlink: {
    args: { readonly service: string; readonly nodeId: string; readonly generation: number };
    expect: LinkExpectation;
  };
};
