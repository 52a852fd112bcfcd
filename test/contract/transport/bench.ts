/** The clients, names and queues of one contract test; everything is gone after it. */
import type { Topology } from '../../../config/topology.ts';
import type { BrokerObjects, Transport } from '../../../runtime/ports/transport.ts';
import {
  type Client,
  queue as declareQueue,
  type MessageParts,
  message,
  type TransportHarness,
  topology,
} from './harness.ts';

const prefix = `contract.${process.pid}.${process.hrtime.bigint().toString(36)}`;
let count = 0;

export class Bench {
  readonly harness: TransportHarness;
  readonly #queues = new Set<string>();
  readonly #exchanges = new Set<string>();

  constructor(harness: TransportHarness) {
    this.harness = harness;
  }

  /** A queue name no other test uses. */
  queue(): string {
    const name = this.#name('q');
    this.#queues.add(name);
    return name;
  }

  exchange(): string {
    const name = this.#name('x');
    this.#exchanges.add(name);
    return name;
  }

  /** Objects that something else declares; they go with those of the test. */
  willBeDeclared({ queues, exchanges }: Topology): void {
    for (const { name } of queues) this.#queues.add(name);
    for (const { name } of exchanges) this.#exchanges.add(name);
  }

  async open(parts: Partial<BrokerObjects> = {}): Promise<Transport> {
    return (await this.client(parts)).transport;
  }

  async client(parts: Partial<BrokerObjects> = {}): Promise<Client> {
    const client = await this.harness.connect();
    await client.transport.open(topology(parts));
    return client;
  }

  /** An open transport with one classic queue. */
  async withQueue(): Promise<{ transport: Transport; queue: string }> {
    const queue = this.queue();
    return { transport: await this.open({ queues: [declareQueue(queue)] }), queue };
  }

  /** Publishes to a queue through the default exchange, one message a body, all at once. */
  async send(transport: Transport, queue: string, ...bodies: string[]): Promise<void> {
    await Promise.all(
      bodies.map((body) => transport.publish(message({ routingKey: queue, body }))),
    );
  }

  async publish(transport: Transport, parts: MessageParts): Promise<string> {
    return (await transport.publish(message(parts))).kind;
  }

  dispose(): Promise<void> {
    return this.harness.dispose({ queues: [...this.#queues], exchanges: [...this.#exchanges] });
  }

  #name(kind: string): string {
    count += 1;
    return `${prefix}.${kind}${count}`;
  }
}
