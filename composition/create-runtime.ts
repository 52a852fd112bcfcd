/**
 * Services put to work: the runtime over a transport and a journal, with everything in memory where
 * nothing else is given.
 */
import { hostname } from 'node:os';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { clientQueuePrefix } from '../config/implied.ts';
import { type Topology, topologyOf } from '../config/topology.ts';
import { Client, type ClientOptions } from '../runtime/client.ts';
import type { TransportOf } from '../runtime/connections.ts';
import type { DeadLetters } from '../runtime/duties/dead-letters.ts';
import { MemoryJournal } from '../runtime/memory/memory-journal.ts';
import { callerSigner } from '../runtime/messages/caller-signature.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import type { ActorAddress } from '../runtime/ports/address.ts';
import { type Clock, systemClock } from '../runtime/ports/clock.ts';
import { systemIds } from '../runtime/ports/ids.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { ActivityUnderWay } from '../runtime/ports/journal-rows.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import { warningsToStderr } from '../runtime/ports/log.ts';
import type { ReadableStore } from '../runtime/ports/store.ts';
import type { Transport, Transports } from '../runtime/ports/transport.ts';
import { Runtime } from '../runtime/runtime.ts';
import type { RuntimeOptions } from '../runtime/runtime-options.ts';
import type { FusedCounts } from '../runtime/turn/fused-counts.ts';
import { openTransports } from '../transports/memory/memory-transports.ts';
import { ClientConnections } from './client-connections.ts';
import type { GivenService } from './given-services.ts';
import { hostedServices } from './hosted-services.ts';

/** Connections to a broker in this process; each call makes another broker. */
export function memoryTransports(clock: Clock = systemClock): Transports {
  return openTransports({ clock });
}

/**
 * The services, with broker and journal. Without `transports` and `journal` everything is in
 * memory.
 */
export interface CreateRuntimeOptions
  extends Omit<RuntimeOptions, 'services' | 'transport' | 'journal' | 'ephemeral'> {
  /** A service that brings stores must have its config here. */
  readonly services: readonly GivenService[];
  /**
   * The stores of `journal`, for services that bring stores: `database.stores`. Default: without
   * `journal`, the stores in memory.
   */
  readonly stores?: ReadonlyMap<string, ReadableStore>;
  /** The locks of services that bring stores. Default: locks of this process. */
  readonly locks?: Locks;
  /** Default: a broker in this process. `transportsAt` gives those of any other broker. */
  readonly transports?: Transports;
  /**
   * The journal of each service: the same for all, or a journal for each database. Default: in
   * memory, gone with the process.
   */
  readonly journal?: Journal | ((service: ServiceDefinition) => Journal);
}

/**
 * Services in this process. `start` and `stop` are idempotent; concurrent callers share one promise.
 */
export interface RunningServices {
  /**
   * Resolves when every service consumes. Rejects with `ConfigError`, with `Broken`
   * (`machine-version-unknown` lists the stored actors that the code cannot read) or with
   * `Transient` when a service cannot start.
   */
  start(): Promise<void>;
  /** Resolves when what runs is finished, or left to the journal, and everything is closed. */
  stop(): Promise<void>;
  /** A caller on the same broker, connected; close it before `stop`. */
  client(name: string): Promise<Client>;
  /** Messages of these services that nobody handled: list, show, replay, drop. */
  readonly deadLetters: DeadLetters;
  /**
   * Activities of an actor that run or wait, in any process, oldest first, each with its attempt
   * and the last progress that it reported.
   */
  activities(address: ActorAddress): Promise<readonly ActivityUnderWay[]>;
  /** Messages that were handled in the batch of their sender, and all other messages. */
  readonly fused: FusedCounts;
  /** True when nothing waits and nothing is under way in this process. */
  readonly isIdle: boolean;
}

/**
 * Services in this process; nothing runs before `start()`. Throws `ConfigError` or
 * `Broken('config-invalid')` for services with stores that do not fit together or have no config.
 */
export function createRuntime(options: CreateRuntimeOptions): RunningServices {
  const { transports = memoryTransports(), ...rest } = options;
  const { services, journal } = hostedServices(options);
  const configs = services.map(({ config }) => config);
  const runtime = new Runtime({
    log: warningsToStderr,
    place: `${hostname()}/${process.pid}`,
    ...rest,
    services,
    journal,
    transport: transportOf(configs, transports),
    ephemeral: new MemoryJournal({ stores: [] }),
  });
  const clock = options.clock ?? systemClock;
  return {
    start: () => runtime.start(),
    stop: () => runtime.stop(),
    deadLetters: runtime.deadLetters,
    fused: runtime.fused,
    activities: (address) => runtime.activities(address),
    client: (name) =>
      openClient(name, clientTransport(configs, transports), configs, {
        clock,
        ids: options.ids ?? systemIds(clock),
        tracer: options.tracer,
      }),
    get isIdle() {
      return runtime.isIdle;
    },
  };
}

/**
 * A single connection, or a connection for each service when the services have different users.
 */
function transportOf(configs: readonly ExchangeConfig[], transports: Transports): TransportOf {
  const [first, ...others] = byUser(configs);
  if (others.length === 0) return transports(first?.[0]?.brokerUser);
  const opened = new Map<string, Transport>();
  for (const ofUser of [first ?? [], ...others]) {
    const transport = transports(ofUser[0]?.brokerUser);
    for (const { svcName } of ofUser) opened.set(svcName, transport);
  }
  return ({ name }) => opened.get(name) ?? transports();
}

/** The configs of each user: a service without a user has the user in the broker's address. */
function byUser(configs: readonly ExchangeConfig[]): readonly (readonly ExchangeConfig[])[] {
  const groups = new Map<string | undefined, ExchangeConfig[]>();
  for (const config of configs) {
    const user = config.brokerUser?.name;
    groups.set(user, [...(groups.get(user) ?? []), config]);
  }
  return [...groups.values()];
}

function clientTransport(configs: readonly ExchangeConfig[], transports: Transports): Transport {
  const [first, ...others] = byUser(configs).map((ofUser) => ({
    transport: transports(ofUser[0]?.brokerUser),
    configs: ofUser,
  }));
  if (first === undefined) return transports();
  return others.length === 0 ? first.transport : new ClientConnections(first, others);
}

async function openClient(
  name: string,
  transport: Transport,
  configs: readonly ExchangeConfig[],
  ports: Pick<ClientOptions, 'clock' | 'ids' | 'tracer'>,
): Promise<Client> {
  const [ofFirst = []] = byUser(configs);
  const prefix = ofFirst[0] === undefined ? '' : clientQueuePrefix(ofFirst[0].svcName);
  const queue = `${prefix}${name}.${ports.ids.next()}`;
  const callers = configs.find(({ trust }) => trust?.callers !== undefined)?.trust?.callers;
  const outgoing = callerSigner(callers, ports.clock);
  const client = new Client({ transport, name, queue, outgoing, ...ports });
  await client.open(readable(topologyOf(ofFirst)));
  return client;
}

/** A user may bind queues only to the exchanges from which its services take messages. */
function readable({ exchanges, queues, bindings }: Topology): Topology {
  const read = new Set(bindings.map(({ exchange }) => exchange));
  return { exchanges: exchanges.filter(({ name }) => read.has(name)), queues, bindings };
}
