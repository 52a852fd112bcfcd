/**
 * The services of a process: their machines, over given journals and a given transport.
 *
 * Invariants:
 * - Start: journals, the versions stored in them, topology, recovery, then consumers. Stop: no new
 *   work, finish what runs, close.
 * - Waits are told: a start that waits for a database, for the broker or for anything else logs a
 *   warning, and `stop` ends the wait (`duties/start-waits.ts`).
 * - `start` and `stop` are idempotent, and concurrent callers share one promise.
 * - Services with the same journal share its engine. Ephemeral machines of all services run on a
 *   memory journal of their own.
 */
import { processDefaults } from '../config/process-defaults.ts';
import { type QueueOwners, queueOwnersOf } from '../config/queue-owners.ts';
import { Consumers } from './duties/consumers.ts';
import { DeadLetters } from './duties/dead-letters.ts';
import { LocalMessages } from './duties/local-messages.ts';
import { announced, type StartWaitPorts } from './duties/start-waits.ts';
import { refuseUnknownVersions } from './duties/stored-versions.ts';
import { Engine } from './engine.ts';
import type { EngineOptions, EnginePorts, EngineSettings } from './engine-options.ts';
import { type HostedService, HostedServices } from './hosted-services.ts';
import { Intake } from './messages/intake.ts';
import { ownReplyQueues } from './messages/own-replies.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import { OpenJournals } from './open-journals.ts';
import type { ActorAddress } from './ports/address.ts';
import { Broken, Transient } from './ports/errors.ts';
import type { Journal } from './ports/journal.ts';
import type { ProcessState } from './ports/journal-processes.ts';
import type { ActivityUnderWay } from './ports/journal-rows.ts';
import { checkedRetention } from './ports/retention.ts';
import {
  byName,
  defaultPrefetch,
  enginePorts,
  engineSettings,
  journalOf,
  listenersOf,
  type RuntimeOptions,
  servicesByJournal,
} from './runtime-options.ts';
import { FusedCounts } from './turn/fused-counts.ts';

export class Runtime {
  /** Messages of these services that nobody handled. */
  readonly deadLetters: DeadLetters;
  /** Messages that were handled in the batch of their sender, and all other messages. */
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
  readonly #hosted: HostedServices;
  readonly #consumers: Consumers;
  readonly #journals: OpenJournals;
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
    this.#journals = new OpenJournals(this.#services, options.ephemeral);
    this.#ephemeral = this.#ephemeralEngine();
    this.#engines = new Map(
      [...this.#services].map(([journal, services]) => [journal, this.#engine(journal, services)]),
    );
    this.#hosted = new HostedServices(options.services.map((service) => this.#host(service)));
    this.#consumers = new Consumers({
      transport: (service) => ports.connections.of(service),
      clock: ports.clock,
      log: ports.log,
      failpoints: ports.failpoints,
      prefetch: options.prefetch ?? defaultPrefetch,
    });
    this.deadLetters = new DeadLetters(this.#hosted.journals, ports.clock, ports.ids);
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
   * Activities of an actor that run or wait, in any process, oldest first, with progress. Rejects
   * with `Broken` when this process does not run the service, and with `Transient` when the journal
   * cannot be reached.
   */
  async activities(address: ActorAddress): Promise<readonly ActivityUnderWay[]> {
    const hosted = this.#hosted.named(address.service);
    if (hosted === undefined)
      throw new Broken('broken', `this process does not run the service '${address.service}'`);
    return hosted.journal.activitiesOf(address);
  }

  #engine(journal: Journal, services: readonly ServiceDefinition[]): Engine {
    return new Engine({
      ...this.#shared(services),
      journal,
      retention: checkedRetention(this.#options.retention ?? {}),
      settleWhen: 'committed',
      ...(this.#isFusing ? { fusing: this.#fusing(journal) } : {}),
    });
  }

  #ephemeralEngine(): Engine {
    const { ephemeral, services, retention } = this.#options;
    return new Engine({
      ...this.#shared(services),
      journal: ephemeral,
      retention: checkedRetention({ ...retention, history: 0 }),
      settleWhen: 'ended',
      ownReplyQueue: (service) => this.#ownReplyQueues.get(service),
    });
  }

  /** The options that all engines of the process share. */
  #shared(
    services: readonly ServiceDefinition[],
  ): Omit<EngineOptions, 'journal' | 'retention' | 'settleWhen'> {
    return {
      services: byName(services),
      instance: this.#instance,
      state: () => this.#state(services),
      ports: this.#ports,
      settings: this.#settings,
      correlation: (service) => this.#journals.correlation(service),
      unroutable: (row) => this.#hosted.unroutable(row),
      unpublishable: (row, error) => this.#hosted.unpublishable(row, error),
      replay: (deadLetter) => this.#hosted.replay(deadLetter),
      keepDeadLetter: (deadLetter) => this.#hosted.keepDeadLetter(deadLetter),
      yielded: (service) => this.#consumers.pause(service),
      resumed: (service) => this.#resume(service),
      ...listenersOf(this.#options),
    };
  }

  get #isFusing(): boolean {
    const { fuse = processDefaults.fuse } = this.#options;
    return fuse && this.#ports.connections.haveRoutes;
  }

  #fusing(journal: Journal): NonNullable<EngineOptions['fusing']> {
    const messages = new LocalMessages({
      transport: (service) => this.#ports.connections.of(service),
      intake: (queue) => {
        const host = this.#hosted.ofQueue(queue);
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

  #host(service: ServiceDefinition): HostedService {
    const { ids, clock, log, failpoints } = this.#ports;
    const journal = journalOf(this.#options, service);
    const engine = this.#engines.get(journal);
    if (engine === undefined) throw new Broken('broken', `'${service.name}' has no engine`);
    const ephemeral = this.#ephemeral;
    const intake = new Intake({
      service,
      ownReplyQueue: this.#ownReplyQueues.get(service.name),
      correlation: () => this.#journals.correlation(service.name),
      journal,
      ids,
      now: () => clock.now(),
      log,
      tracer: this.#ports.tracer,
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

  async #start(): Promise<void> {
    const { clock, failpoints, log } = this.#ports;
    this.#startedAtMs = clock.now();
    await this.#journals.open(this.#startWaits);
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
    for (const hosted of this.#hosted.all())
      await this.#waited(`the queues of '${hosted.service.name}'`, this.#begin(hosted));
    const { services } = this.#options;
    for (const service of services)
      for (const { warnings } of service.machines.values())
        for (const warning of warnings) log('warn', warning, { service: service.name });
    log('info', 'services are up', { services: services.map(({ name }) => name) });
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

  async #begin({ service, intake, engine }: HostedService): Promise<void> {
    for (const { action, data } of service.atStart ?? []) {
      await intake.give(action, data);
      this.#ports.failpoints.reach('start.given');
    }
    const ownReplies = this.#ownReplyQueues.get(service.name);
    if (ownReplies !== undefined)
      await this.#consumers.consumeOwn(service.name, ownReplies, intake);
    if (!engine.gate.isYielded(service.name)) await this.#consumers.consume(service, intake);
  }

  /**
   * When this process takes a service back while it starts, the start consumes the service; while
   * it stops, nothing does.
   */
  async #resume(name: string): Promise<void> {
    const hosted = this.#hosted.named(name);
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
    await this.#journals.close();
  }
}

/** A runtime over the given parts; `start()` begins to consume. */
export function createRuntime(options: RuntimeOptions): Runtime {
  return new Runtime(options);
}
