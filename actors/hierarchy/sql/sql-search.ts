/**
 * The statement of a search window: the reachable nodes, narrowed by the present indexes.
 *
 * 1. A recursive statement keeps each id once, so a circle of aliases ends.
 */

import { textList } from '../../consent/ledger/sql/text-list.ts';
import type { Probe, SearchWindow } from '../rules/rows.ts';
import { attributeValues } from './migrations.ts';
import { uuidList } from './uuid-list.ts';

type Sql = {
  readonly sql: string;
  readonly parameters: readonly string[];
};

/** `nodes`: the table; `columns`: what is selected of its rows, called `n`. */
export function searchSql(nodes: string, columns: string, window: SearchWindow): Sql {
  const conditions = conditionsOf(window);
  const where =
    conditions.length === 0 ? '' : `where ${conditions.map(({ sql }) => sql).join(' and ')}`;
  const parameters = conditions.flatMap((condition) => condition.parameters);
  if (window.reach === 'all')
    return { sql: `select ${columns} from ${nodes} n ${where}`, parameters };
  return {
    sql: `with recursive reached(id) as (${reachOf(nodes, window)}) select ${columns} from reached join ${nodes} n using (id) ${where}`,
    parameters: [uuidList(window.ids), ...parameters],
  };
}

function reachOf(nodes: string, { reach, deref }: SearchWindow): string {
  const start = `select n.id from ${nodes} n where ${reach === 'children' ? 'n.parent_id' : 'n.id'} = any(?::uuid[])`;
  const steps = [
    reach === 'subtree' ? `select n.id from ${nodes} n where n.parent_id = reached.id` : [],
    deref
      ? `select n.alias_of from ${nodes} n where n.id = reached.id and n.alias_of is not null`
      : [],
  ].flat();
  if (steps.length === 0) return start;
  return `${start} union select step.id from reached cross join lateral (${steps.join(' union all ')}) step(id)`;
}

function conditionsOf({ deref, objectClass, probes }: SearchWindow): Sql[] {
  return [
    deref ? { sql: "n.kind <> 'alias'", parameters: [] } : [],
    objectClass === undefined
      ? []
      : { sql: "n.kind = 'entity' and n.object_class = ?", parameters: [objectClass] },
    ...probes.map(probeCondition),
  ].flat();
}

function probeCondition({ attribute, values }: Probe): Sql {
  if (attribute === 'cn') {
    const names = values.filter((value) => typeof value === 'string');
    return {
      sql: 'n.cn = any(array(select jsonb_array_elements_text(?::jsonb)))',
      parameters: [textList(names)],
    };
  }
  const wanted = 'array(select jsonb_build_array(value) from jsonb_array_elements(?::jsonb))';
  return { sql: `${attributeValues('n')} @> any(${wanted})`, parameters: [JSON.stringify(values)] };
}
