/**
 * A service of a specification, as a value: its actors at one moment. Messages take the service's
 * own routes, and each actor that gets a message makes a turn of the runtime.
 */

import type { RoutedInput } from '../../runtime/messages/input.ts';
import type { MessageInfo } from '../../runtime/messages/message-events.ts';
import { routed } from '../../runtime/messages/routing.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import { type ActorAddress, addressId } from '../../runtime/ports/address.ts';
import type { Delivery } from '../../runtime/ports/envelope.ts';
import { Broken, UnanimousError } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { StepEffect } from '../../runtime/step/step-effect.ts';
import type { SpecConsent } from './consent-rows.ts';
import {
  absentActor,
  type ReadAnswers,
  type Rejection,
  type SpecActor,
  settled,
} from './spec-actor.ts';
import type { message } from './spec-messages.ts';
import { routedStep } from './spec-steps.ts';

/** The result of `message(…)`. */
export type SpecMessage = ReturnType<typeof message<Json>>;

export interface SpecService {
  readonly service: ServiceDefinition;
  readonly reads: ReadAnswers;
  /** Of a participant or an owner. */
  readonly consent?: SpecConsent;
  readonly nowMs: number;
  /** Messages that have arrived. */
  readonly ids: number;
  /** By `addressId`. */
  readonly actors: ReadonlyMap<string, SpecActor>;
  /** Actors that the last step was for. */
  readonly touched: readonly string[];
  readonly effects: readonly StepEffect[];
  readonly stopped: readonly string[];
  readonly rejected: Rejection | undefined;
}

const nothingNew = { touched: [], effects: [], stopped: [], rejected: undefined } as const;

export function idleService(
  service: ServiceDefinition,
  reads: ReadAnswers,
  nowMs: number,
): SpecService {
  return { service, reads, nowMs, ids: 0, actors: new Map(), ...nothingNew };
}

/** The same service; the last step is over. */
export function settledService(world: SpecService): SpecService {
  return { ...world, ...nothingNew };
}

/** A message arrives. It may be a message that the service takes only from itself. */
export function received(world: SpecService, { type, data, $ }: SpecMessage): SpecService {
  const before = { ...settledService(world), ids: world.ids + 1 };
  const { identity, replyTo } = $.message;
  const info = { ...$.message, identity: identity ?? replyTo?.messageId ?? null };
  try {
    return routed(
      world.service,
      { delivery: deliveryOf(info), info },
      { action: type, data },
      () => true,
      () => `new-${before.ids}`,
    ).reduce(taken, before);
  } catch (error) {
    if (!(error instanceof UnanimousError)) throw error;
    return { ...before, rejected: { error, type, isAnswered: replyTo !== null } };
  }
}

/** Where a dead letter of the message would come from. */
function deliveryOf({ queue, exchange, routingKey }: MessageInfo): Delivery {
  const properties = { persistent: true };
  return { queue, exchange, routingKey, redelivered: false, properties, body: new Uint8Array() };
}

function taken(world: SpecService, input: RoutedInput): SpecService {
  const id = addressId(input.address);
  const actor = world.actors.get(id) ?? absentIn(world, input.address);
  return withActor(world, id, routedStep(actor, input));
}

/** An actor of the service before its first message. */
export function absentIn({ service, reads, nowMs }: SpecService, address: ActorAddress): SpecActor {
  const machine = service.machines.get(address.machine);
  if (machine === undefined)
    throw new Broken('broken', `${service.name} has no machine '${address.machine}'`);
  return absentActor({ address, service, machine }, reads, nowMs);
}

/** The service after a step of one actor. */
export function withActor(world: SpecService, id: string, actor: SpecActor): SpecService {
  const { effects, stopped, rejected } = actor;
  const isTouched = rejected === undefined && actor.family !== undefined;
  return {
    ...world,
    actors: new Map(world.actors).set(id, { ...actor, rejected: undefined }),
    touched: isTouched ? [...world.touched, id] : world.touched,
    effects: [...world.effects, ...effects],
    stopped: [...world.stopped, ...stopped],
    rejected: rejected ?? world.rejected,
  };
}

/** The service at a later time, with everything that has happened in its actors meanwhile. */
export function atTime(
  world: SpecService,
  nowMs: number,
  pass: (actor: SpecActor) => SpecActor,
): SpecService {
  let later: SpecService = { ...settledService(world), nowMs };
  for (const [id, actor] of world.actors) {
    const passed = pass(settled(actor));
    const isNew =
      passed.rejected !== undefined || passed.effects.length + passed.stopped.length > 0;
    later = isNew
      ? withActor(later, id, passed)
      : { ...later, actors: new Map(later.actors).set(id, passed) };
  }
  return later;
}
