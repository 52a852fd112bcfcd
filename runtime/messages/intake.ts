/**
 * From a delivery to the mailboxes of one service: decodes the body, checks the message and routes
 * it (`routing.ts`). Answers take the way of `answer-intake.ts`.
 *
 * Invariants:
 * - Never lost: a bad message never stops the service. If its sender wants an answer, the sender
 *   gets the error; otherwise the message becomes a dead letter with the reason.
 * - All parts: a delivery is `done` when every actor that gets a part of it has committed that part.
 * - Proved callers: with keys for callers a message whose caller is not signed is refused.
 * - No way through: with `trust` a message whose `reply_to` names a queue of a service that its
 *   sender may not speak as becomes a dead letter, and is not answered.
 */
import type { QueueOwners } from '../../config/queue-owners.ts';
import type { StoredDeadLetter } from '../ports/dead-letter.ts';
import type { Delivery } from '../ports/envelope.ts';
import { Refused } from '../ports/errors.ts';
import type { Journal } from '../ports/journal.ts';
import type { AskRow, OutboxRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Acknowledgement, Addressing } from '../ports/transport.ts';
import { AnswerIntake, type AnswerIntakeOptions } from './answer-intake.ts';
import { AnswerWays } from './answer-ways.ts';
import { callerProblem, callerSignatureHeader } from './caller-signature.ts';
import { decodeBody, encodeBody } from './codec.ts';
import type { Correlation } from './correlation.ts';
import { posted, type RoutedInput } from './input.ts';
import { outgoingRow, unpublishableMessage } from './outgoing-dead-letter.ts';
import { messageInfo, type Received, received } from './received.ts';
import { Refusals, type RefusalsOptions } from './refusals.ts';
import { routed } from './routing.ts';
import type { OwnMessage } from './service-definition.ts';

