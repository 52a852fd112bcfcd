/**
 * From a delivery to the mailboxes of one service: decode, check, route (`routing.ts`). Nothing that comes in can stop the service, and nothing is
 * lost by being bad: it is answered where an answer was asked for, else it becomes a dead letter with its reason.
 *
 * 1. A delivery is `done` when everything it is for has committed it; a fan-out is done when all its parts are.
 * 2. An answer is addressed by its correlation id; one that nobody waits for any more is dropped.
 * 3. A message's identity is its `message_id`; without one `(reply_to, correlation_id)` or `request_id`; without any it is handled at
 *    least once.
 */

import type { StoredDeadLetter, UnhandledMessage } from '../ports/dead-letter.ts';
import type { Draft } from '../ports/draft.ts';
import type { Delivery, HeaderValue } from '../ports/envelope.ts';
import { Broken, errorBody, Refused } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { Ids } from '../ports/ids.ts';
import type { Journal } from '../ports/journal.ts';
import type { AskRow, OutboxRow } from '../ports/journal-rows.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { Log } from '../ports/log.ts';
import type { Acknowledgement, Addressing } from '../ports/transport.ts';
import type { ReplyAddress } from '../step/effects.ts';
import { AskFinder } from './ask-finder.ts';
import { decodeBody, encodeBody } from './codec.ts';
import type { EventInput, Settlement } from './input.ts';
import {
  infoOf,
  type Raw,
  RefusedInForm,
  type RoutedInput,
  routed,
  unhandledMessage,
} from './routing.ts';
import type { ServiceDefinition } from './service-definition.ts';

export interface IntakeOptions {
  readonly service: ServiceDefinition;
  /** Where answers to this process alone come. */
  readonly ownReplyQueue: string | undefined;
  readonly journal: Pick<Journal, 'findAsks' | 'addDeadLetter'>;
  readonly ids: Ids;
  readonly now: () => number;
  readonly log: Log;
  readonly failpoints: Failpoints;
  readonly post: (input: EventInput) => void;
  /** Asks of this process's ephemeral machines, which no journal knows. */
  readonly ephemeralAsks: (correlationIds: readonly string[]) => Promise<readonly AskRow[]>;
  /** Questions of actors that are live in this process. */
  readonly remembered: (correlationId: string) => AskRow | undefined;
  readonly addressing: Addressing;
  /** Publishes an answer the runtime itself gives. */
  readonly answer: (row: OutboxRow) => Promise<void>;
}

