/**
 * A caller that is no actor: the command line, the demo, a test, a gateway. The client publishes
 * messages, and waits in memory for the answers.
 *
 * Invariants:
 * - Own reply queue: each client has a queue for answers, which is exclusive and disappears with the
 *   connection.
 * - Time-out is no refusal: a request that is not answered in time rejects with `timed-out`. The
 *   service may still carry the request out.
 * - No timer is left: the timer of a request ends with the request, also when the client is closed.
 */

import type { Topology } from '../config/topology.ts';
import { type BodyLimits, decodeBody, encodeBody, encodeBodyWithin } from './messages/codec.ts';
import { Correlation } from './messages/correlation.ts';
import { type BodyFor, destinationFor, type Recipient } from './messages/recipient.ts';
import { tracedPublish } from './messages/traced-publish.ts';
import { unreadableAnswer } from './messages/unreadable-answer.ts';
import type { Clock } from './ports/clock.ts';
import type { Delivery, Headers, OutgoingMessage } from './ports/envelope.ts';
import { Refused, Transient } from './ports/errors.ts';
import type { Ids } from './ports/ids.ts';
import type { Json } from './ports/json.ts';
import { newSecret } from './ports/secret.ts';
import type { Tracer } from './ports/tracing.ts';
import type { Acknowledgement, Consumer, PublishOutcome, Transport } from './ports/transport.ts';
import type { Destination } from './step/effects.ts';

/** The connection of a client, and its limits. */
export interface ClientOptions {
  readonly transport: Transport;
  readonly name: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The longest wait for an answer, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  /** The queue for answers, which nobody else has. Default: `<name>.<new id>`. */
  readonly queue?: string;
  /** Makes the outgoing message, for example with the signature of its caller. */
  readonly outgoing?: (message: OutgoingMessage) => OutgoingMessage;
  /** Makes a span of each message whose headers have the context of a trace. Default: none. */
  readonly tracer?: Tracer | undefined;
  /** Makes the correlation ids of the requests unguessable. Default: a new secret. */
  readonly secret?: string;
}

/** Options of one request. */
export interface RequestOptions {
  /** Identity: the same request under the same id is done once. Default: a new id. */
  readonly messageId?: string;
  /**
   * The longest wait for the answer, in milliseconds, after which the request rejects with
   * `Transient('timed-out')`. Default: `timeoutMs` of the client.
   */
  readonly timeoutMs?: number;
  readonly headers?: Headers;
  /** The service in whose name the request is made. Default: the name of the client. */
  readonly from?: string;
  /** The limits of the request; a body beyond them is refused before it is sent. Default: none. */
  readonly limits?: BodyLimits;
  /**
   * The limits of the answer of a service; an answer beyond them rejects the request as a service
   * refuses the answer (`answer-too-large`). Default: 64 MiB, 10 000 000 keys and elements.
   */
  readonly answerLimits?: BodyLimits;
}

/** Options of one message without an answer. */
export interface SendOptions extends Pick<RequestOptions, 'messageId' | 'headers'> {
  /**
   * `true`: the promise rejects with `Transient('not-reachable')` for a message that reaches no
   * queue. Default: such a message is dropped.
   */
  readonly mandatory?: boolean;
}

interface Waiter {
  /** Undefined: the limits of an answer to a client. */
  readonly limits: BodyLimits | undefined;
  readonly resolve: (answer: Json) => void;
  readonly reject: (error: unknown) => void;
  readonly cancelTimeout: () => void;
}

function timedOut(recipient: Recipient, timeoutMs: number): Transient {
  const from =
    'schemas' in recipient
      ? `the service '${recipient.config.svcName}'`
      : `'${recipient.routingKey}' on the exchange '${recipient.exchange}'`;
  return new Transient(
    'timed-out',
    `no answer from ${from} within ${timeoutMs} ms; the request may still be carried out`,
  );
}

function nobodyThere({ exchange, routingKey }: Destination): Transient {
  return new Transient(
    'not-reachable',
    `nobody takes messages for '${routingKey}' on the exchange '${exchange}'`,
  );
}

const widest: BodyLimits = { bodyBytes: 64 * 1024 * 1024, depth: 128, keys: 10_000_000 };

