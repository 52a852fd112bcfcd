/**
 * Declares a topology on RabbitMQ, and checks the objects that the config does not let this process
 * declare.
 *
 * - Own channel: declarations go through a channel of their own, because a refusal closes the
 *   channel.
 * - Look first: an object with `declare: false` is looked up first (404 if the object is missing)
 *   and then compared by the same declaration again, which creates nothing that exists. A user
 *   without the right to declare (403) only looks.
 */
import type { Channel } from 'amqplib';
import type {
  BindingDeclaration,
  ExchangeDeclaration,
  QueueDeclaration,
  Topology,
} from '../../config/topology.ts';
import type { UnanimousError } from '../../runtime/ports/errors.ts';
import { type BrokerRefusal, declarationError, missingError } from '../broker-refusal.ts';
import { asRefusal, lostError } from './driver-error.ts';
import type { Session } from './session.ts';

type Operation = (channel: Channel) => Promise<unknown>;

/** A channel that is opened at its first use, and again after a refusal. */
export class DeclarationChannel {
  readonly #session: Session;
  #channel: Channel | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The refusal of the broker, if any. Throws `Transient` when the connection is lost. */
  async attempt(operation: Operation): Promise<BrokerRefusal | undefined> {
    try {
      this.#channel ??= await this.#session.openChannel();
      await operation(this.#channel);
      return undefined;
    } catch (error) {
      this.#channel = undefined;
      const refusal = asRefusal(error);
      if (refusal === undefined) throw lostError(error);
      return refusal;
    }
  }

  async close(): Promise<void> {
    if (this.#session.isOpen) await this.#channel?.close().catch(() => undefined);
  }
}

export interface Subject {
  readonly name: string;
  readonly mustExist: boolean;
  readonly look: Operation;
  readonly declare: Operation;
}

export function exchangeSubject({
  name,
  type,
  durable,
  autoDelete,
  declare,
  arguments: args,
}: ExchangeDeclaration): Subject {
  return {
    name: `exchange '${name}'`,
    mustExist: !declare,
    look: (channel) => channel.checkExchange(name),
    declare: (channel) =>
      channel.assertExchange(name, type, { durable, autoDelete, arguments: { ...args } }),
  };
}

export function queueSubject({
  name,
  durable,
  exclusive,
  autoDelete,
  declare,
  arguments: args,
}: QueueDeclaration): Subject {
  return {
    name: `queue '${name}'`,
    mustExist: !declare,
    look: (channel) => channel.checkQueue(name),
    declare: (channel) =>
      channel.assertQueue(name, { durable, exclusive, autoDelete, arguments: { ...args } }),
  };
}

function missingOr(subject: string, refusal: BrokerRefusal): UnanimousError {
  return refusal.code === 404 ? missingError(subject, refusal) : declarationError(subject, refusal);
}

async function declareSubject(channel: DeclarationChannel, subject: Subject): Promise<void> {
  const absent = subject.mustExist ? await channel.attempt(subject.look) : undefined;
  if (absent !== undefined) throw missingOr(subject.name, absent);
  const refusal = await channel.attempt(subject.declare);
  const mayOnlyLook = subject.mustExist && refusal?.code === 403;
  if (refusal !== undefined && !mayOnlyLook) throw declarationError(subject.name, refusal);
}

async function bind(
  channel: DeclarationChannel,
  { exchange, queue, routingKey, arguments: args }: BindingDeclaration,
): Promise<void> {
  const refusal = await channel.attempt((open) =>
    open.bindQueue(queue, exchange, routingKey, { ...args }),
  );
  if (refusal !== undefined)
    throw declarationError(`binding of queue '${queue}' to exchange '${exchange}'`, refusal);
}

/**
 * Throws `Broken` for an object that the broker refuses, with the object and the reason, and
 * `Transient` when the connection is lost.
 */
export async function declareTopology(session: Session, topology: Topology): Promise<void> {
  const channel = new DeclarationChannel(session);
  for (const exchange of topology.exchanges)
    await declareSubject(channel, exchangeSubject(exchange));
  for (const queue of topology.queues) await declareSubject(channel, queueSubject(queue));
  for (const binding of topology.bindings) await bind(channel, binding);
  await channel.close();
}
