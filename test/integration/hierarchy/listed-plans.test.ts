/** How PostgreSQL finds the rows of a list of ids in a table that was small when it was analyzed. */

import { SqlStatements } from '../../../actors/consent/ledger/sql/sql-statements.ts';
import {
  deleteListed,
  lockListed,
  selectListed,
  textList,
  updateListed,
} from '../../../actors/consent/ledger/sql/text-list.ts';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import { SqlTree } from '../../../actors/hierarchy/sql/sql-tree.ts';
import { SqlWalks } from '../../../actors/hierarchy/sql/sql-walks.ts';
import { idList, listedNodes } from '../../../actors/hierarchy/sql/uuid-list.ts';
import { hierarchyStoreName } from '../../../actors/hierarchy/store.ts';
import { executePrepared } from '../../../runtime/postgres/prepared-statements.ts';
import { idOf } from '../../contract/hierarchy-world.ts';
import { assert, suite } from '../../support/suite.ts';
import { postgresBench } from './benches.ts';

const test = suite('plans for lists of ids', { needs: ['postgres'] });
test.before.each(async () => void (await postgresBench.fresh()));
test.after(() => postgresBench.end());

test('each id of a list is one look-up of an index, in every statement over a list', async () => {
  const database = await postgresBench.database();
  const table = `${database.schemaOf(ledgerStoreName)}.lists`;
  await database.query(`analyze ${table}`, []);
  await database.query(
    `insert into ${table} select i::text, 0 from generate_series(1, 4000) i`,
    [],
  );
  const ids = textList(Array.from({ length: 4_000 }, (_, n) => `${n + 1}`));
  for (const statement of [
    selectListed('epoch', { table }),
    lockListed('epoch', { table }),
    updateListed('epoch = 1', { table }),
    deleteListed({ table }),
  ]) {
    const explained = `explain (analyze, timing off) ${statement.replace('?', '$1')}`;
    const plan = (await database.query(explained, [ids]))
      .map((row) => String(row['QUERY PLAN']))
      .join('\n');
    assert.match(plan, /lists_pkey on lists t .*loops=4000/);
    assert.not.match(plan, /Rows Removed/);
  }
});

test('a long list is looked up by an index, where the plan of a short one was kept from an empty table', async () => {
  const database = await postgresBench.database();
  const schema = database.schemaOf(ledgerStoreName);
  const table = `${schema}.lists`;
  await database.query(`truncate ${table}`, []);
  await database.query(`analyze ${table}`, []);
  await database.transaction(async (transaction) => {
    const em = transaction.entityManager(schema);
    const lookUp = (ids: readonly string[]) =>
      executePrepared(em, selectListed('epoch', { table }), [textList(ids)]);
    // The server keeps the plan from the sixth use.
    for (let use = 0; use < 8; use += 1) await lookUp(['node 1']);
    await transaction.query(
      `insert into ${table} select 'node ' || i, 0 from generate_series(1, 2000) i`,
      [],
    );
    assert.is(
      (await lookUp(Array.from({ length: 2_000 }, (_, n) => `node ${n + 1}`))).length,
      2000,
    );
    const read = await transaction.query(
      `select seq_tup_read::integer from pg_stat_xact_user_tables where relid = '${table}'::regclass`,
      [],
    );
    assert.equal(read, [{ seq_tup_read: 0 }]);
  });
});

test('the children of many nodes are found by an index, where few nodes have children', async () => {
  const database = await postgresBench.database();
  const schema = database.schemaOf(hierarchyStoreName);
  const parent = idOf('parent');
  await database.query(
    `insert into ${schema}.nodes (id, parent_id, cn, folded, object_class, kind, attributes, is_default, version)
     select $1::uuid, null::uuid, 'parent', 'parent', 'prsTag', 'entity', '{}'::jsonb, false, 1
     union all select gen_random_uuid(), $1::uuid, i::text, i::text, 'prsTag', 'entity', '{}', false, 1
       from generate_series(1, 1000) i`,
    [parent],
  );
  await database.query(`analyze ${schema}.nodes`, []);
  await database.transaction(async (transaction) => {
    const em = transaction.entityManager(schema);
    const plans: string[] = [];
    const explaining = new SqlStatements(async (sql, parameters) => {
      const rows = await executePrepared(em, `explain (analyze, timing off) ${sql}`, parameters);
      plans.push(JSON.stringify(rows));
      return [];
    });
    await new SqlWalks(explaining, `${schema}.nodes`).contiguous([parent], 'prsTag');
    assert.equal(plans.length, 1);
    assert.match(plans.join(), /Index Cond: \(\(parent_id >= \S+ AND \(parent_id <= /);
    assert.not.match(plans.join(), /Seq Scan on/);
  });
});

test('children and referrers of a node are found by an index, however many nodes the class has', async () => {
  const database = await postgresBench.database();
  const schema = database.schemaOf(hierarchyStoreName);
  await database.query(`truncate ${schema}.nodes cascade`, []);
  const parent = idOf('parent');
  await database.query(
    `insert into ${schema}.nodes (id, parent_id, cn, folded, object_class, kind, attributes, is_default, version)
     select gen_random_uuid(), null, i::text, i::text, 'prsTag', 'entity', '{"seeAlso": ["another"]}'::jsonb, false, 1
       from generate_series(1, 4000) i`,
    [],
  );
  await database.transaction(async (transaction) => {
    const em = transaction.entityManager(schema);
    const plans: string[] = [];
    const explaining = new SqlStatements(async (sql, parameters) => {
      const rows = await executePrepared(em, `explain (analyze, timing off) ${sql}`, parameters);
      plans.push(JSON.stringify(rows));
      return [];
    });
    await new SqlTree(explaining, schema).referrers([parent], 'prsTag');
    await new SqlWalks(explaining, `${schema}.nodes`).dependants(
      [parent],
      'prsTag',
      ['seeAlso'],
      [],
    );
    assert.equal(plans.length, 2);
    for (const plan of plans) {
      assert.match(plan, /Bitmap Index Scan on nodes_values/);
      assert.not.match(plan, /nodes_of_class|Seq Scan on|Rows Removed by (Join )?Filter: \d{4}/);
    }
  });
});

test('nodes by their ids are planned once, whatever the number of ids', async () => {
  const database = await postgresBench.database();
  const sql = `select n.id from ${listedNodes(`${database.schemaOf(hierarchyStoreName)}.nodes`)}`;
  const plans = await database.transaction(async (transaction) => {
    const em = transaction.entityManager(database.schemaOf(hierarchyStoreName));
    for (const count of [1, 1, 1, 1, 1, 1, 100, 1])
      await executePrepared(em, sql, [
        idList(Array.from({ length: count }, (_, n) => idOf(`${n}`))),
      ]);
    return transaction.query(
      `select custom_plans::integer, generic_plans::integer from pg_prepared_statements
       where statement like 'select n.id from jsonb_array_elements_text%'`,
      [],
    );
  });
  assert.equal(plans, [{ custom_plans: 5, generic_plans: 3 }]);
});

test.run();
