/**
 * From a delivery to the mailboxes of one service: decodes the body, checks the message and routes
 * it (`routing.ts`).
 *
 * Invariants:
 * - Never lost: a bad message never stops the service. If its sender wants an answer, the sender
 *   gets the error; otherwise the message becomes a dead letter with the reason.
 * - All parts: a delivery is `done` when every actor that gets a part of it has committed that part.
 * - Answers: an answer is addressed by its correlation id. An answer to a question that nobody
 *   waits for is dropped. An answer that cannot be read reaches the asker as an error, and becomes
 *   a dead letter. With `trust` an answer of a user that may not give the answer becomes a dead
 *   letter, and the asker waits on.
 * - Proved callers: with keys for callers a message whose caller is not signed is refused.
 * - No way through: with `trust` a message whose `reply_to` names a queue of a service that its
 *   sender may not speak as becomes a dead letter, and is not answered.
 */
import type { QueueOwners } from '../../config/queue-owners.ts';
import {
  type DeadLetter,
  deadLetterFields,
  type StoredDeadLetter,
  type UnhandledMessage,
} from '../ports/dead-letter.ts';
import type { Draft } from '../ports/draft.ts';
import type { Delivery } from '../ports/envelope.ts';
import { Broken, Refused } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import { identityBelow } from '../ports/identity.ts';
import type { Ids } from '../ports/ids.ts';
import type { Journal } from '../ports/journal.ts';
import type { AskRow, OutboxRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Log } from '../ports/log.ts';
import { type TraceContext, type Tracer, traceContextIn } from '../ports/tracing.ts';
import type { Acknowledgement, Addressing } from '../ports/transport.ts';
import type { ReplyAddress } from '../step/effects.ts';
import { answerRow, refusalBody } from './answer.ts';
import { AnswerWays } from './answer-ways.ts';
import { AskFinder } from './ask-finder.ts';
import { answerInput, type OpenQuestion, unroutableInput } from './ask-input.ts';
import { callerProblem, callerSignatureHeader } from './caller-signature.ts';
import { type BodyLimits, decodeBody, encodeBody } from './codec.ts';
import { contentDigest } from './content-digest.ts';
import type { Correlation } from './correlation.ts';
import type { EventInput, RoutedInput, Settlement } from './input.ts';
import { answerIdentity } from './message-identity.ts';
import { outgoingRow, unpublishableMessage, unroutableMessage } from './outgoing-dead-letter.ts';
import { messageInfo, type Received, received } from './received.ts';
import { RefusedInForm, routed } from './routing.ts';
import type { OwnMessage, ServiceDefinition } from './service-definition.ts';
import { foreignAnswer } from './trust.ts';
import { unhandledMessage } from './unhandled-message.ts';
import { answerLimits, unreadableAnswer } from './unreadable-answer.ts';

