/**
 * The senders who have repeated a question that is still in progress. Each of them gets the answer
 * when it is made.
 *
 * Invariants:
 * - Durable: the list is part of the actor's stored family, so any process can answer.
 * - Bounded: at most 16 senders wait for one message, and 256 for one actor. The sender who has
 *   waited longest goes first. A sender who repeats the question again is on the list once.
 */
import type { ReplyAddress } from '../step/effects.ts';
import type { Family } from '../step/family.ts';

const ofMessageMax = 16;
const ofActorMax = 256;
const nobody: readonly ReplyAddress[] = [];

export class WaitingSenders {
  #all: readonly ReplyAddress[];

  constructor(family: Family | undefined) {
    this.#all = family?.waiting ?? nobody;
  }

  add(sender: ReplyAddress): void {
    const others = this.#all.filter((other) => !isSame(other, sender));
    const ofMessage = others.filter(({ messageId }) => messageId === sender.messageId);
    const first = ofMessage.length < ofMessageMax ? undefined : ofMessage[0];
    const kept = others.filter((other) => other !== first);
    this.#all = [...kept.slice(1 - ofActorMax), sender];
  }

  /** Those who wait for the answer to the message, except `answered`. They wait no longer. */
  take(answered: ReplyAddress): readonly ReplyAddress[] {
    if (this.#all.length === 0) return nobody;
    const { messageId } = answered;
    const taken = this.#all.filter((sender) => sender.messageId === messageId);
    if (taken.length > 0) this.#all = this.#all.filter((sender) => sender.messageId !== messageId);
    return taken.filter((sender) => !isSame(sender, answered));
  }

  /** The actor has ended: nobody answers any more. */
  end(): void {
    this.#all = nobody;
  }

  /** The family with this list. */
  keptIn(family: Family): Family {
    if (this.#all === (family.waiting ?? nobody)) return family;
    const { waiting: _, ...others } = family;
    return this.#all.length === 0 ? others : { ...others, waiting: this.#all };
  }
}

function isSame(one: ReplyAddress, other: ReplyAddress): boolean {
  return (
    one.messageId === other.messageId &&
    one.exchange === other.exchange &&
    one.routingKey === other.routingKey &&
    one.correlationId === other.correlationId
  );
}
