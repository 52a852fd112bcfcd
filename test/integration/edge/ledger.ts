/**
 * What became of every message: lines of history of committed turns, answers, and dead letters, by tag.
 *
 * Boundary: notes, and judges nothing; `verdict.ts` judges.
 */

import { type ActorAddress, addressId } from '../../../runtime/ports/address.ts';
import type { StoredDeadLetter } from '../../../runtime/ports/dead-letter.ts';
import type { Delivery } from '../../../runtime/ports/envelope.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import { answersQueue } from './strange-message.ts';
import { historyTopic, tagsIn } from './traces.ts';

export interface Fate {
  /** How often each actor has handled the message, by address. */
  readonly handled: Map<string, number>;
  readonly answers: string[];
  readonly reasons: string[];
}

export class Ledger {
  readonly #fates = new Map<string, Fate>();
  /** Actors that commits have touched since they were taken. */
  readonly #touched = new Map<string, ActorAddress>();
  /** Dead letters in which no tag is left. */
  untraced = 0;

  of(tag: string): Fate {
    let fate = this.#fates.get(tag);
    if (fate === undefined) {
      fate = { handled: new Map(), answers: [], reasons: [] };
      this.#fates.set(tag, fate);
    }
    return fate;
  }

  forget(tags: readonly string[]): void {
    for (const tag of tags) this.#fates.delete(tag);
  }

  committed(turns: readonly TurnCommit[]): void {
    for (const { address, history } of turns) {
      this.#touched.set(addressId(address), address);
      for (const { topic, line } of history) {
        if (topic !== historyTopic) continue;
        const { handled } = this.of(String(line['tag']));
        const actor = addressId(address);
        handled.set(actor, (handled.get(actor) ?? 0) + 1);
      }
    }
  }

  takeTouched(): readonly ActorAddress[] {
    const touched = [...this.#touched.values()];
    this.#touched.clear();
    return touched;
  }

  /** An answer reaches the routing key that its question named, or the queue of the fuzzer. */
  answered({ routingKey, properties, body }: Delivery): void {
    const name = routingKey === answersQueue ? (properties.correlationId ?? '') : routingKey;
    const [tag] = tagsIn(name);
    if (tag === undefined || !name.endsWith(tag)) return;
    this.of(tag).answers.push(Buffer.from(body).toString());
  }

  died({ properties, body, reason }: StoredDeadLetter): void {
    const bytes = Buffer.from(body, 'base64').toString('latin1');
    // The body first: a message may have the id of another message.
    const tags = tagsIn(bytes);
    const found = tags.length > 0 ? tags : tagsIn(JSON.stringify(properties));
    if (found.length === 0) this.untraced += 1;
    for (const tag of found) this.of(tag).reasons.push(reason);
  }
}
