/**
 * The messages of one turn: outbox rows, and the questions among them.
 *
 * 1. A message's id is made of its actor, the version the turn leads to and its place among the turn's messages: computed again it is the
 *    same.
 */
import { type ActorAddress, addressId } from '../ports/address.ts';
import type { Draft } from '../ports/draft.ts';
import type { MessageProperties } from '../ports/envelope.ts';
import { Broken } from '../ports/errors.ts';
import type { AskRow, OutboxRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Publish, Reply } from '../step/effects.ts';
import type { Path } from '../step/path.ts';
import type { StepEffect } from '../step/step-effect.ts';
import type { ServiceDefinition, ServiceMachine } from './service-definition.ts';

/** Whose turn it is, and from which version on. */
export interface Sender {
  readonly address: ActorAddress;
  readonly service: Pick<ServiceDefinition, 'name' | 'config'>;
  readonly machine: Pick<ServiceMachine, 'ephemeral'>;
  readonly loaded: { readonly version: number };
}

interface Ports {
  readonly now: () => number;
  readonly nextId: () => string;
  readonly ownReplyQueue?: (service: string) => string | undefined;
}

export class TurnMessages {
  readonly outbox: OutboxRow[] = [];
  readonly asks: AskRow[] = [];
  readonly #sender: Sender;
  readonly #ports: Ports;

  constructor(sender: Sender, ports: Ports) {
    this.#sender = sender;
    this.#ports = ports;
  }

  /** Where answers come. Throws `Broken` when the config gives the service no such queue. */
  replyQueue(): string {
    const { config, name } = this.#sender.service;
    if (config.replyQueue === undefined)
      throw new Broken('broken', `${name} asks, but its config gives it no reply queue`);
    return this.#ports.ownReplyQueue?.(name) ?? config.replyQueue;
  }

  /** An ephemeral actor has no version to count: the next one of the same key would use the same numbers. */
  #messageId(): string {
    if (this.#sender.machine.ephemeral) return this.#ports.nextId();
    return `${addressId(this.#sender.address)}/${this.#sender.loaded.version + 1}.${this.outbox.length}`;
  }

  #properties(
    { action, headers }: Pick<Publish, 'action' | 'headers'>,
    messageId: string,
  ): Draft<MessageProperties> {
    const properties: Draft<MessageProperties> = {
      messageId,
      type: action,
      appId: this.#sender.service.name,
      contentType: 'application/json',
      persistent: true,
      timestampMs: this.#ports.now(),
    };
    if (headers !== undefined) properties.headers = headers;
    return properties;
  }

  #send(
    { exchange, routingKey }: Pick<Publish, 'exchange' | 'routingKey'>,
    mandatory: boolean,
    properties: MessageProperties,
    body: Json,
  ) {
    const row: Draft<OutboxRow> = {
      id: this.#ports.nextId(),
      address: this.#sender.address,
      exchange,
      routingKey,
      mandatory,
      properties,
      body,
    };
    this.outbox.push(row);
    return row;
  }

  publish(message: Publish): void {
    const properties = this.#properties(message, message.messageId ?? this.#messageId());
    this.#send(message, message.mandatory ?? false, properties, bodyOf(message));
  }

  /** An ask whose answer comes to the member at `path`. */
  ask(question: Extract<StepEffect, { kind: 'ask' }>['question'], path: Path): void {
    const messageId = question.messageId ?? this.#messageId();
    const correlationId = question.correlationId ?? messageId;
    const properties = this.#properties(question, messageId);
    properties.replyTo = this.replyQueue();
    properties.correlationId = correlationId;
    this.#send(question, true, properties, bodyOf(question)).correlationId = correlationId;
    const ask: Draft<AskRow> = {
      correlationId,
      address: this.#sender.address,
      path,
      event: question.answer,
    };
    if (question.about !== undefined) ask.about = question.about;
    this.asks.push(ask);
  }

  /** An answer to the reply address of a question. */
  answer({ to, body }: Pick<Reply, 'to' | 'body'>): void {
    const { exchange, routingKey } = to;
    const properties = this.#properties({ action: 'answer' }, `${to.messageId}/answer`);
    if (to.correlationId !== undefined) properties.correlationId = to.correlationId;
    const row = this.#send({ exchange, routingKey }, true, properties, body);
    if (exchange !== '') row.orStraightToQueue = true;
  }
}

function bodyOf({ action, data, body }: Publish): Json {
  return body ?? { action, data: data ?? {} };
}
