/**
 * The services of one process: their machines, over journals and a transport that are handed in.
 *
 * Invariants:
 * - Start: journals, the versions stored in them, topology, recovery, then consumers. Stop: no new
 *   work, finish what runs, close.
 * - Waits are told: a start that waits for a database, for the broker or for anything else logs a
 *   warning, and `stop` ends the wait (`duties/start-waits.ts`).
 * - Both are idempotent, and concurrent callers share one promise.
 * - Services that share a journal share its engine. Ephemeral machines of all services run on a
 *   memory journal of their own.
 */
import { processDefaults } from '../config/process-defaults.ts';
import { type QueueOwners, queueOwnersOf } from '../config/queue-owners.ts';
import { Connections, type TransportOf } from './connections.ts';
import { Consumers } from './duties/consumers.ts';
import { DeadLetters } from './duties/dead-letters.ts';
import { LocalMessages } from './duties/local-messages.ts';
import { announced, type StartWaitPorts, untilReachable } from './duties/start-waits.ts';
import { refuseUnknownVersions } from './duties/stored-versions.ts';
import { Engine, type EngineOptions, type EnginePorts, type EngineSettings } from './engine.ts';
import { Correlation } from './messages/correlation.ts';
import { Intake } from './messages/intake.ts';
import { ownReplyQueues } from './messages/own-replies.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import type { ActorAddress } from './ports/address.ts';
import { type Chance, systemChance } from './ports/chance.ts';
import { type Clock, systemClock } from './ports/clock.ts';
import type { DeadLetter, StoredDeadLetter } from './ports/dead-letter.ts';
import { Broken, Transient } from './ports/errors.ts';
import { type Failpoints, noFailpoints } from './ports/failpoints.ts';
import { type Ids, systemIds } from './ports/ids.ts';
import type { Journal } from './ports/journal.ts';
import type { ProcessState } from './ports/journal-processes.ts';
import type { ActivityUnderWay, HistoryLine, OutboxRow, TurnCommit } from './ports/journal-rows.ts';
import { type Log, noLog } from './ports/log.ts';
import { checkedRetention, type Retention } from './ports/retention.ts';
import type { Acknowledgement } from './ports/transport.ts';
import { FusedCounts } from './turn/fused-counts.ts';

export interface RuntimeOptions {
  readonly services: readonly ServiceDefinition[];
  /** One connection for all services, or one for each user. */
  readonly transport: TransportOf;
  /** The journal of each service: one for all, or one for each database. */
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
  readonly failpoints?: Failpoints;
  /** Called with history lines once they are committed, for example to show what happens. */
  readonly onHistory?: (lines: readonly HistoryLine[]) => void;
  /** Called with turns once they are committed, for an inspector. The turns must not be changed. */
  readonly onTurns?: (turns: readonly TurnCommit[]) => void;
  /** The name of this process in the journal. Default: a new id. */
  readonly instance?: string;
  /** Host and process id, for whoever lists the processes of a journal. Default: `instance`. */
  readonly place?: string;
  /** Deliveries of a queue that may be under way. Default 256. */
  readonly prefetch?: number;
  /** Batches of turns that may be under way at once over one journal. Default 2. */
  readonly lanes?: number;
  /** Actors of one batch. Default 128. */
  readonly batchMax?: number;
  /** Actors kept live between turns. Default 10 000. */
  readonly cacheMax?: number;
  /**
   * Whether a message between two services of this process over one journal is handled in the batch
   * of its sender, and committed with it, where the transport is in this process. Default `false`.
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
const defaultPrefetch = processDefaults.prefetch;

/** A service of this process, with the engine of its journal. */
interface Hosted {
  readonly service: ServiceDefinition;
  readonly journal: Journal;
  readonly engine: Engine;
  readonly intake: Intake;
}

export class Runtime {
  /** Messages of these services that nobody handled. */
  readonly deadLetters: DeadLetters;
  /** Messages that were handled in the batch of their sender, and those that were not. */
  readonly fused = new FusedCounts();
  readonly #options: RuntimeOptions;
  readonly #ports: EnginePorts;
  readonly #settings: EngineSettings;
  readonly #instance: string;
  /** The reply queues that this process has for itself, by service. */
  readonly #ownReplyQueues: ReadonlyMap<string, string>;
  readonly #queueOwners: QueueOwners;
  readonly #services: ReadonlyMap<Journal, readonly ServiceDefinition[]>;
  readonly #engines: ReadonlyMap<Journal, Engine>;
  /** Runs the ephemeral machines of all services. */
  readonly #ephemeral: Engine;
  readonly #hosted: ReadonlyMap<string, Hosted>;
  /** By queue that the processes of a service share. */
  readonly #hostOf: ReadonlyMap<string, Hosted>;
  readonly #consumers: Consumers;
  /** By service. Known once the journals are open. */
  readonly #correlations = new Map<string, Correlation>();
  readonly #stopping = new AbortController();
  #started: Promise<void> | undefined;
  #startedAtMs = 0;
  #isOpening = false;
  #isUp = false;
  #stopped: Promise<void> | undefined;

