/** How PostgreSQL finds given rows in a table that was small when it was analyzed. */
import { cardsSqlStore } from '../../../actors/cards/sql-store.ts';
import {
  deleteGiven,
  givenText,
  lockGiven,
  selectGiven,
  updateGiven,
} from '../../../actors/rows/given-rows.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('plans for given rows', { needs: ['postgres'] });
let database: Database;

test.before(async () => {
  const url = `${servers.postgres}?schema=given_${process.pid}`;
  database = await openDatabase(url, { stores: [cardsSqlStore] });
  await database.migrate();
});
test.after(async () => {
  for (const schema of [database.journalSchema, database.schemaOf('cards')])
    await database.query(`drop schema ${schema} cascade`, []);
  await database.close();
});

test('each given row is one look-up of an index, in every statement', async () => {
  const table = `${database.schemaOf('cards')}.listed_files`;
  await database.query(`analyze ${table}`, []);
  await database.query(
    `insert into ${table} select i::text, 1 from generate_series(1, 4000) i`,
    [],
  );
  const given = Array.from({ length: 500 }, (_, n) => ({ digest: `${8 * n + 1}`, cards: 1 }));
  const rows = { table, given: 'digest text, cards integer', where: 't.digest = given.digest' };
  for (const statement of [
    selectGiven('found.cards', rows),
    lockGiven(rows),
    updateGiven('cards = old.cards + given.cards', 'old.digest', rows),
    deleteGiven('old.digest', rows),
  ]) {
    const explained = `explain (analyze, timing off) ${statement.replace('?', '$1')}`;
    const plan = (await database.query(explained, [givenText(given, 'digest')]))
      .map((row) => String(row['QUERY PLAN']))
      .join('\n');
    assert.match(plan, /listed_files_pkey on listed_files t .*loops=500/);
    assert.not.match(plan, /Rows Removed|Seq Scan/);
  }
});

test.run();
