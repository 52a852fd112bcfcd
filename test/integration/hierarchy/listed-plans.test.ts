/** How PostgreSQL finds the rows of a list of ids in a table that was small when it was analyzed. */
import {
  deleteListed,
  lockListed,
  selectListed,
  textList,
  updateListed,
} from '../../../actors/consent/ledger/sql/text-list.ts';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
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

test.run();
