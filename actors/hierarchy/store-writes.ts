/** The writes of the hierarchy's store: their arguments and their expectations. */
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Attributes, VersionExpectation } from './states.ts';

/** `name`: of the links, as in the config of the service. `to`: the linked nodes. */
type LinkArgs = {
  readonly service: string;
  readonly nodeId: string;
  readonly name: string;
  readonly to: readonly string[];
};

/** The writes, by name. An `expect` that does not hold throws `Conflict`. */
export type HierarchyWrites = {
  /** Creates the root `cn=prs` and the entity's base node where they are missing. */
  ensureBase: {
    args: { readonly baseNode: string; readonly ids: readonly [rootId: string, baseId: string] };
    expect: null;
  };

  /**
   * Adds a node. Refused `name-taken` when a sibling has the same cn, with `anyCase` also when the
   * case of letters differs. The first sibling of its class is `prsDefault: true`; a later sibling
   * takes the default over with `prsDefault: true`. Without `cn` the id is the name. Defaults:
   * `prsActive: true`, `prsIndex` one more than the siblings'. Conflict for another version of the
   * parent. Raises the parent's version. `cn=system` is reserved: Refused `name-taken`.
   */
  add: {
    args: {
      readonly id: string;
      readonly service: string;
      readonly objectClass: string;
      readonly parentId: string;
      readonly attributes: Attributes;
      readonly systemNode: boolean;
      /** No sibling has the name in another case either. */
      readonly anyCase?: true;
    };
    expect: VersionExpectation | null;
  };

  /**
   * Several writes `add` below one parent and of one class, in one step (`rules/folded-writes.ts`).
   * The names and the ids differ, and none asks for the default.
   */
  addAll: { args: { readonly adds: readonly HierarchyWrites['add']['args'][] }; expect: null };

  /**
   * Changes attributes (a new cn renames; null or [] removes; `prsDefault: true` takes over) and,
   * with `parentId`, moves. Refused `name-taken` as in `add`, `refused` for a move into the own
   * subtree.
   */
  modify: {
    args: {
      readonly id: string;
      readonly attributes: Attributes;
      readonly parentId?: string;
      /** As in `add`. */
      readonly anyCase?: true;
    };
    expect: VersionExpectation;
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

  /** Locks the nodes. Conflict when a node was removed or has another version. */
  lock: { args: Readonly<Record<string, never>>; expect: VersionExpectation };

  /**
   * Removes those of these nodes that exist, with their `system` subtrees, children first. Refused
   * `in-use` for a node of another service below them; the refusal names the node. Exception: a
   * node in `beside` is moved above the removed nodes, until its own service removes it.
   */
  remove: {
    args: { readonly nodeIds: readonly string[]; readonly beside: readonly string[] };
    expect: null;
  };

  /**
   * Links nodes of a class to a node of the service. A link that is there gets these attributes.
   * Refused `not-found` for a node that is not there or is not of the service, `wrong-class` for a
   * node of another class.
   */
  link: {
    args: LinkArgs & { readonly objectClass: string; readonly attributes: JsonObject };
    expect: null;
  };

  /** Takes links away; a link that is not there stays away. Refused as `link`. */
  unlink: { args: LinkArgs; expect: null };

  /**
   * Takes the ids of these nodes out of the attributes of all nodes of the class. An attribute
   * without a further value is removed. Conflict when a node with an expected version was removed or
   * has another version.
   */
  detach: {
    args: {
      readonly objectClass: string;
      readonly nodeIds: readonly string[];
      readonly attributes: readonly string[];
    };
    expect: VersionExpectation;
  };

  /**
   * Shows a subscription of the ledger as a node, unless the present node has a later generation.
   * Refused `not-found` and `wrong-class` for a node that has no list.
   */
  list: {
    args: {
      readonly id: string;
      readonly nodeId: string;
      readonly subscriber: string;
      readonly routingKey?: string;
      readonly generation: number;
      readonly consent: boolean;
    };
    expect: null;
  };

  /**
   * Several writes `list`, in one step (`rules/folded-writes.ts`). No node has two subscriptions of
   * one subscriber.
   */
  listAll: {
    args: { readonly subscriptions: readonly HierarchyWrites['list']['args'][] };
    expect: null;
  };

  /** Removes the node of a subscription from each node, unless its generation is later. */
  unlist: {
    args: {
      readonly nodeIds: readonly string[];
      readonly subscriber: string;
      /** Absent: the generation does not matter. */
      readonly generation?: number;
    };
    expect: null;
  };

  /**
   * Gives nodes to another service, under the class of the service. A node of another class than
   * before loses its default, and the oldest node of a class without a default gets one. Raises the
   * versions of the nodes and of their parents.
   */
  adopt: {
    args: {
      readonly nodeIds: readonly string[];
      readonly service: string;
      readonly objectClass: string;
    };
    expect: VersionExpectation;
  };
};
