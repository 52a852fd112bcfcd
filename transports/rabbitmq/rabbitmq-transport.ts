/**
 * The transport port on RabbitMQ (amqplib): one connection at a time, replaced after each loss for as
 * long as the transport is open.
 *
 * - Waiting: `open` waits for a broker that is not up yet, and logs the wait with reason and
 *   beginning. A refusal by the broker rejects at once.
 * - Lost connection: unconfirmed and waiting publishes reject with `Transient`, and the caller sends
 *   them again under the same message id. The transport backs off, connects to the next broker that
 *   answers, declares and subscribes again.
 * - Lost channel: a lost channel, an ended subscription and a deleted queue are repaired in the same
 *   way on the connection that is left.
 * - Closing: `close` takes no new deliveries, and lets handlers finish and publishes be confirmed
 *   within a deadline. The broker delivers again what is unsettled after the deadline.
 */
import type { BrokerUser } from '../../config/broker-user.ts';
import type { Topology } from '../../config/topology.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { Delivery, OutgoingMessage } from '../../runtime/ports/envelope.ts';
import { Broken, errorText, Transient, UnanimousError } from '../../runtime/ports/errors.ts';
import { type Log, noLog } from '../../runtime/ports/log.ts';
import type {
  Acknowledgement,
  BrokerObjects,
  ConsumeOptions,
  Consumer,
  PublishOutcome,
  Transport,
} from '../../runtime/ports/transport.ts';
import { type Backoff, backoffMs, pause, settlesWithin } from '../../runtime/ports/waiting.ts';
import { amqpAddressing } from '../addressing.ts';
import { BrokerRefusal } from '../broker-refusal.ts';
import { withProcessQueues } from '../process-queues.ts';
import { type BrokerAddress, brokerAddress } from './broker-address.ts';
import { declareTopology } from './declarations.ts';
import { lostError } from './driver-error.ts';
import { Publisher } from './publisher.ts';
import { RabbitmqConsumer } from './rabbitmq-consumer.ts';
import { type ConnectOptions, connectToAny, type Session } from './session.ts';

/** The broker, and the time limits of the connection. */
export interface RabbitmqTransportOptions extends Partial<Omit<ConnectOptions, 'addresses'>> {
  /** URLs of the broker (`amqp://user:password@host:port/vhost`), tried in this order. */
  readonly urls: readonly string[];
  /** In place of the user in the URLs. */
  readonly user?: BrokerUser;
  readonly clock: Clock;
  /** Gives 0 ≤ n < 1; spreads the reconnects of many clients. */
  readonly random: () => number;
  readonly log?: Log;
  readonly backoff?: Backoff;
  /** Largest number of unconfirmed messages. */
  readonly confirmWindowMax?: number;
  /** The time that `close` waits for handlers and confirms, and then again for the broker's answer. */
  readonly closeDeadlineMs?: number;
}

type Settings = Required<Omit<RabbitmqTransportOptions, 'user'>> &
  Pick<ConnectOptions, 'addresses'>;

const defaults = {
  connectionName: 'unanimous',
  heartbeatSeconds: 30,
  connectTimeoutMs: 10_000,
  tls: {},
  log: noLog,
  backoff: { firstDelayMs: 100, delayMaxMs: 10_000, jitter: 0.5 },
  confirmWindowMax: 1024,
  closeDeadlineMs: 10_000,
} as const;

/** `since`: the time of the first attempt, ISO 8601. */
interface FailedAttempt {
  readonly attempt: number;
  readonly cause: unknown;
  readonly since: string;
}

interface Waiter {
  resolve(session: Session): void;
  reject(error: Error): void;
}

function closedError(): Transient {
  return new Transient('transport-lost', 'the RabbitMQ transport is closed');
}

/** A mistake in the configuration or on the broker: waiting does not help. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Broken ||
    (error instanceof UnanimousError && error.cause instanceof BrokerRefusal)
  );
}

function addressAs(url: string, user: BrokerUser | undefined): BrokerAddress {
  const address = brokerAddress(url);
  return user === undefined ? address : { ...address, user: user.name, password: user.password };
}

function messageOf(error: unknown): string {
  return errorText(error);
}

/**
 * A connection to RabbitMQ that is replaced after a loss. `open` rejects with `Broken` for a refusal
 * by the broker; `publish` rejects with `Transient` while the connection is lost.
 */
export class RabbitmqTransport implements Transport {
  readonly addressing = amqpAddressing;
  readonly #settings: Settings;
  readonly #publisher: Publisher;
  readonly #consumers = new Set<RabbitmqConsumer>();
  readonly #waiters: Waiter[] = [];
  readonly #ending = new AbortController();
  #topology: Topology = { exchanges: [], queues: [], bindings: [] };
  #session: Session | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Throws `Broken` for a URL that is none. */
  constructor(options: RabbitmqTransportOptions) {
    const addresses = options.urls.map((url) => addressAs(url, options.user));
    this.#settings = { ...defaults, ...options, addresses };
    this.#publisher = new Publisher(this.#settings.confirmWindowMax);
  }

