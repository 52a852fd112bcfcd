/** The veto of a reference with `on_delete: "refuse"`: a node that stays refers to an asked node. */
import type { Veto } from './veto.ts';

export const inUse: Veto = ({ staying }) =>
  staying
    .filter(({ onDelete }) => onDelete === 'refuse')
    .map(({ node, attribute, id }) => ({
      nodeId: id,
      reason: `it is in use by ${node.cn} (${node.id}, ${attribute})`,
    }));
