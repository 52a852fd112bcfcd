/**
 * Services in a simulated world: the real machines, configs and runtime, over a simulated broker,
 * virtual time and ids from a seed.
 *
 * 1. Every service has one or more processes, each with its own connection. A process can be
 *    killed, and started again over its journal. The first process has the service's name, the
 *    second process of `tags` is `tags#2`.
 * 2. The same seed, services and calls give the same trace. Work outside of the ports (a file, a
 *    socket, `setImmediate`) is neither awaited nor repeated.
 * 3. No call waits in real time: `until`, `settle` and `advance` move the clock when no process can
 *    continue otherwise. The calls may be nested.
 */
import { topologyOf } from '../../config/topology.ts';
import { Client } from '../../runtime/client.ts';
import { MemoryJournal } from '../../runtime/memory/memory-journal.ts';
import type { BodyFor, Recipient } from '../../runtime/messages/recipient.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Chance } from '../../runtime/ports/chance.ts';
import type { Headers } from '../../runtime/ports/envelope.ts';
import { Broken, Transient } from '../../runtime/ports/errors.ts';
import type { FailpointName, Failpoints } from '../../runtime/ports/failpoints.ts';
import type { Ids } from '../../runtime/ports/ids.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Store } from '../../runtime/ports/store.ts';
import type { Transport } from '../../runtime/ports/transport.ts';
import type { UndoLog } from '../../runtime/ports/undo-log.ts';
import type { FailingJournal } from '../../runtime/simulated/failing-journal.ts';
import { type JournalFaults, noJournalFaults } from '../../runtime/simulated/journal-faults.ts';
import { seededChance } from '../../runtime/simulated/seeded-chance.ts';
import { seededIds } from '../../runtime/simulated/seeded-ids.ts';
import { seededSecret } from '../../runtime/simulated/seeded-secret.ts';
import { VirtualClock } from '../../runtime/simulated/virtual-clock.ts';
import type { FusedCounts } from '../../runtime/turn/fused-counts.ts';
import { noFaults } from '../../transports/simulated/faults.ts';
import { SimulatedBroker } from '../../transports/simulated/simulated-broker.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { moduleCast } from './module-cast.ts';
import { type PlannedCrash, PlannedCrashes } from './planned-crashes.ts';
import { ProcessLayout, type Startable } from './process-layout.ts';
import { type ServiceProcess, SimulatedProcesses } from './simulated-processes.ts';
import type { RunningOptions, SimulationOptions } from './simulation-options.ts';
import { withStandIns } from './stand-ins.ts';

const limitDefault = '1 h';
const askAgainMs = 100;
/** Streams of the seed; the ids use the first stream. */
const streams = { scenario: 1, faults: 2, journalFaults: 3, retries: 4, handOver: 40 };

/**
 * Services in a simulated world. Each service, and each client, has a user of its own name on the
 * broker, or the user in the `broker_user` of its config. Durations are milliseconds or text
 * (`'10 s'`). A call that exceeds its limit rejects with `Error`.
 */
export class Simulation {
  readonly clock = new VirtualClock();
  readonly ids: Ids;
  /** The secret of the journals and clients of the simulation. */
  readonly secret: string;
  /** Random numbers for the scenario. */
  readonly chance: Chance;
  readonly broker: SimulatedBroker;
  readonly #options: RunningOptions;
  readonly #journalOf: (service: ServiceDefinition) => Journal;
  /** Counts of all runtimes, also of killed processes. */
  readonly #fused: FusedCounts[] = [];
  readonly #layout: ProcessLayout;
  readonly #spawner: SimulatedProcesses;
  readonly #processes = new Map<string, ServiceProcess>();
  readonly #crashes = new PlannedCrashes();
  readonly #clients: Client[] = [];
  #journalFaults: JournalFaults;

