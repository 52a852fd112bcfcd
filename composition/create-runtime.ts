/**
 * Services put to work: the runtime over a transport and a journal, with everything in memory where nothing else is given.
 */
import { hostname } from 'node:os';
import { topologyOf } from '../config/topology.ts';
import { Client } from '../runtime/client.ts';
import type { DeadLetters } from '../runtime/duties/dead-letters.ts';
import { MemoryJournal } from '../runtime/memory/memory-journal.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import type { ActorAddress } from '../runtime/ports/address.ts';
import { type Clock, systemClock } from '../runtime/ports/clock.ts';
import { type Ids, systemIds } from '../runtime/ports/ids.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { ActivityUnderWay } from '../runtime/ports/journal-rows.ts';
import type { Locks } from '../runtime/ports/locks.ts';
import { warningsToStderr } from '../runtime/ports/log.ts';
import type { ReadableStore } from '../runtime/ports/store.ts';
import type { Transport, Transports } from '../runtime/ports/transport.ts';
import { Runtime, type RuntimeOptions } from '../runtime/runtime.ts';
import { openTransports } from '../transports/memory/memory-transports.ts';
import type { GivenService } from './given-services.ts';
import { hostedServices } from './hosted-services.ts';

/** Connections to a broker in this process; each call makes another broker. */
export function memoryTransports(clock: Clock = systemClock): Transports {
  return openTransports({ clock });
}

/**
 * The services, their broker and their journal. Without `transports` and `journal` everything is in
 * memory.
 */
export interface CreateRuntimeOptions
  extends Omit<RuntimeOptions, 'services' | 'transport' | 'journal' | 'ephemeral'> {
  /** A service that brings stores needs a config of its own here. */
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
  /** The journal of each service: one for all, or one for each database. Default: in memory, gone with the process. */
  readonly journal?: Journal | ((service: ServiceDefinition) => Journal);
}

/** Services in this process. `start` and `stop` are idempotent; concurrent callers share one promise. */
export interface RunningServices {
  /** Resolves when every service is consuming. Rejects with `ConfigError`, `Broken` (`machine-version-unknown`: stored actors the code cannot read, listed) or `Transient` when that cannot be. */
  start(): Promise<void>;
  /** Resolves when what runs is finished, or left to the journal, and everything is closed. */
  stop(): Promise<void>;
  /** A caller on the same broker, connected; close it before `stop`. */
  client(name: string): Promise<Client>;
  /** Messages of these services that nobody handled: list, show, replay, drop. */
  readonly deadLetters: DeadLetters;
  /** Activities of one actor that run or wait, in whichever process, oldest first: the attempt, and what each said last of its progress. */
  activities(address: ActorAddress): Promise<readonly ActivityUnderWay[]>;
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
  const runtime = new Runtime({
    log: warningsToStderr,
    place: `${hostname()}/${process.pid}`,
    ...rest,
    services,
    journal,
    transport: transports(),
    ephemeral: new MemoryJournal({ stores: [] }),
  });
  const clock = options.clock ?? systemClock;
  return {
    start: () => runtime.start(),
    stop: () => runtime.stop(),
    deadLetters: runtime.deadLetters,
    activities: (address) => runtime.activities(address),
    client: (name) =>
      openClient(name, transports(), services, clock, options.ids ?? systemIds(clock)),
    get isIdle() {
      return runtime.isIdle;
    },
  };
}

async function openClient(
  name: string,
  transport: Transport,
  services: readonly ServiceDefinition[],
  clock: Clock,
  ids: Ids,
): Promise<Client> {
  const client = new Client({ transport, name, clock, ids });
  await client.open(topologyOf(services.map(({ config }) => config)));
  return client;
}
