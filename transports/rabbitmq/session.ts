/**
 * One connection to a broker, from the handshake to the end of the connection. A session is never
 * mended: after its end the transport opens a new session.
 *
 * - One end: `onEnd` is called once, after the channels of the connection have closed.
 * - Listened to: every channel has an error listener, because an error of an amqplib channel without
 *   a listener ends the process.
 * - Parts: amqplib gets the parts of an address and never a URL, which amqplib would read with other
 *   rules than `broker-address.ts`.
 */
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { Broken, Transient } from '../../runtime/ports/errors.ts';
import type { BrokerAddress } from './broker-address.ts';
import { coalesceWrites } from './coalesced-writes.ts';
import { connectError } from './driver-error.ts';
import { keepOpeningRefusals } from './opening-refusal.ts';
import { type FrameReader, readEveryHeader } from './readable-headers.ts';

export interface ConnectOptions {
  /** Tried in this order. */
  readonly addresses: readonly BrokerAddress[];
  /** The name of the connection in the broker's list. */
  readonly connectionName: string;
  readonly heartbeatSeconds: number;
  readonly connectTimeoutMs: number;
  /** For `amqps:` addresses: `ca`, `cert`, `key`, … */
  readonly tls: ConnectionOptions;
}

export interface SessionEvents {
  onBlocked(blocked: boolean): void;
  onEnd(reason: string): void;
}

function ignore(): void {}

/** The types of amqplib leave the connection below the model out. */
function connectionOf(model: ChannelModel): FrameReader & { readonly stream: Duplex } {
  return (model as unknown as { connection: FrameReader & { stream: Duplex } }).connection;
}

export class Session {
  /** The user of the connection, as the URL names the user. */
  readonly user: string;
  readonly #model: ChannelModel;
  #open = true;

  constructor(model: ChannelModel, user: string, events: SessionEvents) {
    this.#model = model;
    this.user = user;
    const connection = connectionOf(model);
    coalesceWrites(connection.stream);
    readEveryHeader(connection);
    let reason = 'closed';
    model.on('error', (error) => {
      reason = error.message;
    });
    model.on('blocked', () => events.onBlocked(true));
    model.on('unblocked', () => events.onBlocked(false));
    model.on('close', (error) => {
      this.#open = false;
      events.onEnd(error?.message ?? reason);
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  async openChannel(): Promise<Channel> {
    const channel = await this.#model.createChannel();
    channel.on('error', ignore);
    return channel;
  }

  async openConfirmChannel(): Promise<ConfirmChannel> {
    const channel = await this.#model.createConfirmChannel();
    channel.on('error', ignore);
    return channel;
  }

  /** Closes the connection in order. Frames of open channels may be lost: close the channels first. */
  async close(): Promise<void> {
    if (this.#open) await this.#model.close();
  }

  /** Drops the socket, for a broker that does not answer. */
  destroy(): void {
    if (!this.#open) return;
    connectionOf(this.#model).stream.destroy(new Error('given up'));
  }
}

async function connectTo(address: BrokerAddress, options: ConnectOptions): Promise<ChannelModel> {
  keepOpeningRefusals();
  const { protocol, host: hostname, port, user: username, password, channelMax } = address;
  const parts = {
    protocol,
    hostname,
    port,
    username,
    password,
    vhost: encodeURIComponent(address.virtualHost), // amqplib decodes the name once more
    heartbeat: address.heartbeatSeconds ?? options.heartbeatSeconds,
    ...(channelMax === undefined ? {} : { channelMax }),
  };
  try {
    return await connect(parts, {
      ...options.tls,
      noDelay: true, // without this option a request and its answer take 42 ms instead of 0.3
      timeout: address.connectTimeoutMs ?? options.connectTimeoutMs,
      clientProperties: { connection_name: options.connectionName },
    });
  } catch (error) {
    throw connectError(address.text, error);
  }
}

/**
 * Connects to the first address whose broker accepts the connection. Throws `Broken` when every
 * broker refuses, else `Transient`; the message names each address with its reason.
 */
export async function connectToAny(
  options: ConnectOptions,
  events: SessionEvents,
): Promise<Session> {
  const failures: unknown[] = [];
  for (const address of options.addresses) {
    try {
      return new Session(await connectTo(address, options), address.user, events);
    } catch (error) {
      failures.push(error);
    }
  }
  const message = failures
    .map((failure) => (failure instanceof Error ? failure.message : String(failure)))
    .join('; ');
  if (failures.every((failure) => failure instanceof Broken))
    throw new Broken('config-invalid', message || 'no broker address is given');
  throw new Transient('not-reachable', message);
}
