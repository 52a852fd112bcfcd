/**
 * The cards in memory. Every write takes effect at once and registers its undo.
 */
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, UndoLog, Write } from '../../runtime/ports/store.ts';
import {
  type Card,
  type CardLookup,
  type CardsRead,
  type CardsWrite,
  type CardTombstone,
  cardChanged,
  cardGone,
  cardsStoreName,
  cardsWriteOf,
  cardTaken,
  unknownOperation,
} from './store.ts';

export class MemoryCardsStore implements Store<UndoLog> {
  readonly name = cardsStoreName;
  readonly #cards = new Map<string, Card>();
  readonly #tombstones = new Map<string, CardTombstone>();

  async read(op: string, args: Json): Promise<Json> {
    return structuredClone(this.#found({ op, args } as CardsRead));
  }

  async apply(undoLog: UndoLog, writes: readonly Write[]): Promise<void> {
    for (const write of writes) this.#apply(undoLog, cardsWriteOf(structuredClone(write)));
  }

  /** Removes old tombstones: after the retention no caller repeats its deletion. */
  async prune(undoLog: UndoLog, beforeMs: number, limit: number): Promise<number> {
    const old = [...this.#tombstones.values()]
      .filter(({ atMs }) => atMs < beforeMs)
      .slice(0, limit);
    for (const tombstone of old) {
      this.#tombstones.delete(tombstone.id);
      undoLog.onRollback(() => this.#tombstones.set(tombstone.id, tombstone));
    }
    return old.length;
  }

  #found(read: CardsRead): CardLookup | readonly Card[] {
    switch (read.op) {
      case 'card':
        return {
          card: this.#cards.get(read.args.id) ?? null,
          tombstone: this.#tombstones.get(read.args.id) ?? null,
        };
      case 'cards':
        return [...new Set(read.args.ids)].flatMap((id) => this.#cards.get(id) ?? []);
      default:
        throw unknownOperation(read satisfies never);
    }
  }

  #apply(undoLog: UndoLog, write: CardsWrite): void {
    switch (write.op) {
      case 'add':
        this.#add(undoLog, write.args);
        break;
      case 'markDeleted':
        this.#markDeleted(undoLog, write.args.id, write.expect.version);
        break;
      case 'remove':
        this.#remove(undoLog, write.args, write.expect.version);
        break;
      default:
        throw unknownOperation(write satisfies never);
    }
  }

  #add(undoLog: UndoLog, card: Omit<Card, 'state' | 'version'>): void {
    if (this.#cards.has(card.id)) throw cardTaken(card.id);
    if (this.#tombstones.has(card.id)) throw cardGone(card.id);
    this.#put(undoLog, { ...card, state: 'active', version: 1 });
  }

  #markDeleted(undoLog: UndoLog, id: string, version: number): void {
    this.#put(undoLog, { ...this.#expected(id, version), state: 'deleted', version: version + 1 });
  }

  #remove(undoLog: UndoLog, { id, atMs }: { id: string; atMs: number }, version: number): void {
    const card = this.#expected(id, version);
    if (card.state !== 'deleted') throw cardChanged(id, version);
    this.#cards.delete(id);
    this.#tombstones.set(id, { id, owner: card.owner, atMs });
    undoLog.onRollback(() => {
      this.#tombstones.delete(id);
      this.#cards.set(id, card);
    });
  }

  #put(undoLog: UndoLog, card: Card): void {
    const before = this.#cards.get(card.id);
    this.#cards.set(card.id, card);
    undoLog.onRollback(() => {
      if (before === undefined) this.#cards.delete(card.id);
      else this.#cards.set(card.id, before);
    });
  }

  #expected(id: string, version: number): Card {
    const card = this.#cards.get(id);
    if (card?.version !== version) throw cardChanged(id, version);
    return card;
  }
}
