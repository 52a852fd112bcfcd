/**
 * The messages of one turn: outbox rows, and the questions among them.
 *
 * Invariants:
 * - Same id again: the id of a message is made of its actor and the life of the actor, the version
 *   that the turn leads to and the position of the message in the turn. When the turn is computed
 *   again, the id is the same. No other life of the actor has it.
 * - Publishable: a message that the transport can never carry is refused in the step that asks for
 *   the message. Then no message of the step is taken.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ActorAddress } from '../ports/address.ts';
import type { Draft } from '../ports/draft.ts';
import type { MessageProperties } from '../ports/envelope.ts';
import { Broken } from '../ports/errors.ts';
import { identityOf } from '../ports/identity.ts';
import type { AskRow, OutboxRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import { type TraceContext, withTraceContext } from '../ports/tracing.ts';
import type { PublishRule } from '../ports/transport.ts';
import type { Ask, Publish, ReplyAddress } from '../step/effects.ts';
import type { Path } from '../step/path.ts';
import type { StepEffect } from '../step/step-effect.ts';
import { answerRow } from './answer.ts';
import { replyExchangeHeader } from './answer-ways.ts';
import type { Correlation } from './correlation.ts';
import type { MessageRoute } from './service-definition.ts';

/** The actor whose turn it is, and the version that the turn begins with. */
export interface Sender {
  readonly address: ActorAddress;
  readonly service: {
    readonly name: string;
    readonly config: Pick<ExchangeConfig, 'replyQueue'> &
      Partial<Pick<ExchangeConfig, 'replyExchange'>>;
    readonly messages: Readonly<Record<string, Pick<MessageRoute, 'internal'>>>;
  };
  readonly machine: { readonly ephemeral: boolean };
  readonly loaded: { readonly version: number };
}

interface Ports {
  readonly now: () => number;
  readonly rowId: () => string;
  readonly ownReplyQueue?: (service: string) => string | undefined;
  /** Of the journal of a service. Undefined: a question is correlated by its message id. */
  readonly correlation?: (service: string) => Correlation;
  /** Finds what keeps a message from ever being published. Undefined: nothing is looked for. */
  readonly unpublishable?: PublishRule;
}

const none: readonly OutboxRow[] = [];

export class TurnMessages {
  /** The step whose messages are taken. Undefined without a tracer. */
  trace: TraceContext | undefined;
  /** All messages of the turn, in order. */
  readonly sent: OutboxRow[] = [];
  readonly asks: AskRow[] = [];
  /** Messages that have reached their receivers within the batch. */
  #delivered: Set<OutboxRow> | undefined;
  /** Messages whose ids a machine has chosen. */
  #chosen: Set<OutboxRow> | undefined;
  /** Questions whose message ids a machine has chosen, by correlation id. */
  #chosenQuestions: Set<string> | undefined;
  readonly #sender: Sender;
  readonly #ports: Ports;

  constructor(sender: Sender, ports: Ports) {
    this.#sender = sender;
    this.#ports = ports;
  }

  /** The messages that the outbox gets. */
  get outbox(): readonly OutboxRow[] {
    const delivered = this.#delivered;
    return delivered === undefined ? this.sent : this.sent.filter((row) => !delivered.has(row));
  }

  get handedOver(): readonly OutboxRow[] {
    return this.#delivered === undefined ? none : [...this.#delivered];
  }

  /** The message was handled within the batch: the outbox does not get it. */
  delivered(row: OutboxRow): void {
    this.#delivered ??= new Set();
    this.#delivered.add(row);
  }

  /** Whether the id of the message was made here, so that no other message can have it. */
  hasOwnId(row: OutboxRow): boolean {
    return row.properties.type !== 'answer' && this.#chosen?.has(row) !== true;
  }

