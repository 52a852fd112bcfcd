/** What is asked for in one moment is one statement. */
import { type Execute, SqlStatements } from '../../../actors/consent/ledger/sql/sql-statements.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { executePrepared } from '../../../runtime/postgres/prepared-statements.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('statements of the hierarchy store', { needs: ['postgres'] });

/** In a transaction of its own, with a table `shelf` of one row, `a`; `sent` counts what reaches the database. */
async function shelf<T>(
  work: (statements: SqlStatements, sent: () => number) => Promise<T>,
  options = { single: false },
): Promise<T> {
  const database = await openDatabase(servers.postgres, { stores: [] });
  try {
    return await database.transaction(async (transaction) => {
      await transaction.query(
        'create temporary table shelf (name text primary key, n integer not null) on commit drop',
        [],
      );
      await transaction.query(`insert into shelf values ('a', 1)`, []);
      const em = transaction.entityManager('pg_temp');
      let sent = 0;
      const execute: Execute = (sql, parameters) => {
        sent += 1;
        return executePrepared(em, sql, parameters);
      };
      return work(new SqlStatements(execute, options), () => sent);
    });
  } finally {
    await database.close();
  }
}

test('selections and changes of one moment are one statement, and none sees another', async () => {
  const found = await shelf(async (statements, sent) => {
    const [names, , , counts] = await Promise.all([
      statements.select('select name from shelf where n = ?', [1]),
      statements.change('insert into shelf values (?, 2)', ['b']),
      statements.change('update shelf set n = n + ? where name = ?', [10, 'a']),
      statements.select('select count(*)::integer as count from shelf', []),
    ]);
    return {
      names,
      counts,
      sent: sent(),
      after: await statements.select('select name, n from shelf order by name', []),
    };
  });
  assert.equal(found, {
    names: [{ name: 'a' }],
    counts: [{ count: 1 }],
    sent: 1,
    after: [
      { name: 'a', n: 11 },
      { name: 'b', n: 2 },
    ],
  });
});

test('changes alone are one statement too', async () => {
  const names = await shelf(async (statements, sent) => {
    await Promise.all(
      ['b', 'c'].map((name) => statements.change('insert into shelf values (?, 0)', [name])),
    );
    return [sent(), await statements.select('select name from shelf order by name', [])];
  });
  assert.equal(names, [1, [{ name: 'a' }, { name: 'b' }, { name: 'c' }]]);
});

test('what is asked for later sees what came before', async () => {
  const rows = await shelf(async (statements) => {
    const change = statements.change('update shelf set n = 5', []);
    const locked = statements.run('select n from shelf for update', []);
    await change;
    return locked;
  });
  assert.equal(rows, [{ n: 5 }]);
});

test('where one statement must be enough, a second one is refused', async () => {
  const second = shelf(
    async (statements) => {
      await statements.select('select 1', []);
      await statements.select('select 2', []);
    },
    { single: true },
  );
  await assert.rejects(second, /asked for a second one/);
});

test.run();
