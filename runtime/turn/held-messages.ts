/**
 * The messages of ephemeral actors that still live. No journal stores these actors, so only the
 * unacknowledged deliveries of their messages survive a crash.
 */
import type { Input } from '../messages/input.ts';
import { addressId } from '../ports/address.ts';
import type { CommittedTurn } from './batch-commit.ts';

export class HeldMessages {
  readonly #held = new Map<string, Input[]>();

  /**
   * Holds the messages of an actor that lives on. Returns the inputs to settle: those that are no
   * messages, and when the actor has ended, all that were held for it.
   */
  take({ commit, handled }: CommittedTurn): readonly Input[] {
    const isLiving = commit.record !== null;
    if (!isLiving && this.#held.size === 0) return handled;
    const id = addressId(commit.address);
    const held = this.#held.get(id) ?? [];
    if (!isLiving) {
      this.#held.delete(id);
      return [...held, ...handled];
    }
    held.push(...handled.filter(({ kind }) => kind === 'event'));
    this.#held.set(id, held);
    return handled.filter(({ kind }) => kind !== 'event');
  }

  /** The process stops: gives all messages back. */
  giveBack(): void {
    for (const inputs of this.#held.values()) for (const input of inputs) input.settle('retry');
    this.#held.clear();
  }
}
