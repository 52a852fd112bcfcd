/**
 * A veto: a rule by which a service of the tree forbids a removal.
 */
import type { OnDelete } from '../../../config/exchange-config.ts';
import type { DependantRefusal } from '../../consent/nodes.ts';
import type { RemovalRules } from '../store.ts';
import type { TreeNode } from './tree-node.ts';

/** A node of the service that refers to an asked node: the attribute and the referred id. */
export type Referral = {
  readonly node: TreeNode;
  readonly attribute: string;
  readonly id: string;
  readonly onDelete: OnDelete;
};

/** The consequences of a deletion for the nodes of one service. */
export type Removal = {
  /**
   * Nodes that would be removed. `askedId`: the asked node because of which the node goes; the node
   * itself when its own service deletes it.
   */
  readonly going: readonly { readonly node: TreeNode; readonly askedId: string }[];
  /** References of nodes that would stay. */
  readonly staying: readonly Referral[];
  readonly rules: RemovalRules;
};

/** Pure. The reasons against the removal, each for one asked node. */
export type Veto = (removal: Removal) => readonly DependantRefusal[];