export interface IntakeOptions {
  readonly service: ServiceDefinition;
  /** The queue for answers to this process alone. */
  readonly ownReplyQueue: string | undefined;
  /** Of the journal, which is open. */
  readonly correlation: () => Correlation;
  readonly journal: Pick<Journal, 'findAsks' | 'addDeadLetter'>;
  readonly ids: Ids;
  readonly now: () => number;
  readonly log: Log;
  /** Undefined: no context of a trace is passed on. */
  readonly tracer?: Tracer | undefined;
  readonly failpoints: Failpoints;
  readonly post: (input: EventInput) => void;
  /** Finds questions of this process's ephemeral machines, which no journal stores. */
  readonly ephemeralAsks: (correlationIds: readonly string[]) => Promise<readonly AskRow[]>;
  /** Finds a question of an actor that is live in this process. */
  readonly remembered: (correlationId: string) => AskRow | undefined;
  readonly addressing: Pick<Addressing, 'answerExchange'>;
  /** Of all services of the process. */
  readonly queueOwners: QueueOwners;
  /** Publishes a message that no turn asks for: an answer of the runtime itself, or a replay. */
  readonly publish: (row: OutboxRow) => Promise<void>;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #asks: AskFinder;
  readonly #answerLimits: BodyLimits;
  readonly #ways: AnswerWays;
  readonly #nextId: () => string;
  /** Answers whose questions are being looked up. */
  #lookUps = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#answerLimits = answerLimits(options.service.config.limits);
    this.#asks = new AskFinder(options.journal);
    this.#nextId = () => options.ids.next();
    const { service, addressing, queueOwners } = options;
    this.#ways = new AnswerWays({ trust: service.config.trust, addressing, queueOwners });
  }

  /**
   * `atMs`: when the message came. Rejects when the journal cannot be reached.
   */
  handle(delivery: Delivery, atMs = this.#options.now()): Promise<Acknowledgement> {
    const { service, ownReplyQueue } = this.#options;
    if (delivery.queue === service.config.replyQueue || delivery.queue === ownReplyQueue)
      return this.#handleAnswer(delivery);
    const problem = this.#ways.problemOf(delivery);
    if (problem !== undefined) return this.setAside(delivery, problem);
    let message: Received | undefined;
    try {
      const body = decodeBody(delivery, service.config.limits);
      message = this.#received(delivery, body);
      this.#checkCaller(delivery, atMs);
      return this.#takeMessage(message, body, this.#ownMessage(message));
    } catch (error) {
      return this.#failed(message ?? this.#received(delivery, {}), error);
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

  #handleAnswer(delivery: Delivery): Promise<Acknowledgement> {
    let message: Received | undefined;
    try {
      const body = decodeBody(delivery, this.#answerLimits);
      message = this.#received(delivery, body);
      return this.#takeAnswer(message, body);
    } catch (error) {
      return this.#unreadable(message ?? this.#received(delivery, {}), error);
    }
  }

  /** The asker gets an error at once, because nothing better comes for its question. */
  async #unreadable(message: Received, error: unknown): Promise<Acknowledgement> {
    if (!(error instanceof Refused)) return this.#failed(message, error);
    await this.#keepDeadLetter(
      unhandledMessage(this.#options.service.name, message.delivery),
      error,
    );
    return this.#takeAnswer(message, refusalBody(unreadableAnswer(error, message.info.from)));
  }

  /** The message could not be taken, whatever was tried: keeps it as a dead letter. */
  async setAside(delivery: Delivery, error: Error): Promise<Acknowledgement> {
    await this.#keepDeadLetter(unhandledMessage(this.#options.service.name, delivery), error);
    return 'done';
  }

  #received(delivery: Delivery, body: Json): Received {
    return received(delivery, body, this.#ways, this.#nextId);
  }

  async #failed(message: Received, error: unknown): Promise<Acknowledgement> {
    if (!(error instanceof Refused || error instanceof Broken)) throw error;
    return this.#refuse(message, error);
  }

  /**
   * Handles the message of a dead letter again, as it came. The message is handled, or becomes a
   * dead letter once more. Rejects when neither could be committed.
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

  #takeAnswer(message: Received, body: Json): Promise<Acknowledgement> {
    const { correlationId } = message.delivery.properties;
    const row = correlationId === undefined ? undefined : this.#options.remembered(correlationId);
    if (row !== undefined) return this.#takeAnswerTo({ row, remembered: true }, message, body);
    return this.#takeUnknownAnswer(message, body).catch((error: unknown) =>
      this.#failed(message, error),
    );
  }

  async #takeUnknownAnswer(message: Received, body: Json): Promise<Acknowledgement> {
    const { correlationId } = message.delivery.properties;
    const question = correlationId === undefined ? undefined : await this.#lookUp(correlationId);
    if (question !== undefined) return this.#takeAnswerTo(question, message, body);
    this.#options.log('debug', 'nobody waits for an answer that came', {
      correlationId: correlationId ?? null,
    });
    return 'done';
  }

  #takeAnswerTo(
    question: OpenQuestion,
    { delivery, info }: Received,
    body: Json,
  ): Promise<Acknowledgement> {
    const { failpoints, service } = this.#options;
    failpoints.reach('answer.found');
    const foreign = foreignAnswer(service.config.trust, question.row, info, body);
    if (foreign !== undefined) return this.setAside(delivery, foreign);
    return this.#posted(this.#answerInput(question, { delivery, info }, body));
  }

  #answerInput(
    question: OpenQuestion,
    { delivery, info }: Received,
    body: Json,
  ): Draft<RoutedInput> {
    const { name } = this.#options.service;
    const input = answerInput(question, body, messageInfo(delivery, null, null));
    if (info.identity !== null)
      input.identity = answerIdentity(info.identity, contentDigest(input.event.type, body));
    input.unhandled = () => unhandledMessage(name, delivery);
    return input;
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
    if (this.#lookUps > 0) return undefined;
    const { config } = this.#options.service;
    try {
      if (delivery.queue === config.replyQueue) return this.#localAnswer(delivery, asked);
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

  #localAnswer(
    delivery: Delivery,
    asked: (correlationId: string) => AskRow | undefined,
  ): readonly RoutedInput[] | undefined {
    const { correlationId = '' } = delivery.properties;
    const own = asked(correlationId);
    const row = own ?? this.#options.remembered(correlationId);
    if (row === undefined) return undefined;
    const body = decodeBody(delivery, this.#answerLimits);
    const message = this.#received(delivery, body);
    const { trust } = this.#options.service.config;
    if (foreignAnswer(trust, row, message.info, body) !== undefined) return undefined;
    return [this.#answerInput({ row, remembered: own === undefined }, message, body)];
  }

  async #lookUp(correlationId: string): Promise<OpenQuestion | undefined> {
    this.#lookUps += 1;
    try {
      return await this.#findAsk(correlationId);
    } finally {
      this.#lookUps -= 1;
    }
  }

  async #findAsk(correlationId: string): Promise<OpenQuestion | undefined> {
    const live = this.#options.remembered(correlationId);
    if (live !== undefined) return { row: live, remembered: true };
    const [ephemeral] = await this.#options.ephemeralAsks([correlationId]);
    const row = ephemeral ?? (await this.#asks.find(correlationId));
    return row && { row, remembered: false };
  }

  /** A question came back: no queue takes it. False when that could not be committed. */
  async unroutable(row: OutboxRow): Promise<boolean> {
    const question = await this.#findAsk(row.correlationId ?? '');
    if (question === undefined) return true;
    const identity = identityBelow(row.properties.messageId ?? row.id, 'unroutable');
    const input = unroutableInput(question);
    input.identity = identity;
    input.unhandled = () => unroutableMessage(row, identity);
    return (await this.#posted(input)) === 'done';
  }

  /**
   * A message can never be published: keeps it as a dead letter, and tells the asker of a question.
   * False when the event for the asker could not be committed. Rejects when the journal cannot be
   * reached.
   */
  async unpublishable(row: OutboxRow, error: Error): Promise<boolean> {
    await this.#keepDeadLetter(unpublishableMessage(row), error);
    return row.correlationId === undefined || this.unroutable(row);
  }

  #settled(inputs: readonly RoutedInput[]): Promise<Acknowledgement> {
    const [only] = inputs;
    if (only !== undefined && inputs.length === 1) return this.#posted(only);
    const parts = inputs.map((input) => this.#posted(input));
    void Promise.race(parts).then(() => this.#options.failpoints.reach('delivery.part-done'));
    return Promise.all(parts).then((settlements) =>
      settlements.includes('retry') ? 'retry' : 'done',
    );
  }

  /** The input gets its last member in place: a copy of it would cost every message. */
  #posted(input: Draft<RoutedInput>): Promise<Settlement> {
    return new Promise((settle) => this.#options.post(Object.assign(input, { settle })));
  }

  async #refuse(
    { delivery, info: { replyTo } }: Received,
    error: Refused | Broken,
  ): Promise<Acknowledgement> {
    if (replyTo !== null) await this.#answer(replyTo, error, this.#traceOf(delivery));
    if (replyTo === null || error instanceof Broken) {
      const { name } = this.#options.service;
      await this.#keepDeadLetter(unhandledMessage(name, delivery), error);
    }
    return 'done';
  }

  #traceOf({ properties }: Delivery): TraceContext | undefined {
    return this.#options.tracer && traceContextIn(properties.headers);
  }

  async #answer(
    replyTo: ReplyAddress,
    error: Refused | Broken,
    trace: TraceContext | undefined,
  ): Promise<void> {
    const { service, ids, now, failpoints, publish } = this.#options;
    const form = error instanceof RefusedInForm ? error.form : undefined;
    const address = { service: service.name, machine: '', key: replyTo.messageId };
    const answerer = { id: ids.next(), atMs: now(), address };
    failpoints.reach('refusal.before-publish');
    await publish(answerRow(answerer, replyTo, refusalBody(error, form), trace));
    failpoints.reach('refusal.published');
  }

  async #keepDeadLetter(message: UnhandledMessage, error: Error): Promise<void> {
    const { ids, now, failpoints, journal, log } = this.#options;
    const deadLetter: Draft<DeadLetter> = {
      ...message,
      id: ids.next(),
      reason: error.message,
      atMs: now(),
    };
    if (error instanceof Broken && error.cause instanceof Error && error.cause.stack !== undefined)
      deadLetter.stack = error.cause.stack;
    failpoints.reach('dead-letter.before-add');
    await journal.addDeadLetter(deadLetter);
    failpoints.reach('dead-letter.added');
    log('warn', 'a message is a dead letter', deadLetterFields(deadLetter));
  }
}
