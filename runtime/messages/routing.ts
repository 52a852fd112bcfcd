/**
 * From a message to the actors that get it: pure functions over the routes of a service. They throw
 * `Refused`, or `Broken` when a function of the service throws.
 */
import type { TSchema } from 'typebox';
import { isJsonObject } from '../../config/json.ts';
import type { ActorAddress } from '../ports/address.ts';
import type { Draft } from '../ports/draft.ts';
import { Broken, type ErrorBody, errorOf, Refused, UnanimousError } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import { keyBytesMax, nameProblem } from '../ports/name-problem.ts';
import type { MachineEvent } from '../step/machine-event.ts';
import { contentDigest } from './content-digest.ts';
import { givenMembers } from './given-members.ts';
import type { RoutedInput } from './input.ts';
import { type MessageInfo, messageMembers } from './message-events.ts';
import type { Received } from './received.ts';
import type {
  IncomingMessage,
  MessageRoute,
  OwnMessage,
  ServiceDefinition,
  Target,
} from './service-definition.ts';
import { checkSender } from './trust.ts';
import { unhandledMessage } from './unhandled-message.ts';
import { checkSchema } from './validation.ts';

/** A refusal whose answer has the form that the route of its message wants. */
export class RefusedInForm extends Refused {
  readonly form: (error: ErrorBody) => Json;

  constructor(refused: Refused, form: (error: ErrorBody) => Json) {
    super(refused.code, refused.message, refused.at === undefined ? {} : { at: refused.at });
    this.form = form;
  }
}

/**
 * The inputs that a message becomes; none when the service ignores its action. `nextId` gives a
 * UUIDv7. An error that a function of the service throws is a bug: the message would fail each time
 * it is delivered.
 */
export function routed(
  service: ServiceDefinition,
  received: Received,
  body: Json,
  isOwn: OwnMessage,
  nextId: () => string,
): readonly RoutedInput[] {
  try {
    return inputs(service, received, body, isOwn, nextId);
  } catch (thrown) {
    const cause = errorOf(thrown);
    if (cause instanceof UnanimousError) throw cause;
    throw new Broken('broken', `the message could not be routed: ${cause.message}`, { cause });
  }
}

function inputs(
  service: ServiceDefinition,
  received: Received,
  body: Json,
  isOwn: OwnMessage,
  nextId: () => string,
): readonly RoutedInput[] {
  const { action, data } = interpreted(service, body, received.info.queue);
  const found = routeOf(service, action, () => isOwn(action, data));
  if (found === undefined) return [];
  const { name, route } = found;
  const { message, targets } = inForm(route, received, () => {
    const needsData = route.speaksFor !== undefined;
    const isSent = () => isOwn(action, data);
    // A sender without permission learns nothing about the form of messages.
    if (!needsData) permit(service, route, () => incoming(received.info, name, data), isSent);
    const checked = route.schema === undefined ? data : checkedData(service, route.schema, data);
    const message = incoming(received.info, name, checked);
    if (needsData) permit(service, route, () => message, isSent);
    return { message, targets: targetsOf(name, route.to(message, nextId())) };
  });
  return targets.map((target) => inputOf(service, received, route, message, target));
}

function checkedData({ config }: ServiceDefinition, schema: TSchema, data: Json): Json {
  return checkSchema(schema, givenMembers(schema, data, config.compat === 'lenient'), '/data');
}

/** A message of the service to itself needs no permission. */
function permit(
  { name, config: { trust } }: ServiceDefinition,
  route: MessageRoute,
  message: () => IncomingMessage,
  isOwn: () => boolean,
): void {
  if (trust === undefined || route.internal === true) return;
  try {
    checkSender(trust, name, route, message());
  } catch (error) {
    if (!isOwn()) throw error;
  }
}

/** The actors that the route `action` names. A function of the service may return anything. */
function targetsOf(action: string, named: Target | readonly Target[]): readonly Target[] {
  const targets = Array.isArray(named) ? named : [named];
  for (const target of targets) {
    const problem = nameProblem(target?.key, keyBytesMax);
    if (problem !== undefined)
      throw new Refused(
        'bad-key',
        `the route '${action}' gives a key that names no actor: ${problem}`,
      );
  }
  return targets;
}

/** Written key by key: a spread behind other keys makes a slower object. */
function incoming(info: MessageInfo, action: string, data: Json): IncomingMessage {
  return {
    action,
    data,
    identity: info.identity,
    from: info.from,
    user: info.user,
    headers: info.headers,
    queue: info.queue,
    exchange: info.exchange,
    routingKey: info.routingKey,
    replyTo: info.replyTo,
  };
}

