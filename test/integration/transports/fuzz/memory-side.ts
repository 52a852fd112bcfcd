/** A script on the memory broker, in still time. */
import type { ExchangeDeclaration, QueueDeclaration } from '../../../../config/topology.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { BrokerRefusal } from '../../../../transports/broker-refusal.ts';
import type { BrokerChannel } from '../../../../transports/memory/broker-channel.ts';
import type { BrokerConnection } from '../../../../transports/memory/broker-connection.ts';
import type { BrokerConsumer } from '../../../../transports/memory/broker-consumer.ts';
import { deliveryOf } from '../../../../transports/memory/delivery-of.ts';
import { MemoryBroker } from '../../../../transports/memory/memory-broker.ts';
import type { MemoryQueue } from '../../../../transports/memory/memory-queue.ts';
import type { QueueEntry } from '../../../../transports/memory/queue-entry.ts';
import type { BrokerSide } from './broker-side.ts';
import { deliveryText, type Observation } from './observation.ts';
import {
  type BindingStep,
  type Publication,
  queueNames,
  type Settlement,
  type Step,
  slotCount,
} from './script.ts';

interface Slot {
  readonly connection: BrokerConnection;
  readonly channel: BrokerChannel;
  readonly consumer: BrokerConsumer;
  readonly unsettled: QueueEntry[];
}

function attempt(step: () => void): string {
  try {
    step();
    return 'ok';
  } catch (error) {
    if (error instanceof BrokerRefusal) return `${error.code} ${error.message}`;
    throw error;
  }
}

export class MemorySide implements BrokerSide {
  readonly #broker = new MemoryBroker(new VirtualClock());
  readonly #main = this.#broker.connect('main', () => undefined);
  readonly #slots: (Slot | undefined)[] = Array.from({ length: slotCount }, () => undefined);
  readonly #received: string[][] = Array.from({ length: slotCount }, () => []);

