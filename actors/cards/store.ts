/**
 * The port to the tables of the cards service: the cards, and the tombstones of removed cards.
 *
 * 1. A card's `version` rises with every change. `expect` names the version of the read.
 * 2. A row is removed only in state `deleted`, and the removal leaves a tombstone. So a repeated
 *    deletion is recognised, and an id is never used twice.
 * 3. `must_be_deleted_files` is read from the row in the turn that removes the row: a file goes
 *    only after its row.
 * 4. The store counts the cards that list a file. The removal of a card names the files that no
 *    other card lists, and is a conflict when the count says otherwise. So a shared file goes with
 *    the last of its cards, also when two cards go at the same time.
 * 5. A marked card has a ticket in the queue of its lock. Tickets of one lock rise in the
 *    order of the commits. `remove` and `restore` name the ticket and are a conflict unless the ticket
 *    is the first of its queue: the ticket is the fence against a deletion that no longer holds the
 *    lock.
 *
 * Adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import { createHash } from 'node:crypto';
import { Broken, Conflict, Refused } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';
import type { Token } from '../chain/token.ts';
import { fileKey, fileUrlProblem } from '../file-remover/file-url.ts';

export const cardsStoreName = 'cards';

/** `erc`: a token on a chain, which is burned. */
export type CardKind = 'db' | 'erc';

export type CardMetadata = JsonObject & {
  /** Absolute URLs. */
  readonly must_be_deleted_files?: readonly string[];
};

export type Card = {
  readonly id: string;
  readonly owner: string;
  readonly kind: CardKind;
  readonly state: 'active' | 'deleted';
  /** Address of the related transaction. */
  readonly transaction: string | null;
  /** Of a card of the kind `erc`. */
  readonly token?: Token;
  readonly metadata: CardMetadata;
  readonly version: number;
};

/** The owner in the tombstone of a card whose row was never in this store. */
export const unknownOwner = '';

export type CardTombstone = {
  readonly id: string;
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
};

/** The card, or its tombstone. Both are null for an unknown id. */
export type CardLookup = {
  readonly card: Card | null;
  readonly tombstone: CardTombstone | null;
};

/** The card at its removal, and those of its files that other cards also list. */
export type CardRemoval = {
  readonly card: Card | null;
  readonly shared: readonly string[];
};

/** The place of a marked card in the queue of its lock. */
export type Turn = {
  /** Null: the card is in no queue. */
  readonly ticket: number | null;
  /** The first card of the queue; null when the card itself is first. */
  readonly ahead: string | null;
};

export type CardFilter = {
  readonly owner?: string;
  readonly state?: Card['state'];
  /** An id; also the id of a card that is gone. */
  readonly after?: string;
  readonly limit: number;
};

export type CardsReads = {
  card: { args: { readonly id: string }; result: CardLookup };
  removal: { args: { readonly id: string }; result: CardRemoval };
  /** The URLs that no card lists, in the given order. */
  unlisted: { args: { readonly urls: readonly string[] }; result: readonly string[] };
  turn: { args: { readonly id: string }; result: Turn };
  /** By id, from the first id after `after`. A card must fit every given member. */
  list: { args: CardFilter; result: readonly Card[] };
  /** The cards in the order of the ids, without the unknown ids. */
  cards: { args: { readonly ids: readonly string[] }; result: readonly Card[] };
};

export type VersionExpectation = {
  readonly version: number;
};

/** Version and ticket as they were read. */
export type FencedExpectation = VersionExpectation & {
  readonly ticket: number;
};

/** URLs of the new card that other cards list. */
export type ListedExpectation = {
  readonly listed: readonly string[];
};

