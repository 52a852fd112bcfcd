/**
 * Reads of a tree of 100 000 entities, each with the two nodes of its list of subscribers. By hand:
 * one statement for each read, with ids, dns and attributes, over the same tables.
 */
import { formatDn } from '../../actors/hierarchy/rules/dn.ts';
import { hierarchySqlModule } from '../../actors/hierarchy/sql/sql-store.ts';
import type { SearchQuery } from '../../actors/hierarchy/store.ts';
import type { Database } from '../../runtime/postgres/database.ts';
import type { Benchmark, Contest, Size } from './contest.ts';
import { openPlace } from './postgres-place.ts';
import { inFlight } from './work.ts';

/** Lines, machines of a line, tags of a machine. */
type Shape = readonly [lines: number, machines: number, tags: number];

const shapeBySize: Readonly<Record<Size, Shape>> = {
  tiny: [2, 3, 4],
  quick: [10, 10, 100],
  full: [10, 10, 1_000],
};
const timesBySize: Readonly<Record<Size, number>> = { tiny: 1, quick: 20, full: 50 };

/** Ids of the tree are made of the names of its nodes. */
function idOf(name: string): string {
  return `md5('${name}')::uuid`;
}

const columns =
  'id, parent_id, cn, folded, object_class, kind, service, attributes, sort_index, is_default, version';

async function plant(database: Database, [lines, machines, tags]: Shape): Promise<void> {
  const nodes = `${database.schemaOf('hierarchy')}.nodes`;
  // The place below a line and a machine is a remainder of the number, so the colour is a quotient:
  // below each line are tags of each colour.
  const colour = `'c' || i / ${lines * machines} % 10`;
  const level = (name: string, parent: string, from: string, objectClass: string) =>
    `insert into ${nodes} (${columns})
     select md5(${name})::uuid, md5(${parent})::uuid, ${name}, ${name}, '${objectClass}', 'entity', 'bench',
       jsonb_build_object('prsIndex', jsonb_build_array(i), 'prsActive', jsonb_build_array(true),
         'serial', jsonb_build_array('S-' || lpad(i::text, 6, '0')), 'colour', jsonb_build_array(${colour})),
       i, false, 1 from ${from}`;
  const range = (count: number, name: string) => `generate_series(1, ${count}) ${name}`;
  const statements = [
    `insert into ${nodes} (${columns}) values
       (${idOf('prs')}, null, 'prs', 'prs', 'prsModelNode', 'base', null, '{}', null, false, 1),
       (${idOf('objects')}, ${idOf('prs')}, 'objects', 'objects', 'prsModelNode', 'base', null, '{}', null, false, 1)`,
    level("'line ' || i", "'objects'", range(lines, 'i'), 'prsObject'),
    level(
      "'machine ' || i",
      `'line ' || 1 + i % ${lines}`,
      range(lines * machines, 'i'),
      'prsObject',
    ),
    level(
      "'tag ' || i",
      `'machine ' || 1 + i % ${lines * machines}`,
      range(lines * machines * tags, 'i'),
      'prsTag',
    ),
    ...['system', 'subscribers'].map(
      (cn, depth) =>
        `insert into ${nodes} (${columns})
         select md5('${cn} ' || e.cn)::uuid, ${depth === 0 ? 'e.id' : "md5('system ' || e.cn)::uuid"}, '${cn}', '${cn}',
           'prsModelNode', 'system', null, '{}', null, false, 1 from ${nodes} e where e.kind = 'entity'`,
    ),
    `analyze ${nodes}`,
  ];
  for (const statement of statements) await database.query(statement, []);
}

/** The rows of `found` (columns of the nodes) with their dns, as one JSON text. */
export function handwritten(nodes: string, found: string): string {
  return `with recursive found as (${found}),
    up(leaf, parent_id, dn) as (
      select f.id, f.parent_id, 'cn=' || f.cn from found f
      union all
      select up.leaf, n.parent_id, up.dn || ',cn=' || n.cn from up join ${nodes} n on n.id = up.parent_id)
    select coalesce(json_agg(json_build_object('id', f.id, 'dn', up.dn,
      'attributes', f.attributes || jsonb_build_object('cn', jsonb_build_array(f.cn),
        'objectClass', jsonb_build_array(f.object_class), 'prsDefault', jsonb_build_array(f.is_default)))
      order by f.sort_index, f.seq), '[]')::text as document
    from found f join up on up.leaf = f.id and up.parent_id is null`;
}

interface Case {
  readonly query: SearchQuery;
  /** Selects the rows of the hand-written read. */
  readonly found: string;
  readonly parameters: readonly string[];
}

/** Texts that the cases search for. */
interface Names {
  readonly line: string;
  readonly machine: string;
  readonly tag: string;
  readonly hundred: readonly string[];
  /** Of `tag`, from the root. */
  readonly path: readonly string[];
}

