/** The reads of the hierarchy's store: their arguments and results. */
import type {
  AdoptableNode,
  DependantNodes,
  DetachedReference,
  ForeignNode,
  FoundNodes,
  ListedNode,
  NodeFacts,
  NodePlace,
  RowCount,
  Subtree,
} from '../consent/nodes.ts';
import type {
  FoundNode,
  FoundPage,
  HoldingNode,
  LinkedNode,
  PagedQuery,
  RemovalRules,
  SearchQuery,
} from './states.ts';

/** The reads, by name. */
export interface HierarchyReads {
  search: { args: SearchQuery; result: readonly FoundNode[] };

  /**
   * The found nodes in their order, in pages of at most `most` nodes. Refused `answer-too-large`: neither `limit` nor `after`
   * is given, and more than `most` nodes are found.
   */
  page: { args: PagedQuery & { readonly most: number }; result: FoundPage };

  /**
   * The nodes of a class among these ids. `below`: also all nodes below them that are reached
   * through nodes of the same class only; `system` nodes are left out, because they are removed
   * with the node above. `beneath`: the nodes of other classes directly below. `above`: also the
   * ids of the nodes above. Parents first. `refusals`: by the rules, for `below` only.
   */
  nodes: {
    args: {
      readonly objectClass: string;
      readonly ids: readonly string[];
      readonly below: boolean;
      readonly above: boolean;
      readonly rules: RemovalRules;
    };
    result: FoundNodes;
  };

  /** All nodes of the service, as a service of the class may take them over. In the order of ids. */
  adoptable: {
    args: {
      readonly service: string;
      readonly objectClass: string;
      /** The attributes of the class that refer to nodes of others. */
      readonly references: readonly string[];
    };
    result: readonly AdoptableNode[];
  };

  /** The nodes of any class among these ids, parents first. */
  present: { args: { readonly nodeIds: readonly string[] }; result: readonly NodeFacts[] };

  /** The facts for a create or a move about its place. */
  place: {
    args: {
      /** The new parent; absent: the entity's base node. */
      readonly parentId?: string;
      /** `cn` of the entity's base node below the root. */
      readonly baseNode: string;
      /** Nodes of other services that the node refers to. */
      readonly references: readonly string[];
      /** The node of a move. */
      readonly moving?: string;
    };
    result: NodePlace;
  };

  /**
   * The nodes that would be removed with the asked nodes, the references that would be taken out,
   * and the nodes that forbid the removal.
   */
  dependants: {
    args: {
      readonly objectClass: string;
      /** The asked nodes: nodes of another service, or in a cycle of this service. */
      readonly ids: readonly string[];
      readonly rules: RemovalRules;
      /** Nodes that are removed anyway: these nodes are not found, and forbid nothing. */
      readonly except: readonly string[];
    };
    result: DependantNodes;
  };

  /** The references that a deletion of these nodes takes out of the nodes of the class. */
  detached: {
    args: {
      readonly objectClass: string;
      readonly ids: readonly string[];
      /** The referring attributes. */
      readonly attributes: readonly string[];
    };
    result: readonly DetachedReference[];
  };

  /**
   * The number of rows that are removed with each node: its own row, and the system and alias nodes
   * below. Nodes that are gone are left out. In the order of ids.
   */
  footprint: {
    args: { readonly nodeIds: readonly string[] };
    result: readonly RowCount[];
  };

  /**
   * The nodes that may have subscribers, without unknown nodes and nodes of the tree itself. In the
   * order of ids.
   */
  listed: { args: { readonly nodeIds: readonly string[] }; result: readonly ListedNode[] };

  /**
   * A node of the class, and all nodes below it that are reached through nodes of the class only,
   * with attributes. Refused `answer-too-large` for more than `most` nodes.
   */
  subtree: {
    args: { readonly objectClass: string; readonly id: string; readonly most: number };
    result: Subtree;
  };

  /** Nodes of services directly below these nodes, and not among these nodes. In the order of ids. */
  foreignBelow: { args: { readonly nodeIds: readonly string[] }; result: readonly ForeignNode[] };

  /**
   * The ids that these nodes may depend on: their parents, and every text among their attributes.
   */
  upstream: { args: { readonly nodeIds: readonly string[] }; result: readonly string[] };

  /** Nodes of services with one of these texts in an attribute, in the order of ids. */
  holders: {
    args: { readonly texts: readonly string[] };
    result: readonly HoldingNode[];
  };

  /** The links of a node of the service, in the order of ids; null: the service has no such node. */
  linked: {
    args: { readonly service: string; readonly nodeId: string; readonly name: string };
    result: readonly LinkedNode[] | null;
  };

  /** The ids that a node of the service outside `except` depends on. */
  needed: {
    args: {
      readonly service: string;
      readonly ids: readonly string[];
      readonly except: readonly string[];
    };
    result: readonly string[];
  };
}
