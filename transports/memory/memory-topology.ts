/**
 * The exchanges, queues and bindings of a broker, and the operations on them (AMQP 0-9-1 §1.6, §1.7).
 *
 * - Refusals: operations throw `BrokerRefusal` with RabbitMQ's code and reason.
 * - Bindings: the deletion of a queue or an exchange deletes its bindings. An auto-delete exchange is
 *   deleted with its last binding.
 * - Exclusive queues: only the connection that declared an exclusive queue may use the queue (405).
 */
import type {
  Arguments,
  BindingDeclaration,
  ExchangeDeclaration,
  ExchangeType,
  QueueDeclaration,
} from '../../config/topology.ts';
import { BrokerRefusal } from '../broker-refusal.ts';
import { argumentType } from './argument-types.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { assertExchangeEquivalent, assertQueueEquivalent } from './equivalence.ts';
import { matchKinds } from './headers-match.ts';
import { MemoryExchange } from './memory-exchange.ts';
import { MemoryQueue, type QueueHost } from './memory-queue.ts';
import { Router } from './router.ts';

const predeclared: readonly [string, ExchangeType][] = [
  ['amq.direct', 'direct'],
  ['amq.fanout', 'fanout'],
  ['amq.topic', 'topic'],
  ['amq.headers', 'headers'],
  ['amq.match', 'headers'],
];

function notFound(kind: 'queue' | 'exchange', name: string): BrokerRefusal {
  return new BrokerRefusal(404, `NOT_FOUND - no ${kind} '${name}' in vhost '/'`);
}

function locked(name: string): BrokerRefusal {
  const text = `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${name}' in vhost '/'. `;
  return new BrokerRefusal(
    405,
    `${text}It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.`,
  );
}

function assertNotReserved(kind: 'queue' | 'exchange', name: string): void {
  if (name.startsWith('amq.'))
    throw new BrokerRefusal(
      403,
      `ACCESS_REFUSED - ${kind} name '${name}' contains reserved prefix 'amq.*'`,
    );
}

function assertNotDefault(exchange: string): void {
  if (exchange === '')
    throw new BrokerRefusal(
      403,
      'ACCESS_REFUSED - operation not permitted on the default exchange',
    );
}

function assertMatchKind(args: Arguments): void {
  const kind = args['x-match'];
  if (kind === undefined || matchKinds.includes(kind)) return;
  const found =
    typeof kind === 'string'
      ? `value <<"${kind}">>; expected all, any, all-with-x, or any-with-x`
      : `type ${argumentType(kind)} (value ${kind}); expected longstr`;
  throw new BrokerRefusal(406, `PRECONDITION_FAILED - Invalid x-match field ${found}`);
}

export class MemoryTopology {
  readonly router: Router;
  readonly #host: QueueHost;
  readonly #exchanges = new Map<string, MemoryExchange>();
  readonly #queues = new Map<string, MemoryQueue>();

  constructor(host: QueueHost) {
    this.#host = host;
    this.router = new Router(this.#exchanges);
    for (const [name, type] of predeclared) {
      this.#exchanges.set(
        name,
        new MemoryExchange({
          name,
          type,
          durable: true,
          autoDelete: false,
          declare: true,
          arguments: {},
        }),
      );
    }
  }

  declareExchange(declaration: ExchangeDeclaration): void {
    assertNotDefault(declaration.name);
    const existing = this.#exchanges.get(declaration.name);
    if (existing === undefined) this.#createExchange(declaration);
    else assertExchangeEquivalent(declaration, existing.declaration);
  }

  declareQueue(asked: QueueDeclaration, connection: BrokerConnection): void {
    // RabbitMQ takes an exclusive queue for transient, whatever is asked for.
    const declaration = { ...asked, durable: asked.durable && !asked.exclusive };
    const owner = declaration.exclusive ? connection : undefined;
    const existing = this.#queues.get(declaration.name);
    if (existing === undefined) this.#createQueue(declaration, owner);
    else if (existing.owner !== owner) throw locked(declaration.name);
    else {
      assertQueueEquivalent(declaration, existing.declaration);
      existing.touch();
    }
  }

  /** The exchange, which must exist (404). */
  exchange(name: string): MemoryExchange {
    const exchange = this.#exchanges.get(name);
    if (exchange === undefined) throw notFound('exchange', name);
    return exchange;
  }

