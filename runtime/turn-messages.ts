/**
 * The messages of one turn: outbox rows, and the questions among them.
 *
 * 1. A message's id is made of its actor, the version the turn leads to and its place among the turn's messages: computed again it is the
 *    same.
 */
import { type ActorAddress, addressId } from './address.ts';
import type { Publish, Reply, ReplyAddress } from './effects.ts';
import type { MessageProperties } from './envelope.ts';
import { Broken } from './errors.ts';
import type { AskRow, OutboxRow } from './journal.ts';
import type { Path, StepEffect } from './machine-step.ts';
import type { ServiceDefinition, ServiceMachine } from './service.ts';

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
    if (config.replyQueue === undefined) throw new Broken('broken', `${name} asks, but its config gives it no reply queue`);
    return this.#ports.ownReplyQueue?.(name) ?? config.replyQueue;
  }

  /** An ephemeral actor has no version to count: the next one of the same key would use the same numbers. */
  #messageId(): string {
    if (this.#sender.machine.ephemeral) return this.#ports.nextId();
    return `${addressId(this.#sender.address)}/${this.#sender.loaded.version + 1}.${this.outbox.length}`;
  }

  #properties(message: Publish, messageId: string): MessageProperties {
    return {
      messageId,
      type: message.action,
      appId: this.#sender.service.name,
      contentType: 'application/json',
      persistent: true,
      // AMQP carries whole seconds.
      timestampMs: this.#ports.now() - (this.#ports.now() % 1_000),
      ...(message.headers === undefined ? {} : { headers: message.headers }),
    };
  }

  publish(message: Publish, more: Partial<MessageProperties> = {}): OutboxRow {
    const row: OutboxRow = {
      id: this.#ports.nextId(),
      address: this.#sender.address,
      exchange: message.exchange,
      routingKey: message.routingKey,
      mandatory: message.mandatory ?? false,
      properties: { ...this.#properties(message, message.messageId ?? this.#messageId()), ...more },
      body: message.body ?? { action: message.action, data: message.data ?? {} },
    };
    this.outbox.push(row);
    return row;
  }

  /** An ask whose answer comes to the member at `path`. */
  ask(question: Extract<StepEffect, { kind: 'ask' }>['question'], path: Path): void {
    const messageId = question.messageId ?? this.#messageId();
    const correlationId = question.correlationId ?? messageId;
    const row = this.publish({ ...question, messageId, mandatory: true }, { replyTo: this.replyQueue(), correlationId });
    this.outbox[this.outbox.length - 1] = { ...row, correlationId };
    const ask: AskRow = { correlationId, address: this.#sender.address, path, event: question.answer };
    this.asks.push(question.about === undefined ? ask : { ...ask, about: question.about });
  }

  /** To the exchange the question came through; directly where it named a queue of the broker's own making. */
  answer({ to, body }: Pick<Reply, 'to' | 'body'>): void {
    const direct = to.routingKey.startsWith('amq.');
    const message = { exchange: direct ? '' : to.exchange, routingKey: to.routingKey, action: 'answer', body, mandatory: true };
    const row = this.publish({ ...message, messageId: `${to.messageId}/answer` }, replyProperties(to));
    if (!direct && to.exchange !== '') this.outbox[this.outbox.length - 1] = { ...row, orDefaultExchange: true };
  }
}

function replyProperties(to: ReplyAddress): Partial<MessageProperties> {
  return to.correlationId === undefined ? {} : { correlationId: to.correlationId };
}