  constructor(options: RuntimeOptions) {
    const ports = enginePorts(options);
    this.#options = options;
    this.#ports = ports;
    this.#settings = engineSettings(options);
    this.#instance = options.instance ?? ports.ids.next();
    this.#ownReplyQueues = ownReplyQueues(options.services, this.#instance);
    this.#queueOwners = queueOwnersOf(options.services.map(({ config }) => config));
    this.#services = servicesByJournal(options);
    this.#ephemeral = this.#ephemeralEngine();
    this.#engines = new Map(
      [...this.#services].map(([journal, services]) => [journal, this.#engine(journal, services)]),
    );
    this.#hosted = new Map(options.services.map((service) => [service.name, this.#host(service)]));
    this.#hostOf = hostsByQueue(this.#hosted.values());
    this.#consumers = new Consumers({
      transport: (service) => ports.connections.of(service),
      clock: ports.clock,
      log: ports.log,
      failpoints: ports.failpoints,
      prefetch: options.prefetch ?? defaultPrefetch,
    });
    const journals = [...this.#hosted].map(([name, { journal }]) => [name, journal] as const);
    this.deadLetters = new DeadLetters(new Map(journals), ports.clock, ports.ids);
  }

  /** Resolves when every service is consuming. */
  start(): Promise<void> {
    if (this.#started === undefined && this.#stopped !== undefined) return this.#stopped;
    this.#started ??= this.#start();
    return this.#started;
  }

  /** Resolves when all work under way is finished or left to the journal, and all is closed. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** True when nothing waits and nothing is under way in this process. */
  get isIdle(): boolean {
    return [this.#ephemeral, ...this.#engines.values()].every((engine) => engine.isIdle);
  }

  /**
   * Activities of one actor that run or wait, in any process, oldest first, with their progress.
   * Rejects with `Broken` when this process does not run the service, and with `Transient` when the
   * journal cannot be reached.
   */
  async activities(address: ActorAddress): Promise<readonly ActivityUnderWay[]> {
    const hosted = this.#hosted.get(address.service);
    if (hosted === undefined)
      throw new Broken('broken', `this process does not run the service '${address.service}'`);
    return hosted.journal.activitiesOf(address);
  }

  #engine(journal: Journal, services: readonly ServiceDefinition[]): Engine {
    return new Engine({
      journal,
      services: byName(services),
      instance: this.#instance,
      state: () => this.#state(services),
      ports: this.#ports,
      settings: this.#settings,
      retention: checkedRetention(this.#options.retention ?? {}),
      settleWhen: 'committed',
      correlation: (service) => this.#correlation(service),
      unroutable: (row) => this.#unroutable(row),
      unpublishable: (row, error) => this.#unpublishable(row, error),
      replay: (deadLetter) => this.#replay(deadLetter),
      keepDeadLetter: (deadLetter) => this.#keepDeadLetter(deadLetter),
      yielded: (service) => this.#consumers.pause(service),
      resumed: (service) => this.#resume(service),
      ...listenersOf(this.#options),
      ...(this.#isFusing ? { fusing: this.#fusing(journal) } : {}),
    });
  }

  get #isFusing(): boolean {
    const { fuse = processDefaults.fuse } = this.#options;
    return fuse && this.#ports.connections.haveRoutes;
  }

  #fusing(journal: Journal): NonNullable<EngineOptions['fusing']> {
    const messages = new LocalMessages({
      transport: (service) => this.#ports.connections.of(service),
      intake: (queue) => {
        const host = this.#hostOf.get(queue);
        const isHere = host?.journal === journal && this.#consumers.consumes(host.service.name);
        return isHere ? host.intake : undefined;
      },
    });
    return {
      find: (row, asked) => messages.find(row, asked),
      ephemeral: this.#ephemeral.ephemeral,
      counts: this.fused,
    };
  }

  #ephemeralEngine(): Engine {
    const { ephemeral, services, retention } = this.#options;
    return new Engine({
      journal: ephemeral,
      services: byName(services),
      instance: this.#instance,
      state: () => this.#state(services),
      ports: this.#ports,
      settings: this.#settings,
      retention: checkedRetention({ ...retention, history: 0 }),
      settleWhen: 'ended',
      ownReplyQueue: (service) => this.#ownReplyQueues.get(service),
      correlation: (service) => this.#correlation(service),
      unroutable: (row) => this.#unroutable(row),
      unpublishable: (row, error) => this.#unpublishable(row, error),
      replay: (deadLetter) => this.#replay(deadLetter),
      keepDeadLetter: (deadLetter) => this.#keepDeadLetter(deadLetter),
      yielded: (service) => this.#consumers.pause(service),
      resumed: (service) => this.#resume(service),
      ...listenersOf(this.#options),
    });
  }

  #host(service: ServiceDefinition): Hosted {
    const { ids, clock, log, failpoints } = this.#ports;
    const journal = journalOf(this.#options, service);
    const engine = this.#engines.get(journal);
    if (engine === undefined) throw new Broken('broken', `'${service.name}' has no engine`);
    const ephemeral = this.#ephemeral;
    const intake = new Intake({
      service,
      ownReplyQueue: this.#ownReplyQueues.get(service.name),
      correlation: () => this.#correlation(service.name),
      journal,
      ids,
      now: () => clock.now(),
      log,
      failpoints,
      post: (input) => {
        const isEphemeral = service.machines.get(input.address.machine)?.ephemeral ?? false;
        (isEphemeral ? ephemeral : engine).post(input);
      },
      ephemeralAsks: (correlationIds) => this.#options.ephemeral.findAsks(correlationIds),
      remembered: (correlationId) =>
        ephemeral.families.ask(correlationId) ?? engine.families.ask(correlationId),
      publish: (row) => ephemeral.publish(row),
      addressing: this.#ports.connections.addressing,
      queueOwners: this.#queueOwners,
    });
    return { service, journal, engine, intake };
  }

  #state(services: readonly ServiceDefinition[]): ProcessState {
    const { place = this.#instance, prefetch = defaultPrefetch } = this.#options;
    return {
      place,
      startedAtMs: this.#startedAtMs,
      leaseMs: this.#settings.leaseMs,
      prefetch,
      taken: services.map(({ name }) => this.#consumers.taken(name)),
    };
  }

  async #unroutable(row: OutboxRow): Promise<boolean> {
    return (await this.#hosted.get(row.address.service)?.intake.unroutable(row)) ?? true;
  }

  async #unpublishable(row: OutboxRow, error: Error): Promise<boolean> {
    return (await this.#hosted.get(row.address.service)?.intake.unpublishable(row, error)) ?? true;
  }

  async #replay(deadLetter: StoredDeadLetter): Promise<Acknowledgement> {
    return (await this.#hosted.get(deadLetter.service)?.intake.replay(deadLetter)) ?? 'retry';
  }

  async #keepDeadLetter(deadLetter: DeadLetter): Promise<void> {
    await this.#hosted.get(deadLetter.service)?.journal.addDeadLetter(deadLetter);
  }

  async #start(): Promise<void> {
    const { clock, failpoints, log } = this.#ports;
    this.#startedAtMs = clock.now();
    await this.#openJournals();
    failpoints.reach('start.opened');
    await this.#waited('the versions of stored actors', refuseUnknownVersions(this.#services));
    await this.#openTransport();
    failpoints.reach('start.declared');
    for (const engine of [this.#ephemeral, ...this.#engines.values()])
      await this.#waited('the recovery of stored work', engine.start());
    failpoints.reach('start.recovered');
    for (const { gate } of this.#engines.values())
      await this.#waited('processes with older code', gate.othersYielded(this.#stopping.signal));
    this.#isUp = true;
    for (const hosted of this.#hosted.values())
      await this.#waited(`the queues of '${hosted.service.name}'`, this.#begin(hosted));
    const { services } = this.#options;
    for (const service of services)
      for (const { warnings } of service.machines.values())
        for (const warning of warnings) log('warn', warning, { service: service.name });
    log('info', 'services are up', { services: services.map(({ name }) => name) });
  }

  /** May wait for a database that is not up yet. `stop` ends the wait. */
  async #openJournals(): Promise<void> {
    await this.#options.ephemeral.open();
    for (const [journal, services] of this.#services) {
      const names = services.map(({ name }) => name).join(', ');
      const opening = () => this.#openJournal(journal, services);
      await untilReachable(`the database of ${names}`, opening, this.#startWaits);
    }
  }

  async #openJournal(journal: Journal, services: readonly ServiceDefinition[]): Promise<void> {
    await journal.open();
    const correlation = new Correlation(await journal.secret());
    for (const { name } of services) this.#correlations.set(name, correlation);
  }

  #correlation(service: string): Correlation {
    const correlation = this.#correlations.get(service);
    if (correlation === undefined)
      throw new Broken('broken', `the journal of '${service}' is not open`);
    return correlation;
  }

  get #startWaits(): StartWaitPorts {
    const { clock, chance, log } = this.#ports;
    return { clock, chance, log, signal: this.#stopping.signal };
  }

  #waited<Result>(subject: string, work: Promise<Result>): Promise<Result> {
    return announced(subject, work, this.#startWaits);
  }

  /** May wait for a broker that is not up yet. `stop` closes the transport and ends the wait. */
  async #openTransport(): Promise<void> {
    if (this.#stopped !== undefined)
      throw new Transient('transport-lost', 'stopped before the transport was open');
    this.#isOpening = true;
    await this.#waited('the broker', this.#ports.connections.open(this.#ownReplyQueues));
    this.#isOpening = false;
  }

  async #begin({ service, intake, engine }: Hosted): Promise<void> {
    for (const { action, data } of service.atStart ?? []) {
      await intake.give(action, data);
      this.#ports.failpoints.reach('start.given');
    }
    const ownReplies = this.#ownReplyQueues.get(service.name);
    if (ownReplies !== undefined)
      await this.#consumers.consumeOwn(service.name, ownReplies, intake);
    if (!engine.gate.isYielded(service.name)) await this.#consumers.consume(service, intake);
  }

  /** A service that this process takes back while it starts or stops is consumed there, or not at all. */
  async #resume(name: string): Promise<void> {
    const hosted = this.#hosted.get(name);
    if (hosted === undefined || !this.#isUp || this.#stopped !== undefined) return;
    await this.#consumers.consume(hosted.service, hosted.intake);
  }

  async #stop(): Promise<void> {
    const { connections, failpoints } = this.#ports;
    if (this.#started === undefined) return;
    this.#stopping.abort();
    if (this.#isOpening) await connections.close();
    await this.#started.catch(() => undefined);
    failpoints.reach('stop.before-cancel');
    await this.#consumers.cancel();
    failpoints.reach('stop.cancelled');
    for (const engine of [...this.#engines.values(), this.#ephemeral]) await engine.stop();
    await connections.close();
    failpoints.reach('stop.closed');
    for (const journal of [...this.#engines.keys(), this.#options.ephemeral]) await journal.close();
  }
}

function hostsByQueue(hosts: Iterable<Hosted>): ReadonlyMap<string, Hosted> {
  const byQueue = new Map<string, Hosted>();
  for (const host of hosts) {
    const { consume, replyQueue } = host.service.config;
    for (const { queue } of Object.values(consume)) byQueue.set(queue, host);
    if (replyQueue !== undefined) byQueue.set(replyQueue, host);
  }
  return byQueue;
}

function listenersOf({
  onHistory = () => undefined,
  onTurns = () => undefined,
}: RuntimeOptions): Pick<EngineOptions, 'onHistory' | 'onTurns'> {
  return { onHistory, onTurns };
}

function enginePorts(options: RuntimeOptions): EnginePorts {
  const clock = options.clock ?? systemClock;
  return {
    connections: new Connections(options.services, options.transport, clock),
    clock,
    ids: options.ids ?? systemIds(clock),
    chance: options.chance ?? systemChance,
    log: options.log ?? noLog,
    failpoints: options.failpoints ?? noFailpoints,
  };
}

function engineSettings(options: RuntimeOptions): EngineSettings {
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

function journalOf({ journal }: RuntimeOptions, service: ServiceDefinition): Journal {
  return typeof journal === 'function' ? journal(service) : journal;
}

function servicesByJournal(
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
function byName(services: readonly ServiceDefinition[]): ReadonlyMap<string, ServiceDefinition> {
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

/** A runtime over the given parts; `start()` begins to consume. */
export function createRuntime(options: RuntimeOptions): Runtime {
  return new Runtime(options);
}