  /** The queue, which must exist (404) and must not belong to another connection (405). */
  queue(name: string, connection: BrokerConnection): MemoryQueue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw notFound('queue', name);
    if (queue.owner !== undefined && queue.owner !== connection) throw locked(name);
    return queue;
  }

  /** The default exchange always exists. */
  hasExchange(name: string): boolean {
    return name === '' || this.#exchanges.has(name);
  }

  findQueue(name: string): MemoryQueue | undefined {
    return this.#queues.get(name);
  }

  bind(binding: BindingDeclaration, connection: BrokerConnection): void {
    assertNotDefault(binding.exchange);
    const exchange = this.exchange(binding.exchange);
    const destination = this.queue(binding.queue, connection);
    this.#addBinding(exchange, destination, binding.routingKey, binding.arguments);
  }

  /** Removes a binding. Without the binding nothing changes. */
  unbind({ exchange: source, queue, routingKey, arguments: args }: BindingDeclaration): void {
    assertNotDefault(source);
    const [exchange, destination] = [this.#exchanges.get(source), this.#queues.get(queue)];
    if (exchange === undefined || destination === undefined) return;
    if (exchange.unbind(destination, routingKey, args)) this.#unbound(exchange);
  }

  /** Messages that reach `source` under a matching key also reach `destination`. */
  bindExchange(destination: string, source: string, routingKey: string, args: Arguments): void {
    for (const name of [source, destination]) assertNotDefault(name);
    const exchange = this.exchange(source);
    this.#addBinding(exchange, this.exchange(destination), routingKey, args);
  }

  deleteQueue(queue: MemoryQueue): void {
    if (this.#queues.get(queue.name) !== queue) return;
    this.#queues.delete(queue.name);
    this.#unbindEverywhere(queue);
    queue.delete();
  }

  deleteExchange(name: string): void {
    assertNotDefault(name);
    const exchange = this.#exchanges.get(name);
    if (exchange === undefined) return;
    assertNotReserved('exchange', name);
    this.#exchanges.delete(name);
    this.#unbindEverywhere(exchange);
  }

  /** The connection has ended: its exclusive queues are deleted. */
  releaseExclusive(connection: BrokerConnection): void {
    for (const queue of [...this.#queues.values()])
      if (queue.owner === connection) this.deleteQueue(queue);
  }

  /** A restart of the broker: keeps the durable exchanges and queues. */
  recover(): void {
    for (const queue of [...this.#queues.values()]) {
      if (queue.declaration.durable) queue.recover();
      else this.deleteQueue(queue);
    }
    for (const exchange of [...this.#exchanges.values()])
      if (!exchange.declaration.durable) this.deleteExchange(exchange.name);
  }

  #createExchange(declaration: ExchangeDeclaration): void {
    assertNotReserved('exchange', declaration.name);
    const alternate = declaration.arguments['alternate-exchange'];
    if (alternate !== undefined && typeof alternate !== 'string') {
      const where = `for arg 'alternate-exchange' in exchange '${declaration.name}' in vhost '/'`;
      throw new BrokerRefusal(
        406,
        `PRECONDITION_FAILED - invalid type '${argumentType(alternate)}' ${where}`,
      );
    }
    this.#exchanges.set(declaration.name, new MemoryExchange(declaration));
    this.router.invalidate();
  }

  #createQueue(declaration: QueueDeclaration, owner: BrokerConnection | undefined): void {
    assertNotReserved('queue', declaration.name);
    this.#queues.set(declaration.name, new MemoryQueue(declaration, owner, this.#host));
    this.router.invalidate();
  }

  #addBinding(
    exchange: MemoryExchange,
    destination: MemoryQueue | MemoryExchange,
    routingKey: string,
    args: Arguments,
  ): void {
    if (exchange.declaration.type === 'headers') assertMatchKind(args);
    exchange.bind({ routingKey, arguments: args, destination });
    this.router.invalidate();
  }

  #unbindEverywhere(destination: MemoryQueue | MemoryExchange): void {
    this.router.invalidate();
    for (const exchange of [...this.#exchanges.values()]) {
      if (exchange.unbindAll((other) => other === destination)) this.#unbound(exchange);
    }
  }

  #unbound(exchange: MemoryExchange): void {
    this.router.invalidate();
    if (exchange.declaration.autoDelete && !exchange.isBound) this.deleteExchange(exchange.name);
  }
}