interface Interpreted {
  readonly action: string;
  readonly data: Json;
}

function interpreted(service: ServiceDefinition, body: Json, queue: string): Interpreted {
  const special = service.interpret?.(body, queue);
  if (special !== undefined) return special;
  if (!isJsonObject(body)) refuseForm(body);
  const { action, data = {} } = body;
  if (typeof action !== 'string')
    throw new Refused(
      'bad-message',
      `'action' must be a string, found ${JSON.stringify(action) ?? 'nothing'}`,
      { at: '/action' },
    );
  return { action, data };
}

/** The whole body is no message. */
function refuseForm(body: Json): never {
  const hint =
    typeof body === 'string'
      ? ', found a text: JSON has the content type application/json, text/plain is a text'
      : '';
  throw new Refused('bad-message', `the body must be an object {"action", "data"}${hint}`, {
    at: '/',
  });
}

/**
 * The route of an action, and the name under which the service has the route. Undefined when the
 * service ignores the action. An action may carry its entity as a prefix.
 */
function routeOf(
  { messages, ignored, name: service }: ServiceDefinition,
  action: string,
  isOwn: () => boolean,
): { readonly name: string; readonly route: MessageRoute } | undefined {
  const bare = action.slice(action.indexOf('.') + 1);
  for (const name of [action, bare]) {
    const route = Object.hasOwn(messages, name) ? messages[name] : undefined;
    if (route !== undefined && (route.internal !== true || isOwn())) return { name, route };
    if (ignored.has(name)) return undefined;
  }
  const known = Object.keys(messages)
    .filter((name) => isPublic(messages[name]))
    .join(', ');
  throw new Refused(
    'unknown-action',
    `${service} does not know the action '${action}'; it knows ${known}`,
    { at: '/action' },
  );
}

/** Whether people and programs outside the protocol send such messages. */
function isPublic(route: MessageRoute | undefined): boolean {
  return route?.internal !== true && route?.sender !== 'service';
}

/** What `check` returns. A refusal has the form that the route wants. */
function inForm<T>({ refusal }: MessageRoute, { info }: Received, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Refused) || refusal === undefined || info.replyTo === null) throw error;
    throw new RefusedInForm(error, refusal);
  }
}

function inputOf(
  service: ServiceDefinition,
  { delivery, info }: Received,
  route: MessageRoute,
  message: IncomingMessage,
  target: Target,
): RoutedInput {
  const address: ActorAddress = { service: service.name, machine: route.machine, key: target.key };
  const read = route.read?.(message, target);
  const data = target.data ?? message.data;
  const isFlat = route.flat ?? service.machines.get(route.machine)?.flat ?? false;
  const input: Draft<RoutedInput> = {
    kind: 'event',
    address,
    path: [],
    event: isFlat ? flatEvent(message.action, data, info) : eventOf(message.action, data, info),
    starts: route.starts !== false,
    ignoreIfAbsent: route.ignoreIfAbsent ?? false,
    unhandled: () => unhandledMessage(service.name, delivery),
  };
  if (route.starts === 'input') input.machineInput = unreserved(data, ['$']);
  if (info.identity !== null) {
    input.identity = info.identity;
    input.digest = contentDigest(message.action, data);
  }
  if (info.replyTo !== null) input.replyTo = info.replyTo;
  if (read !== undefined) input.read = read;
  if (route.refusal !== undefined) input.refusal = route.refusal;
  return input;
}

function eventOf(type: string, data: Json, message: MessageInfo): MachineEvent {
  return { type, data, $: messageMembers(message) };
}

function flatEvent(type: string, data: Json, message: MessageInfo): MachineEvent {
  if (!isJsonObject(data))
    throw new Refused('bad-message', 'the data must be an object: its members are the event', {
      at: '/data',
    });
  unreserved(data, ['type', '$']);
  return { ...data, type, $: messageMembers(message) };
}

/** The data itself. `__proto__` would be no member of an event or an input, but its prototype. */
function unreserved(data: Json, reserved: readonly string[]): Json {
  for (const key of [...reserved, '__proto__'])
    if (isJsonObject(data) && Object.hasOwn(data, key))
      throw new Refused('bad-message', `the data has the reserved member '${key}'`, {
        at: `/data/${key}`,
      });
  return data;
}
