/**
 * The beginning of a specification: a machine or a service, in a stored state or after some
 * messages.
 *
 *     given(order)
 *       .when(message('place', { amount: 12 }, { replyTo: caller('m1') }))
 *       .then({ state: 'paying', activities: [{ activity: 'charge', input: { amount: 12 } }] })
 *       .waits('60 s')
 *       .then({ state: 'late', replies: [{ body: { error: 'the payment took too long' } }] });
 */

import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import { addressId } from '../../runtime/ports/address.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import {
  type AnyMachine,
  defineMachine,
  type MachineDefinition,
} from '../../runtime/step/machine-definition.ts';
import { MachineSpec } from './machine-spec.ts';
import { ServiceSpec } from './service-spec.ts';
import { absentActor, type ReadAnswer, restored, type SpecActor, started } from './spec-actor.ts';
import type { SpecEvent } from './spec-messages.ts';
import { absentIn, idleService, type SpecMessage, type SpecService } from './spec-service.ts';

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
  /** The machine's input at the start, beside its key and service. */
  readonly input?: JsonObject;
  /**
   * A stored state to begin in: `spec.stored()`, or the `family` that `journal.inspect` gives. Its
   * timers fire as soon as time passes.
   */
  readonly snapshot?: Json;
  /** Messages that have arrived before. */
  readonly messages?: readonly SpecEvent[];
}

/** How a service's specification begins. */
export interface GivenService extends Circumstances {
  /** Stored states of actors, by `machine/key`. */
  readonly snapshots?: Readonly<Record<string, Json>>;
  /** Messages that have arrived before. */
  readonly messages?: readonly SpecMessage[];
}

const beginningMs = 1_000_000;

/**
 * The beginning of a specification. Throws `Broken('machine-invalid')` for a machine that the
 * runtime would refuse, and `AssertionError` when a message of `messages` is not taken.
 */
export function given(service: ServiceDefinition, options?: GivenService): ServiceSpec;
export function given(machine: AnyMachine | MachineDefinition, options?: GivenMachine): MachineSpec;
export function given(...begins: OfService | OfMachine): MachineSpec | ServiceSpec {
  return isOfService(begins) ? givenService(...begins) : givenMachine(...begins);
}

type OfService = readonly [service: ServiceDefinition, options?: GivenService | undefined];
type OfMachine = readonly [
  machine: AnyMachine | MachineDefinition,
  options?: GivenMachine | undefined,
];

function isOfService(begins: OfService | OfMachine): begins is OfService {
  return 'messages' in begins[0] && 'machines' in begins[0];
}

function givenMachine(
  given: AnyMachine | MachineDefinition,
  options: GivenMachine = {},
): MachineSpec {
  const { key = 'actor', atMs = beginningMs, reads = {}, messages = [], snapshot } = options;
  const definition = 'activities' in given ? given : defineMachine(given);
  const machine = { ...definition, ephemeral: false };
  const address = { service: 'service', machine: machine.name, key };
  const service = { name: 'service', config: { replyQueue: 'service_reply' }, messages: {} };
  const absent = absentActor({ address, service, machine }, reads, atMs);
  const actor =
    snapshot === undefined ? started(absent, options.input ?? {}) : restored(absent, snapshot);
  return messages.reduce((spec, event) => spec.when(event), new MachineSpec(actor));
}

function givenService(service: ServiceDefinition, options: GivenService = {}): ServiceSpec {
  const { atMs = beginningMs, reads = {}, messages = [], snapshots = {} } = options;
  const world = idleService(service, reads, atMs);
  const actors = Object.entries(snapshots).map(([name, snapshot]) => {
    const actor = actorIn(world, name, snapshot);
    return [addressId(actor.address), actor] as const;
  });
  return messages.reduce(
    (spec, event) => spec.when(event),
    new ServiceSpec({ ...world, actors: new Map(actors) }),
  );
}

function actorIn(world: SpecService, name: string, snapshot: Json): SpecActor {
  const { service } = world;
  const [machine = '', ...key] = name.split('/');
  if (!service.machines.has(machine)) {
    const known = [...service.machines.keys()].join(', ');
    throw new RangeError(
      `snapshots: '${name}' must be 'machine/key'; the machines of ${service.name} are ${known}`,
    );
  }
  const address = { service: service.name, machine, key: key.join('/') };
  return restored(absentIn(world, address), snapshot);
}
