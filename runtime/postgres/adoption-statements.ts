/**
 * The statements with which a process takes over the rows of dead instances.
 *
 * - Once: rows that another process is adopting at the same moment are skipped, so no two processes
 *   get the same row. The instance of a row is compared again when the row is locked, because
 *   another process may have adopted the row since it was found.
 * - Few rows read: the walk goes through the index on (instance, order) from instance to instance,
 *   so rows of living instances are not read, however many they are.
 */
import { packMax } from './outbox-packs.ts';
import { addressOf, strings } from './sql-documents.ts';

/** Rows of a table by the column `order`, with the JSON of a row and what else changes. */
export type AdoptedRows = {
  readonly table: string;
  readonly order: string;
  readonly item: string;
  readonly change: string;
};

const address = addressOf('r');
const message = `json_build_object('id', r.id, 'address', ${address}, 'message', r.message)`;
const pack = `json_build_object('id', r.id, 'address', ${address}, 'messages', r.messages)`;

/** For the holder `$1`: at most `$4` rows of the services `$2` of instances dead before `$3`. */
export function adopting(schema: string, { table, order, item, change }: AdoptedRows): string {
  return `with recursive ${holders(schema, table)},
    ${dead(schema, `select instance from ${table}_holders`)},
    found as (
      select r.* from dead cross join lateral (${oldest(schema, table, order, '')}) r
      order by r.${order} limit $4),
    ${taken(schema, table, order, item, { change })}
    select ${itemsOf(table, order)}::text as document`;
}

/**
 * As `adopting`, for the messages of the outbox and of the packs in one order: a message that is left
 * for later is younger than every adopted message. Packs are whole, so the last one may exceed `$4`.
 */
export function adoptingMessages(schema: string): string {
  const both = ['outbox', 'outbox_packs'] as const;
  return `with recursive ${both.map((table) => holders(schema, table)).join(', ')},
    ${dead(schema, both.map((table) => `select instance from ${table}_holders`).join(' union '))},
    waiting as (
      select r.* from dead cross join lateral (
        (${oldest(schema, 'outbox', 'id', ', 1 as messages, false as is_pack')}) union all
        (${oldest(schema, 'outbox_packs', 'id', `, ${packMax}, true`)})) r),
    found as (
      select * from (
        select w.*, sum(messages) over (order by id) - messages as before from waiting w) w
      where before < $4),
    ${taken(schema, 'outbox', 'id', message, { where: 'where not f.is_pack' })},
    ${taken(schema, 'outbox_packs', 'id', pack, { where: 'where f.is_pack' })}
    select json_build_object('messages', ${itemsOf('outbox', 'id')},
      'packs', ${itemsOf('outbox_packs', 'id')})::text as document`;
}

/** The instances with rows in the table, and null at the end. */
function holders(schema: string, table: string): string {
  const next = (after: string) =>
    `(select instance from ${schema}.${table} ${after} order by instance limit 1)`;
  return `${table}_holders as (
      ${next('')} union all
      select ${next(`where instance > ${table}_holders.instance`)} from ${table}_holders
      where ${table}_holders.instance is not null)`;
}

function dead(schema: string, instances: string): string {
  return `dead as (
      select h.instance from (${instances}) h left join ${schema}.instances i using (instance)
      where h.instance <> $1 and (i.instance is null or i.beaten_at_ms < $3))`;
}

/** The oldest rows of the instance that the row `dead` names. */
function oldest(schema: string, table: string, order: string, more: string): string {
  return `select t.instance, t.${order}${more} from ${schema}.${table} t
        where t.instance = dead.instance and t.service in (select ${strings('$2')})
        order by t.${order} limit $4`;
}

/** Locks the rows `found`, and gives them to the holder. */
function taken(
  schema: string,
  table: string,
  order: string,
  item: string,
  { where = '', change = '' },
): string {
  const same = (one: string, other: string) =>
    `${one}.instance = ${other}.instance and ${one}.${order} = ${other}.${order}`;
  return `orphans_of_${table} as (
      select r.instance, r.${order} from found f join ${schema}.${table} r on ${same('r', 'f')}
      ${where} for update of r skip locked),
    adopted_${table} as (
      update ${schema}.${table} r set instance = $1${change} from orphans_of_${table} o
      where ${same('r', 'o')} returning ${item} as item, r.${order})`;
}

function itemsOf(table: string, order: string): string {
  return `(select coalesce(json_agg(item order by ${order}), '[]') from adopted_${table})`;
}
