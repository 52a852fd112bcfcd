/**
 * From a delivery to the mailboxes of one service: decode, check, route. Nothing that comes in can stop the service, and nothing is
 * lost by being bad: it is answered where an answer was asked for, else it becomes a dead letter with its reason.
 *
 * 1. A delivery is `done` when everything it is for has committed it; a fan-out is done when all its parts are.
 * 2. An answer is addressed by its correlation id; one that nobody waits for any more is dropped.
 * 3. A message's identity is its `message_id`; without one `(reply_to, correlation_id)` or `request_id`; without any it is handled at
 *    least once.
 */
import type { ActorAddress } from './address.ts';
import { decodeBody } from './codec.ts';
import type { ReplyAddress } from './effects.ts';
import type { Delivery, HeaderValue } from './envelope.ts';
import { Broken, errorBody, Refused, UnanimousError } from './errors.ts';
import type { Ids } from './ids.ts';
import type { AskRow, DeadLetter, Journal, OutboxRow } from './journal.ts';
import type { Json, JsonObject } from './json.ts';
import type { Log } from './log.ts';
import type { EventInput, Settlement } from './mailbox.ts';
import type { IncomingMessage, MessageInfo, MessageRoute, ServiceDefinition, Target } from './service.ts';
import type { Acknowledgement } from './transport.ts';
import { checkSchema } from './validation.ts';

export interface IntakeOptions {
  readonly service: ServiceDefinition;
  readonly journal: Pick<Journal, 'findAsks' | 'bury'>;
  readonly ids: Ids;
  readonly now: () => number;
  readonly log: Log;
  readonly post: (input: EventInput) => void;
  /** Asks of this process's ephemeral machines, which no journal knows. */
  readonly ephemeralAsks: (correlationIds: readonly string[]) => Promise<readonly AskRow[]>;
  /** Publishes an answer the runtime itself gives. */
  readonly answer: (row: OutboxRow) => Promise<void>;
}

interface Raw {
  readonly delivery: Delivery;
  readonly replyTo: ReplyAddress | undefined;
  readonly identity: string | undefined;
}

