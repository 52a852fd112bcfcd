/** Lists of node ids as parameters of handwritten statements. */
import { textOfList } from '../../consent/ledger/sql/text-of-list.ts';
import { isNodeId } from '../rules/tree-node.ts';

/** For `?::uuid[]`; texts that are no node id are left out. */
export const uuidList = textOfList((ids) => `{${ids.filter(isNodeId).join(',')}}`);

/**
 * The rows of the nodes with the ids of the parameter, called `n`. A server takes every list of this
 * form for equally long, so the server plans the statement once. The length of `any(?::uuid[])` is
 * known to each plan, and the server plans such a statement at each use.
 *
 * Each id is one look-up of an index, because of `offset 0` (`text-list.ts`).
 */
export function listedNodes(nodes: string): string {
  return `jsonb_array_elements_text(?::jsonb) as wanted(id)
    cross join lateral (select * from ${nodes} n where n.id = wanted.id::uuid offset 0) n`;
}

/** The parameter of `listedNodes`; texts that are no node id are left out. */
export const idList = textOfList((ids) => JSON.stringify([...new Set(ids)].filter(isNodeId)));
