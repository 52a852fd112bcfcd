/**
 * The messages that ephemeral actors have handled. No journal remembers these messages, so a
 * message that comes again is handled again; another message under the same id is still found here.
 *
 * Invariants:
 * - Bounded: at most 10 000 messages, for at most 10 minutes. The newest 5 000 are always kept.
 * - First come: the first message under an id keeps the id.
 * - Short keys: the entry of the first actor that gets a message has the message's id as its key.
 *   The entry of a further actor has a key of id and actor, and renews the first entry. So the
 *   first entry is never forgotten before the others.
 */
import type { Input } from '../messages/input.ts';
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { InboxEntry } from '../ports/journal-rows.ts';
import { RecentMap } from './recent-map.ts';

const max = 10_000;
const keptMs = 600_000;
const noneSeen: readonly InboxEntry[] = [];

interface Kept {
  readonly actor: string;
  readonly entry: InboxEntry;
  readonly atMs: number;
}

export class EphemeralInbox {
  readonly #now: () => number;
  /** By identity, and for further actors by identity and actor. */
  readonly #kept = new RecentMap<Kept>(max);

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The entries of the inputs whose ids were handled before, also with another content. */
  seen(inputs: readonly Input[]): readonly InboxEntry[] {
    let seen = noneSeen;
    for (const input of inputs) {
      if (input.kind !== 'event' || input.identity === undefined) continue;
      const entry = this.#find(input.address, input.identity);
      if (entry !== undefined) seen = [...seen, entry];
    }
    return seen;
  }

  /** The input is committed. */
  handled(input: Input): void {
    if (input.kind !== 'event' || input.identity === undefined) return;
    const { address, identity: messageId, digest = '' } = input;
    if (this.#find(address, messageId) !== undefined) return;
    const actor = addressId(address);
    const kept: Kept = { actor, entry: { messageId, digest }, atMs: this.#now() };
    const first = this.#kept.get(messageId);
    if (first === undefined || isOf(first, actor, messageId)) {
      this.#kept.set(messageId, kept);
      return;
    }
    this.#kept.renew(messageId);
    this.#kept.set(keyOf(actor, messageId), kept);
  }

  #find(address: ActorAddress, identity: string): InboxEntry | undefined {
    const first = this.#kept.get(identity);
    if (first === undefined) return undefined;
    const actor = addressId(address);
    const kept = isOf(first, actor, identity) ? first : this.#kept.get(keyOf(actor, identity));
    if (kept === undefined || !isOf(kept, actor, identity)) return undefined;
    return this.#now() - kept.atMs < keptMs ? kept.entry : undefined;
  }
}

/** An id that strangers choose may look like a key of another pair. */
function isOf({ actor, entry }: Kept, ofActor: string, identity: string): boolean {
  return actor === ofActor && entry.messageId === identity;
}

/** No address has a NUL in its id, so no two pairs have one key. */
function keyOf(actor: string, identity: string): string {
  return `${actor}\0${identity}`;
}