export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  async handle(delivery: Delivery): Promise<Acknowledgement> {
    let raw: Raw = { delivery, identity: identityOf(delivery, {}), replyTo: undefined };
    raw = { ...raw, replyTo: this.#replyAddress(delivery, raw.identity) };
    try {
      const body = decodeBody(delivery, this.#options.service.config.limits);
      const identity = identityOf(delivery, body);
      raw = { delivery, identity, replyTo: this.#replyAddress(delivery, identity) };
      const answered = delivery.queue === this.#options.service.config.replyQueue;
      return answered ? await this.#takeAnswer(raw, body) : await this.#takeMessage(raw, body);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Broken)) throw error;
      return this.#refuse(raw, error);
    }
  }

  /** A message the service gives itself. */
  async give(action: string, data: Json): Promise<void> {
    const delivery: Delivery = {
      queue: '',
      exchange: '',
      routingKey: '',
      redelivered: false,
      properties: { persistent: false },
      body: new Uint8Array(),
    };
    await this.#takeMessage({ delivery, identity: undefined, replyTo: undefined }, { action, data });
  }

  async #takeAnswer({ delivery, identity }: Raw, body: Json): Promise<Acknowledgement> {
    const { correlationId } = delivery.properties;
    const row = correlationId === undefined ? undefined : await this.#findAsk(correlationId);
    if (row === undefined) {
      this.#options.log('debug', 'an answer nobody waits for', { correlationId: correlationId ?? null });
      return 'done';
    }
    const event = { type: row.event, answer: body, about: row.about ?? null, message: infoOf(delivery, undefined, undefined) };
    return this.#post(row, event, identity, this.#letter(delivery));
  }

  async #findAsk(correlationId: string): Promise<AskRow | undefined> {
    const [ephemeral] = await this.#options.ephemeralAsks([correlationId]);
    if (ephemeral !== undefined) return ephemeral;
    const [durable] = await this.#options.journal.findAsks([correlationId]);
    return durable;
  }

  #post(row: AskRow, event: EventInput['event'], identity: string | undefined, letter?: EventInput['letter']): Promise<Acknowledgement> {
    return this.#settled([
      {
        kind: 'event',
        address: row.address,
        path: row.path,
        event,
        starts: false,
        quiet: true,
        answer: true,
        ...(letter === undefined ? {} : { letter }),
        ...(identity === undefined ? {} : { identity }),
      },
    ]);
  }

  /** A question came back: nobody can be reached under its key. False when that could not be committed. */
  async unroutable(row: OutboxRow): Promise<boolean> {
    const ask = await this.#findAsk(row.correlationId ?? '');
    if (ask === undefined) return true;
    const event = { type: `${ask.event}.unroutable`, answer: null, about: ask.about ?? null, message: null };
    const identity = `${row.properties.messageId ?? row.id}/unroutable`;
    return (await this.#post(ask, event, identity)) === 'done';
  }

  async #takeMessage(raw: Raw, body: Json): Promise<Acknowledgement> {
    return this.#settled(this.#routed(raw, body));
  }

  /** The inputs a message becomes. What a service's own functions throw is a bug: the message would fail again and again. */
  #routed(raw: Raw, body: Json): readonly Omit<EventInput, 'settle'>[] {
    try {
      return this.#inputs(raw, body);
    } catch (error) {
      if (error instanceof UnanimousError) throw error;
      throw new Broken('broken', `the message could not be routed: ${String(error)}`, { cause: error });
    }
  }

  #inputs(raw: Raw, body: Json): readonly Omit<EventInput, 'settle'>[] {
    const { action, data } = this.#interpret(body, raw.delivery.queue);
    const name = this.#routeName(action);
    if (name === undefined) return [];
    const route = this.#options.service.messages[name] as MessageRoute;
    if (route.schema !== undefined) this.#check(route, data, raw);
    const message = this.#incoming(raw, name, data);
    const targets = route.to(message, this.#options.ids.next());
    return (Array.isArray(targets) ? targets : [targets as Target]).map((target) => this.#input(raw, route, message, target));
  }

  #interpret(body: Json, queue: string): { action: string; data: Json } {
    const special = this.#options.service.interpret?.(body, queue);
    if (special !== undefined) return special;
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new Refused('bad-message', 'the body must be an object {"action", "data"}', { at: '/' });
    const { action, data = {} } = body as JsonObject;
    if (typeof action !== 'string')
      throw new Refused('bad-message', `'action' must be a string, found ${JSON.stringify(action) ?? 'nothing'}`, { at: '/action' });
    return { action, data };
  }

  /** The route's name; undefined when the action is one the service ignores. An action may carry its entity as a prefix. */
  #routeName(action: string): string | undefined {
    const { messages, ignored, name } = this.#options.service;
    const bare = action.slice(action.indexOf('.') + 1);
    for (const candidate of [action, bare]) {
      if (Object.hasOwn(messages, candidate)) return candidate;
      if (ignored.has(candidate)) return undefined;
    }
    throw new Refused('unknown-action', `${name} does not know the action '${action}'; it knows ${Object.keys(messages).join(', ')}`, {
      at: '/action',
    });
  }

  #check(route: MessageRoute, data: Json, raw: Raw): void {
    if (route.schema === undefined) return;
    try {
      checkSchema(route.schema, data, '/data');
    } catch (error) {
      if (!(error instanceof Refused) || route.refusal === undefined || raw.replyTo === undefined) throw error;
      throw new RefusedInForm(error, route.refusal);
    }
  }

  #incoming({ delivery, identity, replyTo }: Raw, action: string, data: Json): IncomingMessage {
    const { queue, exchange, routingKey, properties } = delivery;
    return { action, data, identity, from: properties.appId, headers: properties.headers ?? {}, queue, exchange, routingKey, replyTo };
  }

  #input(raw: Raw, route: MessageRoute, message: IncomingMessage, target: Target): Omit<EventInput, 'settle'> {
    const address: ActorAddress = { service: this.#options.service.name, machine: route.machine, key: target.key };
    const read = route.read?.(message, target);
    const event = { type: message.action, data: target.data ?? message.data, message: infoOf(raw.delivery, raw.identity, raw.replyTo) };
    return {
      kind: 'event',
      address,
      path: [],
      event,
      starts: route.starts,
      quiet: route.quiet ?? false,
      letter: this.#letter(raw.delivery),
      ...(raw.identity === undefined ? {} : { identity: raw.identity }),
      ...(raw.replyTo === undefined ? {} : { replyTo: raw.replyTo }),
      ...(read === undefined ? {} : { read }),
      ...(route.refusal === undefined ? {} : { refusal: route.refusal }),
    };
  }

  #settled(inputs: readonly Omit<EventInput, 'settle'>[]): Promise<Acknowledgement> {
    const parts = inputs.map((input) => new Promise<Settlement>((settle) => this.#options.post({ ...input, settle })));
    return Promise.all(parts).then((settlements) => (settlements.includes('retry') ? 'retry' : 'done'));
  }

  #letter({ exchange, routingKey, properties, body }: Delivery): Omit<DeadLetter, 'id' | 'reason' | 'stack' | 'atMs'> {
    return { service: this.#options.service.name, exchange, routingKey, properties, body: Buffer.from(body).toString('base64') };
  }

  async #refuse({ delivery, replyTo }: Raw, error: Refused | Broken): Promise<Acknowledgement> {
    if (replyTo !== undefined) await this.#options.answer(this.#refusal(replyTo, error));
    if (replyTo === undefined || error instanceof Broken) await this.#bury(delivery, error);
    return 'done';
  }

  async #bury(delivery: Delivery, error: Refused | Broken): Promise<void> {
    const stack = error instanceof Broken && error.cause instanceof Error ? error.cause.stack : undefined;
    const letter = { ...this.#letter(delivery), id: this.#options.ids.next(), reason: error.message, atMs: this.#options.now() };
    await this.#options.journal.bury(stack === undefined ? letter : { ...letter, stack });
  }

  #refusal(to: ReplyAddress, error: Refused | Broken): OutboxRow {
    const form = error instanceof RefusedInForm ? error.form : undefined;
    const body = form?.(errorBody(error)) ?? ({ error: errorBody(error) } as unknown as Json);
    const direct = to.routingKey.startsWith('amq.');
    return {
      id: this.#options.ids.next(),
      address: { service: this.#options.service.name, machine: '', key: to.messageId },
      exchange: direct ? '' : to.exchange,
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
      ...(direct ? {} : { orDefaultExchange: true }),
    };
  }

  #replyAddress({ exchange, properties }: Delivery, identity: string | undefined): ReplyAddress | undefined {
    const { replyTo, correlationId } = properties;
    if (replyTo === undefined || replyTo === '') return undefined;
    const messageId = identity ?? this.#options.ids.next();
    return { messageId, exchange, routingKey: replyTo, ...(correlationId === undefined ? {} : { correlationId }) };
  }
}

/** A refusal whose answer has the form its message wants. */
class RefusedInForm extends Refused {
  readonly form: NonNullable<MessageRoute['refusal']>;

  constructor(refused: Refused, form: NonNullable<MessageRoute['refusal']>) {
    super(refused.code, refused.message, refused.at === undefined ? {} : { at: refused.at });
    this.form = form;
  }
}

function text(value: HeaderValue | Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function identityOf({ properties }: Delivery, body: Json): string | undefined {
  const { messageId, replyTo, correlationId, headers } = properties;
  if (messageId !== undefined && messageId !== '') return messageId;
  if (replyTo !== undefined && correlationId !== undefined) return `${replyTo} ${correlationId}`;
  const inBody = typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as JsonObject)['request_id'] : undefined;
  return text(headers?.['request_id']) ?? text(inBody);
}

function infoOf(
  { exchange, routingKey, properties }: Delivery,
  identity: string | undefined,
  replyTo: ReplyAddress | undefined,
): MessageInfo {
  return {
    identity: identity ?? null,
    from: properties.appId ?? null,
    headers: properties.headers ?? {},
    exchange,
    routingKey,
    replyTo: replyTo ?? null,
  };
}
