/**
 * Pieces of SQL for statements that take and return JSON texts.
 *
 * A statement returns one row with one JSON text in the column `document`. Lists and names go in as
 * JSON texts too: they are encoded (`documents.ts`), and `pg` and PGlite write arrays differently.
 */

/** The strings of a parameter that is a JSON list. */
export function strings(parameter: string): string {
  return `json_array_elements_text(${parameter}::json)`;
}

/** The only string of a parameter that is a JSON list of one. */
export function oneString(parameter: string): string {
  return `(select ${strings(parameter)})`;
}

/** The address of a row of table `alias`, as JSON. */
export function addressOf(alias: string): string {
  return `json_build_object('service', ${alias}.service, 'machine', ${alias}.machine,
    'key', ${alias}.key)`;
}

/** A list of `rows`, which have a column `item` and the columns that `order` names. */
export function listed(rows: string, order: string): string {
  return `select coalesce(json_agg(item order by ${order}), '[]')::text as document
    from (${rows}) listed`;
}

/** The number of rows that `change` has changed. */
export function changedRows(change: string): string {
  return `with changed as (${change} returning 1)
    select count(*)::text as document from changed`;
}
