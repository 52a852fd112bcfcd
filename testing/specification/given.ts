/**
 * The beginning of a specification: a machine or a service, in a stored state or after some messages.
 *
 *     given(order)
 *       .when(message('place', { amount: 12 }, { replyTo: caller('m1') }))
 *       .then({ state: 'paying', activities: [{ activity: 'charge', input: { amount: 12 } }] })
 *       .waits('60 s')
 *       .then({ state: 'late', replies: [{ body: { error: 'the payment took too long' } }] });
 */
import type { AnyStateMachine } from 'xstate';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { defineMachine, type MachineDefinition } from '../../runtime/step/machine-definition.ts';
import { MachineSpec } from './machine-spec.ts';
import { ServiceSpec } from './service-spec.ts';
import { type ReadAnswer, restoreActor, type SpecActor, startActor } from './spec-actor.ts';
import type { SpecEvent } from './spec-messages.ts';
import { idleService, type SpecMessage, type SpecService, settingOf } from './spec-service.ts';

interface Circumstances {
  /** Time at the beginning, milliseconds since the epoch. Default 1 000 000. */
  readonly atMs?: number;
  /** Answers to reads, by `store.op`: a value, or a function of the read's arguments. */
  readonly reads?: Readonly<Record<string, ReadAnswer>>;
}

/** How a machine's specification begins. */
export interface GivenMachine extends Circumstances {
  /** The actor's key. Default `actor`. */
  readonly key?: string;
  /** What the machine is started with, beside its key and service. */
  readonly input?: JsonObject;
  /** A stored state to begin in: `spec.stored()`, or `family` of what `journal.inspect` gives. Its timers fire as soon as time passes. */
  readonly snapshot?: Json;
  /** What has arrived before. */
  readonly messages?: readonly SpecEvent[];
}

/** How a service's specification begins. */
export interface GivenService extends Circumstances {
  /** Stored states of actors, by `machine/key`. */
  readonly snapshots?: Readonly<Record<string, Json>>;
  /** What has arrived before. */
  readonly messages?: readonly SpecMessage[];
}

const beginningMs = 1_000_000;

/**
 * The beginning of a specification. Throws `Broken('machine-invalid')` for a machine the runtime would refuse, and `AssertionError` when
 * a message of `messages` is not taken.
 */
export function given(service: ServiceDefinition, options?: GivenService): ServiceSpec;
export function given(
  machine: AnyStateMachine | MachineDefinition,
  options?: GivenMachine,
): MachineSpec;
export function given(
  subject: AnyStateMachine | MachineDefinition | ServiceDefinition,
  options: GivenMachine | GivenService = {},
): MachineSpec | ServiceSpec {
  return isService(subject)
    ? givenService(subject, options as GivenService)
    : givenMachine(subject, options);
}

function isService(subject: object): subject is ServiceDefinition {
  return 'messages' in subject && 'machines' in subject;
}

function givenMachine(
  machine: AnyStateMachine | MachineDefinition,
  options: GivenMachine,
): MachineSpec {
  const definition = 'activities' in machine ? machine : defineMachine(machine);
  const {
    key = 'actor',
    atMs = beginningMs,
    input = {},
    reads = {},
    messages = [],
    snapshot,
  } = options;
  const setting = { key, service: 'service', input, reads };
  const actor =
    snapshot === undefined
      ? startActor(definition, setting, atMs)
      : restoreActor(definition, setting, atMs, snapshot);
  return messages.reduce((spec, event) => spec.when(event), new MachineSpec(actor));
}

function givenService(service: ServiceDefinition, options: GivenService): ServiceSpec {
  const { atMs = beginningMs, reads = {}, messages = [], snapshots = {} } = options;
  const world = idleService(service, reads, atMs);
  const actors = Object.entries(snapshots).map(
    ([name, snapshot]) => [`${service.name}/${name}`, restored(world, name, snapshot)] as const,
  );
  return messages.reduce(
    (spec, event) => spec.when(event),
    new ServiceSpec({ ...world, actors: new Map(actors) }),
  );
}

function restored(world: SpecService, name: string, snapshot: Json): SpecActor {
  const [machine = '', ...key] = name.split('/');
  const definition = world.service.machines.get(machine);
  if (definition === undefined) {
    const known = [...world.service.machines.keys()].join(', ');
    throw new RangeError(
      `snapshots: '${name}' must be 'machine/key'; the machines of ${world.service.name} are ${known}`,
    );
  }
  return restoreActor(definition, settingOf(world, key.join('/')), world.nowMs, snapshot);
}
