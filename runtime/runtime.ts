/**
 * Services in a process: their machines, over journals and a transport that are handed in.
 *
 * 1. Start: journals, the versions stored in them, topology, recovery, then consumers. Stop: no new work, finish what runs, flush, close.
 * 2. Both are idempotent; concurrent callers share one promise.
 * 3. Services that share a journal share its engine; ephemeral machines run on a memory journal of their own.
 */
import { topologyOf } from '../config/topology.ts';
import { DeadLetters } from './duties/dead-letters.ts';
import { refuseUnknownVersions } from './duties/stored-versions.ts';
import { Engine } from './engine.ts';
import type { EventInput } from './messages/input.ts';
import { Intake } from './messages/intake.ts';
import { ownReplyQueues, withOwnReplies } from './messages/own-replies.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import type { ActorAddress } from './ports/address.ts';
import { type Chance, systemChance } from './ports/chance.ts';
import { type Clock, systemClock } from './ports/clock.ts';
import type { DeadLetter, StoredDeadLetter } from './ports/dead-letter.ts';
import type { Delivery } from './ports/envelope.ts';
import { Broken, Transient } from './ports/errors.ts';
import { type Failpoints, noFailpoints } from './ports/failpoints.ts';
import { type Ids, systemIds } from './ports/ids.ts';
import type { ActivityUnderWay, HistoryLine, Journal, OutboxRow } from './ports/journal.ts';
import { type Log, noLog } from './ports/log.ts';
import { checkedRetention, type Retention } from './ports/retention.ts';
import type { Acknowledgement, Consumer, Transport } from './ports/transport.ts';

export interface RuntimeOptions {
  readonly services: readonly ServiceDefinition[];
  readonly transport: Transport;
  /** The journal of each service: one for all, or one for each database. */
  readonly journal: Journal | ((service: ServiceDefinition) => Journal);
  /** A memory journal for ephemeral machines. */
  readonly ephemeral: Journal;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Spreads what is tried again. Default: the machine's. */
  readonly chance?: Chance;
  readonly log?: Log;
  readonly failpoints?: Failpoints;
  /** Told of history lines once they are committed, e.g. to show what happens. */
  readonly onHistory?: (lines: readonly HistoryLine[]) => void;
  /** Name of this process in the journal; default: a new id. */
  readonly instance?: string;
  /** Deliveries a service may have under way. Default 256. */
  readonly prefetch?: number;
  /** Batches of turns under way at once over one journal. Default 2. */
  readonly lanes?: number;
  /** Actors of one batch. Default 128. */
  readonly batchMax?: number;
  /** Actors kept live between turns. Default 10 000. */
  readonly cacheMax?: number;
  /**
   * Messages of this process that may wait for the broker to take them. While there are more no turn begins, so deliveries stay
   * unacknowledged and the broker stops at `prefetch`. Default 10 000.
   */
  readonly outgoingMax?: number;
  /** How often this process says that it lives. Default 1 000 ms. */
  readonly heartbeatMs?: number;
  /** How long a timer of another process, or of a commit whose answer was lost, may go unseen. Default 1 000 ms. */
  readonly timerPollMs?: number;
  /** How long a process may be silent before others take over what it held. Default 5 000 ms. */
  readonly leaseMs?: number;
  /** How long what is over is kept, milliseconds; default: `defaultRetention`. */
  readonly retention?: Partial<Retention>;
}

const retryFirstMs = 50;
const retryMaxMs = 1_000;

