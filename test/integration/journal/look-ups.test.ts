/**
 * What a turn reads while much is stored, in a session whose plans were made when every table was known to be empty. Counted in rows, as
 * PostgreSQL counts them.
 */
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import { commitArguments } from '../../../runtime/postgres/commit-documents.ts';
import {
  type Database,
  openDatabase,
  type SqlTransaction,
} from '../../../runtime/postgres/database.ts';
import { encodeDocument } from '../../../runtime/postgres/documents.ts';
import { journalStatements } from '../../../runtime/postgres/journal-statements.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { activity, actor, ask, message, timer, turn } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from './benches.ts';

const test = suite('journal: what a turn looks up', { needs: ['postgres'], deadlineMs: 60_000 });

const stored = 500;
const tables = ['actors', 'inbox', 'outbox', 'asks', 'timers', 'activities'] as const;

/** An actor's first turn leaves a row in every table. */
function first(key: string): TurnCommit {
  const address = actor(key);
  return turn({
    address,
    inbox: [{ digest: 'd', messageId: `m ${key}` }],
    outbox: [message(`o ${key}`, address)],
    asks: [ask(`q ${key}`, address)],
    timers: [timer('#1', 1_000, address)],
    activities: [activity('#2', address)],
  });
}

/** Its second turn touches each of them. */
function second(key: string): TurnCommit {
  const answers = [{ messageId: `m ${key}`, answer: {} }];
  return turn({
    ...{ address: actor(key), expectedVersion: 1, answers, answered: [`q ${key}`] },
    ...{ timersEnded: ['#1'], activitiesEnded: ['#2'] },
  });
}

function lookUp(
  { journalSchema }: Database,
  transaction: SqlTransaction,
  key: string,
): Promise<unknown> {
  const requests = [{ n: 0, ...actor(key), cached: 1 }];
  const messages = [{ n: 0, ...actor(key), message_id: `m ${key}` }];
  const call = `select ${journalSchema}.load_actors($1::json, $2::json)`;
  return transaction.query(call, [encodeDocument(requests), encodeDocument(messages)]);
}

function commit(
  { journalSchema }: Database,
  transaction: SqlTransaction,
  turns: readonly TurnCommit[],
  confirmed: readonly string[] = [],
) {
  const parameters = commitArguments('one', turns, confirmed);
  const places = parameters.map((_, at) => `$${at + 1}`).join(', ');
  return transaction.query(`select ${journalSchema}.commit_traced_turns(${places})`, parameters);
}

/** Rows read in this transaction, by table. */
async function rowsRead(
  { journalSchema }: Database,
  transaction: SqlTransaction,
): Promise<ReadonlyMap<string, number>> {
  const rows = (await transaction.query(
    `select relname as name, (seq_tup_read + idx_tup_fetch)::integer as count from pg_stat_xact_user_tables where schemaname = $1`,
    [journalSchema],
  )) as unknown as readonly { readonly name: string; readonly count: number }[];
  return new Map(rows.map(({ name, count }) => [name, count]));
}

test('the rows it is about, however many there are', async () => {
  const database = await openDatabase(postgresUrl(ownPrefix()), { stores: [] });
  try {
    await new SqlJournal({ database }).open();
    await database.transaction(async (transaction) => {
      for (const table of tables)
        await transaction.query(`analyze ${database.journalSchema}.${table}`, []);
      // The plans are made now.
      await lookUp(database, transaction, 'early');
      await commit(database, transaction, [first('early')]);
      await commit(database, transaction, [second('early')], ['o early']);
      const { forget } = journalStatements(database.journalSchema);
      // A prepared statement keeps its plan from the sixth time on.
      for (let times = 0; times < 6; times += 1)
        await transaction.query(forget, [encodeDocument(['o early'])]);
      const keys = Array.from({ length: stored }, (_, at) => `k${at}`);
      await commit(database, transaction, keys.map(first));
      const before = await rowsRead(database, transaction);
      await lookUp(database, transaction, 'k7');
      await commit(database, transaction, [second('k7')], ['o k7']);
      const after = await rowsRead(database, transaction);
      const read = tables.map(
        (table) => [table, (after.get(table) ?? 0) - (before.get(table) ?? 0)] as const,
      );
      assert.equal(
        read.filter(([, count]) => count < 1 || count > 4),
        [],
      );
      await transaction.query(forget, [encodeDocument(['o k8', 'o k9'])]);
      const left = (await rowsRead(database, transaction)).get('outbox') ?? 0;
      assert.is(left - (after.get('outbox') ?? 0), 2, 'rows of the outbox that are forgotten');
    });
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test.run();