interface FoundAsk {
  readonly row: AskRow;
  readonly remembered: boolean;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #asks: AskFinder;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#asks = new AskFinder(options.journal);
  }

  /** Rejects when the journal cannot be reached. */
  handle(delivery: Delivery): Promise<Acknowledgement> {
    let raw: Raw | undefined;
    try {
      const { service, ownReplyQueue } = this.#options;
      const { limits, replyQueue } = service.config;
      const body = decodeBody(delivery, limits);
      raw = this.#rawOf(delivery, body);
      return delivery.queue === replyQueue || delivery.queue === ownReplyQueue
        ? this.#takeAnswer(raw, body)
        : this.#takeMessage(raw, body);
    } catch (error) {
      return this.#failed(raw ?? this.#rawOf(delivery, {}), error);
    }
  }

  async #failed(raw: Raw, error: unknown): Promise<Acknowledgement> {
    if (!(error instanceof Refused || error instanceof Broken)) throw error;
    return this.#refuse(raw, error);
  }

  /** A dead message comes again as it came: it is handled, or dead once more. Rejects when neither could be noted. */
  async replay(deadLetter: StoredDeadLetter): Promise<Acknowledgement> {
    if (deadLetter.kind === 'unroutable')
      return (await this.unroutable(unroutableRow(deadLetter))) ? 'done' : 'retry';
    const { queue, exchange, routingKey, properties } = deadLetter;
    return this.handle({
      queue,
      exchange,
      routingKey,
      properties,
      redelivered: true,
      body: Buffer.from(deadLetter.body, 'base64'),
    });
  }

  /** A message the service gives itself. */
  async give(action: string, data: Json): Promise<void> {
    const delivery: Delivery = {
      queue: '',
      exchange: '',
      routingKey: '',
      redelivered: false,
      properties: { persistent: false },
      body: encodeBody({ action, data }),
    };
    await this.#takeMessage(
      { delivery, identity: undefined, replyTo: undefined },
      { action, data },
    );
  }

  #takeAnswer(raw: Raw, body: Json): Promise<Acknowledgement> {
    const { correlationId } = raw.delivery.properties;
    const known = correlationId === undefined ? undefined : this.#options.remembered(correlationId);
    if (known !== undefined) return this.#takeAnswerTo({ row: known, remembered: true }, raw, body);
    return this.#takeUnknownAnswer(raw, body).catch((error: unknown) => this.#failed(raw, error));
  }

  async #takeUnknownAnswer(raw: Raw, body: Json): Promise<Acknowledgement> {
    const { correlationId } = raw.delivery.properties;
    const found = correlationId === undefined ? undefined : await this.#findAsk(correlationId);
    if (found !== undefined) return this.#takeAnswerTo(found, raw, body);
    this.#options.log('debug', 'an answer nobody waits for', {
      correlationId: correlationId ?? null,
    });
    return 'done';
  }

  #takeAnswerTo(
    found: FoundAsk,
    { delivery, identity }: Raw,
    body: Json,
  ): Promise<Acknowledgement> {
    this.#options.failpoints.reach('answer.found');
    const { row } = found;
    const event = {
      type: row.event,
      answer: body,
      about: row.about ?? null,
      $: { message: infoOf({ delivery, identity: undefined, replyTo: undefined }) },
    };
    return this.#post(found, event, identity, () =>
      unhandledMessage(this.#options.service, delivery),
    );
  }

  async #findAsk(correlationId: string): Promise<FoundAsk | undefined> {
    const known = this.#options.remembered(correlationId);
    if (known !== undefined) return { row: known, remembered: true };
    const [ephemeral] = await this.#options.ephemeralAsks([correlationId]);
    const row = ephemeral ?? (await this.#asks.find(correlationId));
    return row && { row, remembered: false };
  }

  #post(
    { row, remembered }: FoundAsk,
    event: EventInput['event'],
    identity: string | undefined,
    unhandled: () => UnhandledMessage,
  ): Promise<Acknowledgement> {
    const input: Draft<RoutedInput> = {
      kind: 'event',
      address: row.address,
      path: row.path,
      event,
      starts: false,
      ignoreIfAbsent: true,
      answer: true,
      asked: row.correlationId,
      remembered,
      unhandled,
    };
    if (identity !== undefined) input.identity = identity;
    return this.#posted(input);
  }

  /** A question came back: nobody can be reached under its key. False when that could not be committed. */
  async unroutable(row: OutboxRow): Promise<boolean> {
    const found = await this.#findAsk(row.correlationId ?? '');
    if (found === undefined) return true;
    const ask = found.row;
    const event = {
      type: `${ask.event}.unroutable`,
      answer: null,
      about: ask.about ?? null,
      $: { message: null },
    };
    const identity = `${row.properties.messageId ?? row.id}/unroutable`;
    return (
      (await this.#post(found, event, identity, () => this.#unroutableMessage(row, identity))) ===
      'done'
    );
  }

  #takeMessage(raw: Raw, body: Json): Promise<Acknowledgement> {
    const { service, ids } = this.#options;
    return this.#settled(routed(service, raw, body, () => ids.next()));
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

  #posted(input: RoutedInput): Promise<Settlement> {
    return new Promise((settle) => this.#options.post(Object.assign(input, { settle })));
  }

  /** The question itself, with what it takes to tell its asker again. */
  #unroutableMessage(row: OutboxRow, identity: string): UnhandledMessage {
    const { exchange, routingKey } = row;
    const properties = { ...row.properties, messageId: identity };
    const body = Buffer.from(encodeBody(row as unknown as Json)).toString('base64');
    return {
      service: this.#options.service.name,
      kind: 'unroutable',
      queue: '',
      exchange,
      routingKey,
      properties,
      body,
    };
  }

  async #refuse({ delivery, replyTo }: Raw, error: Refused | Broken): Promise<Acknowledgement> {
    if (replyTo !== undefined) await this.#answer(replyTo, error);
    if (replyTo === undefined || error instanceof Broken)
      await this.#addDeadLetter(delivery, error);
    return 'done';
  }

  async #answer(replyTo: ReplyAddress, error: Refused | Broken): Promise<void> {
    this.#options.failpoints.reach('refusal.before-publish');
    await this.#options.answer(this.#refusal(replyTo, error));
    this.#options.failpoints.reach('refusal.published');
  }

  async #addDeadLetter(delivery: Delivery, error: Refused | Broken): Promise<void> {
    const stack =
      error instanceof Broken && error.cause instanceof Error ? error.cause.stack : undefined;
    const deadLetter = {
      ...unhandledMessage(this.#options.service, delivery),
      id: this.#options.ids.next(),
      reason: error.message,
      atMs: this.#options.now(),
    };
    this.#options.failpoints.reach('dead-letter.before-add');
    await this.#options.journal.addDeadLetter(
      stack === undefined ? deadLetter : { ...deadLetter, stack },
    );
    this.#options.failpoints.reach('dead-letter.added');
  }

  #refusal(to: ReplyAddress, error: Refused | Broken): OutboxRow {
    const form = error instanceof RefusedInForm ? error.form : undefined;
    const body = form?.(errorBody(error)) ?? ({ error: errorBody(error) } as unknown as Json);
    return {
      id: this.#options.ids.next(),
      address: { service: this.#options.service.name, machine: '', key: to.messageId },
      exchange: to.exchange,
      routingKey: to.routingKey,
      mandatory: true,
      properties: {
        messageId: `${to.messageId}/answer`,
        type: 'answer',
        appId: this.#options.service.name,
        contentType: 'application/json',
        persistent: true,
        ...(to.correlationId === undefined ? {} : { correlationId: to.correlationId }),
      },
      body,
      ...(to.exchange === '' ? {} : { orStraightToQueue: true }),
    };
  }

  #rawOf(delivery: Delivery, body: Json): Raw {
    const identity = identityOf(delivery, body);
    return { delivery, identity, replyTo: this.#replyAddress(delivery, identity) };
  }

  #replyAddress(
    { exchange: questionExchange, properties }: Delivery,
    identity: string | undefined,
  ): ReplyAddress | undefined {
    const { replyTo, correlationId } = properties;
    if (replyTo === undefined || replyTo === '') return undefined;
    const messageId = identity ?? this.#options.ids.next();
    const exchange = this.#options.addressing.answerExchange(questionExchange, replyTo);
    return correlationId === undefined
      ? { messageId, exchange, routingKey: replyTo }
      : { messageId, exchange, routingKey: replyTo, correlationId };
  }
}

function text(value: HeaderValue | Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function unroutableRow({ body }: StoredDeadLetter): OutboxRow {
  return JSON.parse(Buffer.from(body, 'base64').toString('utf8'));
}

function identityOf({ properties }: Delivery, body: Json): string | undefined {
  const { messageId, replyTo, correlationId, headers } = properties;
  if (messageId !== undefined && messageId !== '') return messageId;
  if (replyTo !== undefined && correlationId !== undefined) return `${replyTo} ${correlationId}`;
  const inBody =
    typeof body === 'object' && body !== null && !Array.isArray(body)
      ? (body as JsonObject)['request_id']
      : undefined;
  return text(headers?.['request_id']) ?? text(inBody);
}
