/** What a transport's test must provide for the contract suite, and the names, declarations and messages it is written with. */
import type {
  Arguments,
  BindingDeclaration,
  ExchangeDeclaration,
  ExchangeType,
  QueueDeclaration,
  Topology,
} from '../../../config/topology.ts';
import type { MessageProperties, OutgoingMessage } from '../../../runtime/ports/envelope.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';

export interface Client {
  readonly transport: Transport;
  /** The user of its connection. */
  readonly user: string;
  /** Cuts its connection, as a network does. */
  cut(): void;
}

export interface TransportHarness {
  /** A client with a connection of its own, not open yet. The harness closes it. */
  connect(): Promise<Client>;
  /** The same, as a user of its own who may declare and read everything, and write where the pattern matches. */
  connectAs(name: string, writable: RegExp): Promise<Client>;
  /** Deletes a queue behind everybody's back. */
  deleteQueue(name: string): Promise<void>;
  /** Closes every client and deletes what they declared. */
  dispose(names: {
    readonly queues: readonly string[];
    readonly exchanges: readonly string[];
  }): Promise<void>;
}

export function exchange(
  name: string,
  type: ExchangeType = 'direct',
  args: Arguments = {},
): ExchangeDeclaration {
  return { name, type, durable: true, autoDelete: false, declare: true, arguments: args };
}

export function queue(name: string, args: Arguments = {}): QueueDeclaration {
  return {
    name,
    durable: true,
    exclusive: false,
    autoDelete: false,
    declare: true,
    arguments: args,
  };
}

export function quorumQueue(name: string, args: Arguments = {}): QueueDeclaration {
  return queue(name, { 'x-queue-type': 'quorum', ...args });
}

export function binding(
  exchangeName: string,
  queueName: string,
  routingKey = '',
  args: Arguments = {},
): BindingDeclaration {
  return { exchange: exchangeName, queue: queueName, routingKey, arguments: args };
}

export function topology(parts: Partial<Topology>): Topology {
  return { exchanges: [], queues: [], bindings: [], ...parts };
}

export interface MessageParts {
  readonly exchange?: string;
  readonly routingKey: string;
  readonly mandatory?: boolean;
  readonly body?: string | Uint8Array;
  readonly properties?: Partial<MessageProperties>;
}

export function message({
  exchange: to = '',
  routingKey,
  mandatory = false,
  body = '',
  properties = {},
}: MessageParts): OutgoingMessage {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    exchange: to,
    routingKey,
    mandatory,
    properties: { persistent: true, ...properties },
    body: bytes,
  };
}
