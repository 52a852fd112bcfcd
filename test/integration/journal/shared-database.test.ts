/** Several journals on one database, as several processes have it, and a database that goes away. */
import type { EntityManager } from '@mikro-orm/sql';
import { Broken, Conflict, Transient } from '../../../runtime/ports/errors.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import type { SqlStoreModule } from '../../../runtime/postgres/store-module.ts';
import { add, sqlLedger } from '../../contract/journal/ledger-store.ts';
import { actor, anActor, record, turn } from '../../contract/journal/samples.ts';
import { servers } from '../../support/servers.ts';
import { assert, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from './benches.ts';

const losing = 'select pg_terminate_backend(pg_backend_pid())';

/** A store whose write loses its connection, and so does its read. */
const fragile: SqlStoreModule = {
  name: 'fragile-store',
  entities: [],
  migrations: [],
  create: ({ snapshot, execute }) => ({
    name: 'fragile-store',
    read: async () => {
      await snapshot((em) => execute(em, losing, []));
      return null;
    },
    apply: async (entityManager) => void (await entityManager.execute(losing)),
  }),
};

const test = suite('journals that share a PostgreSQL', { needs: ['postgres'], deadlineMs: 30_000 });
let databases: Database[];
let journals: SqlJournal[];

test.before.each(async () => {
  const url = postgresUrl(ownPrefix());
  databases = await Promise.all(
    [1, 2, 3, 4].map(() => openDatabase(url, { stores: [sqlLedger, fragile], connectionsMax: 3 })),
  );
  journals = databases.map((database) => new SqlJournal({ database }));
  await Promise.all(journals.map((journal) => journal.open()));
});
test.after.each(async () => {
  const [first, ...others] = databases;
  for (const database of others) await database.close();
  if (first !== undefined) await dropSchemas(first);
  await first?.close();
});

/** Who won; everybody else must have had a conflict. */
async function winners(commits: readonly Promise<void>[]): Promise<number[]> {
  const results = await Promise.allSettled(commits);
  const wrong = results.filter(
    (result) => result.status === 'rejected' && !(result.reason instanceof Conflict),
  );
  assert.equal(wrong, []);
  return results.flatMap((result, at) => (result.status === 'fulfilled' ? [at] : []));
}

test('opened at the same moment on an empty database, they all find every table', async () => {
  for (const journal of journals) assert.is((await journal.counts()).actors, 0);
});

const races: readonly (readonly [string, Partial<TurnCommit>])[] = [
  ['a turn', {}],
  ['a deletion', { record: null }],
];
for (const [what, parts] of races) {
  for (const written of [false, true]) {
    test(`of ${what} by each of them one wins${written ? ', with its writes' : ''}`, async () => {
      await journals[0]?.commit('one', [turn()]);
      const commits = journals.map((journal, at) =>
        journal.commit('one', [
          turn({
            record: record(at),
            ...parts,
            expectedVersion: 1,
            writes: written ? [add(`${at}`)] : [],
          }),
        ]),
      );
      const [winner, ...others] = await winners(commits);
      assert.equal(others, []);
      const names = await databases[0]?.stores.get('ledger')?.read('names', null);
      assert.equal(names, written ? [`${winner}`] : []);
      if (parts.record !== null) assert.is((await journals[0]?.inspect(anActor))?.family, winner);
    });
  }
}

test('of a first turn by each of them one wins', async () => {
  const commits = journals.map((journal) =>
    journal.commit('one', [turn({ writes: [add('created')] })]),
  );
  assert.is((await winners(commits)).length, 1);
});

test('the first transactions of a process may hold all its connections: their writes need no other', async () => {
  const prefix = String(databases[0]?.journalSchema).replace(/_journal$/, '');
  const database = await openDatabase(`${postgresUrl(prefix)}&connect_timeout=3`, {
    stores: [sqlLedger],
    connectionsMax: 2,
  });
  try {
    const journal = new SqlJournal({ database });
    await journal.open();
    const commits = await Promise.all(['a', 'b'].map(() => journal.begin()));
    for (const [index, commit] of commits.entries()) await commit.write([add(`held ${index}`)]);
    for (const commit of commits) await commit.commit('one', [], [], []);
    assert.equal(await database.stores.get('ledger')?.read('names', null), ['held 0', 'held 1']);
  } finally {
    await database.close();
  }
});

test('of a message for nobody, handled by each of them, one is handled', async () => {
  const commits = journals.map((journal) =>
    journal.commit('one', [turn({ record: null, inbox: [{ digest: 'd', messageId: 'm1' }] })]),
  );
  assert.is((await winners(commits)).length, 1);
});

test('batches that overlap never wait for each other in a ring: each version is counted once', async () => {
  const keys = Array.from({ length: 12 }, (_, n) => `saga-${n}`);
  let won = 0;
  const round = async (journal: SqlJournal, from: number) => {
    const mine = keys.map((_, n) => keys[(from + n * 5) % keys.length] as string).slice(0, 7);
    const loaded = await journal.load(mine.map((key) => ({ address: actor(key), messageIds: [] })));
    const turns = mine.map((key, n) =>
      turn({ address: actor(key), expectedVersion: loaded[n]?.version ?? 0 }),
    );
    const winning = await winners([journal.commit('one', turns)]);
    won += mine.length * winning.length;
  };
  await Promise.all(
    journals.map(async (journal, at) => {
      for (let n = 0; n < 15; n += 1) await round(journal, at * 3 + n);
    }),
  );
  const loaded = await journals[0]?.load(
    keys.map((key) => ({ address: actor(key), messageIds: [] })),
  );
  assert.is(
    loaded?.reduce((sum, { version }) => sum + version, 0),
    won,
  );
  assert.ok(won > 0);
});

test('a connection lost within a commit is Transient and leaves nothing; the next commit has another', async () => {
  const [journal] = journals;
  const lost = { store: 'fragile-store', op: 'lose', args: null };
  await assert.rejects(
    journal?.commit('one', [turn({ writes: [add('first'), lost] })]) ?? Promise.resolve(),
    Transient,
  );
  assert.is((await journal?.counts())?.actors, 0);
  await journal?.commit('one', [turn()]);
});

test('a read that loses its connection costs the pool no connection', async () => {
  const read = async () => databases[0]?.stores.get('fragile-store')?.read('any', null);
  for (let times = 0; times < 4; times += 1) await assert.rejects(read(), Transient);
});

test('a statement that waits while its commit fails changes nothing', async () => {
  let late: Promise<unknown> | undefined;
  const hasty: SqlStoreModule = {
    name: 'hasty-store',
    entities: [],
    migrations: [],
    create: ({ execute }) => ({
      name: 'hasty-store',
      read: async () => null,
      apply: async (em) => {
        late = execute(em, 'select ?::integer', [1])
          .then(() => execute(em, `select set_config('hasty.late', ?, false)`, ['yes']))
          .catch((error: unknown) => error);
        throw new Broken('broken', 'the commit fails');
      },
    }),
  };
  const url = `${postgresUrl(ownPrefix())}&prepare=off`;
  const database = await openDatabase(url, { stores: [hasty], connectionsMax: 2 });
  try {
    const apply = (em: EntityManager) => database.stores.get('hasty-store')?.apply(em, []);
    await assert.rejects(
      database.transaction(async (transaction) => apply(transaction.entityManager('public'))),
      Broken,
    );
    assert.instance(await late, Broken);
  } finally {
    await database.close();
  }
});

test.run();

const url = suite('database URL');

/** The error of opening a database, and of the first contact with its server. */
async function openingError(databaseUrl: string): Promise<unknown> {
  const database = await openDatabase(databaseUrl, { stores: [] });
  try {
    return await database.migrate().catch((error: unknown) => error);
  } finally {
    await database.close();
  }
}

url('a server that is not there is opened, and the first contact is Transient', async () => {
  const error = await openingError('postgresql://127.0.0.1:1/nowhere');
  assert.ok(error instanceof Transient && error.code === 'not-reachable');
});

url('a store whose name makes no schema is refused', async () => {
  const module = { ...fragile, name: 'Bad name' };
  await assert.rejects(
    openDatabase('pglite://', { stores: [module] }),
    (error) => error instanceof Broken && error.code === 'config-invalid',
  );
});

url.run();

const server = suite('database: a server that refuses', { needs: ['postgres'] });

for (const [part, reason] of [
  [
    'pathname',
    /the server \S+:\d+ has no database 'no_such'; make it with: createdb -h \S+ -p \d+.* no_such/,
  ],
  ['username', /role "no_such" does not exist/],
] as const) {
  server(`a wrong ${part} is a wrong configuration, and is not waited for`, async () => {
    const address = new URL(servers.postgres);
    address[part] = 'no_such';
    const error = await openingError(address.href);
    assert.ok(error instanceof Broken, String(error));
    assert.equal([error.code, error.at], ['config-invalid', 'database_url']);
    assert.match(error.message, reason);
  });
}

server.run();