  async observe(result: string): Promise<Observation> {
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const state = (name: string) => {
      const queue = this.#broker.topology.findQueue(name);
      return queue === undefined
        ? 'none'
        : `${queue.depth}/${queue.consumerCount + this.#lingering(queue)}`;
    };
    const queues = Object.fromEntries(queueNames.map((name) => [name, state(name)]));
    return { result, received: this.#received.map((received) => [...received]), queues };
  }

  /** The step on the first slot, from its own on, where it does something; most would else find nothing to do. */
  aimed(step: Step): Step {
    if (!('slot' in step)) return step;
    const wanted = (slot: Slot | undefined) => {
      if (step.op === 'consume') return slot === undefined;
      return step.op === 'settle' ? (slot?.unsettled.length ?? 0) > 0 : slot !== undefined;
    };
    const candidates = Array.from(
      { length: slotCount },
      (_, index) => (step.slot + index) % slotCount,
    );
    return { ...step, slot: candidates.find((slot) => wanted(this.#slots[slot])) ?? step.slot };
  }

  async declareExchange(exchange: ExchangeDeclaration): Promise<string> {
    return attempt(() => this.#broker.topology.declareExchange(exchange));
  }

  async declareQueue(queue: QueueDeclaration): Promise<string> {
    return attempt(() => this.#broker.topology.declareQueue(queue, this.#main));
  }

  async bindQueue({ source, destination, ...rest }: BindingStep): Promise<string> {
    return attempt(() =>
      this.#broker.topology.bind({ exchange: source, queue: destination, ...rest }, this.#main),
    );
  }

  async unbindQueue({ source, destination, ...rest }: BindingStep): Promise<string> {
    return attempt(() =>
      this.#broker.topology.unbind({ exchange: source, queue: destination, ...rest }),
    );
  }

  async bindExchange({
    source,
    destination,
    routingKey,
    arguments: args,
  }: BindingStep): Promise<string> {
    return attempt(() => this.#broker.topology.bindExchange(destination, source, routingKey, args));
  }

  async deleteQueue(name: string): Promise<string> {
    const queue = this.#broker.topology.findQueue(name);
    if (queue !== undefined) this.#broker.discard(queue);
    return 'ok';
  }

  async deleteExchange(name: string): Promise<string> {
    return attempt(() => this.#broker.topology.deleteExchange(name));
  }

  async publish(messages: readonly Publication[], firstNumber: number): Promise<string> {
    return messages
      .map((message, index) => this.#publishOne(message, firstNumber + index))
      .join(', ');
  }

  async consume(slot: number, name: string, prefetch: number): Promise<string> {
    if (this.#slots[slot] !== undefined) return 'in use';
    const connection = this.#broker.connect('slot', () => undefined);
    const unsettled: QueueEntry[] = [];
    return attempt(() => {
      const queue = this.#broker.topology.queue(name, connection);
      const channel = connection.openChannel();
      const counts = queue.options.type === 'quorum';
      const consumer = channel.consume(queue, prefetch, {
        onDelivery: (entry, redelivered) => {
          unsettled.push(entry);
          const { body, exchange, routingKey, properties } = deliveryOf(
            name,
            entry,
            redelivered,
            counts,
          );
          const text = {
            body: Buffer.from(body).toString(),
            exchange,
            routingKey,
            redelivered,
            headers: properties.headers,
          };
          this.#received[slot]?.push(deliveryText(text));
        },
        onCancelled: () => this.#received[slot]?.push('cancelled'),
      });
      this.#slots[slot] = { connection, channel, consumer, unsettled };
    });
  }

  async settle(slot: number, index: number, how: Settlement, multiple: boolean): Promise<string> {
    const { channel, unsettled } = this.#slots[slot] ?? {};
    if (channel === undefined || unsettled === undefined || unsettled.length === 0)
      return 'nothing';
    const at = index % unsettled.length;
    const [entry] = multiple ? unsettled.splice(0, at + 1).slice(-1) : unsettled.splice(at, 1);
    if (entry === undefined) return 'nothing';
    if (how === 'ack') multiple ? channel.ackThrough(entry) : channel.ack(entry);
    else
      multiple
        ? channel.nackThrough(entry, how === 'requeue')
        : channel.nack(entry, how === 'requeue');
    return 'ok';
  }

  async cancel(slot: number): Promise<string> {
    const used = this.#slots[slot];
    used?.channel.cancel(used.consumer);
    return 'ok';
  }

  async closeChannel(slot: number): Promise<string> {
    const used = this.#slots[slot];
    used?.connection.closeChannel(used.channel);
    this.#slots[slot] = undefined;
    return 'ok';
  }

  async cutConnection(slot: number): Promise<string> {
    this.#slots[slot]?.connection.cut('cut');
    this.#slots[slot] = undefined;
    return 'ok';
  }

  /** RabbitMQ counts a cancelled consumer of a quorum queue until it has settled everything. */
  #lingering(queue: MemoryQueue): number {
    if (queue.options.type === 'classic') return 0;
    return this.#slots.filter(
      (slot) =>
        slot?.consumer.queue === queue && slot.consumer.cancelled && slot.unsettled.length > 0,
    ).length;
  }

  #publishOne(message: Publication, number: number): string {
    const { exchange, routingKey, mandatory, persistent, expirationMs, headers } = message;
    const properties = {
      persistent,
      ...(expirationMs === undefined ? {} : { expirationMs }),
      ...(headers === undefined ? {} : { headers }),
    };
    let outcome = '';
    const refusal = attempt(() => {
      const result = this.#broker.publish({
        exchange,
        routingKey,
        properties,
        body: Buffer.from(String(number)),
      });
      outcome =
        result === 'unroutable' && mandatory
          ? 'returned 312'
          : result === 'refused'
            ? 'refused'
            : 'confirmed';
    });
    return refusal === 'ok' ? outcome : refusal;
  }
}