  open(objects: BrokerObjects): Promise<void> {
    if (this.#opening === undefined) this.#topology = withProcessQueues(objects);
    this.#opening ??= this.#connect(isRefusal).catch((error) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  publish(message: OutgoingMessage): Promise<PublishOutcome> {
    return this.#publisher.publish(message);
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    handler: (delivery: Delivery) => Promise<Acknowledgement>,
  ): Promise<Consumer> {
    const consumer: RabbitmqConsumer = new RabbitmqConsumer(queue, options.prefetch, handler, {
      onLost: (session, reason) => this.#resubscribe(session, consumer, { queue, reason }),
      onFinished: () => this.#consumers.delete(consumer),
    });
    await this.#attachFirst(consumer);
    return consumer;
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  /** Tries until a session is open, or `isFinal` says that another try is of no use. */
  async #connect(isFinal: (error: unknown) => boolean): Promise<void> {
    const since = new Date(this.#settings.clock.now()).toISOString();
    for (let attempt = 0; ; attempt += 1) {
      if (this.#ending.signal.aborted) throw closedError();
      try {
        return await this.#establish();
      } catch (error) {
        if (isFinal(error)) throw error;
        await this.#backOff('waiting for the broker', { attempt, cause: error, since });
      }
    }
  }

  async #establish(): Promise<void> {
    const session: Session = await connectToAny(this.#settings, {
      onBlocked: (blocked) => this.#noteBlocked(blocked),
      onEnd: (reason) => this.#lose(session, reason),
    });
    try {
      await declareTopology(session, this.#topology);
      // Handlers publish, so the publisher starts before the first delivery.
      await this.#startPublisher(session);
      for (const consumer of this.#consumers)
        if (!consumer.isCancelled) await consumer.attach(session);
      if (this.#ending.signal.aborted) throw closedError();
      if (!session.isOpen) throw lostError('it ended while it was being set up');
    } catch (error) {
      this.#publisher.stop(lostError(error));
      await this.#dismiss(session);
      throw error;
    }
    this.#session = session;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(session);
  }

  async #startPublisher(session: Session): Promise<void> {
    try {
      const declared = new Set(this.#topology.exchanges.map(({ name }) => name));
      const channel = await session.openConfirmChannel();
      this.#publisher.start({ channel, declared, user: session.user }, () =>
        this.#reopenPublisher(session),
      );
    } catch (error) {
      throw error instanceof UnanimousError ? error : lostError(error);
    }
  }

  #lose(session: Session, reason: string): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    this.#publisher.stop(lostError(reason));
    if (this.#ending.signal.aborted) return;
    this.#settings.log('warn', 'connection to the broker lost', { reason });
    // The loop ends only with a session or with `close`.
    this.#connect(() => false).then(
      () => this.#settings.log('info', 'connected to the broker again', {}),
      () => undefined,
    );
  }

  #noteBlocked(blocked: boolean): void {
    this.#settings.log(
      'warn',
      blocked ? 'the broker has blocked publishing' : 'the broker takes messages again',
      {},
    );
    this.#publisher.block(blocked);
  }

  async #attachFirst(consumer: RabbitmqConsumer): Promise<void> {
    for (;;) {
      const session = this.#session ?? (await this.#nextSession());
      try {
        await consumer.attach(session);
      } catch (error) {
        if (isRefusal(error) || session.isOpen) throw error;
      }
      if (session === this.#session) {
        this.#consumers.add(consumer);
        return;
      }
    }
  }

  #nextSession(): Promise<Session> {
    if (this.#opening === undefined || this.#ending.signal.aborted)
      return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  #resubscribe(
    session: Session,
    consumer: RabbitmqConsumer,
    lost: { queue: string; reason: string },
  ): void {
    void this.#mend(
      session,
      `subscription to queue '${lost.queue}' lost`,
      lost.reason,
      async () => {
        if (consumer.isCancelled) return;
        await declareTopology(session, this.#topology);
        await consumer.attach(session);
      },
    );
  }

  #reopenPublisher(session: Session): void {
    void this.#mend(session, 'publishing channel lost', 'channel closed', async () => {
      await declareTopology(session, this.#topology);
      await this.#startPublisher(session);
    });
  }

  /** Repeats `repair` until `repair` works or its session has ended. */
  async #mend(
    session: Session,
    what: string,
    cause: unknown,
    repair: () => Promise<void>,
  ): Promise<void> {
    let reason = cause;
    const since = new Date(this.#settings.clock.now()).toISOString();
    for (let attempt = 0; ; attempt += 1) {
      await this.#backOff(what, { attempt, cause: reason, since });
      if (!session.isOpen || this.#ending.signal.aborted) return;
      try {
        return await repair();
      } catch (error) {
        reason = error;
      }
    }
  }

  async #backOff(what: string, { attempt, cause, since }: FailedAttempt): Promise<void> {
    if (this.#ending.signal.aborted) return;
    const { backoff, clock, log, random } = this.#settings;
    const delayMs = backoffMs(backoff, attempt + 1, random());
    log('warn', what, { attempt: attempt + 1, delayMs, since, reason: messageOf(cause) });
    await pause(clock, delayMs, this.#ending.signal);
  }

  async #shutDown(): Promise<void> {
    this.#ending.abort();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closedError());
    await this.#opening?.catch(() => undefined);
    const session = this.#session;
    if (session === undefined) return;
    const { clock, closeDeadlineMs, log } = this.#settings;
    if (!(await settlesWithin(clock, closeDeadlineMs, this.#drain())))
      log('warn', 'closed before everything was settled', {});
    await this.#dismiss(session);
    this.#publisher.stop(closedError());
  }

  async #drain(): Promise<void> {
    const consumers = [...this.#consumers];
    await Promise.all(consumers.map((consumer) => consumer.cancel()));
    await Promise.all(consumers.map((consumer) => consumer.idle()));
    await this.#publisher.idle();
    await Promise.all(consumers.map((consumer) => consumer.closeChannel()));
    await this.#publisher.close();
  }

  async #dismiss(session: Session): Promise<void> {
    await settlesWithin(this.#settings.clock, this.#settings.closeDeadlineMs, session.close());
    session.destroy();
  }
}
