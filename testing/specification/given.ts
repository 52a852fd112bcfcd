/**
 * The beginning of a specification: a machine or a service, in a stored state or after some
 * messages.
 *
 *     given(order)
 *       .when(message('place', { amount: 12 }, { replyTo: caller('m1') })) .then({ state: 'paying',
 *       activities: [{ activity: 'charge', input: { amount: 12 } }] }) .waits('60 s') .then({
 *       state: 'late', replies: [{ body: { error: 'the payment took too long' } }] });
 */

import type { Owner } from '../../actors/peer/define-owner.ts';
import type { Participant } from '../../actors/peer/define-participant.ts';
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import { addressId } from '../../runtime/ports/address.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import {
  type AnyMachine,
  defineMachine,
  type MachineDefinition,
} from '../../runtime/step/machine-definition.ts';
import { readsOf, type SpecConsent } from './consent-rows.ts';
import { MachineSpec } from './machine-spec.ts';
import { ServiceSpec } from './service-spec.ts';
import { absentActor, type ReadAnswer, restored, type SpecActor, started } from './spec-actor.ts';
import type { SpecEvent } from './spec-messages.ts';
import { type PeerGiven, peerWith, type SpecPeer } from './spec-peer.ts';
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

/** How the specification of a participant begins. */
export interface GivenParticipant<Rows> extends GivenService {
  /** The rows that depend on nodes of others, by entity, as reads give them. Default: none. */
  readonly rows?: { readonly [Entity in keyof Rows]?: readonly Rows[Entity][] };
  /** Default: the config of the definition, or a config with the entities of `dependsOn`. */
  readonly config?: ExchangeConfig;
}

/** How the specification of an owner begins. */
export interface GivenOwner<Row, Rows> extends GivenParticipant<Rows> {
  /** The rows that others depend on, beside those that go along. Default: none. */
  readonly owned?: readonly Row[];
  /** Services that have subscribed to each row. Default: none. */
  readonly subscribers?: readonly string[];
}

const beginningMs = 1_000_000;

/**
 * The beginning of a specification. Throws `Broken('machine-invalid')` for a machine that the
 * runtime would refuse, and `AssertionError` when a message of `messages` is not taken.
 */
export function given<Row, Rows>(
  owner: Owner<Row, Rows>,
  options?: GivenOwner<Row, Rows>,
): ServiceSpec;
export function given<Rows>(
  participant: Participant<Rows>,
  options?: GivenParticipant<Rows>,
): ServiceSpec;
export function given(service: ServiceDefinition, options?: GivenService): ServiceSpec;
export function given(machine: AnyMachine | MachineDefinition, options?: GivenMachine): MachineSpec;
export function given(...begins: OfPeer | OfService | OfMachine): MachineSpec | ServiceSpec {
  if (isOfPeer(begins)) return givenPeer(...begins);
  return isOfService(begins) ? givenService(...begins) : givenMachine(...begins);
}

type OfPeer = readonly [peer: SpecPeer, options?: GivenPeer | undefined];
type GivenPeer = GivenService & Partial<PeerGiven>;

type OfService = readonly [service: ServiceDefinition, options?: GivenService | undefined];
type OfMachine = readonly [
  machine: AnyMachine | MachineDefinition,
  options?: GivenMachine | undefined,
];

function isOfPeer(begins: OfPeer | OfService | OfMachine): begins is OfPeer {
  return 'define' in begins[0];
}

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

function givenPeer(peer: SpecPeer, options: GivenPeer = {}): ServiceSpec {
  const { rows = {}, owned = [], subscribers = [], reads = {} } = options;
  const { service, consent } = peerWith(peer, { ...options, rows, owned, subscribers, reads });
  return givenService(service, { ...options, reads: readsOf(consent) }, consent);
}

function givenService(
  service: ServiceDefinition,
  options: GivenService = {},
  consent?: SpecConsent,
): ServiceSpec {
  const { atMs = beginningMs, reads = {}, messages = [], snapshots = {} } = options;
  const world = { ...idleService(service, reads, atMs), ...(consent && { consent }) };
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
