/**
 * The receipts in PostgreSQL or PGlite. Writes of different receipts share statements, and so do
 * look-ups of one moment.
 */
import type { EntityManager } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { SqlStatements } from '../consent/ledger/sql/sql-statements.ts';
import type { StatementAccess } from '../consent/ledger/sql/statement-store.ts';
import { GatheredReads } from '../rows/gathered-reads.ts';
import { ofKind, wavesOf } from '../rows/write-waves.ts';
import { filesMigrations } from './migrations.ts';
import { ReceiptRows } from './receipt-rows.ts';
import {
  type FilesRead,
  type FilesWrite,
  filesStoreName,
  filesWriteOf,
  type Receipt,
  type ReceiptFilter,
  unknownOperation,
} from './store.ts';

const operations: Readonly<Record<FilesWrite['op'], true>> = {
  queue: true,
  hold: true,
  restore: true,
  keep: true,
  remove: true,
  fail: true,
};

class SqlFilesStore implements Store<EntityManager> {
  readonly name = filesStoreName;
  readonly #access: StatementAccess;
  readonly #lookUps: GatheredReads<string, Receipt | undefined>;

  constructor(access: StatementAccess) {
    this.#access = access;
    this.#lookUps = new GatheredReads(async (ids) => {
      const found = await this.#rows(access.read()).receipts(ids);
      return ids.map((id) => found.get(id));
    });
  }

  async read(op: string, args: Json): Promise<Json> {
    return await this.#found({ op, args } as FilesRead);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    const rows = this.#rows(tx);
    for (const wave of wavesOf(writes.map(filesWriteOf), ({ args }) => args.id)) {
      const unknown = wave.find(({ op }) => !Object.hasOwn(operations, op));
      if (unknown !== undefined) throw unknownOperation(unknown);
      await change(rows, wave);
    }
  }

  #rows(em: EntityManager): ReceiptRows {
    const { schema, isPipelined } = this.#access;
    const statements = new SqlStatements(
      (sql, parameters) => this.#access.execute(em, sql, parameters),
      { isPipelined },
    );
    return new ReceiptRows(statements, schema);
  }

  async #found(read: FilesRead): Promise<readonly Receipt[]> {
    switch (read.op) {
      case 'receipts': {
        const id = idAlone(read.args);
        if (id === undefined) return this.#rows(this.#access.read()).fitting(read.args);
        return [await this.#lookUps.read(id)].flatMap((one) => one ?? []);
      }
      case 'page':
        return this.#rows(this.#access.read()).page(read.args);
      default:
        throw unknownOperation(read satisfies never);
    }
  }
}

/** The id of a filter without another condition. */
function idAlone({ id, card, url }: ReceiptFilter): string | undefined {
  return card === undefined && url === undefined ? id : undefined;
}

/** The writes of a wave are about different receipts. */
async function change(rows: ReceiptRows, wave: readonly FilesWrite[]): Promise<void> {
  const content = ['state', 'bytes', 'sha256', 'attempts', 'evidence'] as const;
  const held = ofKind(wave, 'hold').map(({ args }) => ({ ...args, state: 'quarantined' as const }));
  const back = ofKind(wave, 'restore').map(({ args }) => ({ ...args, state: 'restored' as const }));
  const kept = ofKind(wave, 'keep').map(({ args }) => ({ ...args, state: 'kept' as const }));
  const gone = ofKind(wave, 'remove').map(({ args }) => ({ ...args, state: 'removed' as const }));
  const failed = ofKind(wave, 'fail').map(({ args }) => ({ ...args, state: 'failed' as const }));
  await rows.queue(ofKind(wave, 'queue').map(({ args }) => args));
  await rows.change(held, content);
  await rows.change(back, ['state']);
  await rows.change(kept, ['state', 'note']);
  await rows.change(gone, [...content, 'note', 'removedAtMs']);
  await rows.change(failed, ['state', 'attempts', 'note', 'failedAtMs']);
}

/** The store and its table, in the form that `runtime/postgres/` takes. */
export const filesSqlStore = {
  name: filesStoreName,
  // MikroORM manages no rows here: a statement changes many receipts.
  entities: [],
  migrations: filesMigrations,
  create: (access: StatementAccess): Store<EntityManager> => new SqlFilesStore(access),
};
