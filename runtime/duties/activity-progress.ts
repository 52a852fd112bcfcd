/**
 * Notes in the journal how far one try of an activity is.
 *
 * Invariants:
 * - Newest counts: a value that is replaced before it is written is never written. A value that
 *   could not be written stays the newest until the activity reports another.
 * - Not too often: the first value is written at once, the next no sooner than `everyMs` after the
 *   last writing has ended. One writing at a time.
 * - Lost is told once: when the journal says that this process no longer holds the activity, `lost`
 *   is called, and nothing more is written.
 */
import type { Clock } from '../ports/clock.ts';
import type { Json } from '../ports/json.ts';

export interface ActivityProgressOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Writes a value. False when this process no longer holds the activity. */
  readonly write: (value: Json) => Promise<boolean>;
  readonly lost: () => void;
}

export class ActivityProgress {
  readonly #options: ActivityProgressOptions;
  #unwritten: { readonly value: Json } | undefined;
  #writing: Promise<void> | undefined;
  #cancelPause: (() => void) | undefined;
  #ended = false;

  constructor(options: ActivityProgressOptions) {
    this.#options = options;
  }

  report(value: Json): void {
    if (this.#ended) return;
    this.#unwritten = { value };
    if (this.#writing === undefined && this.#cancelPause === undefined) this.#write();
  }

  /** Ends the reports. A value that is not written yet is dropped. */
  drop(): void {
    this.#ended = true;
    this.#unwritten = undefined;
    this.#cancelPause?.();
  }

  /** Ends the reports. Resolves when the last value is written, or could not be. */
  async flush(): Promise<void> {
    this.#ended = true;
    this.#cancelPause?.();
    await this.#writing;
    if (this.#unwritten !== undefined) this.#write();
    await this.#writing;
  }

  #write(): void {
    const next = this.#unwritten;
    if (next === undefined) return;
    this.#unwritten = undefined;
    this.#writing = this.#written(next).finally(() => {
      this.#writing = undefined;
      if (!this.#ended) this.#pause();
    });
  }

  async #written(next: { readonly value: Json }): Promise<void> {
    try {
      if (await this.#options.write(next.value)) return;
      this.drop();
      this.#options.lost();
    } catch {
      this.#unwritten ??= this.#ended ? undefined : next;
    }
  }

  #pause(): void {
    this.#cancelPause = this.#options.clock.after(this.#options.everyMs, () => {
      this.#cancelPause = undefined;
      this.#write();
    });
  }
}
