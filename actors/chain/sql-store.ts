/**
 * Burns, nonces and signed bytes in PostgreSQL or PGlite.
 *
 * - A nonce is given under the row of its account; the row stays locked until the commit.
 */
import type { EntityManager } from '@mikro-orm/sql';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { chainMigrations } from './migrations.ts';
import {
  type Burn,
  burnNotOpen,
  type ChainRead,
  type ChainWrite,
  type ChainWrites,
  chainStoreName,
  chainWriteOf,
  nonceOfAnother,
  type Reservation,
  type SignedBytes,
  unknownOperation,
} from './store.ts';
import type { Token } from './token.ts';

type ChainAccess = {
  /** The schema of the tables. */
  readonly schema: string;
  readonly read: () => EntityManager;
};

type BurnRow = Omit<Burn, 'block' | 'atMs' | 'token'> & {
  readonly token: Token | string;
  readonly block: string | number | null;
  readonly at_ms: number;
};
type NonceRow = {
  readonly burn_id: string;
  readonly chain: string | number;
  readonly account: string;
  readonly nonce: string | number;
};
type SignedRow = NonceRow & {
  readonly hash: string;
  readonly raw: string;
  readonly at_ms: number;
};

class SqlChainStore implements Store<EntityManager> {
  readonly name = chainStoreName;
  readonly #schema: string;
  readonly #read: () => EntityManager;

  constructor({ schema, read }: ChainAccess) {
    this.#schema = schema;
    this.#read = read;
  }

  async read(op: string, args: Json): Promise<Json> {
    return await this.#found({ op, args } as ChainRead);
  }

  async apply(tx: EntityManager, writes: readonly Write[]): Promise<void> {
    for (const write of writes) await this.#apply(tx, chainWriteOf(write));
  }

  async prune(tx: EntityManager, beforeMs: number, limit: number): Promise<number> {
    const schema = this.#schema;
    const old: { id: string }[] = await tx.execute(
      `delete from ${schema}.burns where id in (select id from ${schema}.burns
        where state <> 'open' and at_ms < ? limit ?) returning id`,
      [beforeMs, limit],
    );
    for (const { id } of old) {
      await tx.execute(`delete from ${schema}.nonces where burn_id = ?`, [id]);
      await tx.execute(`delete from ${schema}.signed where burn_id = ?`, [id]);
    }
    return old.length;
  }

  #found(read: ChainRead): Promise<Burn | null | Reservation | readonly SignedBytes[]> {
    switch (read.op) {
      case 'burn':
        return this.#burn(read.args.id);
      case 'reservation':
        return this.#reservation(read.args.burn);
      case 'signed':
        return this.#signed(read.args.burn);
      default:
        throw unknownOperation(read satisfies never);
    }
  }

  async #burn(id: string): Promise<Burn | null> {
    const [row]: BurnRow[] = await this.#read().execute(
      `select id, token, state, hash, block, reason, at_ms from ${this.#schema}.burns where id = ?`,
      [id],
    );
    if (row === undefined) return null;
    const { token, block, at_ms: atMs, ...rest } = row;
    return {
      ...rest,
      token: typeof token === 'string' ? (JSON.parse(token) as Token) : token,
      block: block === null ? null : Number(block),
      atMs,
    };
  }

  async #reservation(burn: string): Promise<Reservation | null> {
    const [row]: NonceRow[] = await this.#read().execute(
      `select burn_id, chain, account, nonce from ${this.#schema}.nonces
        where burn_id = ? order by nonce desc limit 1`,
      [burn],
    );
    return row === undefined ? null : reservationOf(row);
  }

  async #signed(burn: string): Promise<readonly SignedBytes[]> {
    const rows: SignedRow[] = await this.#read().execute(
      `select burn_id, chain, account, nonce, hash, raw, at_ms from ${this.#schema}.signed
        where burn_id = ? order by nonce, at_ms`,
      [burn],
    );
    return rows.map((row) => ({
      ...reservationOf(row),
      hash: row.hash,
      raw: row.raw,
      atMs: row.at_ms,
    }));
  }

  #apply(tx: EntityManager, write: ChainWrite): Promise<unknown> {
    switch (write.op) {
      case 'open': {
        const { id, token, atMs } = write.args;
        return tx.execute(
          `insert into ${this.#schema}.burns (id, token, state, at_ms)
            values (?, ?::jsonb, 'open', ?) on conflict (id) do nothing`,
          [id, JSON.stringify(token), atMs],
        );
      }
      case 'reserve':
        return this.#reserve(tx, write.args);
      case 'keep':
        return this.#keep(tx, write.args);
      case 'end':
        return this.#end(tx, write.args);
      default:
        throw unknownOperation(write satisfies never);
    }
  }

  async #reserve(
    tx: EntityManager,
    { burn, chain, account, floor }: ChainWrites['reserve']['args'],
  ): Promise<void> {
    const [{ next }]: [{ next: string | number }] = await tx.execute(
      `insert into ${this.#schema}.accounts as old (chain, account, next) values (?, ?, ?::bigint + 1)
        on conflict (chain, account) do update
        set next = greatest(old.next, excluded.next - 1) + 1 returning next`,
      [chain, account, floor],
    );
    await tx.execute(
      `insert into ${this.#schema}.nonces (chain, account, nonce, burn_id)
        values (?, ?, ?::bigint - 1, ?)`,
      [chain, account, String(next), burn],
    );
  }

  async #keep(tx: EntityManager, bytes: SignedBytes): Promise<void> {
    const { burn, chain, account, nonce, hash, raw, atMs } = bytes;
    const own: object[] = await tx.execute(
      `select 1 from ${this.#schema}.nonces
        where chain = ? and account = ? and nonce = ? and burn_id = ?`,
      [chain, account, nonce, burn],
    );
    if (own.length === 0) throw nonceOfAnother(bytes);
    await tx.execute(
      `insert into ${this.#schema}.signed (hash, chain, account, nonce, burn_id, raw, at_ms)
        values (?, ?, ?, ?, ?, ?, ?) on conflict (hash) do nothing`,
      [hash, chain, account, nonce, burn, raw, atMs],
    );
  }

  async #end(
    tx: EntityManager,
    { id, state, hash, block, reason, atMs }: ChainWrites['end']['args'],
  ): Promise<void> {
    const ended: object[] = await tx.execute(
      `update ${this.#schema}.burns set state = ?, hash = ?, block = ?, reason = ?, at_ms = ?
        where id = ? and state = 'open' returning id`,
      [state, hash, block, reason, atMs, id],
    );
    if (ended.length !== 1) throw burnNotOpen(id);
  }
}

function reservationOf({ burn_id: burn, chain, account, nonce }: NonceRow): Reservation {
  return { burn, chain: Number(chain), account, nonce: Number(nonce) };
}

/** The store and its tables, in the form that `runtime/postgres/` takes. */
export const chainSqlStore = {
  name: chainStoreName,
  entities: [],
  migrations: chainMigrations,
  create: (access: ChainAccess): Store<EntityManager> => new SqlChainStore(access),
};
