/**
 * Notes in the journal how far one try of an activity is.
 *
 * 1. The newest value counts; what it replaces is never written.
 * 2. The first is written at once, the next no sooner than `everyMs` after the last writing ended; one writing at a time.
 * 3. A value that could not be written stays the newest, until another takes its place.
 * 4. When the journal says that the activity is no longer held here, that is told once, and nothing more is written.
 */
import type { Clock } from '../ports/clock.ts';
import type { Json } from '../ports/json.ts';

export interface ActivityProgressOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Writes a value; false when the activity is no longer held here. */
  readonly note: (value: Json) => Promise<boolean>;
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

  say(value: Json): void {
    if (this.#ended) return;
    this.#unwritten = { value };
    if (this.#writing === undefined && this.#cancelPause === undefined) this.#write();
  }

  /** Nothing more is taken; what is not written yet is dropped. */
  drop(): void {
    this.#ended = true;
    this.#unwritten = undefined;
    this.#cancelPause?.();
  }

  /** Nothing more is taken; resolves when the last value is written, or could not be. */
  async flush(): Promise<void> {
    this.#ended = true;
    this.#cancelPause?.();
    await this.#writing;
    if (this.#unwritten !== undefined) this.#write();
    await this.#writing;
  }

  #write(): void {
    const written = this.#unwritten;
    if (written === undefined) return;
    this.#unwritten = undefined;
    this.#writing = this.#note(written).finally(() => {
      this.#writing = undefined;
      if (!this.#ended) this.#pause();
    });
  }

  async #note(written: { readonly value: Json }): Promise<void> {
    try {
      if (await this.#options.note(written.value)) return;
      this.drop();
      this.#options.lost();
    } catch {
      this.#unwritten ??= this.#ended ? undefined : written;
    }
  }

  #pause(): void {
    this.#cancelPause = this.#options.clock.after(this.#options.everyMs, () => {
      this.#cancelPause = undefined;
      this.#write();
    });
  }
}