export interface IntakeOptions extends AnswerIntakeOptions, RefusalsOptions {
  readonly journal: Pick<Journal, 'findAsks' | 'addDeadLetter'>;
  /** The queue for answers to this process alone. */
  readonly ownReplyQueue: string | undefined;
  /** Makes the correlation ids of the journal. To be called only while the journal is open. */
  readonly correlation: () => Correlation;
  readonly addressing: Pick<Addressing, 'answerExchange'>;
  /** Of all services of the process. */
  readonly queueOwners: QueueOwners;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #ways: AnswerWays;
  readonly #refusals: Refusals;
  readonly #answers: AnswerIntake;
  readonly #nextId: () => string;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#nextId = () => options.ids.next();
    const { service, addressing, queueOwners } = options;
    this.#ways = new AnswerWays({ trust: service.config.trust, addressing, queueOwners });
    this.#refusals = new Refusals(options);
    this.#answers = new AnswerIntake(options, {
      refusals: this.#refusals,
      received: (delivery, body) => this.#received(delivery, body),
    });
  }

  /**
   * `atMs`: when the message came. Rejects when the journal cannot be reached.
   */
  handle(delivery: Delivery, atMs = this.#options.now()): Promise<Acknowledgement> {
    const { service, ownReplyQueue } = this.#options;
    if (delivery.queue === service.config.replyQueue || delivery.queue === ownReplyQueue)
      return this.#answers.handle(delivery);
    const problem = this.#ways.problemOf(delivery);
    if (problem !== undefined) return this.setAside(delivery, problem);
    let message: Received | undefined;
    try {
      const body = decodeBody(delivery, service.config.limits);
      message = this.#received(delivery, body);
      this.#checkCaller(delivery, atMs);
      return this.#takeMessage(message, body, this.#ownMessage(message));
    } catch (error) {
      return this.#refusals.failed(message ?? this.#received(delivery, {}), error);
    }
  }

  /** Throws `Refused` for a caller that is not proved. */
  #checkCaller(delivery: Delivery, atMs: number): void {
    const { name, config } = this.#options.service;
    const problem = callerProblem(config.trust?.callers, delivery, atMs);
    if (problem === undefined) return;
    const at = { at: `/headers/${callerSignatureHeader}` };
    throw new Refused('not-permitted', `${name} does not take the message: ${problem}`, at);
  }

  /** The message could not be taken, whatever was tried: keeps it as a dead letter. */
  setAside(delivery: Delivery, error: Error): Promise<Acknowledgement> {
    return this.#refusals.setAside(delivery, error);
  }

  #received(delivery: Delivery, body: Json): Received {
    return received(delivery, body, this.#ways, this.#nextId);
  }

  /**
   * Handles the message of a dead letter again, as it came. The message is handled, or becomes a
   * dead letter once more. Rejects when neither could be committed. A message that could not be
   * published is published again.
   */
  async replay(deadLetter: StoredDeadLetter): Promise<Acknowledgement> {
    if (deadLetter.kind === 'unroutable')
      return (await this.unroutable(outgoingRow(deadLetter))) ? 'done' : 'retry';
    if (deadLetter.kind === 'unpublishable') {
      await this.#options.publish({ ...outgoingRow(deadLetter), id: this.#options.ids.next() });
      return 'done';
    }
    const { queue, exchange, routingKey, properties } = deadLetter;
    const body = Buffer.from(deadLetter.body, 'base64');
    const delivery = { queue, exchange, routingKey, properties, redelivered: true, body };
    return this.handle(delivery, deadLetter.firstAtMs);
  }

  /** Handles a message that the service gives itself. */
  async give(action: string, data: Json): Promise<void> {
    const body = { action, data };
    const delivery: Delivery = {
      queue: '',
      exchange: '',
      routingKey: '',
      redelivered: false,
      properties: { persistent: false },
      body: encodeBody(body),
    };
    await this.#takeMessage(
      { delivery, info: messageInfo(delivery, null, null) },
      body,
      () => true,
    );
  }

  #takeMessage(message: Received, body: Json, isOwn: OwnMessage): Promise<Acknowledgement> {
    return this.#settled(routed(this.#options.service, message, body, isOwn, this.#nextId));
  }

  /** Finds out whether the service itself has sent the message. */
  #ownMessage({ delivery: { properties } }: Received): OwnMessage {
    return (action, data) => this.#options.correlation().isInternal(properties, action, data);
  }

  /**
   * The inputs that `handle` would post for this delivery. `asked` finds a question that is not
   * committed yet. Undefined: `handle` would refuse the message, or would have to look something up
   * first. Changes nothing.
   */
  local(
    delivery: Delivery,
    asked: (correlationId: string) => AskRow | undefined,
  ): readonly RoutedInput[] | undefined {
    if (this.#answers.isLookingUp) return undefined;
    const { config } = this.#options.service;
    try {
      if (delivery.queue === config.replyQueue) return this.#answers.local(delivery, asked);
      if (this.#ways.problemOf(delivery) !== undefined) return undefined;
      return this.#localMessage(delivery);
    } catch {
      return undefined;
    }
  }

  #localMessage(delivery: Delivery): readonly RoutedInput[] {
    const { service, now } = this.#options;
    const body = decodeBody(delivery, service.config.limits);
    const message = this.#received(delivery, body);
    this.#checkCaller(delivery, now());
    return routed(service, message, body, this.#ownMessage(message), this.#nextId);
  }

  /** A question came back: no queue takes it. False when that could not be committed. */
  unroutable(row: OutboxRow): Promise<boolean> {
    return this.#answers.unroutable(row);
  }

  /**
   * A message can never be published: keeps it as a dead letter, and tells the asker of a question.
   * False when the event for the asker could not be committed. Rejects when the journal cannot be
   * reached.
   */
  async unpublishable(row: OutboxRow, error: Error): Promise<boolean> {
    await this.#refusals.keepDeadLetter(unpublishableMessage(row), error);
    return row.correlationId === undefined || this.unroutable(row);
  }

  #settled(inputs: readonly RoutedInput[]): Promise<Acknowledgement> {
    const { failpoints, post } = this.#options;
    const [only] = inputs;
    if (only !== undefined && inputs.length === 1) return posted(only, post);
    const parts = inputs.map((input) => posted(input, post));
    void Promise.race(parts).then(() => failpoints.reach('delivery.part-done'));
    return Promise.all(parts).then((settlements) =>
      settlements.includes('retry') ? 'retry' : 'done',
    );
  }
}
