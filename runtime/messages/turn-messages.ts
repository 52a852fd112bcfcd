/**
 * The messages of one turn: outbox rows, and the questions among them.
 *
 * Invariants:
 * - Same id again: the id of a message is made of its actor and the life of the actor, the version
 *   that the turn leads to and the position of the message in the turn. When the turn is computed
 *   again, the id is the same. No other life of the actor has it.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ActorAddress } from '../ports/address.ts';
import type { Draft } from '../ports/draft.ts';
import type { MessageProperties } from '../ports/envelope.ts';
import { Broken } from '../ports/errors.ts';
import { identityOf } from '../ports/identity.ts';
import type { AskRow, OutboxRow } from '../ports/journal-rows.ts';
import type { Json } from '../ports/json.ts';
import type { Ask, Publish, ReplyAddress } from '../step/effects.ts';
import type { Path } from '../step/path.ts';
import { answerRow } from './answer.ts';

/** The actor whose turn it is, and the version that the turn begins with. */
export interface Sender {
  readonly address: ActorAddress;
  readonly service: {
    readonly name: string;
    readonly config: Pick<ExchangeConfig, 'replyQueue'>;
  };
  readonly machine: { readonly ephemeral: boolean };
  readonly loaded: { readonly version: number };
}

interface Ports {
  readonly now: () => number;
  readonly rowId: () => string;
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

  /** The queue that answers come to. Throws `Broken` when the config gives the service none. */
  replyQueue(): string {
    const { config, name } = this.#sender.service;
    if (config.replyQueue === undefined)
      throw new Broken('broken', `${name} asks, but its config gives it no reply queue`);
    return this.#ports.ownReplyQueue?.(name) ?? config.replyQueue;
  }

  publish(message: Publish, life: string): void {
    const properties = this.#properties(message, message.messageId ?? this.#messageId(life));
    this.#send(message, message.mandatory ?? false, properties);
  }

  /** The answer comes to the member at `path`. */
  ask(question: Ask, path: Path, life: string): void {
    const messageId = question.messageId ?? this.#messageId(life);
    const correlationId = question.correlationId ?? messageId;
    const properties = this.#properties(question, messageId);
    properties.replyTo = this.replyQueue();
    properties.correlationId = correlationId;
    this.#send(question, true, properties).correlationId = correlationId;
    const ask: Draft<AskRow> = {
      correlationId,
      address: this.#sender.address,
      path,
      event: question.answer,
    };
    if (question.about !== undefined) ask.about = question.about;
    this.asks.push(ask);
  }

  answer(to: ReplyAddress, body: Json): void {
    const { now, rowId } = this.#ports;
    const answerer = { id: rowId(), atMs: now(), address: this.#sender.address };
    this.outbox.push(answerRow(answerer, to, body));
  }

  #messageId(life: string): string {
    const { address, loaded } = this.#sender;
    const { service, machine, key } = address;
    const place = `${loaded.version + 1}.${this.outbox.length}`;
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
    this.outbox.push(row);
    return row;
  }
}
