/**
 * What the messages of ephemeral actors said. No journal remembers these messages, so a message that
 * comes again is handled again; another message under the same id is still found here.
 *
 * Invariants:
 * - Bounded: at most 10 000 messages, for at most 10 minutes.
 * - First come: the first message under an id keeps the id.
 */
import type { Input } from '../messages/input.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { InboxEntry } from '../ports/journal-rows.ts';

const max = 10_000;
const keptMs = 600_000;
const noneSeen: readonly InboxEntry[] = [];

interface Kept {
  readonly entry: InboxEntry;
  readonly atMs: number;
}

export class EphemeralInbox {
  readonly #now: () => number;
  /** By actor and identity; the oldest comes first. */
  readonly #kept = new Map<string, Kept>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The messages among the inputs that were handled before, or whose ids were. */
  seen(inputs: readonly Input[]): readonly InboxEntry[] {
    if (this.#kept.size === 0) return noneSeen;
    return inputs.flatMap((input) => {
      if (input.kind !== 'event' || input.identity === undefined) return [];
      return this.#find(keyOf(input.address, input.identity)) ?? [];
    });
  }

  /** The input is committed. */
  handled(input: Input): void {
    if (input.kind !== 'event' || input.identity === undefined) return;
    const key = keyOf(input.address, input.identity);
    if (this.#find(key) !== undefined) return;
    const { identity: messageId, digest = '' } = input;
    this.#kept.set(key, { entry: { messageId, digest }, atMs: this.#now() });
    if (this.#kept.size > max) this.#deleteFirst();
  }

  #find(key: string): InboxEntry | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (this.#now() - kept.atMs < keptMs) return kept.entry;
    this.#kept.delete(key);
    return undefined;
  }

  #deleteFirst(): void {
    for (const key of this.#kept.keys()) {
      this.#kept.delete(key);
      return;
    }
  }
}

/** JSON, so that no two pairs have one key. */
function keyOf(address: ActorAddress, identity: string): string {
  return JSON.stringify([addressId(address), identity]);
}
