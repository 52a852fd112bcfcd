/** The transport contract on the memory broker, in real time. */
import { systemClock } from '../../../runtime/clock.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { type Client, type TransportHarness, transportContract } from '../../contract/transport-contract.ts';

class MemoryHarness implements TransportHarness {
  readonly #broker = new MemoryBroker(systemClock);
  readonly #transports: MemoryTransport[] = [];

  async connect(): Promise<Client> {
    const name = `client ${this.#transports.length}`;
    const transport = new MemoryTransport(this.#broker, { name, reconnectDelayMs: 1, closeDeadlineMs: 50 });
    this.#transports.push(transport);
    return { transport, cut: () => this.#broker.cut(name) };
  }

  async deleteQueue(name: string): Promise<void> {
    const queue = this.#broker.topology.findQueue(name);
    if (queue !== undefined) this.#broker.discard(queue);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
  }
}

transportContract('memory transport', { deadlineMs: 5_000 }, () => new MemoryHarness());
