/** The transport contract's harness for RabbitMQ: every client goes through a relay of its own, which can be cut. */
import { type Channel, connect } from 'amqplib';
import { systemClock } from '../../../runtime/ports/clock.ts';
import {
  RabbitmqTransport,
  type RabbitmqTransportOptions,
} from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import type { Client, TransportHarness } from '../../contract/transport-contract.ts';
import {
  addBrokerUsers,
  type BrokerUser,
  brokerPassword,
  removeBrokerUsers,
} from '../../support/broker-user.ts';
import { servers } from '../../support/servers.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** A way to the broker that can be cut; not open yet. */
export function newRelay(): TcpProxy {
  const { hostname, port } = new URL(servers.rabbitmq);
  return new TcpProxy({ host: hostname, port: Number(port || 5672) });
}

/** The broker's URL through a relay at `port`. */
export function relayed(port: number): string {
  const url = new URL(servers.rabbitmq);
  url.host = `127.0.0.1:${port}`;
  return url.href;
}

/** Quick to come back, so that tests need not wait. */
export const quickOptions: Omit<RabbitmqTransportOptions, 'urls'> = {
  clock: systemClock,
  random: () => 0.5,
  backoff: { firstDelayMs: 5, delayMaxMs: 50 },
  closeDeadlineMs: 500,
};

/** Runs `work` on a channel of its own, past the transport under test. */
export async function withChannel(work: (channel: Channel) => Promise<unknown>): Promise<void> {
  const connection = await connect(servers.rabbitmq, { noDelay: true });
  await work(await connection.createChannel());
  await connection.close();
}

export class RabbitmqHarness implements TransportHarness {
  readonly #transports: RabbitmqTransport[] = [];
  readonly #relays: TcpProxy[] = [];
  readonly #users: BrokerUser[] = [];

  connect(): Promise<Client> {
    return this.#connect(undefined);
  }

  async connectAs(name: string, writable: RegExp): Promise<Client> {
    const { pathname } = new URL(servers.rabbitmq);
    const vhost = decodeURIComponent(pathname.slice(1)) || '/';
    const write = writable.source;
    const user = { user: name, vhost, configure: '.*', write, read: '.*' };
    this.#users.push(user);
    await addBrokerUsers([user]);
    return this.#connect(user);
  }

  async #connect(user: BrokerUser | undefined): Promise<Client> {
    const relay = newRelay();
    const url = relayed(await relay.start());
    const as = user === undefined ? {} : { user: { name: user.user, password: brokerPassword } };
    const transport = new RabbitmqTransport({ ...quickOptions, urls: [url], ...as });
    this.#transports.push(transport);
    this.#relays.push(relay);
    const name = decodeURIComponent(new URL(servers.rabbitmq).username);
    return { transport, user: user?.user ?? name, cut: () => relay.cut() };
  }

  async deleteQueue(name: string): Promise<void> {
    await withChannel((channel) => channel.deleteQueue(name));
  }

  async dispose(names: {
    readonly queues: readonly string[];
    readonly exchanges: readonly string[];
  }): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
    await Promise.all(this.#relays.map((relay) => relay.stop()));
    await removeBrokerUsers(this.#users);
    await withChannel(async (channel) => {
      for (const name of names.queues) await channel.deleteQueue(name);
      for (const name of names.exchanges) await channel.deleteExchange(name);
    });
  }
}
