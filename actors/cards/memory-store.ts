/** The cards in memory. */
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { UndoableTable, type UndoLog } from '../../runtime/ports/undo-log.ts';
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
  readonly #cards = new UndoableTable<Card>();
  readonly #tombstones = new UndoableTable<CardTombstone>();

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
    for (const { id } of old) this.#tombstones.drop(undoLog, id);
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
    if (this.#cards.get(card.id) !== undefined) throw cardTaken(card.id);
    if (this.#tombstones.get(card.id) !== undefined) throw cardGone(card.id);
    this.#cards.put(undoLog, card.id, { ...card, state: 'active', version: 1 });
  }

  #markDeleted(undoLog: UndoLog, id: string, version: number): void {
    const card = this.#expected(id, version);
    this.#cards.put(undoLog, id, { ...card, state: 'deleted', version: version + 1 });
  }

  #remove(undoLog: UndoLog, { id, atMs }: { id: string; atMs: number }, version: number): void {
    const card = this.#expected(id, version);
    if (card.state !== 'deleted') throw cardChanged(id, version);
    this.#cards.drop(undoLog, id);
    this.#tombstones.put(undoLog, id, { id, owner: card.owner, atMs });
  }

  #expected(id: string, version: number): Card {
    const card = this.#cards.get(id);
    if (card?.version !== version) throw cardChanged(id, version);
    return card;
  }
}
