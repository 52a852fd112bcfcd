/** The cards in memory. */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store, Write } from '../../runtime/ports/store.ts';
import { UndoableTable, type UndoLog } from '../../runtime/ports/undo-log.ts';
import {
  type Card,
  type CardFilter,
  type CardLookup,
  type CardRemoval,
  type CardsRead,
  type CardsWrite,
  type CardsWrites,
  type CardTombstone,
  cardChanged,
  cardGone,
  cardKnown,
  cardsStoreName,
  cardsWriteOf,
  cardTaken,
  filesAt,
  filesOf,
  notFirst,
  sharingChanged,
  type Turn,
  unknownOperation,
  unknownOwner,
} from './store.ts';

type Ticket = { readonly id: string; readonly lock: string; readonly ticket: number };

export class MemoryCardsStore implements Store<UndoLog> {
  readonly name = cardsStoreName;
  readonly #cards = new UndoableTable<Card>();
  readonly #tombstones = new UndoableTable<CardTombstone>();
  /** The number of cards that list a file, by the file's digest. */
  readonly #listed = new UndoableTable<number>();
  /** By the card's id. */
  readonly #queue = new UndoableTable<Ticket>();
  #lastTicket = 0;

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

  #found(read: CardsRead): CardLookup | CardRemoval | Turn | readonly (Card | string)[] {
    switch (read.op) {
      case 'card':
        return {
          card: this.#cards.get(read.args.id) ?? null,
          tombstone: this.#tombstones.get(read.args.id) ?? null,
        };
      case 'removal':
        return this.#removal(read.args.id);
      case 'unlisted':
        return this.#unlisted(read.args.urls);
      case 'turn':
        return this.#turn(read.args.id);
      case 'list':
        return this.#list(read.args);
      case 'cards':
        return [...new Set(read.args.ids)].flatMap((id) => this.#cards.get(id) ?? []);
      default:
        throw unknownOperation(read satisfies never);
    }
  }

  #removal(id: string): CardRemoval {
    const card = this.#cards.get(id) ?? null;
    return { card, shared: card === null ? [] : this.#sharedFiles(card) };
  }

  #turn(id: string): Turn {
    const own = this.#queue.get(id);
    if (own === undefined) return { ticket: null, ahead: null };
    const queue = [...this.#queue.values()].filter(({ lock }) => lock === own.lock);
    const first = queue.sort((a, b) => a.ticket - b.ticket)[0] ?? own;
    return { ticket: own.ticket, ahead: first.id === id ? null : first.id };
  }

  #requireFirst(id: string, ticket: number): void {
    const turn = this.#turn(id);
    if (turn.ticket !== ticket || turn.ahead !== null) throw notFirst(id, ticket);
  }

  #join(undoLog: UndoLog, id: string, lock: string): void {
    if (this.#queue.get(id) !== undefined) return;
    this.#lastTicket += 1;
    this.#queue.put(undoLog, id, { id, lock, ticket: this.#lastTicket });
  }

  #list({ owner, state, after, limit }: CardFilter): Card[] {
    const fits = (card: Card): boolean =>
      (owner === undefined || card.owner === owner) &&
      (state === undefined || card.state === state) &&
      (after === undefined || card.id > after);
    const found = [...this.#cards.values()].filter(fits);
    return found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  #sharedFiles(card: Card): string[] {
    const files = [...filesOf(card)];
    return files.flatMap(([digest, url]) => ((this.#listed.get(digest) ?? 0) > 1 ? [url] : []));
  }

  #unlisted(urls: readonly string[]): string[] {
    const files = [...filesAt(urls)];
    return files.flatMap(([digest, url]) => ((this.#listed.get(digest) ?? 0) > 0 ? [] : [url]));
  }

  #apply(undoLog: UndoLog, write: CardsWrite): void {
    switch (write.op) {
      case 'add':
        this.#add(undoLog, write.args, write.expect?.listed ?? []);
        break;
      case 'markDeleted':
        this.#markDeleted(undoLog, write.args.id, write.expect.version);
        this.#join(undoLog, write.args.id, write.args.lock);
        break;
      case 'withdraw':
        this.#restore(undoLog, write.args.id, write.expect.version);
        break;
      case 'leave':
        this.#queue.drop(undoLog, write.args.id);
        break;
      case 'restore':
        this.#requireFirst(write.args.id, write.expect.ticket);
        this.#restore(undoLog, write.args.id, write.expect.version);
        break;
      case 'remove':
        this.#requireFirst(write.args.id, write.expect.ticket);
        this.#remove(undoLog, write.args, write.expect.version);
        break;
      case 'tombstone':
        this.#addTombstone(undoLog, write.args);
        break;
      default:
        throw unknownOperation(write satisfies never);
    }
  }

  #add(undoLog: UndoLog, card: Omit<Card, 'state' | 'version'>, listed: readonly string[]): void {
    if (this.#unlisted(listed).length > 0) throw sharingChanged(card.id);
    if (this.#cards.get(card.id) !== undefined) throw cardTaken(card.id);
    if (this.#tombstones.get(card.id) !== undefined) throw cardGone(card.id);
    this.#cards.put(undoLog, card.id, { ...card, state: 'active', version: 1 });
    for (const digest of filesOf(card).keys())
      this.#listed.put(undoLog, digest, (this.#listed.get(digest) ?? 0) + 1);
  }

  #markDeleted(undoLog: UndoLog, id: string, version: number): void {
    const card = this.#expected(id, version);
    this.#cards.put(undoLog, id, { ...card, state: 'deleted', version: version + 1 });
  }

  #restore(undoLog: UndoLog, id: string, version: number): void {
    const card = this.#expected(id, version);
    if (card.state !== 'deleted') throw cardChanged(id, version);
    this.#cards.put(undoLog, id, { ...card, state: 'active', version: version + 1 });
  }

  #remove(
    undoLog: UndoLog,
    { id, atMs, shared }: CardsWrites['remove']['args'],
    version: number,
  ): void {
    const card = this.#expected(id, version);
    if (card.state !== 'deleted') throw cardChanged(id, version);
    if (!isDeepStrictEqual(this.#sharedFiles(card), shared)) throw sharingChanged(id);
    for (const digest of filesOf(card).keys())
      this.#listed.put(undoLog, digest, (this.#listed.get(digest) ?? 1) - 1);
    this.#cards.drop(undoLog, id);
    this.#tombstones.put(undoLog, id, { id, owner: card.owner, atMs });
  }

  #addTombstone(undoLog: UndoLog, { id, atMs }: CardsWrites['tombstone']['args']): void {
    if ((this.#cards.get(id) ?? this.#tombstones.get(id)) !== undefined) throw cardKnown(id);
    this.#tombstones.put(undoLog, id, { id, owner: unknownOwner, atMs });
  }

  #expected(id: string, version: number): Card {
    const card = this.#cards.get(id);
    if (card?.version !== version) throw cardChanged(id, version);
    return card;
  }
}
