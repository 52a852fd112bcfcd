/**
 * Events of this process for open pages, as server-sent events.
 *
 * - numbered: an event has the id `<feed>.<number>`. The newest events are kept, so a page that
 *   lost its connection names the last id that it has seen and gets the later events.
 * - reset: a page that has missed more events than are kept, or was opened before this process
 *   began, gets the event `reset` first, and reads everything anew.
 * - alive: a comment is sent when nothing happens for a while, so that a lost connection is
 *   noticed.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import type { Json } from '../../runtime/ports/json.ts';

interface FeedEvent {
  readonly number: number;
  readonly text: string;
}

const keptMax = 1_000;
const aliveMs = 5_000;

export class EventFeed {
  readonly #name: string;
  readonly #clock: Clock;
  #kept: FeedEvent[] = [];
  #count = 0;
  #readers = 0;
  #isEnded = false;
  readonly #waiting = new Set<() => void>();

  /** `name` tells this feed from that of any other process. */
  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  /** Whether a page is open: work that is only for pages may wait until then. */
  get isRead(): boolean {
    return this.#readers > 0;
  }

  push(type: string, data: Json): void {
    this.#count += 1;
    const id = `${this.#name}.${this.#count}`;
    const text = `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
    this.#kept.push({ number: this.#count, text });
    if (this.#kept.length > 2 * keptMax) this.#kept = this.#kept.slice(-keptMax);
    this.#wake();
  }

  /** Ends all streams. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** The texts of the events after `lastId`; without `lastId`, of the events from now on. */
  async *events(lastId: string | undefined): AsyncGenerator<string> {
    let last = lastId === undefined ? this.#count : this.#numberOf(lastId);
    this.#readers += 1;
    try {
      if (last === undefined) {
        last = this.#count;
        yield `id: ${this.#name}.${last}\nevent: reset\ndata: {}\n\n`;
      } else yield ': hello\n\n';
      while (!this.#isEnded) {
        const since: number = last;
        const unsent: readonly FeedEvent[] = this.#kept.filter(({ number }) => number > since);
        last = unsent.at(-1)?.number ?? last;
        if (unsent.length > 0) yield unsent.map(({ text }) => text).join('');
        else if (await this.#isIdle()) yield ': alive\n\n';
      }
    } finally {
      this.#readers -= 1;
    }
  }

  /** undefined: not all events after the id are kept. */
  #numberOf(lastId: string): number | undefined {
    const [, name, digits] = /^(.*)\.(\d{1,15})$/.exec(lastId) ?? [];
    const number = Number(digits);
    const first = this.#count - this.#kept.length;
    return name === this.#name && number >= first && number <= this.#count ? number : undefined;
  }

  /** Resolves to false at the next event or the end, to true after a while without any. */
  #isIdle(): Promise<boolean> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        resolve(false);
      };
      const idle = (): void => {
        this.#waiting.delete(wake);
        resolve(true);
      };
      const cancel = this.#clock.after(aliveMs, idle, 'background');
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
