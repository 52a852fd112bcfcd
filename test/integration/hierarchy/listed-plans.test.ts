/** How PostgreSQL finds the rows of a list of ids in a table that was small when it was analyzed. */
import {
  deleteListed,
  lockListed,
  selectListed,
  textList,
  updateListed,
} from '../../../actors/consent/ledger/sql/text-list.ts';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
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
