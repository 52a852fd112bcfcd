/**
 * The statement of a search window: the reachable nodes, narrowed by the present indexes.
 *
 * 1. A recursive statement keeps each id once, so a circle of aliases ends. `offset 0` keeps one
 *    look-up of an index for each row, also where the statistics of the table are old.
 * 2. A condition may let nodes pass that do not match the filter, and never the reverse: numbers and
 *    JSON values have another text in the database, so a pattern lets all of them pass.
 * 3. Below nodes of the tree itself stand no nodes of services, so a search for a class passes them
 *    over.
 */

import { comparable, textList } from '../../consent/ledger/sql/text-list.ts';
import type { Portion, Probe, SearchWindow } from '../rules/rows.ts';
import { attributeValues } from './migrations.ts';
import { idList, listedNodes, uuidList } from './uuid-list.ts';

type Sql = {
  readonly sql: string;
  readonly parameters: readonly (string | null)[];
};

/** `nodes`: the table; `columns`: the selected columns of its rows, called `n`. */
export function searchSql(nodes: string, columns: string, window: SearchWindow): Sql {
  const conditions = conditionsOf(window);
  const where =
    conditions.length === 0 ? '' : `where ${conditions.map(({ sql }) => sql).join(' and ')}`;
  const parameters = conditions.flatMap((condition) => condition.parameters);
  const end = endOf(window);
  if (window.reach === 'all')
    return {
      sql: `select ${columns} from ${nodes} n ${where} ${end.sql}`,
      parameters: [...parameters, ...end.parameters],
    };
  return {
    sql: `with recursive reached(id, alias_of) as (${reachOf(nodes, window)})
      select ${columns} from reached
        cross join lateral (select * from ${nodes} n where n.id = reached.id offset 0) n ${where} ${end.sql}`,
    parameters: [startList(window), ...parameters, ...end.parameters],
  };
}

/** The order of `rules/pages.ts`. */
const place = "coalesce(n.sort_index, 'infinity'), n.seq";

function endOf({ portion }: SearchWindow): Sql {
  if (portion === undefined) return { sql: '', parameters: [] };
  const order = portion.order === 'any' ? '' : `order by ${place} `;
  return { sql: `${order}limit ?::bigint`, parameters: [String(portion.count)] };
}

function behindCondition(order: Portion['order']): Sql[] {
  if (order === 'any' || order.behind === undefined) return [];
  const { index, seq } = order.behind;
  const sql = `(${place}) > (?::double precision, ?::bigint)`;
  return [{ sql, parameters: [String(index), String(seq)] }];
}

function reachOf(nodes: string, { reach, deref, objectClass }: SearchWindow): string {
  const rows = `select n.id, n.alias_of from ${nodes} n where`;
  const passed = objectClass === undefined ? '' : " and n.kind <> 'system'";
  const start =
    reach === 'children'
      ? `${rows} n.parent_id = any(?::uuid[])${passed}`
      : `select n.id, n.alias_of from ${listedNodes(nodes)}`;
  const steps = [
    reach === 'subtree' ? `(${rows} n.parent_id = reached.id${passed} offset 0)` : [],
    deref ? `(${rows} n.id = reached.alias_of offset 0)` : [],
  ].flat();
  if (steps.length === 0) return start;
  return `${start} union select step.* from reached cross join lateral (${steps.join(' union all ')}) step`;
}

/** The parameter of the beginning of `reachOf`. */
function startList({ reach, ids }: SearchWindow): string {
  return reach === 'children' ? uuidList(ids) : idList(ids);
}

function conditionsOf({ deref, objectClass, probes, portion }: SearchWindow): Sql[] {
  return [
    deref ? { sql: "n.kind <> 'alias'", parameters: [] } : [],
    objectClass === undefined
      ? []
      : { sql: "n.kind = 'entity' and n.object_class = ?", parameters: [objectClass] },
    ...probes.map(probeCondition),
    ...(portion === undefined ? [] : behindCondition(portion.order)),
  ].flat();
}

const texts = 'array(select jsonb_array_elements_text(?::jsonb))';

function probeCondition({ attribute, values, patterns }: Probe): Sql {
  if (attribute === 'cn') return nameCondition(values.filter(isText), patterns);
  if (patterns.length > 0) {
    const likes = [...values.filter(isText).map(literally), ...patterns.map(likeOf)];
    return {
      sql: `exists (select from jsonb_array_elements(n.attributes -> ?::text) as held(value)
        where jsonb_typeof(held.value) <> 'string' or held.value #>> '{}' like any(${texts}))`,
      parameters: [comparable(attribute), textList(likes)],
    };
  }
  const wanted = 'array(select jsonb_build_array(value) from jsonb_array_elements(?::jsonb))';
  return { sql: `${attributeValues('n')} @> any(${wanted})`, parameters: [JSON.stringify(values)] };
}

function nameCondition(names: readonly string[], patterns: Probe['patterns']): Sql {
  if (patterns.length === 0) return { sql: `n.cn = any(${texts})`, parameters: [textList(names)] };
  const likes = [...names.map(literally), ...patterns.map(likeOf)];
  const matching = { sql: `n.cn like any(${texts})`, parameters: [textList(likes)] };
  const beginning = sharedBeginning([...names, ...patterns.map(([head = '']) => head)]);
  const end = afterBeginning(beginning);
  if (beginning === '' || end === undefined) return matching;
  return {
    sql: `n.cn >= ? and n.cn < ? and ${matching.sql}`,
    parameters: [beginning, end, ...matching.parameters],
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** The pattern of `like` that only the text matches. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function likeOf(pieces: readonly string[]): string {
  return pieces.map(literally).join('%');
}

/** In whole characters. */
function sharedBeginning(all: readonly string[]): string {
  const [first = '', ...others] = all;
  let beginning = [...first];
  for (const other of others) {
    const characters = [...other];
    const differing = beginning.findIndex((character, at) => character !== characters[at]);
    beginning = differing < 0 ? beginning : beginning.slice(0, differing);
  }
  return beginning.join('');
}

const lastCharacter = 0x10ffff;

/** The least text, byte by byte in UTF-8, after all texts with this beginning; undefined: none. */
function afterBeginning(beginning: string): string | undefined {
  const points = [...beginning].map((character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === lastCharacter) continue;
    // Between U+D7FF and U+E000 there are no characters.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}