  constructor(options: SimulationOptions) {
    const { seed = 1, faults = noFaults, journalFaults = noJournalFaults, journal } = options;
    const { services: given, configs = [], ...others } = options;
    const { services, stores } = moduleCast(given, configs);
    if (journal !== undefined && stores.length > 0)
      throw new Broken(
        'config-invalid',
        `found a journal beside services that bring the stores ${stores.map(({ name }) => name).join(', ')}; ` +
          'without `journal` the simulation opens one with these stores',
      );
    this.secret = seededSecret(seed);
    this.#options = {
      ...others,
      services: withStandIns(services, options.activities ?? {}),
    };
    const opened = journal ?? this.#ownJournal(stores);
    this.#journalOf = typeof opened === 'function' ? opened : () => opened;
    this.ids = seededIds(this.clock, seed);
    this.chance = seededChance(seed, streams.scenario);
    this.#journalFaults = journalFaults;
    const handOverChance = seededChance(seed, streams.handOver);
    this.broker = new SimulatedBroker({
      clock: this.clock,
      chance: seededChance(seed, streams.faults),
      faults,
      handsOver: () => handOverChance() < (options.handOver ?? 0),
    });
    this.#layout = new ProcessLayout(this.#options, this.#journalOf);
    this.#spawner = new SimulatedProcesses({
      options: this.#options,
      layout: this.#layout,
      journalOf: this.#journalOf,
      broker: this.broker,
      clock: this.clock,
      ids: this.ids,
      secret: this.secret,
      retryChance: seededChance(seed, streams.retries),
      journalChance: seededChance(seed, streams.journalFaults),
      journalFaults: () => this.#journalFaults,
      reached: (process, name) => this.#reached(process, name),
    });
  }

  get trace(): SimulatedBroker['trace'] {
    return this.broker.trace;
  }

  /** True when no message and no work is open. Timers that are not due do not count. */
  get isIdle(): boolean {
    return (
      this.broker.isIdle && [...this.#processes.values()].every(({ runtime }) => runtime.isIdle)
    );
  }

  /**
   * Starts these services or processes (default: all) that do not run. Resolves when they consume.
   */
  async start(...names: readonly string[]): Promise<void> {
    const isWanted = ({ name, services }: Startable): boolean =>
      names.length === 0 ||
      names.includes(name) ||
      services.some((service) => names.includes(service.name));
    const startable = this.#layout
      .all()
      .filter((one) => isWanted(one) && !this.#processes.has(one.name));
    const spawned = startable.map((one) => this.#spawn(one));
    await this.until(Promise.all(spawned.map(({ runtime }) => runtime.start())));
  }

  /**
   * Starts a process without moving time. Settles when the process consumes; never when the process
   * is killed before.
   */
  async launch(service: string): Promise<void> {
    const name = this.#layout.nameOf(service);
    const wanted = this.#layout.all().find((one) => one.name === name);
    if (wanted !== undefined && !this.#processes.has(name))
      await this.#spawn(wanted).runtime.start();
  }

  isRunning(name: string): boolean {
    return this.#processes.has(this.#layout.nameOf(name));
  }

  /** Messages handed over within batches, and all other messages, of all processes. */
  get fused(): readonly FusedCounts[] {
    return this.#fused;
  }

  /** Kills a process, by its name or the name of one of its services: only its commits remain. */
  crash(service: string): void {
    const name = this.#layout.nameOf(service);
    const victim = this.#processes.get(name);
    if (victim === undefined) return;
    this.#processes.delete(name);
    victim.life.ended = true;
    this.trace.note(name, 'crash', '');
    for (const journal of victim.journals) journal.crash();
    for (const transport of victim.transports) transport.abandon();
  }

  /**
   * Kills a process and starts it again after the given time (milliseconds, or text). Resolves when
   * the process consumes.
   */
  async restart(name: string, downFor: Duration = 0): Promise<void> {
    this.crash(name);
    await this.advance(downFor);
    await this.start(name);
  }

  /**
   * Kills the process when the process reaches this failpoint for the `nth` time after the call.
   * The failpoints `commit.*` belong to the journal. The default journal has these failpoints; a
   * journal of the caller needs `failpoints` that call `crash`.
   */
  crashAt(name: string, at: FailpointName, nth = 1): PlannedCrash {
    return this.#crashes.plan(this.#layout.nameOf(name), at, nth);
  }

  /** A transport to the simulated broker, not yet open. Its user on the broker is `name`. */
  transport(name: string): Transport {
    return this.#spawner.transport(this.broker.transport(name, { user: name }), name);
  }

  /**
   * A connected client of the simulated broker. The faults hit the client too: `request` may reject
   * with `Transient`, `ask` does not.
   */
  async client(name: string): Promise<Client> {
    const client = new Client({
      transport: this.transport(name),
      name,
      clock: this.clock,
      ids: this.ids,
      secret: this.secret,
    });
    await this.until(client.open(topologyOf(this.#options.services.map(({ config }) => config))));
    this.#clients.push(client);
    return client;
  }

  /**
   * Repeats a request under one message id until the answer arrives, also when messages are lost.
   * Pass the promise to `until`.
   */
  async ask<TRecipient extends Recipient>(
    client: Client,
    to: TRecipient,
    body: BodyFor<TRecipient>,
    timeoutMs = 20_000,
    messageId = this.ids.next(),
    headers: Headers = {},
  ): Promise<Json> {
    return this.insist(() => client.request(to, body, { messageId, timeoutMs, headers }));
  }

  /** Repeats the work until it does not fail with `Transient`. */
  async insist<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        await new Promise<void>((resolve) => void this.clock.after(askAgainMs, resolve));
      }
    }
  }

  /** Sets the faults between every process and its journal. */
  setJournalFaults(faults: JournalFaults): void {
    this.#journalFaults = faults;
    for (const journal of this.#failing) journal.setFaults(faults);
  }

  /** Ends all faults of the broker and of the journals. */
  heal(): void {
    this.broker.heal();
    this.#journalFaults = noJournalFaults;
    for (const journal of this.#failing) journal.heal();
  }

  get #failing(): readonly FailingJournal[] {
    return [...this.#processes.values()].flatMap(({ journals }) => journals);
  }

  /** Moves time (milliseconds, or text such as `'10 s'`), and runs all work that is due by then. */
  advance(duration: Duration): Promise<void> {
    return this.clock.advance(milliseconds(duration));
  }

  /** Moves time until no message and no work is open. Rejects after `limit`. */
  settle(limit: Duration = limitDefault): Promise<void> {
    return this.#move(() => this.isIdle, milliseconds(limit), 'everything to be idle');
  }

  /** Moves time until `isDone`; false after `limitMs`, or when no work is left. */
  moveUntil(isDone: () => boolean, limitMs: number): Promise<boolean> {
    return this.clock.run(isDone, this.clock.now() + limitMs);
  }

  /** Moves time until `work` is settled, and gives its result. Rejects after `limit`. */
  async until<T>(work: Promise<T>, limit: Duration = limitDefault): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    work.then(end, end);
    await this.#move(() => settled, milliseconds(limit), 'a promise to settle');
    return work;
  }

  /**
   * Stops these processes in the regular way; they can be started again. Without names all
   * processes and clients are closed for good.
   */
  async stop(...names: readonly string[]): Promise<void> {
    if (names.length > 0) return this.until(this.#end(names));
    const runtimes = [...this.#processes.values()].map(({ runtime }) => runtime);
    this.#processes.clear();
    const clients = this.#clients.splice(0);
    await this.until(
      Promise.all([
        ...clients.map((client) => client.close()),
        ...runtimes.map((runtime) => runtime.stop()),
      ]),
    );
    for (const journal of new Set(this.#options.services.map(this.#journalOf)))
      await this.until(journal.close());
  }

  async #end(services: readonly string[]): Promise<void> {
    const names = services.map((service) => this.#layout.nameOf(service));
    const ending = [...this.#processes].filter(([name]) => names.includes(name));
    await Promise.all(ending.map(([, { runtime }]) => runtime.stop()));
    for (const [name] of ending) this.#processes.delete(name);
  }

  async #move(isDone: () => boolean, limitMs: number, what: string): Promise<void> {
    const untilMs = this.clock.now() + limitMs;
    await this.clock.settled();
    while (!isDone()) {
      if (!(await this.clock.step()))
        throw new Error(`waited for ${what}, and nothing can happen any more`);
      if (this.clock.now() > untilMs) throw new Error(`waited ${limitMs} ms for ${what}`);
    }
  }

  #spawn(startable: Startable): ServiceProcess {
    const spawned = this.#spawner.spawn(startable);
    this.#fused.push(spawned.runtime.fused);
    this.#processes.set(startable.name, spawned);
    return spawned;
  }

  #reached(process: string, name: FailpointName): void {
    if (this.#crashes.isDue(process, name)) this.crash(process);
  }

  #ownJournal(stores: readonly Store<UndoLog>[]): Journal {
    const reach: Failpoints['reach'] = (name, detail) =>
      this.#reached(detail?.addresses?.[0]?.service ?? '', name);
    return new MemoryJournal({ stores, failpoints: { reach }, secret: this.secret });
  }
}
