/**
 * From a message to the actors it is for: pure functions over a service's routes. They throw `Refused`, or `Broken` where the service's
 * own functions fail.
 */
import type { ActorAddress } from '../ports/address.ts';
import type { UnhandledMessage } from '../ports/dead-letter.ts';
import type { Draft } from '../ports/draft.ts';
import type { Delivery } from '../ports/envelope.ts';
import { Broken, type ErrorBody, Refused, UnanimousError } from '../ports/errors.ts';
import type { Json, JsonObject } from '../ports/json.ts';
import type { ReplyAddress } from '../step/effects.ts';
import type { EventInput } from './input.ts';
import type { MessageInfo } from './message-events.ts';
import type {
  IncomingMessage,
  MessageRoute,
  ServiceDefinition,
  Target,
} from './service-definition.ts';
import { checkSchema } from './validation.ts';

/** A delivery with what is known of its sender. */
export interface Raw {
  readonly delivery: Delivery;
  readonly replyTo: ReplyAddress | undefined;
  readonly identity: string | undefined;
}

export type RoutedInput = Omit<EventInput, 'settle'>;

/** A refusal whose answer has the form its message wants. */
export class RefusedInForm extends Refused {
  readonly form: (error: ErrorBody) => Json;

  constructor(refused: Refused, form: (error: ErrorBody) => Json) {
    super(refused.code, refused.message, refused.at === undefined ? {} : { at: refused.at });
    this.form = form;
  }
}

/**
 * The inputs a message becomes; none when the service ignores its action. `nextId` gives a UUIDv7.
 * What a service's own functions throw is a bug: the message would fail again and again.
 */
export function routed(
  service: ServiceDefinition,
  raw: Raw,
  body: Json,
  nextId: () => string,
): readonly RoutedInput[] {
  try {
    return inputs(service, raw, body, nextId);
  } catch (error) {
    if (error instanceof UnanimousError) throw error;
    throw new Broken('broken', `the message could not be routed: ${String(error)}`, {
      cause: error,
    });
  }
}

function inputs(
  service: ServiceDefinition,
  raw: Raw,
  body: Json,
  nextId: () => string,
): readonly RoutedInput[] {
  const { action, data } = interpreted(service, body, raw.delivery.queue);
  const name = routeName(service, action);
  if (name === undefined) return [];
  const route = service.messages[name] as MessageRoute;
  check(route, data, raw);
  const message = incoming(raw, name, data);
  const targets = route.to(message, nextId());
  return (Array.isArray(targets) ? targets : [targets as Target]).map((target) =>
    inputOf(service, raw, route, message, target),
  );
}

function interpreted(
  service: ServiceDefinition,
  body: Json,
  queue: string,
): { readonly action: string; readonly data: Json } {
  const special = service.interpret?.(body, queue);
  if (special !== undefined) return special;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refused('bad-message', 'the body must be an object {"action", "data"}', { at: '/' });
  const { action, data = {} } = body as JsonObject;
  if (typeof action !== 'string')
    throw new Refused(
      'bad-message',
      `'action' must be a string, found ${JSON.stringify(action) ?? 'nothing'}`,
      { at: '/action' },
    );
  return { action, data };
}

/** The route's name; undefined when the action is one the service ignores. An action may carry its entity as a prefix. */
function routeName(
  { messages, ignored, name }: ServiceDefinition,
  action: string,
): string | undefined {
  const bare = action.slice(action.indexOf('.') + 1);
  for (const candidate of [action, bare]) {
    if (Object.hasOwn(messages, candidate)) return candidate;
    if (ignored.has(candidate)) return undefined;
  }
  throw new Refused(
    'unknown-action',
    `${name} does not know the action '${action}'; it knows ${Object.keys(messages).join(', ')}`,
    {
      at: '/action',
    },
  );
}

function check(route: MessageRoute, data: Json, raw: Raw): void {
  if (route.schema === undefined) return;
  try {
    checkSchema(route.schema, data, '/data');
  } catch (error) {
    if (!(error instanceof Refused) || route.refusal === undefined || raw.replyTo === undefined)
      throw error;
    throw new RefusedInForm(error, route.refusal);
  }
}

function incoming(
  { delivery, identity, replyTo }: Raw,
  action: string,
  data: Json,
): IncomingMessage {
  const { queue, exchange, routingKey, properties } = delivery;
  return {
    action,
    data,
    identity,
    from: properties.appId,
    headers: properties.headers ?? {},
    queue,
    exchange,
    routingKey,
    replyTo,
  };
}

function inputOf(
  service: ServiceDefinition,
  raw: Raw,
  route: MessageRoute,
  message: IncomingMessage,
  target: Target,
): RoutedInput {
  const address: ActorAddress = { service: service.name, machine: route.machine, key: target.key };
  const read = route.read?.(message, target);
  const event = {
    type: message.action,
    data: target.data ?? message.data,
    $: { message: infoOf(raw) },
  };
  const input: Draft<RoutedInput> = {
    kind: 'event',
    address,
    path: [],
    event,
    starts: route.starts,
    ignoreIfAbsent: route.ignoreIfAbsent ?? false,
    unhandled: () => unhandledMessage(service, raw.delivery),
  };
  if (raw.identity !== undefined) input.identity = raw.identity;
  if (raw.replyTo !== undefined) input.replyTo = raw.replyTo;
  if (read !== undefined) input.read = read;
  if (route.refusal !== undefined) input.refusal = route.refusal;
  return input;
}

/** The raw message, as the dead letters keep it. Few messages become one, so the body is written in base64 only when somebody looks. */
export function unhandledMessage(service: ServiceDefinition, delivery: Delivery): UnhandledMessage {
  const { queue, exchange, routingKey, properties } = delivery;
  return {
    service: service.name,
    kind: 'message',
    queue,
    exchange,
    routingKey,
    properties,
    get body() {
      return Buffer.from(delivery.body).toString('base64');
    },
  };
}

/** What a machine sees of a message. */
export function infoOf({ delivery, identity, replyTo }: Raw): MessageInfo {
  const { exchange, routingKey, properties } = delivery;
  const from = properties.appId ?? null;
  return {
    identity: identity ?? null,
    from,
    headers: properties.headers ?? {},
    exchange,
    routingKey,
    replyTo: replyTo ?? null,
  };
}
