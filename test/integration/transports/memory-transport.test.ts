/** The transport contract on the memory broker, in real time. */
import type { Topology } from '../../../config/topology.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { survivesRestart } from '../../contract/transport/restarting.ts';
import {
  type Client,
  type TransportHarness,
  transportContract,
} from '../../contract/transport-contract.ts';
import { suite } from '../../support/suite.ts';

class MemoryHarness implements TransportHarness {
  readonly #broker = new MemoryBroker(systemClock);
  readonly #transports: MemoryTransport[] = [];

  async connect(user = 'guest'): Promise<Client> {
    const name = `client ${this.#transports.length}`;
    const transport = new MemoryTransport(this.#broker, {
      name,
      user,
      reconnectDelayMs: 1,
      closeDeadlineMs: 50,
    });
    this.#transports.push(transport);
    return { transport, user, cut: () => this.#broker.cut(name) };
  }

  connectAs(user: string, writable: RegExp): Promise<Client> {
    this.#broker.limitWrites(user, writable);
    return this.connect(user);
  }

  async deleteQueue(name: string): Promise<void> {
    const queue = this.#broker.topology.findQueue(name);
    if (queue !== undefined) this.#broker.discard(queue);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
  }
}

transportContract(
  'memory transport',
  { isLocal: true, deadlineMs: 5_000 },
  () => new MemoryHarness(),
);

const restarting = suite('memory broker: restarting');

restarting('durable and persistent survive a restart, the rest does not', async () => {
  const broker = new MemoryBroker(systemClock);
  const transports: MemoryTransport[] = [];
  const connect = async (parts: Topology) => {
    const transport = new MemoryTransport(broker, { reconnectDelayMs: 1, closeDeadlineMs: 50 });
    transports.push(transport);
    await transport.open(parts);
    return transport;
  };
  const restart = async () => {
    broker.stop();
    broker.start();
  };
  await survivesRestart({ connect, restart });
  await Promise.all(transports.map((transport) => transport.close()));
});

restarting.run();
