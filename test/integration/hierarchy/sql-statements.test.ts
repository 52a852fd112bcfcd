/** What is asked for in one moment is one statement. */
import { type Execute, SqlStatements } from '../../../actors/consent/ledger/sql/sql-statements.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { executePrepared } from '../../../runtime/postgres/prepared-statements.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('statements of the hierarchy store', { needs: ['postgres'] });

/** In a transaction of its own, with a table `stock` of one row, `a`; `sent` counts what reaches the database. */
async function stock<T>(
  work: (statements: SqlStatements, sent: () => number) => Promise<T>,
  options = { single: false },
): Promise<T> {
  const database = await openDatabase(servers.postgres, { stores: [] });
  try {
    return await database.transaction(async (transaction) => {
      await transaction.query(
        'create temporary table stock (name text primary key, n integer not null) on commit drop',
        [],
      );
      await transaction.query(`insert into stock values ('a', 1)`, []);
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
  const found = await stock(async (statements, sent) => {
    const [names, , , counts] = await Promise.all([
      statements.select('select name from stock where n = ?', [1]),
      statements.change('insert into stock values (?, 2)', ['b']),
      statements.change('update stock set n = n + ? where name = ?', [10, 'a']),
      statements.select('select count(*)::integer as count from stock', []),
    ]);
    return {
      names,
      counts,
      sent: sent(),
      after: await statements.select('select name, n from stock order by name', []),
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
  const names = await stock(async (statements, sent) => {
    await Promise.all(
      ['b', 'c'].map((name) => statements.change('insert into stock values (?, 0)', [name])),
    );
    return [sent(), await statements.select('select name from stock order by name', [])];
  });
  assert.equal(names, [1, [{ name: 'a' }, { name: 'b' }, { name: 'c' }]]);
});

test('what is asked for later sees what came before', async () => {
  const rows = await stock(async (statements) => {
    const change = statements.change('update stock set n = 5', []);
    const locked = statements.run('select n from stock for update', []);
    await change;
    return locked;
  });
  assert.equal(rows, [{ n: 5 }]);
});

test('where one statement must be enough, a second one is refused', async () => {
  const second = stock(
    async (statements) => {
      await statements.select('select 1', []);
      await statements.select('select 2', []);
    },
    { single: true },
  );
  await assert.rejects(second, /asked for a second one/);
});

test.run();
