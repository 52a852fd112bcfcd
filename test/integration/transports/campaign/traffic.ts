/**
 * The campaign's load: each of some senders sends `add` under a fresh id until it is confirmed, waits for the fact that it was done, and
 * sends the next.
 */
import { systemClock } from '../../../../runtime/ports/clock.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import type { Transport } from '../../../../runtime/ports/transport.ts';
import { pause } from '../../../../runtime/ports/waiting.ts';
import { type AccountFact, accountNames, factsQueue, toAccounts } from './account-service.ts';

/** Between two attempts; with a lost connection each fails at once. */
const retryMs = 50;

export class Traffic {
  readonly #sender: Transport;
  readonly #ending = new AbortController();
  readonly #waiting = new Map<string, () => void>();
  /** By message, the counts its account had after it: more than one is a state that changed twice. */
  readonly #counts = new Map<string, Set<number>>();
  #progress: { readonly at: number; resolve(): void } | undefined;
  #sent = 0;
  #senders: Promise<unknown> = Promise.resolve();

  constructor(sender: Transport) {
    this.#sender = sender;
  }

  /** Messages sent, confirmed or not. */
  get sent(): number {
    return this.#sent;
  }

  /** Messages whose fact has come. */
  get done(): number {
    return this.#counts.size;
  }

  get doubled(): number {
    return [...this.#counts.values()].reduce((total, counts) => total + counts.size - 1, 0);
  }

  async start(collector: Transport, senders: number): Promise<void> {
    await collector.consume(factsQueue, { prefetch: 100 }, async ({ body }) => {
      this.#note(JSON.parse(Buffer.from(body).toString()).data);
      return 'done';
    });
    this.#senders = Promise.all(
      Array.from({ length: senders }, (_, index) => this.#sendOn(`s${index}`)),
    );
  }

  /** Resolves when `count` further messages are done. */
  further(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#progress = { at: this.done + count, resolve };
    });
  }

  /** Resolves when everything that was sent is done. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#senders;
  }

  async #sendOn(name: string): Promise<void> {
    for (let number = 0; !this.#ending.signal.aborted; number += 1)
      await this.#sendOne(`${name}.${number}`, number);
  }

  async #sendOne(id: string, number: number): Promise<void> {
    this.#sent += 1;
    const account = accountNames[number % accountNames.length];
    const body = Buffer.from(JSON.stringify({ action: 'add', data: { account, of: id } }));
    const done = new Promise<void>((resolve) => this.#waiting.set(id, resolve));
    const properties = { messageId: id, contentType: 'application/json', persistent: true };
    await this.#untilConfirmed(() =>
      this.#sender.publish({ ...toAccounts, mandatory: true, properties, body }),
    );
    await done;
  }

  async #untilConfirmed(publish: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await publish();
        return;
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        await pause(systemClock, retryMs, new AbortController().signal);
      }
    }
  }

  #note({ of, count }: AccountFact): void {
    this.#counts.set(of, (this.#counts.get(of) ?? new Set()).add(count));
    this.#waiting.get(of)?.();
    this.#waiting.delete(of);
    if (this.#progress === undefined || this.done < this.#progress.at) return;
    this.#progress.resolve();
    this.#progress = undefined;
  }
}
