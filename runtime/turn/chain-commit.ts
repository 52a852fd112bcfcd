/**
 * The commit of a chain. A read of a store that the chain has written is done in an open commit, with
 * the writes before it. A chain without such a read has no open commit, and is committed with its
 * batch.
 *
 * Invariants:
 * - Late: the commit is opened by the first such read. A store's writes are applied before its first
 *   read there, and all other writes with the commit.
 * - In order: in an open commit the writes of a store are applied in the order in which the chain has
 *   made them.
 * - Nothing beside: while the commit is open, the chain reads and loads through it. A read on
 *   another connection could wait for the locks of this commit, and so for ever.
 * - All or none: after a call that fails, nothing is committed. The caller does the root again
 *   without a chain.
 */
import type { Journal, Loaded, LoadRequest, OpenCommit } from '../ports/journal.ts';
import type { Json } from '../ports/json.ts';
import type { Read, Write } from '../ports/store.ts';
import type { Eventually } from './eventually.ts';
import { EndOfTurn } from './input-steps.ts';
import type { StoreReads } from './store-reads.ts';

export interface ChainCommitPorts {
  readonly journal: Pick<Journal, 'load' | 'begin' | 'openReads'>;
  readonly read: StoreReads;
}

export class ChainCommit implements Pick<Journal, 'load' | 'commit'> {
  readonly #ports: ChainCommitPorts;
  readonly #written = new Set<string>();
  /** Writes that are not applied yet, in order. */
  #pending: Write[] = [];
  #open: Promise<OpenCommit> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** Reads in the open commit. */
  reads = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(ports: ChainCommitPorts) {
    this.#ports = ports;
  }

  /** Whether the chain must be committed by `commit`, and by itself. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Whether a read of these stores belongs in the open commit. */
  sees(stores: readonly string[]): boolean {
    return this.isOpen || stores.some((store) => this.#written.has(store));
  }

  /** Whether the chain cannot be committed any more. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Throws the error of the call that has failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** The chain has made these writes. */
  add(writes: readonly Write[]): void {
    for (const write of writes) {
      this.#written.add(write.store);
      this.#pending.push(write);
    }
  }

  /**
   * `stores`: all that the read looks at. Throws `EndOfTurn` for a read that must see writes of the
   * chain, when a store cannot be read in the open commit.
   */
  read(service: string, read: Read, stores: readonly string[]): Eventually<Json> {
    const { journal, read: performed } = this.#ports;
    if (!this.sees(stores)) return performed(service, read);
    if (this.hasFailed || !stores.every((store) => journal.openReads.has(store)))
      throw new EndOfTurn();
    return performed(service, read, (store, op, args) =>
      this.#next(async (open) => {
        this.reads += 1;
        await this.#apply(open, store);
        return open.read(store, op, args);
      }),
    );
  }

  load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]> {
    return this.isOpen
      ? this.#next((open) => open.load(requests))
      : this.#ports.journal.load(requests);
  }

  commit(...[instance, turns, confirmed = []]: Parameters<Journal['commit']>): Promise<void> {
    return this.#next((open) => open.commit(instance, turns, confirmed, this.#pending));
  }

  /** Undoes what is not committed. */
  async rollBack(): Promise<void> {
    const open = await this.#open?.catch(() => undefined);
    await open?.rollBack();
  }

  async #apply(open: OpenCommit, store: string): Promise<void> {
    const due = this.#pending.filter((write) => write.store === store);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter((write) => write.store !== store);
    await open.write(due);
  }

  /** One call after the other, because a view may read several stores at once. */
  #next<Result>(call: (open: OpenCommit) => Promise<Result>): Promise<Result> {
    this.#open ??= this.#ports.journal.begin();
    const open = this.#open;
    const done = this.#last.then(async () => {
      this.check();
      return call(await open);
    });
    this.#last = done.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return done;
  }
}
