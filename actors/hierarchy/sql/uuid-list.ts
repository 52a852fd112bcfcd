/** Lists of node ids as parameters of handwritten statements. */
import { textOfList } from '../../consent/ledger/sql/text-of-list.ts';
import { isNodeId } from '../rules/tree-node.ts';
import { attributeValues } from './migrations.ts';

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

/**
 * The nodes, called `n`, directly below the node with this id. `offset 0` keeps one look-up of the
 * index of parents for each id. Without `offset 0` a join, or the index of classes, may read all
 * nodes of the class for each id, where the statistics of the table are old. A range is estimated
 * without the number of parents: by `=`, where few parents have most nodes, each node is expected to
 * have thousands of nodes below, and the whole table is read for each id.
 */
export function nodesBelow(nodes: string, id: string): string {
  return `lateral (select * from ${nodes} n where n.parent_id >= ${id} and n.parent_id <= ${id} offset 0) n`;
}

/** The nodes directly below the nodes with the ids of the parameter (`idList`), called `n`. */
export function listedBelow(nodes: string): string {
  return `jsonb_array_elements_text(?::jsonb) as wanted(id)
    cross join ${nodesBelow(nodes, 'wanted.id::uuid')}`;
}

/**
 * The nodes that have a text of the parameter among their values, called `n`; `wanted.id` is the
 * text. `offset 0` keeps one look-up of the index of values for each text. Without `offset 0` all
 * nodes of a class may be read, and compared with each text.
 */
export function listedHolders(nodes: string): string {
  return `jsonb_array_elements_text(?::jsonb) as wanted(id) cross join lateral (select * from ${nodes} n
    where ${attributeValues('n')} @> jsonb_build_array(wanted.id) offset 0) n`;
}

/** The parameter of `listedNodes` and `listedBelow`; texts that are no node id are left out. */
export const idList = textOfList((ids) => JSON.stringify([...new Set(ids)].filter(isNodeId)));
