/**
 * Finds the inputs that a message would become in this process if the transport carried it now and
 * the intakes of its receivers took it.
 *
 * Invariants:
 * - The same way: the transport names the queues, and the intakes decode, check and route the
 *   message, as for a message that was carried.
 * - All or none: when a queue is not consumed here over the same journal, or an intake cannot take
 *   the message at once, the message has no inputs.
 */
import type { RoutedInput } from '../messages/input.ts';
import type { Intake } from '../messages/intake.ts';
import { Broken } from '../ports/errors.ts';
import type { OutboxRow } from '../ports/journal-rows.ts';
import type { Route, Transport } from '../ports/transport.ts';
import type { FindAsk, LocalMessage } from '../turn/chain.ts';
import { messageOf } from './outbox-relay.ts';

export interface LocalMessagesOptions {
  /** The connection of a service. */
  readonly transport: (service: string) => Pick<Transport, 'route'>;
  /** The intake of a queue that is consumed here over the same journal. */
  readonly intake: (queue: string) => Pick<Intake, 'local'> | undefined;
}

const nothing = (): void => undefined;
const unknown: LocalMessage = { queues: undefined, inputs: 'no-route', delivered: nothing };

export class LocalMessages {
  readonly #options: LocalMessagesOptions;

  constructor(options: LocalMessagesOptions) {
    this.#options = options;
  }

  /** `asked` finds a question that is not committed yet. */
  find(row: OutboxRow, asked: FindAsk): LocalMessage {
    const route = this.#route(row);
    if (route === undefined) return unknown;
    const queues = route.deliveries.map(({ queue }) => queue);
    const inputs = route.isFree ? (this.#inputs(route, asked) ?? 'not-here') : 'not-free';
    return { queues, inputs, delivered: () => route.delivered() };
  }

  #route(row: OutboxRow): Route | undefined {
    try {
      return this.#options.transport(row.address.service).route?.(messageOf(row));
    } catch (error) {
      if (error instanceof Broken) return undefined;
      throw error;
    }
  }

  #inputs({ deliveries }: Route, asked: FindAsk): readonly RoutedInput[] | undefined {
    const inputs: RoutedInput[] = [];
    for (const delivery of deliveries) {
      const taken = this.#options.intake(delivery.queue)?.local(delivery, asked);
      if (taken === undefined) return undefined;
      inputs.push(...taken);
    }
    return inputs;
  }
}
