/** Burns, nonces and signed bytes in memory. */
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { UndoableTable, type UndoLog } from '../../runtime/ports/undo-log.ts';
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

export class MemoryChainStore implements Store<UndoLog> {
  readonly name = chainStoreName;
  readonly #burns = new UndoableTable<Burn>();
  /** By chain, account and nonce. */
  readonly #nonces = new UndoableTable<Reservation>();
  /** The next free nonce, by chain and account. */
  readonly #next = new UndoableTable<number>();
  /** By hash. */
  readonly #signed = new UndoableTable<SignedBytes>();

  async read(op: string, args: Json): Promise<Json> {
    return structuredClone(this.#found({ op, args } as ChainRead));
  }

  async apply(undoLog: UndoLog, writes: readonly Write[]): Promise<void> {
    for (const write of writes) this.#apply(undoLog, chainWriteOf(structuredClone(write)));
  }

  /**
   * Removes burns that ended long ago, with their nonces and bytes: no caller repeats such a
   * request.
   */
  async prune(undoLog: UndoLog, beforeMs: number, limit: number): Promise<number> {
    const old = [...this.#burns.values()]
      .filter(({ state, atMs }) => state !== 'open' && atMs < beforeMs)
      .slice(0, limit);
    const ids = new Set(old.map(({ id }) => id));
    for (const id of ids) this.#burns.drop(undoLog, id);
    for (const one of [...this.#nonces.values()])
      if (ids.has(one.burn)) this.#nonces.drop(undoLog, nonceKey(one));
    for (const { burn, hash } of [...this.#signed.values()])
      if (ids.has(burn)) this.#signed.drop(undoLog, hash);
    return ids.size;
  }

  #found(read: ChainRead): Burn | null | Reservation | readonly SignedBytes[] {
    switch (read.op) {
      case 'burn':
        return this.#burns.get(read.args.id) ?? null;
      case 'reservation':
        return this.#reservation(read.args.burn);
      case 'signed':
        return [...this.#signed.values()]
          .filter(({ burn }) => burn === read.args.burn)
          .sort((a, b) => a.nonce - b.nonce || a.atMs - b.atMs);
      default:
        throw unknownOperation(read satisfies never);
    }
  }

  #reservation(burn: string): Reservation | null {
    const own = [...this.#nonces.values()].filter((one) => one.burn === burn);
    return own.sort((a, b) => b.nonce - a.nonce)[0] ?? null;
  }

  #apply(undoLog: UndoLog, write: ChainWrite): void {
    switch (write.op) {
      case 'open':
        this.#open(undoLog, write.args);
        break;
      case 'reserve':
        this.#reserve(undoLog, write.args);
        break;
      case 'keep':
        this.#keep(undoLog, write.args);
        break;
      case 'end':
        this.#end(undoLog, write.args);
        break;
      default:
        throw unknownOperation(write satisfies never);
    }
  }

  #open(undoLog: UndoLog, { id, token, atMs }: ChainWrites['open']['args']): void {
    if (this.#burns.get(id) !== undefined) return;
    const ended = { hash: null, block: null, reason: null };
    this.#burns.put(undoLog, id, { id, token, state: 'open', ...ended, atMs });
  }

  #reserve(
    undoLog: UndoLog,
    { burn, chain, account, floor }: ChainWrites['reserve']['args'],
  ): void {
    const key = `${chain}/${account}`;
    const nonce = Math.max(this.#next.get(key) ?? 0, floor);
    this.#next.put(undoLog, key, nonce + 1);
    const reservation = { burn, chain, account, nonce };
    this.#nonces.put(undoLog, nonceKey(reservation), reservation);
  }

  #keep(undoLog: UndoLog, bytes: SignedBytes): void {
    if (this.#nonces.get(nonceKey(bytes))?.burn !== bytes.burn) throw nonceOfAnother(bytes);
    if (this.#signed.get(bytes.hash) === undefined) this.#signed.put(undoLog, bytes.hash, bytes);
  }

  #end(undoLog: UndoLog, end: ChainWrites['end']['args']): void {
    const burn = this.#burns.get(end.id);
    if (burn?.state !== 'open') throw burnNotOpen(end.id);
    this.#burns.put(undoLog, end.id, { ...burn, ...end });
  }
}

function nonceKey({ chain, account, nonce }: Reservation): string {
  return `${chain}/${account}/${nonce}`;
}
