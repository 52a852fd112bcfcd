/**
 * A service of a specification, as a value: its actors and what it remembers of messages. Messages take the service's own routes.
 *
 * 1. A message the service remembers is not stepped again; when its answer is known, it is given again (as `runtime/turn/turn.ts` does it).
 * 2. All its actors live in one time.
 */

import type { MessageInfo } from '../../runtime/messages/message-events.ts';
import { type RoutedInput, routed } from '../../runtime/messages/routing.ts';
import type {
  ServiceDefinition,
  ServiceMachine,
} from '../../runtime/messages/service-definition.ts';
import { addressId } from '../../runtime/ports/address.ts';
import type { Delivery } from '../../runtime/ports/envelope.ts';
import { errorBody, Refused, UnanimousError } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { ReplyAddress } from '../../runtime/step/effects.ts';
import type { StepEffect } from '../../runtime/step/step-effect.ts';
import { only } from './expectation.ts';
import {
  type ActorSetting,
  deliverFirst,
  hasEnded,
  quietly,
  type Rejection,
  readAnswer,
  type SpecActor,
  startActor,
} from './spec-actor.ts';
import type { message } from './spec-messages.ts';

/** What `message(…)` makes. */
export type SpecMessage = ReturnType<typeof message<Json>>;

export interface SpecService {
  readonly service: ServiceDefinition;
  readonly reads: ActorSetting['reads'];
  readonly nowMs: number;
  readonly ids: number;
  /** By `service/machine/key`. */
  readonly actors: ReadonlyMap<string, SpecActor>;
  /** By actor and message; null: handled, and not answered (yet). */
  readonly inbox: ReadonlyMap<string, { readonly answer: Json } | null>;
  /** Actors the last step was for. */
  readonly touched: readonly string[];
  readonly effects: readonly StepEffect[];
  readonly stopped: readonly string[];
  readonly rejected: Rejection | undefined;
}

export function idleService(
  service: ServiceDefinition,
  reads: ActorSetting['reads'],
  nowMs: number,
): SpecService {
  return { service, reads, nowMs, ids: 0, actors: new Map(), inbox: new Map(), ...nothingNew };
}

const nothingNew = { touched: [], effects: [], stopped: [], rejected: undefined } as const;

/** The same service, of which nothing is new. */
export function calm(world: SpecService): SpecService {
  return { ...world, ...nothingNew };
}

/** A message arrives. */
export function receive(world: SpecService, event: SpecMessage): SpecService {
  const before = { ...calm(world), ids: world.ids + 1 };
  const { identity, replyTo } = event.$.message;
  const raw = {
    delivery: deliveryOf(event.$.message),
    identity: identity ?? replyTo?.messageId,
    replyTo: replyTo ?? undefined,
  };
  try {
    const inputs = routed(
      world.service,
      raw,
      { action: event.type, data: event.data },
      () => `new-${before.ids}`,
    );
    return inputs.reduce(take, before);
  } catch (error) {
    if (!(error instanceof UnanimousError)) throw error;
    return { ...before, rejected: { error, event } };
  }
}

function deliveryOf({
  identity,
  from,
  headers,
  exchange,
  routingKey,
  replyTo,
}: MessageInfo): Delivery {
  const properties = {
    ...{ persistent: true, headers },
    ...(identity === null ? {} : { messageId: identity }),
    ...(from === null ? {} : { appId: from }),
    ...(replyTo === null ? {} : { replyTo: replyTo.routingKey }),
  };
  return {
    queue: 'spec',
    exchange,
    routingKey,
    redelivered: false,
    properties,
    body: new Uint8Array(),
  };
}

function take(world: SpecService, input: RoutedInput): SpecService {
  const known =
    input.identity === undefined ? undefined : world.inbox.get(inboxKey(input, input.identity));
  if (known !== undefined)
    return known === null ? world : repeat(world, known.answer, input.replyTo);
  const actor = actorFor(world, input);
  if (actor === undefined) return absent(world, input);
  const event =
    input.read === undefined
      ? input.event
      : {
          ...input.event,
          $: { ...input.event['$'], read: readAnswer(world.reads, input.read) },
        };
  return remember(
    withActor(world, addressId(input.address), deliverFirst(actor, event, actor)),
    input,
  );
}

function actorFor(world: SpecService, { address, starts }: RoutedInput): SpecActor | undefined {
  const actor = world.actors.get(addressId(address));
  if (actor !== undefined && !hasEnded(actor)) return quietly(actor);
  if (!starts) return undefined;
  const machine = world.service.machines.get(address.machine) as ServiceMachine;
  return startActor(machine, settingOf(world, address.key), world.nowMs);
}

export function settingOf({ service, reads }: SpecService, key: string): ActorSetting {
  return { key, service: service.name, input: {}, reads };
}

function absent(world: SpecService, { address, event, ignoreIfAbsent }: RoutedInput): SpecService {
  if (ignoreIfAbsent) return world;
  const error = new Refused(
    'not-found',
    `there is no ${address.machine} '${address.key}' that could take '${event.type}'`,
  );
  return { ...world, rejected: { error, event } };
}

/** The actor after a step; an actor that would be new and has not taken its first message is not there. */
export function withActor(world: SpecService, id: string, actor: SpecActor): SpecService {
  const { effects, stopped, rejected } = actor;
  if (rejected !== undefined) return { ...world, rejected };
  return {
    ...world,
    actors: new Map(world.actors).set(id, actor),
    inbox: withAnswers(world.inbox, id, effects),
    touched: [...world.touched, id],
    effects: [...world.effects, ...effects],
    stopped: [...world.stopped, ...stopped],
  };
}

function withAnswers(
  inbox: SpecService['inbox'],
  id: string,
  effects: readonly StepEffect[],
): SpecService['inbox'] {
  const answers = only(effects, 'reply').filter(({ reply }) => reply.recorded !== false);
  return new Map([
    ...inbox,
    ...answers.map(({ reply }) => [`${id} ${reply.to.messageId}`, { answer: reply.body }] as const),
  ]);
}

/** A refusal is an answer and stands; what failed may come again. */
function remember(world: SpecService, input: RoutedInput): SpecService {
  const { identity, refusal } = input;
  const error = world.rejected?.error;
  if (
    identity === undefined ||
    isEphemeral(world, input) ||
    (error !== undefined && !(error instanceof Refused))
  )
    return world;
  const key = inboxKey(input, identity);
  const refused =
    error === undefined
      ? null
      : { answer: refusal?.(errorBody(error)) ?? ({ error: errorBody(error) } as unknown as Json) };
  return { ...world, inbox: new Map(world.inbox).set(key, world.inbox.get(key) ?? refused) };
}

function isEphemeral({ service }: SpecService, { address }: RoutedInput): boolean {
  return service.machines.get(address.machine)?.ephemeral ?? false;
}

function repeat(world: SpecService, body: Json, to: ReplyAddress | undefined): SpecService {
  return to === undefined
    ? world
    : { ...world, effects: [...world.effects, { kind: 'reply', path: [], reply: { to, body } }] };
}

function inboxKey({ address }: RoutedInput, identity: string): string {
  return `${addressId(address)} ${identity}`;
}
