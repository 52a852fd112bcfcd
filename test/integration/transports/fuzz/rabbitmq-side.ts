/**
 * A script on RabbitMQ. What a step should lead to is known from the memory broker, so waiting for it takes no longer than
 * it takes: deliveries and queues are looked at until they are as expected, or until the time for that is over.
 */
import {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type ConsumeMessage,
  connect,
} from 'amqplib';
import type {
  Arguments,
  ExchangeDeclaration,
  QueueDeclaration,
} from '../../../../config/topology.ts';
import { brokerAddress } from '../../../../transports/rabbitmq/broker-address.ts';
import { asRefusal } from '../../../../transports/rabbitmq/driver-error.ts';
import {
  publishOptions,
  receivedProperties,
} from '../../../../transports/rabbitmq/property-codec.ts';
import type { BrokerSide } from './broker-side.ts';
import { deliveryText, type Observation } from './observation.ts';
import {
  type BindingStep,
  type Publication,
  queueNames,
  type Settlement,
  slotCount,
} from './script.ts';

interface Slot {
  readonly channel: Channel;
  readonly queue: string;
  readonly consumerTag: string;
  readonly unsettled: ConsumeMessage[];
}

/** The arguments whose value is the name of an exchange, or a routing key that may name a queue. */
const namingArguments = [
  'alternate-exchange',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
];

const noQueues = Object.fromEntries(queueNames.map((name) => [name, 'none']));

function refusalText(error: unknown): string {
  const refusal = asRefusal(error);
  if (refusal === undefined) throw error;
  return `${refusal.code} ${refusal.message}`;
}

export class RabbitmqSide implements BrokerSide {
  readonly #url: string;
  readonly #user: string;
  readonly #connections: (ChannelModel | undefined)[] = [];
  readonly #slots: (Slot | undefined)[] = Array.from({ length: slotCount }, () => undefined);
  #received: string[][] = [];
  #prefix = '';
  #main: ChannelModel | undefined;
  #control: Channel | undefined;
  #publisher: ConfirmChannel | undefined;
  #barrier = '';
  #usesQuorum = false;
  /** Something was sent to a quorum queue that does not answer. */
  #unsynchronised = false;
  readonly #declaredQueues = new Set<string>();
  readonly #declaredExchanges = new Set<string>();
  /** The queues as they were at the step before. */
  #seen: Readonly<Record<string, string>> = noQueues;

  constructor(url: string) {
    this.#url = url;
    this.#user = brokerAddress(url).user;
  }

  /** Starts a script: from here on every name has `prefix`, which has no dot, so that a name stays one word of a key. */
  async begin(prefix: string): Promise<void> {
    this.#prefix = prefix;
    this.#received = Array.from({ length: slotCount }, () => []);
    this.#usesQuorum = false;
    this.#seen = noQueues;
    this.#declaredQueues.clear();
    this.#declaredExchanges.clear();
    if (this.#main !== undefined) return;
    this.#main = await this.#connect();
    this.#barrier = `${prefix}barrier`;
    await (await this.#channel()).assertQueue(this.#barrier, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-max-length': 1 },
    });
  }