  /** The queue that answers come to. Throws `Broken` when the config gives the service none. */
  #replyQueue(): string {
    const { config, name } = this.#sender.service;
    if (config.replyQueue === undefined)
      throw new Broken('broken', `${name} asks, but its config gives it no reply queue`);
    return this.#ports.ownReplyQueue?.(name) ?? config.replyQueue;
  }

  /**
   * Takes the messages among the effects of a step, all or none. `life`: of the actor after the step.
   * @throws Broken when one of them can never be published, or asks and the service has no queue for
   * the answer
   */
  take(effects: readonly StepEffect[], life: string): void {
    const [rows, questions] = [this.sent.length, this.asks.length];
    try {
      for (const effect of effects) this.#take(effect, life);
      this.#checkFrom(rows);
    } catch (error) {
      this.sent.length = rows;
      this.asks.length = questions;
      throw error;
    }
  }

  #take(effect: StepEffect, life: string): void {
    if (effect.kind === 'publish') this.#publish(effect.message, life);
    else if (effect.kind === 'ask') this.#ask(effect.question, effect.path, effect.asker, life);
    else if (effect.kind === 'reply') this.answer(effect.reply.to, effect.reply.body);
  }

  #checkFrom(position: number): void {
    const { unpublishable } = this.#ports;
    if (unpublishable === undefined) return;
    for (let index = position; index < this.sent.length; index += 1) {
      const row = this.sent[index] as OutboxRow;
      const problem = unpublishable(row);
      if (problem === undefined) continue;
      const { at, reason } = problem;
      const type = row.properties.type ?? '';
      throw new Broken('bad-message', `the message '${type}' cannot be published: ${reason}`, {
        at,
      });
    }
  }

  #publish(message: Publish, life: string): void {
    const messageId = message.messageId ?? this.#messageId(life);
    const properties = this.#properties(message, messageId);
    const correlation = this.#ports.correlation?.(this.#sender.service.name);
    if (correlation !== undefined && this.#isInternal(message))
      properties.correlationId = correlation.ofInternal(
        messageId,
        message.action,
        message.data ?? {},
      );
    const row = this.#send(message, message.mandatory ?? false, properties);
    if (message.messageId !== undefined) this.#choose(row);
  }

  #choose(row: OutboxRow): void {
    this.#chosen ??= new Set();
    this.#chosen.add(row);
  }

  /** The answer comes to the member at `path`. `asker`: its number, unless it is the root. */
  #ask(question: Ask, path: Path, asker: number | undefined, life: string): void {
    const messageId = question.messageId ?? this.#messageId(life);
    const correlationId = question.correlationId ?? this.#correlationId(question, messageId);
    const properties = this.#properties(question, messageId);
    properties.replyTo = this.#replyQueue();
    const { replyExchange } = this.#sender.service.config;
    if (replyExchange !== undefined)
      properties.headers = { ...properties.headers, [replyExchangeHeader]: replyExchange };
    properties.correlationId = correlationId;
    const row = this.#send(question, true, properties);
    row.correlationId = correlationId;
    if (question.messageId !== undefined) {
      this.#choose(row);
      this.#chosenQuestions ??= new Set();
      this.#chosenQuestions.add(correlationId);
    }
    const ask: Draft<AskRow> = {
      correlationId,
      address: this.#sender.address,
      path,
      event: question.answer,
    };
    if (asker !== undefined) ask.asker = asker;
    if (question.of !== undefined) ask.of = question.of;
    if (question.about !== undefined) ask.about = question.about;
    if (this.trace !== undefined) ask.trace = this.trace;
    this.asks.push(ask);
  }

  #correlationId(question: Ask, messageId: string): string {
    const { action, data = {} } = question;
    const correlation = this.#ports.correlation?.(this.#sender.service.name);
    if (correlation === undefined) return messageId;
    return this.#isInternal(question)
      ? correlation.ofInternal(messageId, action, data)
      : correlation.ofQuestion(messageId);
  }

  #isInternal({ action }: Publish): boolean {
    const { messages } = this.#sender.service;
    return Object.hasOwn(messages, action) && messages[action]?.internal === true;
  }

  /** Whether the question was asked in this turn and waits. */
  isAsked(correlationId: string): boolean {
    return this.asks.some((ask) => ask.correlationId === correlationId);
  }

  /**
   * The question of this turn has got its last answer. True: no other question can have its id, so
   * no other message can have the id of the answer.
   */
  endAsk(correlationId: string): boolean {
    const position = this.asks.findIndex((ask) => ask.correlationId === correlationId);
    if (position >= 0) this.asks.splice(position, 1);
    return this.#chosenQuestions?.has(correlationId) !== true;
  }

  /** The questions that a child has asked in this turn wait no longer. */
  endAsker(asker: number): void {
    for (let index = this.asks.length - 1; index >= 0; index -= 1)
      if (this.asks[index]?.asker === asker) this.asks.splice(index, 1);
  }

  /** Not checked: an answer of the runtime must not fail in place of the answered message. */
  answer(to: ReplyAddress, body: Json): void {
    const { now, rowId } = this.#ports;
    const answerer = { id: rowId(), atMs: now(), address: this.#sender.address };
    this.sent.push(answerRow(answerer, to, body, this.trace));
  }

  #messageId(life: string): string {
    const { address, loaded } = this.#sender;
    const { service, machine, key } = address;
    const place = `${loaded.version + 1}.${this.sent.length}`;
    return identityOf(service, machine, key, life, place);
  }

  #properties({ action, headers }: Publish, messageId: string): Draft<MessageProperties> {
    const properties: Draft<MessageProperties> = {
      messageId,
      type: action,
      appId: this.#sender.service.name,
      contentType: 'application/json',
      persistent: true,
      timestampMs: this.#ports.now(),
    };
    if (headers !== undefined) properties.headers = headers;
    if (this.trace !== undefined) properties.headers = withTraceContext(headers, this.trace);
    return properties;
  }

  #send(
    { exchange, routingKey, action, data = {}, body }: Publish,
    mandatory: boolean,
    properties: MessageProperties,
  ): Draft<OutboxRow> {
    const row: Draft<OutboxRow> = {
      id: this.#ports.rowId(),
      address: this.#sender.address,
      exchange,
      routingKey,
      mandatory,
      properties,
      body: body ?? { action, data },
    };
    this.sent.push(row);
    return row;
  }
}
