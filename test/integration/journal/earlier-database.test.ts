/** A database made at an earlier migration is opened by this code: nothing is lost, and older processes beside it go on. */
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { encodeDocument } from '../../../runtime/postgres/documents.ts';
import { journalMigrations } from '../../../runtime/postgres/journal-migrations.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { actor, record } from '../../contract/journal/samples.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from './benches.ts';

const test = suite('journal: a database of an earlier migration', {
  needs: ['postgres'],
  deadlineMs: 60_000,
});

/** What the function of the second migration takes; one actor and what else is given. */
function earlierCommit(
  key: string,
  version: number,
  parts: Readonly<Record<number, unknown>> = {},
): (string | number | null)[] {
  const address = { service: 'objects', machine: 'delete-saga', key };
  const row = {
    ...address,
    version,
    machine_version: 3,
    status: 'active',
    family: { value: 'asking' },
  };
  const list = Array.from({ length: 17 }, (_, at) =>
    parts[at] === undefined ? null : encodeDocument(parts[at]),
  );
  return [
    'older',
    1,
    ...list
      .slice(2)
      .map((given, at) => (at === (version === 0 ? 0 : 1) ? encodeDocument([row]) : given)),
  ];
}

function letterRow(id: string, atMs: number, properties: object, more: object = {}) {
  const letter = {
    id,
    service: 'objects',
    reason: 'old',
    exchange: 'objects',
    routingKey: 'k',
    properties,
    body: 'e30=',
    atMs,
    ...more,
  };
  return { id, service: 'objects', at_ms: atMs, letter };
}

test('it opens: actors, versions and dead letters are there, and the earlier form of a commit still works', async () => {
  const database = await openDatabase(postgresUrl(ownPrefix()), { stores: [] });
  const schema = database.journalSchema;
  const commit = `select ${schema}.commit_turns(${Array.from({ length: 17 }, (_, at) => `$${at + 1}`).join(', ')})`;
  try {
    await database.query(`create schema ${schema}`, []);
    await database.query(
      `create table ${schema}.migrations (id serial primary key, name varchar(255), executed_at timestamptz default now())`,
      [],
    );
    for (const { name, up } of journalMigrations.slice(0, 2)) {
      for (const statement of up(schema)) await database.query(statement, []);
      await database.query(`insert into ${schema}.migrations (name) values ($1)`, [
        `journal/${name}`,
      ]);
    }
    const letters = [
      letterRow('d1', 10, { messageId: 'm1' }),
      letterRow('d2', 20, { messageId: 'm1' }),
      letterRow('d3', 30, {}),
      letterRow(
        'd4',
        40,
        { messageId: 'objects/delete-saga/a/#1', type: 'timer' },
        { exchange: '', routingKey: '' },
      ),
    ];
    await database.query(commit, earlierCommit('a', 0, { 16: letters }));

    const journal = new SqlJournal({ database });
    await journal.open();
    assert.equal(
      (await journal.load([{ address: actor('a'), messageIds: [] }]))[0]?.record,
      record({ value: 'asking' }),
    );
    assert.equal(
      (await journal.deadLetters(['objects'], 9)).map(({ id, kind, queue, count, firstAtMs }) => [
        id,
        kind,
        queue,
        count,
        firstAtMs,
      ]),
      [
        ['d4', 'timer', '', 1, 40],
        ['d3', 'message', '', 1, 30],
        ['d2', 'message', '', 2, 10],
      ],
    );
    assert.equal(
      (await journal.registerVersions(['objects'], [])).map(({ version, count, keys }) => [
        version,
        count,
        keys,
      ]),
      [[3, 1, ['a']]],
    );
    await database.query(commit, earlierCommit('a', 1, { 16: [letterRow('d5', 50, {})] }));
    assert.equal(
      [
        (await journal.counts()).deadLetters,
        (await journal.load([{ address: actor('a'), messageIds: [] }]))[0]?.version,
      ],
      [4, 2],
    );
  } finally {
    await dropSchemas(database);
    await database.close();
  }
});

test.run();
