/**
 * One connection to a broker, from its handshake to its end. It is never mended: after its end there is a new one.
 *
 * 1. `onEnd` is called once, after the channels of the connection have closed.
 * 2. Every channel has an error listener, because an amqplib channel without one ends the process.
 */
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { Broken, Transient } from '../../runtime/ports/errors.ts';
import { coalesceWrites } from './coalesced-writes.ts';
import { connectError } from './driver-error.ts';

export interface ConnectOptions {
  /** Broker addresses, tried in this order. */
  readonly urls: readonly string[];
  /** How the broker lists the connection. */
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

/** amqplib does not name its socket in its types. */
function streamOf(model: ChannelModel): Duplex {
  return (model as unknown as { connection: { stream: Duplex } }).connection.stream;
}

export class Session {
  readonly #model: ChannelModel;
  #open = true;

  constructor(model: ChannelModel, events: SessionEvents) {
    this.#model = model;
    coalesceWrites(streamOf(model));
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

  /** Says goodbye to the broker. Frames of open channels may be overtaken: close those first. */
  async close(): Promise<void> {
    if (this.#open) await this.#model.close();
  }

  /** Drops the socket, for a broker that does not answer. */
  destroy(): void {
    if (!this.#open) return;
    streamOf(this.#model).destroy(new Error('given up'));
  }
}

/** The address without user and password. */
function publicAddress(address: URL): string {
  return `${address.protocol}//${address.host}${address.pathname}`;
}

function withHeartbeat(address: URL, heartbeatSeconds: number): string {
  if (!address.searchParams.has('heartbeat'))
    address.searchParams.set('heartbeat', String(heartbeatSeconds));
  return address.href;
}

async function connectTo(url: string, options: ConnectOptions): Promise<ChannelModel> {
  if (!URL.canParse(url)) throw new Broken('config-invalid', 'a broker address is not a URL');
  const address = new URL(url);
  try {
    return await connect(withHeartbeat(address, options.heartbeatSeconds), {
      ...options.tls,
      noDelay: true, // without it a request and its answer take 42 ms instead of 0.3
      timeout: options.connectTimeoutMs,
      clientProperties: { connection_name: options.connectionName },
    });
  } catch (error) {
    throw connectError(publicAddress(address), error);
  }
}

/**
 * Connects to the first address that lets us. Throws `Broken` when every one refuses us or is no address, else `Transient`;
 * the message names each with its reason.
 */
export async function connectToAny(
  options: ConnectOptions,
  events: SessionEvents,
): Promise<Session> {
  const failures: unknown[] = [];
  for (const url of options.urls) {
    try {
      return new Session(await connectTo(url, options), events);
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
