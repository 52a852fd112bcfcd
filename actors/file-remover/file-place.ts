/**
 * The port to a place that holds files: a disk or a server. A file record is removed in two steps,
 * so that size and digest are durable before the file is gone.
 *
 * 1. Both steps may run again: an absent file is an answer, not an error.
 * 2. `Refused` is final. `Transient` and any other error are followed by another try.
 * 3. `later` is no failure: the place has named a time, or has accepted the removal and carries it
 *    out on its own.
 *
 * Adapters: `local-files.ts`, `http-files.ts`, `s3-files.ts`.
 */
import { Refused, Transient } from '../../runtime/ports/errors.ts';
import type { JsonObject } from '../../runtime/ports/json.ts';

/** A file record: its id and the file's URL. */
export type FileInput = { readonly id: string; readonly url: string };

export type Content = {
  /** Null where the place does not tell the size. */
  readonly bytes: number | null;
  /** SHA-256, hexadecimal; null when the digest cannot be had. */
  readonly sha256: string | null;
  /** Further data of the place about the file, such as its version; null: none. */
  readonly evidence?: JsonObject | null;
};

/**
 * A removal that the place carries out on its own, and the URL at which the place tells the end.
 */
export type Accepted = { readonly status: string | null };

/** The step is to be done again after a time, in milliseconds. */
export type Later = {
  readonly kind: 'later';
  readonly delayMs: number;
  readonly note: string;
  /** Null: nothing is under way, and the step begins again. */
  readonly accepted: Accepted | null;
};

export type Found = (Content & { readonly kind: 'present' }) | { readonly kind: 'absent' } | Later;

export type FileToTake = FileInput & {
  /** As the preparation found it. */
  readonly evidence?: JsonObject | null;
  readonly accepted?: Accepted | null;
};

export type Taken =
  | {
      readonly kind: 'removed';
      /** `absent` when the file was gone before. */
      readonly note: string | null;
      readonly evidence?: JsonObject | null;
    }
  | Later;

export interface FilePlace {
  prepare(file: FileInput, signal: AbortSignal): Promise<Found>;
  remove(file: FileToTake, signal: AbortSignal): Promise<Taken>;
  /**
   * Undoes the preparation, if any. Resolves when the file is at its place; may run again.
   * @throws Refused when the file is gone, or when its place is taken
   */
  restore(file: FileInput, signal: AbortSignal): Promise<void>;
}

/** For a place whose preparation moves nothing. */
export function requireThere(found: Found): void {
  if (found.kind === 'absent') throw new Refused('gone', 'the file is not at its place');
  if (found.kind === 'later') throw new Transient('not-reachable', found.note);
}