/**
 * A caller that is no actor. Call `open` before the first request. `close` rejects the requests that
 * still wait with `Transient('transport-lost')`.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #queue: string;
  readonly #waiting = new Map<string, Waiter>();
  readonly #correlation: Correlation;
  #consumer: Consumer | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#correlation = new Correlation(options.secret ?? newSecret());
    this.#queue = options.queue ?? `${options.name}.${options.ids.next()}`;
  }

  /**
   * Connects and makes the reply queue. `topology`: the exchanges and queues that the client
   * publishes to; missing ones are declared. An answer through an exchange of the topology reaches
   * the reply queue directly. An answer through another exchange is returned to the answering
   * service, which then sends the answer to the queue itself.
   */
  async open(topology: Topology = { exchanges: [], queues: [], bindings: [] }): Promise<void> {
    const queue = {
      name: this.#queue,
      durable: false,
      exclusive: true,
      autoDelete: true,
      declare: true,
      arguments: {},
    };
    const asking = topology.exchanges.filter(({ type }) => type === 'direct' || type === 'topic');
    const bindings = asking.map(({ name }) => ({
      exchange: name,
      queue: queue.name,
      routingKey: queue.name,
      arguments: {},
    }));
    const { queues, bindings: given } = topology;
    await this.#options.transport.open({
      ...topology,
      queues: [...queues, queue],
      bindings: [...given, ...bindings],
    });
    this.#consumer = await this.#options.transport.consume(
      this.#queue,
      { prefetch: 0 },
      (delivery) => this.#take(delivery),
    );
  }

  async close(): Promise<void> {
    await this.#consumer?.cancel();
    for (const correlationId of [...this.#waiting.keys()]) {
      this.#fail(
        correlationId,
        new Transient('transport-lost', 'the client was closed before the answer came'),
      );
    }
    await this.#options.transport.close();
  }

  /**
   * Publishes a request and resolves with the body of the answer, also when the answer arrives before
   * the transport has confirmed the request.
   */
  request<TRecipient extends Recipient>(
    to: TRecipient,
    body: BodyFor<TRecipient>,
    options?: RequestOptions,
  ): Promise<Json>;
  request(recipient: Recipient, body: Json, options: RequestOptions = {}): Promise<Json> {
    const { messageId, headers, from = this.#options.name } = options;
    const { timeoutMs = this.#options.timeoutMs ?? 30_000, limits, answerLimits } = options;
    const id = this.#options.ids.next();
    const correlationId = this.#correlation.ofQuestion(id);
    return new Promise((resolve, reject) => {
      const to = destinationFor(recipient);
      const properties = {
        contentType: 'application/json',
        appId: from,
        persistent: true,
        messageId: messageId ?? id,
        correlationId,
        replyTo: this.#queue,
        ...(headers === undefined ? {} : { headers }),
      };
      const question = {
        exchange: to.exchange,
        routingKey: to.routingKey,
        mandatory: true,
        properties,
        body: limits === undefined ? encodeBody(body) : encodeBodyWithin(body, limits),
      };
      const cancelTimeout = this.#options.clock.after(timeoutMs, () =>
        this.#fail(correlationId, timedOut(recipient, timeoutMs)),
      );
      this.#waiting.set(correlationId, { resolve, reject, cancelTimeout, limits: answerLimits });
      this.#publish(question).then(
        (outcome) => outcome.kind === 'returned' && this.#fail(correlationId, nobodyThere(to)),
        (error) => this.#fail(correlationId, error),
      );
    });
  }

  /** Resolves when a message has come back from the broker. Rejects with the errors of a request. */
  async ping(timeoutMs: number): Promise<void> {
    // The request is sent to the client's own queue for answers, and the client takes it for the
    // answer.
    await this.request({ exchange: '', routingKey: this.#queue }, null, { timeoutMs });
  }

  /** Publishes without asking for an answer. Resolves when the transport has taken the message. */
  send<TRecipient extends Recipient>(
    to: TRecipient,
    body: BodyFor<TRecipient>,
    options?: SendOptions,
  ): Promise<void>;
  async send(
    to: Recipient,
    body: Json,
    { messageId = this.#options.ids.next(), mandatory = false, headers }: SendOptions = {},
  ): Promise<void> {
    const { exchange, routingKey } = destinationFor(to);
    const properties = {
      contentType: 'application/json',
      appId: this.#options.name,
      persistent: true,
      messageId,
      ...(headers === undefined ? {} : { headers }),
    };
    const outcome = await this.#publish({
      exchange,
      routingKey,
      mandatory,
      properties,
      body: encodeBody(body),
    });
    if (mandatory && outcome.kind === 'returned') throw nobodyThere({ exchange, routingKey });
  }

  #publish(message: OutgoingMessage): Promise<PublishOutcome> {
    const { transport, outgoing, tracer } = this.#options;
    const signed = outgoing === undefined ? message : outgoing(message);
    if (tracer === undefined) return transport.publish(signed);
    return tracedPublish(signed, tracer, (traced) => transport.publish(traced));
  }

  #fail(correlationId: string, error: unknown): void {
    this.#end(correlationId)?.reject(error);
  }

  /** Ends the wait for this answer. Undefined: no request waits for it. */
  #end(correlationId: string): Waiter | undefined {
    const waiter = this.#waiting.get(correlationId);
    this.#waiting.delete(correlationId);
    waiter?.cancelTimeout();
    return waiter;
  }

  async #take(delivery: Delivery): Promise<Acknowledgement> {
    const { correlationId = '', appId = null } = delivery.properties;
    const waiter = this.#end(correlationId);
    try {
      waiter?.resolve(decodeBody(delivery, waiter.limits ?? widest));
    } catch (error) {
      const isOfService = waiter?.limits !== undefined && error instanceof Refused;
      waiter?.reject(isOfService ? unreadableAnswer(error, appId) : error);
    }
    return 'done';
  }
}