interface Hosted {
  readonly service: ServiceDefinition;
  readonly engine: Engine;
  readonly intake: Intake;
}

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #log: Log;
  readonly #failpoints: Failpoints;
  readonly #instance: string;
  /** Of the services that have one, by their names. */
  readonly #ownReplyQueues: ReadonlyMap<string, string>;
  readonly #engines = new Map<Journal, Engine>();
  readonly #ephemeral: Engine;
  readonly #hosted = new Map<string, Hosted>();
  readonly #consumers: Consumer[] = [];
  /** Messages of these services that nobody handled. */
  readonly deadLetters: DeadLetters;
  #started: Promise<void> | undefined;
  #isOpening = false;
  #stopped: Promise<void> | undefined;

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ids = options.ids ?? systemIds(this.#clock);
    this.#log = options.log ?? noLog;
    this.#failpoints = options.failpoints ?? noFailpoints;
    this.#instance = options.instance ?? this.#ids.next();
    this.#ownReplyQueues = ownReplyQueues(options.services, this.#instance);
    this.#ephemeral = this.#engine(options.ephemeral, options.services, 'ended');
    for (const [journal, services] of this.#byJournal())
      this.#engines.set(journal, this.#engine(journal, services, 'committed'));
    for (const service of options.services) this.#hosted.set(service.name, this.#host(service));
    this.deadLetters = new DeadLetters(
      new Map(options.services.map((service) => [service.name, this.#journalOf(service)])),
      this.#clock,
    );
  }

  /** Resolves when every service is consuming. */
  start(): Promise<void> {
    if (this.#started === undefined && this.#stopped !== undefined) return this.#stopped;
    this.#started ??= this.#start();
    return this.#started;
  }

  /** Resolves when everything under way is finished or left to the journal, and all is closed. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** True when nothing waits and nothing is under way in this process. */
  get isIdle(): boolean {
    return [this.#ephemeral, ...this.#engines.values()].every((engine) => engine.isIdle);
  }

  /**
   * Activities of one actor that run or wait, in whichever process, oldest first, with their progress.
   * Rejects with `Broken` for a service that is not run here, and with `Transient` when the journal cannot be reached.
   */
  async activities(address: ActorAddress): Promise<readonly ActivityUnderWay[]> {
    const hosted = this.#hosted.get(address.service);
    if (hosted === undefined)
      throw new Broken('broken', `the service '${address.service}' is not run by this process`);
    return this.#journalOf(hosted.service).activitiesOf(address);
  }

  #journalOf(service: ServiceDefinition): Journal {
    const { journal } = this.#options;
    return typeof journal === 'function' ? journal(service) : journal;
  }

  #byJournal(): Map<Journal, ServiceDefinition[]> {
    const groups = new Map<Journal, ServiceDefinition[]>();
    for (const service of this.#options.services) {
      const journal = this.#journalOf(service);
      groups.set(journal, [...(groups.get(journal) ?? []), service]);
    }
    return groups;
  }

  #engine(
    journal: Journal,
    services: readonly ServiceDefinition[],
    settleWhen: 'committed' | 'ended',
  ): Engine {
    const { transport } = this.#options;
    const instance = this.#instance;
    const {
      lanes = 2,
      batchMax = 128,
      cacheMax = 10_000,
      outgoingMax = 10_000,
      heartbeatMs = 1_000,
    } = this.#options;
    const { timerPollMs = 1_000, leaseMs = 5_000 } = this.#options;
    return new Engine({
      failpoints: this.#failpoints,
      ...{
        journal,
        transport,
        instance,
        settleWhen,
        lanes,
        batchMax,
        cacheMax,
        outgoingMax,
        heartbeatMs,
        timerPollMs,
        leaseMs,
      },
      services: new Map(services.map((service) => [service.name, service])),
      clock: this.#clock,
      ids: this.#ids,
      chance: this.#options.chance ?? systemChance,
      log: this.#log,
      retention: checkedRetention({
        ...this.#options.retention,
        ...(settleWhen === 'ended' ? { history: 0 } : {}),
      }),
      unroutable: (row) => this.#unroutable(row),
      ...(settleWhen === 'ended'
        ? { ownReplyQueue: (service: string) => this.#ownReplyQueues.get(service) }
        : {}),
      replay: (deadLetter) => this.#replay(deadLetter),
      keepDeadLetter: (deadLetter) => this.#addDeadLetter(deadLetter),
      onHistory: this.#options.onHistory ?? (() => undefined),
    });
  }

  #host(service: ServiceDefinition): Hosted {
    const journal = this.#journalOf(service);
    const engine = this.#engines.get(journal) as Engine;
    const intake = new Intake({
      service,
      ownReplyQueue: this.#ownReplyQueues.get(service.name),
      journal,
      ids: this.#ids,
      now: () => this.#clock.now(),
      log: this.#log,
      failpoints: this.#failpoints,
      post: (input) => this.#post(service, engine, input),
      ephemeralAsks: (correlationIds) => this.#options.ephemeral.findAsks(correlationIds),
      remembered: (correlationId) =>
        this.#ephemeral.ask(correlationId) ?? engine.ask(correlationId),
      answer: (row) => this.#ephemeral.publish(row),
      addressing: this.#options.transport.addressing,
    });
    return { service, engine, intake };
  }

  #post(service: ServiceDefinition, engine: Engine, input: EventInput): void {
    const ephemeral = service.machines.get(input.address.machine)?.ephemeral ?? false;
    (ephemeral ? this.#ephemeral : engine).post(input);
  }

  async #unroutable(row: OutboxRow): Promise<boolean> {
    const address: ActorAddress = row.address;
    return (await this.#hosted.get(address.service)?.intake.unroutable(row)) ?? true;
  }

  async #replay(deadLetter: StoredDeadLetter): Promise<Acknowledgement> {
    return (await this.#hosted.get(deadLetter.service)?.intake.replay(deadLetter)) ?? 'retry';
  }

  async #addDeadLetter(deadLetter: DeadLetter): Promise<void> {
    const hosted = this.#hosted.get(deadLetter.service);
    if (hosted !== undefined) await this.#journalOf(hosted.service).addDeadLetter(deadLetter);
  }

  async #start(): Promise<void> {
    const { services } = this.#options;
    for (const journal of [this.#options.ephemeral, ...this.#engines.keys()]) await journal.open();
    this.#failpoints.reach('start.opened');
    await refuseUnknownVersions(this.#byJournal());
    await this.#openTransport();
    this.#failpoints.reach('start.declared');
    for (const engine of [this.#ephemeral, ...this.#engines.values()]) await engine.start();
    this.#failpoints.reach('start.recovered');
    for (const hosted of this.#hosted.values()) await this.#begin(hosted);
    this.#log('info', 'services are up', { services: services.map(({ name }) => name) });
  }

  /** It may wait for a broker that is not up yet; then only closing the transport ends the wait. */
  async #openTransport(): Promise<void> {
    if (this.#stopped !== undefined)
      throw new Transient('transport-lost', 'stopped before the transport was open');
    this.#isOpening = true;
    const { services, transport } = this.#options;
    await transport.open(
      withOwnReplies(
        topologyOf(services.map(({ config }) => config)),
        services,
        this.#ownReplyQueues,
      ),
    );
    this.#isOpening = false;
  }

  async #begin({ service, intake }: Hosted): Promise<void> {
    for (const { action, data } of service.atStart ?? []) {
      await intake.give(action, data);
      this.#failpoints.reach('start.given');
    }
    await this.#consume(service, intake);
  }

  async #consume({ config }: ServiceDefinition, intake: Intake): Promise<void> {
    const answers = [config.replyQueue, this.#ownReplyQueues.get(config.svcName)].filter(
      (queue) => queue !== undefined,
    );
    const queues = new Set([
      ...Object.values(config.consume).map(({ queue }) => queue),
      ...answers,
    ]);
    for (const queue of queues) {
      const consumer = await this.#options.transport.consume(
        queue,
        { prefetch: this.#options.prefetch ?? 256 },
        (delivery) => this.#handle(intake, delivery),
      );
      this.#consumers.push(consumer);
      this.#failpoints.reach('start.consuming');
    }
  }

  /**
   * While the journal cannot be reached the delivery is kept: given back at once, it would come again at once, and a few such rounds use
   * up what the broker allows a message.
   */
  async #handleLater(
    intake: Intake,
    delivery: Delivery,
    problem: unknown,
  ): Promise<Acknowledgement> {
    let error = problem;
    for (let delayMs = retryFirstMs; ; delayMs = Math.min(retryMaxMs, delayMs * 2)) {
      this.#log('warn', 'a message could not be taken and is tried again', {
        queue: delivery.queue,
        delayMs,
        error: String(error),
      });
      await new Promise<void>((resolve) => void this.#clock.after(delayMs, resolve));
      if (this.#stopped !== undefined) return 'retry';
      try {
        return await intake.handle(delivery);
      } catch (again) {
        error = again;
      }
    }
  }

  async #handle(intake: Intake, delivery: Delivery): Promise<Acknowledgement> {
    this.#failpoints.reach('delivery.received');
    const acknowledgement = await intake
      .handle(delivery)
      .catch((error: unknown) => this.#handleLater(intake, delivery, error));
    this.#failpoints.reach('delivery.before-acknowledge');
    return acknowledgement;
  }

  async #stop(): Promise<void> {
    if (this.#started === undefined) return;
    if (this.#isOpening) await this.#options.transport.close();
    await this.#started.catch(() => undefined);
    this.#failpoints.reach('stop.before-cancel');
    await Promise.all(this.#consumers.map((consumer) => consumer.cancel()));
    this.#failpoints.reach('stop.cancelled');
    for (const engine of [...this.#engines.values(), this.#ephemeral]) await engine.stop();
    await this.#options.transport.close();
    this.#failpoints.reach('stop.closed');
    for (const journal of [...this.#engines.keys(), this.#options.ephemeral]) await journal.close();
  }
}

/** A runtime over the given parts; `start()` begins to consume. */
export function createRuntime(options: RuntimeOptions): Runtime {
  return new Runtime(options);
}