async function namesOf(database: Database, [lines, machines, tags]: Shape): Promise<Names> {
  const [row] = await database.query(
    `select ${idOf('line 1')}::text as line, ${idOf('machine 1')}::text as machine, ${idOf('tag 1')}::text as tag,
       (select string_agg(md5('tag ' || i)::uuid::text, ',') from generate_series(1, ${Math.min(100, tags)}) i) as hundred`,
    [],
  );
  const machine = 1 + (1 % (lines * machines));
  const path = ['prs', 'objects', `line ${1 + (machine % lines)}`, `machine ${machine}`, 'tag 1'];
  return {
    line: String(row?.['line']),
    machine: String(row?.['machine']),
    tag: String(row?.['tag']),
    hundred: String(row?.['hundred']).split(','),
    path,
  };
}

const objectClass = 'prsTag';

function casesOf(nodes: string, names: Names): Readonly<Record<string, Case>> {
  const ofTags = (condition: string) =>
    `select * from ${nodes} where kind = 'entity' and object_class = '${objectClass}' and ${condition}`;
  const below = `select * from (with recursive sub as (select * from ${nodes} where id = $1::uuid
      union all select n.* from sub join ${nodes} n on n.parent_id = sub.id where n.kind = 'entity')
    select * from sub) s where object_class = '${objectClass}'`;
  const serial = (pattern: string): Case => ({
    query: { objectClass, filter: { serial: [pattern] } },
    found: ofTags("attributes -> 'serial' ->> 0 like $1"),
    parameters: [pattern.replaceAll('*', '%')],
  });
  const { line, machine, tag, hundred, path } = names;
  const parameters = [line];
  return {
    one: {
      query: { id: tag },
      found: `select * from ${nodes} where id = $1::uuid`,
      parameters: [tag],
    },
    hundred: {
      query: { id: hundred },
      found: `select * from ${nodes} where id = any($1::uuid[])`,
      parameters: [`{${hundred.join(',')}}`],
    },
    children: {
      query: { base: machine, scope: 1, objectClass },
      found: ofTags('parent_id = $1::uuid'),
      parameters: [machine],
    },
    subtree: { query: { base: line, objectClass }, found: below, parameters },
    'subtree-filtered': {
      query: { base: line, objectClass, filter: { colour: ['c1'] } },
      found: `${below} and attributes -> 'colour' ->> 0 = 'c1'`,
      parameters,
    },
    exact: {
      query: { objectClass, filter: { cn: ['tag 7'] } },
      found: ofTags('cn = $1'),
      parameters: ['tag 7'],
    },
    prefix: serial('S-00001*'),
    infix: serial('*0001*'),
    dn: {
      query: { base: formatDn(path), scope: 0 },
      found: `select * from ${nodes} where id = (${atPath(nodes, path.length)})`,
      parameters: path,
    },
  };
}

function atPath(nodes: string, depth: number): string {
  return depth === 1
    ? `select id from ${nodes} where parent_id is null and cn = $1`
    : `select id from ${nodes} where parent_id = (${atPath(nodes, depth - 1)}) and cn = $${depth}`;
}

type Answer = readonly { readonly id: string; readonly dn: string }[];

/** Both sides must give the same nodes in the same order, so that the ratio means something. */
function checkAlike(parameter: string, ours: Answer, other: Answer): void {
  const shown = (answer: Answer) => JSON.stringify(answer.map(({ id, dn }) => [id, dn]));
  if (other.length === 0) throw new Error(`${parameter}: the tree has no node for this read`);
  if (shown(ours) !== shown(other))
    throw new Error(`${parameter}: ${ours.length} nodes are not the ${other.length} by hand`);
}

async function openContest(parameter: string, size: Size): Promise<Contest> {
  const { database, close } = await openPlace('postgres', [hierarchySqlModule]);
  await plant(database, shapeBySize[size]);
  const nodes = `${database.schemaOf('hierarchy')}.nodes`;
  const { query, found, parameters } = casesOf(nodes, await namesOf(database, shapeBySize[size]))[
    parameter
  ] as Case;
  const statement = handwritten(nodes, found);
  const store = database.stores.get('hierarchy');
  const ours = async () => (await store?.read('search', query)) as unknown as Answer;
  const byHand = async (): Promise<Answer> => {
    const [row] = await database.query(statement, parameters);
    return JSON.parse(String(row?.['document']));
  };
  checkAlike(parameter, await ours(), await byHand());
  const count = timesBySize[size];
  return {
    ours: () => inFlight(count, 1, ours),
    other: () => inFlight(count, 1, byHand),
    close,
  };
}

const parameters = [
  'one',
  'hundred',
  'children',
  'subtree',
  'subtree-filtered',
  'exact',
  'prefix',
  'infix',
  'dn',
];

export const hierarchyReads: readonly Benchmark[] = parameters.map((parameter) => ({
  name: 'hierarchy',
  parameter,
  unit: 'reads/s',
  needs: ['postgres'],
  rounds: 3,
  open: (size) => openContest(parameter, size),
}));
