/** A bench for each kind of journal, for the contract. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { Failpoints } from '../../../runtime/ports/failpoints.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { memoryLedger, sqlLedger } from '../../contract/journal/ledger-store.ts';
import type { JournalBench, JournalUnderTest } from '../../contract/journal-contract.ts';
import { servers } from '../../support/servers.ts';

const journalTables = [
  'actors',
  'inbox',
  'outbox',
  'outbox_packs',
  'asks',
  'timers',
  'activities',
  'history',
  'dead_letters',
  'instances',
  'machine_versions',
];
let prefixes = 0;

/** A prefix for schemas that no other test has. */
export function ownPrefix(): string {
  prefixes += 1;
  return `test_${process.pid}_${prefixes}`;
}

export function postgresUrl(prefix: string): string {
  return `${servers.postgres}?schema=${prefix}`;
}

/** Also of the stores that only another process of the test has opened. */
export async function dropSchemas(database: Database): Promise<void> {
  const prefix = database.journalSchema.slice(0, -'journal'.length);
  const found = await database.query(
    'select nspname from pg_namespace where starts_with(nspname, $1)',
    [prefix],
  );
  for (const { nspname } of found)
    await database.query(`drop schema if exists "${String(nspname)}" cascade`, []);
}

export async function memoryBench(): Promise<JournalBench> {
  let made: { journal: MemoryJournal; names: () => Promise<Json> };
  const opened = async () => {
    await made.journal.open();
    return made;
  };
  return {
    fresh: (failpoints) => {
      const ledger = memoryLedger();
      made = {
        journal: new MemoryJournal({ stores: [ledger], failpoints }),
        names: () => ledger.read('names', null),
      };
      return opened();
    },
    reopened: opened,
    end: async () => undefined,
  };
}

/** `remove` takes away what is stored, once nothing is open. */
function sqlBench(
  url: string,
  remove: (database: Database) => Promise<void>,
  afterwards: () => Promise<void>,
): JournalBench {
  let database: Database | undefined;
  const opened = async (failpoints: Failpoints): Promise<JournalUnderTest> => {
    database ??= await openDatabase(url, { stores: [sqlLedger] });
    const ledger = database.stores.get('ledger');
    const journal = new SqlJournal({ database, failpoints });
    await journal.open();
    return { journal, names: async () => (await ledger?.read('names', null)) ?? null };
  };
  return {
    async fresh(failpoints) {
      const underTest = await opened(failpoints);
      if (database !== undefined) await empty(database);
      return underTest;
    },
    async reopened(failpoints) {
      await database?.close();
      database = undefined;
      return opened(failpoints);
    },
    async end() {
      await database?.close();
      const last = await openDatabase(url, { stores: [sqlLedger] });
      await remove(last);
      await last.close();
      await afterwards();
    },
  };
}

async function empty(database: Database): Promise<void> {
  const names = [
    ...journalTables.map((table) => `${database.journalSchema}.${table}`),
    `${database.schemaOf('ledger')}.entries`,
    `${database.schemaOf('ledger')}.struck`,
  ];
  await database.query(`truncate ${names.join(', ')}`, []);
}

export async function postgresBench(): Promise<JournalBench> {
  return sqlBench(postgresUrl(ownPrefix()), dropSchemas, async () => undefined);
}

export async function pgliteBench(): Promise<JournalBench> {
  return sqlBench(
    'pglite://',
    async () => undefined,
    async () => undefined,
  );
}

export async function pgliteFolderBench(): Promise<JournalBench> {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  return sqlBench(
    `pglite://${folder}`,
    async () => undefined,
    () => rm(folder, { recursive: true, force: true }),
  );
}
