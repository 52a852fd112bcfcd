/**
 * What the messages of ephemeral actors said. No journal remembers these messages, so a message that
 * comes again is handled again; another message under the same id is still found here.
 *
 * Invariants:
 * - Bounded: at most 10 000 messages, for at most 10 minutes. The newest 5 000 are always kept.
 * - First come: the first message under an id keeps the id.
 */
import type { Input } from '../messages/input.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { InboxEntry } from '../ports/journal-rows.ts';
import { RecentMap } from './recent-map.ts';

const max = 10_000;
const keptMs = 600_000;
const noneSeen: readonly InboxEntry[] = [];

interface Kept {
  readonly entry: InboxEntry;
  readonly atMs: number;
}

export class EphemeralInbox {
  readonly #now: () => number;
  /** By actor and identity. */
  readonly #kept = new RecentMap<Kept>(max);

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The messages among the inputs that were handled before, or whose ids were. */
  seen(inputs: readonly Input[]): readonly InboxEntry[] {
    let seen = noneSeen;
    for (const input of inputs) {
      if (input.kind !== 'event' || input.identity === undefined) continue;
      const entry = this.#find(keyOf(input.address, input.identity));
      if (entry !== undefined) seen = [...seen, entry];
    }
    return seen;
  }

  /** The input is committed. */
  handled(input: Input): void {
    if (input.kind !== 'event' || input.identity === undefined) return;
    const key = keyOf(input.address, input.identity);
    if (this.#find(key) !== undefined) return;
    const { identity: messageId, digest = '' } = input;
    this.#kept.set(key, { entry: { messageId, digest }, atMs: this.#now() });
  }

  #find(key: string): InboxEntry | undefined {
    const kept = this.#kept.get(key);
    return kept !== undefined && this.#now() - kept.atMs < keptMs ? kept.entry : undefined;
  }
}

/** No address has a NUL in its id, so no two pairs have one key. */
function keyOf(address: ActorAddress, identity: string): string {
  return `${addressId(address)}\0${identity}`;
}
