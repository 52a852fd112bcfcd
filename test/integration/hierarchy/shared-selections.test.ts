/** Selections of several reads in one moment as one statement. */
import { SharedSelections } from '../../../actors/consent/ledger/sql/shared-selections.ts';
import type { SqlParameter } from '../../../actors/consent/ledger/sql/sql-statements.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { executePrepared } from '../../../runtime/postgres/prepared-statements.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('shared selections', { needs: ['postgres'] });

/** What each selection finds, or the text of its error; and the number of statements. */
async function selected(...asked: readonly [sql: string, ...SqlParameter[]][]) {
  const database = await openDatabase(servers.postgres, { stores: [] });
  let sent = 0;
  const shared = new SharedSelections((sql, parameters) =>
    database.transaction((transaction) => {
      sent += 1;
      return executePrepared(transaction.entityManager('public'), sql, parameters);
    }),
  );
  try {
    const found = await Promise.allSettled(
      asked.map(([sql, ...parameters]) => shared.select(sql, parameters)),
    );
    const told = found.map((one) =>
      one.status === 'fulfilled' ? one.value : /invalid input syntax/.exec(String(one.reason))?.[0],
    );
    return { found: told, sent };
  } finally {
    await database.close();
  }
}

const upTo = 'select n, ? as name from generate_series(1, ?::bigint) n order by n desc';

test('reads with the same selection share a statement, and each gets its own rows', async () => {
  const { found, sent } = await selected([upTo, 'a', '2'], [upTo, 'b', '0'], [upTo, null, '1']);
  assert.equal(sent, 1);
  assert.equal(found, [
    [
      { n: '2', name: 'a' },
      { n: '1', name: 'a' },
    ],
    [],
    [{ n: '1', name: null }],
  ]);
});

test('a number and a flag keep their types', async () => {
  const { found, sent } = await selected(
    ['select ? = 1.5 as half, not ? as other', 1.5, true],
    ['select ? = 1.5 as half, not ? as other', 2, false],
  );
  assert.equal(found, [[{ half: true, other: false }], [{ half: false, other: true }]]);
  assert.equal(sent, 1);
});

test('a number that JSON lacks is not taken for null', async () => {
  const sql = 'select ?::double precision::text as number';
  const { found, sent } = await selected(
    [sql, Number.NaN],
    [sql, Number.NEGATIVE_INFINITY],
    [sql, 0.1],
  );
  assert.equal(found, [[{ number: 'NaN' }], [{ number: '-Infinity' }], [{ number: '0.1' }]]);
  assert.equal(sent, 1);
});

test('an error reaches only the read that causes the error', async () => {
  const { found } = await selected([upTo, 'a', '1'], [upTo, 'b', 'many']);
  assert.equal(found, [[{ n: '1', name: 'a' }], 'invalid input syntax']);
});

test('a text that the shared form cannot carry is sent alone', async () => {
  const sql = 'select length(?::text) as length';
  const { found } = await selected([sql, 'a'], [sql, '\ud800']);
  assert.equal(found[0], [{ length: 1 }]);
});

test('different selections are statements of their own', async () => {
  const { found, sent } = await selected(
    ['select ?::text as a', 'x'],
    ['select ?::text as b', 'y'],
  );
  assert.equal(found, [[{ a: 'x' }], [{ b: 'y' }]]);
  assert.equal(sent, 2);
});

test.run();
