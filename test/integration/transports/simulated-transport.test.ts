/** The transport contract on the simulated broker without faults, in real time. */
import { systemClock } from '../../../runtime/ports/clock.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { SimulatedBroker } from '../../../transports/simulated/simulated-broker.ts';
import type { SimulatedTransport } from '../../../transports/simulated/simulated-transport.ts';
import {
  type Client,
  type TransportHarness,
  transportContract,
} from '../../contract/transport-contract.ts';

class SimulatedHarness implements TransportHarness {
  readonly #broker = new SimulatedBroker({
    clock: systemClock,
    chance: seededChance(1),
    handsOver: () => true,
  });
  readonly #transports: SimulatedTransport[] = [];

  async connect(user = 'guest'): Promise<Client> {
    const transport = this.#broker.transport('client', {
      user,
      reconnectDelayMs: 1,
      closeDeadlineMs: 50,
    });
    this.#transports.push(transport);
    return { transport, user, cut: () => this.#broker.cut(transport.name) };
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
  'simulated transport',
  { isLocal: true, deadlineMs: 5_000 },
  () => new SimulatedHarness(),
);