export type CardsWrites = {
  /**
   * Adds the card with version 1 and state `active`. Refused `name-taken` for a known id, `gone`
   * for the id of a removed card. Conflict unless other cards list every file of `listed`.
   */
  add: { args: Omit<Card, 'state' | 'version'>; expect: ListedExpectation | null };
  /**
   * Sets the state `deleted`, visible to all readers, and takes a ticket in the queue of `lock`
   * unless the card has a ticket. Conflict for another version.
   */
  markDeleted: {
    args: { readonly id: string; readonly lock: string };
    expect: VersionExpectation;
  };
  /**
   * Sets the state `active` again, wherever the card is in its queue. Conflict for another version
   * or another state than `deleted`.
   */
  withdraw: { args: { readonly id: string }; expect: VersionExpectation };
  /** Gives the card's ticket back. */
  leave: { args: { readonly id: string }; expect: null };
  /** Sets the state `active` again. Conflict for another version or another state than `deleted`. */
  restore: { args: { readonly id: string }; expect: FencedExpectation };
  /**
   * Replaces the row by a tombstone. Conflict for another version, for a state other than `deleted`,
   * and when other files than `shared` are listed by other cards.
   */
  remove: {
    args: {
      readonly id: string;
      readonly atMs: number;
      readonly shared: readonly string[];
    };
    expect: FencedExpectation;
  };
  /** Writes the tombstone of an unknown card, without an owner. Conflict for a known id. */
  tombstone: { args: { readonly id: string; readonly atMs: number }; expect: null };
};

/** Any write of this store, told apart by `op`. */
export type CardsWrite = {
  [Op in keyof CardsWrites]: {
    readonly op: Op;
    readonly args: CardsWrites[Op]['args'];
    readonly expect: CardsWrites[Op]['expect'];
  };
}[keyof CardsWrites];

/** Any read of this store, told apart by `op`. */
export type CardsRead = {
  [Op in keyof CardsReads]: { readonly op: Op; readonly args: CardsReads[Op]['args'] };
}[keyof CardsReads];

/** A typed read of this store. */
export function cardsRead<Op extends keyof CardsReads>(op: Op, args: CardsReads[Op]['args']): Read {
  return { store: cardsStoreName, op, args };
}

/** A typed write of this store. */
export function cardsWrite<Op extends keyof CardsWrites>(
  op: Op,
  args: CardsWrites[Op]['args'],
  expect: CardsWrites[Op]['expect'],
): Write {
  return {
    store: cardsStoreName,
    op,
    args: args,
    expect: expect,
  };
}

export function cardTaken(id: string): Refused {
  return new Refused('name-taken', `there is a card '${id}' already`, { at: '/data/id' });
}

export function cardGone(id: string): Refused {
  return new Refused('gone', `the card '${id}' was deleted; its id is not given again`, {
    at: '/data/id',
  });
}

export function cardKnown(id: string): Conflict {
  return new Conflict('expectation-failed', `the id of the card '${id}' is known`);
}

export function cardChanged(id: string, version: number): Conflict {
  return new Conflict(
    'expectation-failed',
    `the card '${id}' is no longer as it was in version ${version}`,
  );
}

export function sharingChanged(id: string): Conflict {
  return new Conflict(
    'expectation-failed',
    `other files of the card '${id}' are shared with other cards than a moment ago`,
  );
}

export function notFirst(id: string, ticket: number): Conflict {
  return new Conflict(
    'expectation-failed',
    `the ticket ${ticket} of the card '${id}' is not the first of its lock's queue`,
  );
}

/** Files of URLs, each under the key that cards share. */
export function filesAt(urls: readonly string[]): ReadonlyMap<string, string> {
  return new Map(urls.map((url) => [digestOf(url), url]));
}

/**
 * The files that a card lists, one URL for each file, by digest: two cards that list the same file
 * have the same digest.
 */
export function filesOf({ metadata }: Pick<Card, 'metadata'>): ReadonlyMap<string, string> {
  return filesAt(metadata.must_be_deleted_files ?? []);
}

/** Of a fixed length, because an index entry cannot hold a long URL. */
function digestOf(url: string): string {
  const key = fileUrlProblem(url) === undefined ? fileKey(url) : url;
  return createHash('sha256').update(key).digest('hex');
}

/**
 * The write with the types of this store. The journal hands a write back exactly as `cardsWrite`
 * made it.
 */
export function cardsWriteOf({ op, args, expect = null }: Write): CardsWrite {
  return { op, args, expect } as CardsWrite;
}

export function unknownOperation({ op }: { readonly op: string }): Broken {
  return new Broken('broken', `the cards have no operation '${op}'`);
}
