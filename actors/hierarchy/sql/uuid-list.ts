/** Lists of node ids as parameters of handwritten statements. */
import { isNodeId } from '../rules/tree-node.ts';

/** For `?::uuid[]`; texts that are no node id are left out. */
export function uuidList(ids: readonly string[]): string {
  return `{${ids.filter(isNodeId).join(',')}}`;
}
