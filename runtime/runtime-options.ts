/**
 * The options of a runtime, with their defaults, and the ports and settings that its engines get.
 */
import { processDefaults } from '../config/process-defaults.ts';
import { Connections, type TransportOf } from './connections.ts';
import type { EngineOptions, EnginePorts, EngineSettings } from './engine-options.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import { type Chance, systemChance } from './ports/chance.ts';
import { type Clock, systemClock } from './ports/clock.ts';
import { Broken } from './ports/errors.ts';
import { type Failpoints, noFailpoints } from './ports/failpoints.ts';
import { type Ids, systemIds } from './ports/ids.ts';
import type { Journal } from './ports/journal.ts';
import type { HistoryLine, TurnCommit } from './ports/journal-rows.ts';
import { type Log, noLog } from './ports/log.ts';
import type { Retention } from './ports/retention.ts';
import type { Tracer } from './ports/tracing.ts';

export interface RuntimeOptions {
  readonly services: readonly ServiceDefinition[];
  /** A single connection for all services, or a connection for each user. */
  readonly transport: TransportOf;
  /** The journal of each service: the same for all, or a journal for each database. */
  readonly journal: Journal | ((service: ServiceDefinition) => Journal);
  /** A memory journal for ephemeral machines. */
  readonly ephemeral: Journal;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /**
   * Spreads the moments at which failed activities are tried again. Default: the machine's random
   * numbers.
   */
  readonly chance?: Chance;
  readonly log?: Log;
  /** Makes spans of what happens. Default: none are made. */
  readonly tracer?: Tracer | undefined;
  readonly failpoints?: Failpoints;
  /** Called with history lines once they are committed, for example to show them. */
  readonly onHistory?: (lines: readonly HistoryLine[]) => void;
  /** Called with turns once they are committed, for an inspector. The turns must not be changed. */
  readonly onTurns?: (turns: readonly TurnCommit[]) => void;
  /** The name of this process in the journal. Default: a new id. */
  readonly instance?: string;
  /** Host and process id, for whoever lists the processes of a journal. Default: `instance`. */
  readonly place?: string;
  /** Deliveries of a queue that may be under way. Default 256. */
  readonly prefetch?: number;
  /** Batches of turns over a journal that may be under way at once. Default 2. */
  readonly lanes?: number;
  /** Actors of one batch. Default 128. */
  readonly batchMax?: number;
  /** Actors kept live between turns. Default 10 000. */
  readonly cacheMax?: number;
  /**
   * Whether a message between two services of this process over the same journal is handled in the
   * batch of its sender, and committed with the batch, where the transport is in this process.
   * Default `false`.
   */
  readonly fuse?: boolean;
  /**
   * Messages of this process that may wait to be published. While more wait, no turn begins:
   * deliveries stay unacknowledged, and the broker stops at `prefetch`. Default 10 000.
   */
  readonly outgoingMax?: number;
  /** Time between two heartbeats of this process, milliseconds. Default 1 000. */
  readonly heartbeatMs?: number;
  /**
   * How long a timer of another process, or of a commit whose answer was lost, may go unseen,
   * milliseconds. Default 1 000.
   */
  readonly timerPollMs?: number;
  /**
   * A process without a heartbeat for this long is dead, and others take over what it held,
   * milliseconds. Default 5 000.
   */
  readonly leaseMs?: number;
  /** How long rows that are over are kept, milliseconds. Default: `defaultRetention`. */
  readonly retention?: Partial<Retention>;
}

const defaultSettings: EngineSettings = {
  lanes: 2,
  batchMax: 128,
  cacheMax: processDefaults.cached_actors,
  outgoingMax: 10_000,
  heartbeatMs: 1_000,
  timerPollMs: 1_000,
  leaseMs: processDefaults.lease_ms,
};
export const defaultPrefetch = processDefaults.prefetch;

export function listenersOf({
  onHistory = () => undefined,
  onTurns = () => undefined,
}: RuntimeOptions): Pick<EngineOptions, 'onHistory' | 'onTurns'> {
  return { onHistory, onTurns };
}

export function enginePorts(options: RuntimeOptions): EnginePorts {
  const clock = options.clock ?? systemClock;
  return {
    connections: new Connections(options.services, options.transport, clock),
    clock,
    ids: options.ids ?? systemIds(clock),
    chance: options.chance ?? systemChance,
    log: options.log ?? noLog,
    tracer: options.tracer,
    failpoints: options.failpoints ?? noFailpoints,
  };
}

export function engineSettings(options: RuntimeOptions): EngineSettings {
  return {
    lanes: options.lanes ?? defaultSettings.lanes,
    batchMax: options.batchMax ?? defaultSettings.batchMax,
    cacheMax: options.cacheMax ?? defaultSettings.cacheMax,
    outgoingMax: options.outgoingMax ?? defaultSettings.outgoingMax,
    heartbeatMs: options.heartbeatMs ?? defaultSettings.heartbeatMs,
    timerPollMs: options.timerPollMs ?? defaultSettings.timerPollMs,
    leaseMs: options.leaseMs ?? defaultSettings.leaseMs,
  };
}

export function journalOf({ journal }: RuntimeOptions, service: ServiceDefinition): Journal {
  return typeof journal === 'function' ? journal(service) : journal;
}

export function servicesByJournal(
  options: RuntimeOptions,
): ReadonlyMap<Journal, readonly ServiceDefinition[]> {
  const groups = new Map<Journal, ServiceDefinition[]>();
  for (const service of options.services) {
    const journal = journalOf(options, service);
    groups.set(journal, [...(groups.get(journal) ?? []), service]);
  }
  return groups;
}

/** Throws `Broken('config-invalid')` when two services have one name. */
export function byName(
  services: readonly ServiceDefinition[],
): ReadonlyMap<string, ServiceDefinition> {
  const named = new Map<string, ServiceDefinition>();
  for (const service of services) {
    const other = named.get(service.name);
    if (other !== undefined) {
      const files = `${other.config.file} and ${service.config.file}`;
      throw new Broken(
        'config-invalid',
        `two services have the svc_name '${service.name}' (${files}); allowed is one in a process`,
        { at: '/svc_name' },
      );
    }
    named.set(service.name, service);
  }
  return named;
}