  /** Removes what the script has declared and may have left. */
  async end(): Promise<void> {
    for (let slot = 0; slot < slotCount; slot += 1) await this.closeChannel(slot);
    for (const name of this.#declaredQueues) await this.deleteQueue(name);
    for (const name of this.#declaredExchanges) await this.deleteExchange(name);
  }

  async disconnect(): Promise<void> {
    await (await this.#channel()).deleteQueue(this.#barrier);
    for (const connection of [this.#main, ...this.#connections]) await connection?.close();
  }

  /** What is seen once it is as expected, or when `limitMs` are over. Queues that are not in `looked` are believed to be as expected. */
  async observe(
    result: string,
    expected: Observation,
    looked: readonly string[],
    limitMs: number,
  ): Promise<Observation> {
    if (this.#unsynchronised) await this.#passBarrier();
    const [deliveries, queues] = [
      JSON.stringify(expected.received),
      JSON.stringify(expected.queues),
    ];
    const startedMs = performance.now();
    for (;;) {
      const isLate = performance.now() - startedMs > limitMs;
      const hasDeliveries = JSON.stringify(this.#received) === deliveries;
      if (hasDeliveries || isLate) {
        this.#seen = await this.#queueStates(expected, looked);
        const isAsExpected =
          JSON.stringify(this.#received) === deliveries && JSON.stringify(this.#seen) === queues;
        if (isAsExpected || isLate)
          return {
            result,
            received: this.#received.map((received) => [...received]),
            queues: this.#seen,
          };
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  declareExchange({
    name,
    type,
    durable,
    autoDelete,
    arguments: args,
  }: ExchangeDeclaration): Promise<string> {
    this.#declaredExchanges.add(name);
    return this.#attempt((channel) =>
      channel.assertExchange(this.#named(name), type, {
        durable,
        autoDelete,
        arguments: this.#renamed(args),
      }),
    );
  }

  declareQueue({
    name,
    durable,
    exclusive,
    autoDelete,
    arguments: args,
  }: QueueDeclaration): Promise<string> {
    const options = { durable, exclusive, autoDelete, arguments: this.#renamed(args) };
    this.#declaredQueues.add(name);
    if (args['x-queue-type'] === 'quorum') this.#usesQuorum = true;
    return this.#attempt((channel) => channel.assertQueue(this.#named(name), options));
  }

  bindQueue({ source, destination, routingKey, arguments: args }: BindingStep): Promise<string> {
    return this.#attempt((channel) =>
      channel.bindQueue(this.#named(destination), this.#named(source), this.#key(routingKey), {
        ...args,
      }),
    );
  }

  unbindQueue({ source, destination, routingKey, arguments: args }: BindingStep): Promise<string> {
    return this.#attempt((channel) =>
      channel.unbindQueue(this.#named(destination), this.#named(source), this.#key(routingKey), {
        ...args,
      }),
    );
  }

  bindExchange({ source, destination, routingKey, arguments: args }: BindingStep): Promise<string> {
    return this.#attempt((channel) =>
      channel.bindExchange(this.#named(destination), this.#named(source), this.#key(routingKey), {
        ...args,
      }),
    );
  }

  deleteQueue(name: string): Promise<string> {
    this.#declaredQueues.delete(name);
    return this.#attempt((channel) => channel.deleteQueue(this.#named(name)));
  }

  deleteExchange(name: string): Promise<string> {
    this.#declaredExchanges.delete(name);
    return this.#attempt((channel) => channel.deleteExchange(this.#named(name)));
  }

  async publish(messages: readonly Publication[], firstNumber: number): Promise<string> {
    const outcomes: string[] = [];
    // A missing exchange closes the channel, and with it what comes after; so one at a time where that may happen.
    for (const [index, message] of messages.entries())
      outcomes.push(await this.#publishOne(message, firstNumber + index));
    return outcomes.join(', ');
  }

  async consume(slot: number, queue: string, prefetch: number): Promise<string> {
    if (this.#slots[slot] !== undefined) return 'in use';
    const channel = await this.#slotChannel(slot);
    const unsettled: ConsumeMessage[] = [];
    await channel.prefetch(prefetch);
    try {
      const { consumerTag } = await channel.consume(this.#named(queue), (message) =>
        this.#receive(slot, unsettled, message),
      );
      this.#slots[slot] = { channel, queue, consumerTag, unsettled };
      return 'ok';
    } catch (error) {
      return this.#plain(refusalText(error));
    }
  }

  async settle(slot: number, index: number, how: Settlement, multiple: boolean): Promise<string> {
    const { channel, unsettled } = this.#slots[slot] ?? {};
    if (channel === undefined || unsettled === undefined || unsettled.length === 0)
      return 'nothing';
    const at = index % unsettled.length;
    const [message] = multiple ? unsettled.splice(0, at + 1).slice(-1) : unsettled.splice(at, 1);
    if (message === undefined) return 'nothing';
    if (how === 'ack') channel.ack(message, multiple);
    else channel.nack(message, multiple, how === 'requeue');
    // An operation with an answer on the same channel: what was settled has then been handed to the queue.
    await channel.prefetch(0);
    this.#unsynchronised = this.#usesQuorum;
    return 'ok';
  }

  async cancel(slot: number): Promise<string> {
    const used = this.#slots[slot];
    await used?.channel.cancel(used.consumerTag);
    this.#unsynchronised = this.#usesQuorum;
    return 'ok';
  }

  async closeChannel(slot: number): Promise<string> {
    if (this.#slots[slot] === undefined) return 'ok';
    await this.#slots[slot].channel.close();
    this.#unsynchronised = this.#usesQuorum;
    this.#slots[slot] = undefined;
    return 'ok';
  }

  async cutConnection(slot: number): Promise<string> {
    if (this.#slots[slot] === undefined) return 'ok';
    const { connection } = this.#connections[slot] as unknown as {
      connection: { stream: { destroy(error: Error): void } };
    };
    connection.stream.destroy(new Error('cut'));
    this.#unsynchronised = this.#usesQuorum;
    this.#connections[slot] = undefined;
    this.#slots[slot] = undefined;
    return 'ok';
  }

  async #connect(): Promise<ChannelModel> {
    const connection = await connect(this.#url, { noDelay: true });
    connection.on('error', () => undefined);
    return connection;
  }

  async #channel(): Promise<Channel> {
    if (this.#control !== undefined) return this.#control;
    const channel = this.#open(await this.#main?.createChannel());
    channel.on('close', () => {
      this.#control = undefined;
    });
    this.#control = channel;
    return channel;
  }

  async #publishing(): Promise<ConfirmChannel> {
    if (this.#publisher !== undefined) return this.#publisher;
    const channel = this.#open(await this.#main?.createConfirmChannel());
    channel.on('close', () => {
      this.#publisher = undefined;
    });
    this.#publisher = channel;
    return channel;
  }

  async #slotChannel(slot: number): Promise<Channel> {
    const connection = this.#connections[slot] ?? (await this.#connect());
    this.#connections[slot] = connection;
    return this.#open(await connection.createChannel());
  }

  #open<T extends Channel>(channel: T | undefined): T {
    if (channel === undefined) throw new Error('begin() comes first');
    channel.on('error', () => undefined);
    return channel;
  }

  async #attempt(operation: (channel: Channel) => Promise<unknown>): Promise<string> {
    try {
      await operation(await this.#channel());
      return 'ok';
    } catch (error) {
      this.#control = undefined;
      return this.#plain(refusalText(error));
    }
  }

  async #publishOne(message: Publication, number: number): Promise<string> {
    const channel = await this.#publishing();
    const { headers, expirationMs, ...rest } = message;
    const properties = {
      persistent: message.persistent,
      ...(headers === undefined ? {} : { headers }),
      ...(expirationMs === undefined ? {} : { expirationMs }),
    };
    const [exchange, routingKey, body] = [
      this.#named(message.exchange),
      this.#key(message.routingKey),
      Buffer.from(String(number)),
    ];
    let [returned, failure]: [string | undefined, unknown] = [undefined, undefined];
    const noteReturn = ({ fields }: { fields: object }) => {
      returned = `returned ${'replyCode' in fields ? fields.replyCode : ''}`;
    };
    const noteError = (error: unknown) => {
      failure = error;
    };
    channel.on('return', noteReturn);
    channel.on('error', noteError);
    const confirm = await new Promise<unknown>((resolve) => {
      channel.publish(
        exchange,
        routingKey,
        body,
        publishOptions({ ...rest, routingKey, properties, body }, this.#user),
        resolve,
      );
    });
    channel.off('return', noteReturn);
    channel.off('error', noteError);
    if (failure !== undefined) return this.#plain(refusalText(failure));
    return returned ?? (confirm === null ? 'confirmed' : 'refused');
  }

  #receive(slot: number, unsettled: ConsumeMessage[], message: ConsumeMessage | null): void {
    if (message === null) {
      this.#received[slot]?.push('cancelled');
      return;
    }
    unsettled.push(message);
    const { exchange, routingKey, redelivered } = message.fields;
    const { headers } = receivedProperties(message.properties);
    const text = deliveryText({
      body: message.content.toString(),
      exchange,
      routingKey,
      redelivered,
      headers,
    });
    this.#received[slot]?.push(this.#plain(text));
  }

  /** Quorum queues share one write-ahead log: when this is confirmed, what was written before has been applied. */
  async #passBarrier(): Promise<void> {
    this.#unsynchronised = false;
    const channel = await this.#publishing();
    await new Promise((resolve) =>
      channel.publish('', this.#barrier, Buffer.alloc(0), {}, resolve),
    );
  }

  /** Looking for a queue that is not there costs a channel; so only for one that may be. */
  async #queueStates(
    { queues }: Observation,
    looked: readonly string[],
  ): Promise<Record<string, string>> {
    const states: Record<string, string> = { ...queues };
    for (const name of looked) {
      const mayBeThere = queues[name] !== 'none' || this.#seen[name] !== 'none';
      states[name] = mayBeThere ? await this.#queueState(name) : 'none';
    }
    return states;
  }

  async #queueState(name: string): Promise<string> {
    let state = 'none';
    const refusal = await this.#attempt(async (channel) => {
      const { messageCount, consumerCount } = await channel.checkQueue(this.#named(name));
      state = `${messageCount}/${consumerCount}`;
    });
    return refusal === 'ok' || refusal.startsWith('404') ? state : refusal;
  }

  #named(name: string): string {
    return name === '' ? '' : `${this.#prefix}${name}`;
  }

  /** Keys that name queues are renamed with them. */
  #key(routingKey: string): string {
    return queueNames.includes(routingKey) ? this.#named(routingKey) : routingKey;
  }

  #nameOrKey(argument: string, value: string): string {
    return argument.endsWith('-key') ? this.#key(value) : this.#named(value);
  }

  #plain(text: string): string {
    return text.replaceAll(this.#prefix, '');
  }

  #renamed(args: Arguments): Record<string, string | number | boolean> {
    const rename = ([name, value]: [string, string | number | boolean]) => [
      name,
      namingArguments.includes(name) ? this.#nameOrKey(name, String(value)) : value,
    ];
    return Object.fromEntries(Object.entries(args).map(rename));
  }
}
