/**
 * Looks at actors: a probe asks an actor for a view of its state, and the answer must come in time.
 *
 * Invariant: a probe changes nothing.
 */
import type { Delivery } from '../../../runtime/ports/envelope.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { exchange, routingKeyOf } from './edge-services.ts';
import type { Meant } from './strange-message.ts';

/** The actions that look at an actor and change nothing, by machine. */
const lookActions: Readonly<Record<string, string>> = {
  cart: 'look',
  awkward: 'peek',
  shop: 'watch',
};

export class Probes {
  readonly #transport: Transport;
  readonly #answers = new Map<string, string>();
  #count = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Takes a delivery whose routing key begins with `p.`. */
  take({ routingKey, body }: Delivery): void {
    this.#answers.set(routingKey, Buffer.from(body).toString());
  }

  /** Sends a probe; resolves to the routing key of its answer. */
  async send({ machine, key }: Meant): Promise<string> {
    this.#count += 1;
    const replyTo = `p.${this.#count}`;
    await this.#transport.publish({
      exchange,
      routingKey: routingKeyOf('edge'),
      mandatory: true,
      properties: {
        messageId: `probe ${this.#count}`,
        correlationId: replyTo,
        replyTo,
        appId: 'probe',
        contentType: 'application/json',
        persistent: true,
      },
      body: Buffer.from(JSON.stringify({ action: lookActions[machine], data: { id: key } })),
    });
    return replyTo;
  }

  isAnswered(replyTo: string): boolean {
    return this.#answers.has(replyTo);
  }

  takeAnswer(replyTo: string): string | undefined {
    const answer = this.#answers.get(replyTo);
    this.#answers.delete(replyTo);
    return answer;
  }
}
