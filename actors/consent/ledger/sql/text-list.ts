/**
 * Lists of texts as parameters of handwritten statements. MikroORM writes parameters into the text
 * of a statement and has no form for arrays, so a list is passed as one text.
 */
import { isStorable } from '../../storable.ts';
import { textOfList } from './text-of-list.ts';

/** The texts that can be stored: a search for another text finds no row instead of failing. */
export function storable(texts: readonly string[]): string[] {
  return texts.filter(isStorable);
}

/**
 * The text as a parameter of a comparison. A text that cannot be stored becomes null, which equals
 * no value.
 */
export function comparable(text: string): string | null {
  return isStorable(text) ? text : null;
}

/** For `jsonb_array_elements_text(?::jsonb)`; each text once. */
export const textList = textOfList((texts) => JSON.stringify(storable([...new Set(texts)])));

/** Rows of a table whose id is in a list; the list is the first parameter. */
export interface Listed {
  readonly table: string;
  /** A further condition for the row `t`; its parameters follow the list. */
  readonly and?: string;
}

/**
 * The rows `listed`. Each id is a look-up of an index, whatever the statistics of the table say.
 * With `node_id = any(…)` the plan for a table that was small compares each row with each id.
 */
function listedRows({ table, and = 'true' }: Listed, columns: string, lock = ''): string {
  return `cross join lateral (select ${columns} from ${table} t
    where t.node_id = wanted.id and ${and} offset 0 ${lock}) listed`;
}

const wanted = 'jsonb_array_elements_text(?::jsonb) as wanted(id)';

export function selectListed(columns: string, rows: Listed): string {
  return `select ${columns} from ${wanted} ${listedRows(rows, '*')}`;
}

/** Locks the rows in the order of the ids. */
export function lockListed(columns: string, rows: Listed): string {
  const inOrder = `(select id from ${wanted} order by id collate "C") wanted`;
  return `select ${columns} from ${inOrder} ${listedRows(rows, '*', 'for update')}`;
}

/** The caller has locked the rows, or their lists. The parameters of `set` come before the list. */
export function updateListed(set: string, rows: Listed): string {
  return `update ${rows.table} target set ${set} from (select listed.ctid as place from ${wanted}
    ${listedRows(rows, 't.ctid')}) found where target.ctid = found.place`;
}

/** The caller has locked the rows, or their lists. */
export function deleteListed(rows: Listed): string {
  return `delete from ${rows.table} target using (select listed.ctid as place from ${wanted}
    ${listedRows(rows, 't.ctid')}) found where target.ctid = found.place`;
}

/** A condition for few rows that another condition selects: the ids become a hash table. */
export const isAmongListed = '(node_id in (select jsonb_array_elements_text(?::jsonb))) is true';
