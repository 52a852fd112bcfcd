/**
 * The differences between the rows that list files, the files, and the receipts of their removals.
 *
 * 1. A difference is looked at again in the rows before it is a finding.
 * 2. A file that a deletion under way removes or holds in quarantine is no finding.
 * 3. Without a service that keeps rows there are no findings, because every file would be one.
 */
import type { SurveyedFile } from '../actors/file-remover/file-survey.ts';
import { fileKey } from '../actors/file-remover/file-url.ts';
import { heldName } from '../actors/file-remover/local-files.ts';
import { isOver, type Receipt } from '../actors/file-remover/store.ts';
import { type FileFacts, FileRows, type FileSources, type Listing } from './file-facts.ts';

/** An active card or a node lists a file that is not at its place. */
export type LostFile = Listing & {
  /** The receipt of a removal of the file. */
  readonly receipt: string | null;
};

/** A file that no row lists. */
export type UnlistedFile = SurveyedFile & {
  /** The file remover at whose places the file is. */
  readonly service: string;
  /** The receipt of a removal that has failed or that nobody carries on. */
  readonly receipt: string | null;
};

/** A receipt without an end, of a file that no row lists and that is not at its place. */
export type OpenReceipt = Pick<Receipt, 'id' | 'url' | 'card' | 'state' | 'note'> & {
  readonly service: string;
};

export type FileFindings = {
  readonly lost: readonly LostFile[];
  readonly unlisted: readonly UnlistedFile[];
  readonly open: readonly OpenReceipt[];
  /** Paths of files in quarantine that belong to no receipt. */
  readonly strays: readonly string[];
  readonly compared: {
    /** Cards, and nodes of entities with files. */
    readonly rows: number;
    readonly files: number;
    readonly receipts: number;
    /** Listed files at places that cannot be listed. */
    readonly unseen: number;
    /** Files that no URL names exactly. */
    readonly unnamed: number;
  };
};

export type FindingTimes = {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** A younger file is no finding, because its row may be on the way. */
  readonly agedMs: number;
};

/** @throws Refused `not-found` when no service keeps rows with files, or no service removes files. */
export async function fileFindings(
  sources: FileSources,
  times: FindingTimes,
): Promise<FileFindings> {
  const rows = new FileRows(sources);
  const listed = await rows.listed();
  const all: FileFindings[] = [];
  for (const remover of rows.removers) {
    const found = differences(await rows.facts(remover, listed), times);
    const unlisted = await rows.stillUnlisted(found.unlisted.map(({ url }) => url));
    const lost = new Set(await rows.stillListed(found.lost));
    all.push({
      ...found,
      lost: found.lost.filter((file) => lost.has(file)),
      unlisted: found.unlisted.filter(({ url }) => unlisted.has(url)),
      compared: { ...found.compared, rows: listed.rows },
    });
  }
  return together(all);
}

/** Pure. The number of rows is the caller's. */
export function differences(facts: FileFacts, { nowMs, agedMs }: FindingTimes): FileFindings {
  const { remover, listings, survey, receipts, idle, underWay } = facts;
  const listed = new Set(listings.map(({ url }) => fileKey(url)));
  const removed = keysOf(receipts.filter((receipt) => isRemoving(receipt, idle, nowMs)));
  const isFree = (key: string) => !listed.has(key) && !underWay.has(key) && !removed.has(key);
  const isOpen = ({ id }: Receipt) => idle.has(id);
  const openIds = idsByKey(receipts.filter(isOpen));
  const ids = idsByKey(receipts);
  return {
    lost: listings
      .filter(({ url }) => !survey.files.has(fileKey(url)))
      .map((listing) => ({ ...listing, receipt: ids.get(fileKey(listing.url)) ?? null })),
    unlisted: [...survey.files]
      .filter(([key, { changedAtMs }]) => isFree(key) && changedAtMs <= nowMs - agedMs)
      .map(([key, file]) => ({ ...file, service: remover, receipt: openIds.get(key) ?? null })),
    open: receipts
      .filter((receipt) => isOpen(receipt) && isFree(fileKey(receipt.url)))
      .filter(({ url }) => !survey.files.has(fileKey(url)))
      .map(({ id, url, card, state, note }) => ({ id, url, card, state, note, service: remover })),
    strays: straysOf(facts, nowMs),
    compared: {
      rows: 0,
      files: survey.files.size,
      receipts: receipts.length,
      unseen: facts.unseen,
      unnamed: survey.unnamed,
    },
  };
}

/** Whether an actor removes the file, or has removed the file since the comparison began. */
function isRemoving(receipt: Receipt, idle: ReadonlySet<string>, nowMs: number): boolean {
  return isOver(receipt) ? (receipt.removedAtMs ?? 0) >= nowMs : !idle.has(receipt.id);
}

function keysOf(receipts: readonly Receipt[]): ReadonlySet<string> {
  return new Set(receipts.map(({ url }) => fileKey(url)));
}

function idsByKey(receipts: readonly Receipt[]): ReadonlyMap<string, string> {
  return new Map(receipts.map(({ id, url }) => [fileKey(url), id]));
}

function straysOf({ survey, receipts }: FileFacts, nowMs: number): readonly string[] {
  const past = ({ state, removedAtMs }: Receipt) =>
    state === 'removed' && (removedAtMs ?? 0) < nowMs;
  const names = new Set(receipts.filter((receipt) => !past(receipt)).map(heldName));
  return [...survey.held].filter(([name]) => !names.has(name)).map(([, path]) => path);
}

function together(all: readonly FileFindings[]): FileFindings {
  const sum = (of: 'files' | 'receipts' | 'unnamed') =>
    all.reduce((total, { compared }) => total + compared[of], 0);
  return {
    lost: all.flatMap(({ lost }) => lost),
    unlisted: all.flatMap(({ unlisted }) => unlisted),
    open: all.flatMap(({ open }) => open),
    strays: all.flatMap(({ strays }) => strays),
    compared: {
      rows: all[0]?.compared.rows ?? 0,
      files: sum('files'),
      receipts: sum('receipts'),
      unseen: Math.min(...all.map(({ compared }) => compared.unseen)),
      unnamed: sum('unnamed'),
    },
  };
}
