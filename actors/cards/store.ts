/**
 * The cards of the Korean seed and, beside them, the tombstones of those that are gone: what this service reads and writes.
 *
 * 1. A card's `version` rises with every change; `expect` names the one that was read.
 * 2. A row leaves the table only in state `deleted`, and leaves a tombstone: a deletion that is asked for again is known for one,
 *    and an id is never given twice.
 * 3. `must_be_deleted_files` is read from the row in the very turn that removes it (S12).
 *
 * Adapters: `memory-store.ts`, `sql-store.ts`; one contract suite for both.
 */
import { Broken, Conflict, Refused } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Read, Write } from '../../runtime/ports/store.ts';

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
  readonly metadata: CardMetadata;
  readonly version: number;
};

export type CardTombstone = {
  readonly id: string;
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
};

/** A card, or what is left of it; both null: never heard of. */
export type CardLookup = {
  readonly card: Card | null;
  readonly tombstone: CardTombstone | null;
};

export type CardsReads = {
  card: { args: { readonly id: string }; result: CardLookup };
  /** In the order of the ids; those there are not are left out. */
  cards: { args: { readonly ids: readonly string[] }; result: readonly Card[] };
};

export type VersionExpectation = {
  readonly version: number;
};

export type CardsWrites = {
  /** Refused `name-taken` when there is such a card, `gone` when there was one. Version 1, state `active`. */
  add: { args: Omit<Card, 'state' | 'version'>; expect: null };
  /** State `deleted`, for everybody to see. Conflict when the version is another. */
  markDeleted: { args: { readonly id: string }; expect: VersionExpectation };
  /** The row goes, a tombstone comes. Conflict when the version is another or the state is not `deleted`. */
  remove: { args: { readonly id: string; readonly atMs: number }; expect: VersionExpectation };
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
    args: args as Write['args'],
    expect: expect as Exclude<Write['expect'], undefined>,
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

export function cardChanged(id: string, version: number): Conflict {
  return new Conflict(
    'expectation-failed',
    `the card '${id}' is no longer as it was in version ${version}`,
  );
}

export function unknownOperation(op: string): Broken {
  return new Broken('broken', `the cards have no operation '${op}'`);
}
