/**
 * Services in a simulated world: the real machines, configs and runtime, over a simulated broker, virtual time and ids from a seed.
 *
 * 1. Every service is a process of its own, or several, with a connection of its own; a process can be killed and started again over its
 *    journal. The first bears the service's name, the second of `tags` is `tags#2`.
 * 2. The same seed, services and calls give the same trace. What a service does beside the ports (a file, a socket, `setImmediate`) is
 *    neither waited for nor repeated.
 * 3. Nothing waits in real time: `until`, `settle` and `advance` move the clock as soon as nobody can go on without it. They may be
 *    called within what another `until` waits for.
 */
import { topologyOf } from '../../config/topology.ts';
import { Client } from '../../runtime/client.ts';
import { MemoryJournal } from '../../runtime/memory/memory-journal.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Chance } from '../../runtime/ports/chance.ts';
import { Transient } from '../../runtime/ports/errors.ts';
import {
  type FailpointName,
  type Failpoints,
  noFailpoints,
} from '../../runtime/ports/failpoints.ts';
import type { Ids } from '../../runtime/ports/ids.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { type Log, noLog } from '../../runtime/ports/log.ts';
import type { Transport } from '../../runtime/ports/transport.ts';
import { Runtime } from '../../runtime/runtime.ts';
import { FailingJournal } from '../../runtime/simulated/failing-journal.ts';
import { type JournalFaults, noJournalFaults } from '../../runtime/simulated/journal-faults.ts';
import { killable, killableClock, type ProcessState } from '../../runtime/simulated/killable.ts';
import { seededChance } from '../../runtime/simulated/seeded-chance.ts';
import { seededIds } from '../../runtime/simulated/seeded-ids.ts';
import { VirtualClock } from '../../runtime/simulated/virtual-clock.ts';
import type { Destination } from '../../runtime/step/effects.ts';
import { type Faults, noFaults } from '../../transports/simulated/faults.ts';
import { SimulatedBroker } from '../../transports/simulated/simulated-broker.ts';
import type { SimulatedTransport } from '../../transports/simulated/simulated-transport.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { killableService } from './killable-service.ts';
import { type PlannedCrash, PlannedCrashes } from './planned-crashes.ts';
import { type StandIns, withStandIns } from './stand-ins.ts';

/** The services of a simulated world, and what goes wrong in it. */
export interface SimulationOptions {
  readonly services: readonly ServiceDefinition[];
  /** Processes of a service, by its name. Default: one each. */
  readonly processes?: Readonly<Record<string, number>>;
  /** What runs in place of activities, by `service/activity`. Default: the activities themselves. */
  readonly activities?: StandIns;
  /** A 32-bit integer: everything that is left to chance follows from it. Default 1. */
  readonly seed?: number;
  /** From the start; `simulation.broker.setFaults` changes them. Default: none. */
  readonly faults?: Faults;
  /** Between every process and its journal; `setJournalFaults` changes them. Default: none. */
  readonly journalFaults?: JournalFaults;
  /** The journal of each service: one for all, or one for each database. Default: one in memory, without stores. */
  readonly journal?: Journal | ((service: ServiceDefinition) => Journal);
  /**
   * Reached by every process, or those of each by its name; to kill one, `crashAt` is simpler. One may kill a process; it need not throw
   * then, since whatever would come next goes through a port.
   */
  readonly failpoints?: Failpoints | ((process: string) => Failpoints);
  /** What stands between a process and its way to the broker, or to its journal. Default: nothing. */
  readonly through?: Partial<Seams>;
  /** How often a process says that it lives. Default: as the runtime has it. */
  readonly heartbeatMs?: number;
  /** How long a timer may go unseen by its process after a commit whose answer was lost. Default: as the runtime has it. */
  readonly timerPollMs?: number;
  readonly log?: Log;
  /** Told of history lines once they are committed. */
  readonly onHistory?: (lines: readonly HistoryLine[]) => void;
}

/** Where something else may be put in the place of a port; `who` is the process or the client. */
export interface Seams {
  readonly transport: (transport: Transport, who: string) => Transport;
  readonly journal: (journal: Journal, who: string) => Journal;
}

interface ServiceProcess {
  readonly runtime: Runtime;
  readonly transport: SimulatedTransport;
  readonly journal: FailingJournal;
  readonly life: ProcessState;
}

/** A process that can be started. */
interface Startable {
  readonly name: string;
  readonly service: ServiceDefinition;
}

const limitDefault = '1 h';
const askAgainMs = 100;
/** Streams of the seed; the ids take the first. */
const streams = { scenario: 1, faults: 2, journalFaults: 3, retries: 4 };

/**
 * Services in a simulated world. Durations are milliseconds or text (`'10 s'`); what does not happen within a limit rejects with `Error`.
 */
export class Simulation {
  readonly clock = new VirtualClock();
  readonly ids: Ids;
  /** For what the scenario leaves to chance. */
  readonly chance: Chance;
  readonly broker: SimulatedBroker;
  readonly #options: SimulationOptions;
  readonly #journalOf: (service: ServiceDefinition) => Journal;
  readonly #retryChance: Chance;
  readonly #journalChance: Chance;
  readonly #processes = new Map<string, ServiceProcess>();
  readonly #crashes = new PlannedCrashes();
  readonly #clients: Client[] = [];
  #journalFaults: JournalFaults;

  constructor(options: SimulationOptions) {
    const {
      seed = 1,
      faults = noFaults,
      journalFaults = noJournalFaults,
      journal = this.#ownJournal(),
    } = options;
    this.#options = {
      ...options,
      services: withStandIns(options.services, options.activities ?? {}),
    };
    this.#journalOf = typeof journal === 'function' ? journal : () => journal;
    this.ids = seededIds(this.clock, seed);
    this.chance = seededChance(seed, streams.scenario);
    this.#retryChance = seededChance(seed, streams.retries);
    this.#journalChance = seededChance(seed, streams.journalFaults);
    this.#journalFaults = journalFaults;
    this.broker = new SimulatedBroker({
      clock: this.clock,
      chance: seededChance(seed, streams.faults),
      faults,
    });
  }

  get trace(): SimulatedBroker['trace'] {
    return this.broker.trace;
  }

  /** True when nothing is on its way, waits or is under way. Timers that are not due do not count. */
  get isIdle(): boolean {
    return (
      this.broker.isIdle && [...this.#processes.values()].every(({ runtime }) => runtime.isIdle)
    );
  }

  /** Starts these services or processes (default: all) where they do not run. Resolves when they consume. */
  async start(...names: readonly string[]): Promise<void> {
    const isWanted = ({ name, service }: Startable): boolean =>
      names.length === 0 || names.includes(name) || names.includes(service.name);
    const fresh = this.#startable().filter(
      (one) => isWanted(one) && !this.#processes.has(one.name),
    );
    const spawned = fresh.map((one) => this.#spawn(one));
    await this.until(Promise.all(spawned.map(({ runtime }) => runtime.start())));
  }

  /** Starts a process that is not there, and moves no time. Settles when it consumes; never when it is killed before. */
  async launch(name: string): Promise<void> {
    const wanted = this.#startable().find((one) => one.name === name);
    if (wanted !== undefined && !this.#processes.has(name))
      await this.#spawn(wanted).runtime.start();
  }

  isRunning(name: string): boolean {
    return this.#processes.has(name);
  }

  /** Kills a process: nothing it has not committed is left, and nobody is told. */
  crash(name: string): void {
    const victim = this.#processes.get(name);
    if (victim === undefined) return;
    this.#processes.delete(name);
    victim.life.ended = true;
    this.trace.note(name, 'crash', '');
    victim.journal.crash();
    victim.transport.abandon();
  }

  /** Kills a process and starts it again after it was down for so long (milliseconds, or text). Resolves when it consumes. */
  async restart(name: string, downFor: Duration = 0): Promise<void> {
    this.crash(name);
    await this.advance(downFor);
    await this.start(name);
  }

  /**
   * Kills the process when it comes to this failpoint for the `nth` time from now on. The failpoints `commit.*` are the
   * journal's own: they are known of the default one; to another one give `failpoints` that call `crash`.
   */
  crashAt(name: string, at: FailpointName, nth = 1): PlannedCrash {
    return this.#crashes.plan(name, at, nth);
  }

  /** A way to the simulated broker, not open yet. */
  transport(name: string): Transport {
    return this.#transportOf(this.broker.transport(name), name);
  }

  /** A caller on the simulated broker, connected. The faults are its faults too: `request` may reject with `Transient`, `ask` does not. */
  async client(name: string): Promise<Client> {
    const client = new Client({
      transport: this.transport(name),
      name,
      clock: this.clock,
      ids: this.ids,
    });
    await this.until(client.open(topologyOf(this.#options.services.map(({ config }) => config))));
    this.#clients.push(client);
    return client;
  }

  /** Asks until it is answered, under one message id, whatever is lost on the way; give it to `until`. */
  async ask(
    client: Client,
    to: Destination,
    body: Json,
    timeoutMs = 20_000,
    messageId = this.ids.next(),
  ): Promise<Json> {
    return this.insist(() => client.request(to, body, { messageId, timeoutMs }));
  }

  /** Does it again and again until it does not fail with `Transient`. */
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

  /** From now on these faults are between every process and its journal. */
  setJournalFaults(faults: JournalFaults): void {
    this.#journalFaults = faults;
    for (const { journal } of this.#processes.values()) journal.setFaults(faults);
  }

  /** No more faults, of the broker or of the journals. */
  heal(): void {
    this.broker.heal();
    this.#journalFaults = noJournalFaults;
    for (const { journal } of this.#processes.values()) journal.heal();
  }

  /** Moves time on (milliseconds, or text such as `'10 s'`), and runs everything that can happen by then. */
  advance(duration: Duration): Promise<void> {
    return this.clock.advance(milliseconds(duration));
  }

  /** Moves time on until nothing is on its way, waits or is under way. Rejects when that is not so after `limit`. */
  settle(limit: Duration = limitDefault): Promise<void> {
    return this.#move(() => this.isIdle, milliseconds(limit), 'everything to be idle');
  }

  /** Moves time on until `isDone`; false when that is not so after `limitMs`, or when nothing can happen any more. */
  moveUntil(isDone: () => boolean, limitMs: number): Promise<boolean> {
    return this.clock.run(isDone, this.clock.now() + limitMs);
  }

  /** Moves time on until `work` is settled, and gives what came of it. Rejects when it is not after `limit`. */
  async until<T>(work: Promise<T>, limit: Duration = limitDefault): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    work.then(end, end);
    await this.#move(() => settled, milliseconds(limit), 'a promise to settle');
    return work;
  }

  /** Stops these processes, as a user would, and they can be started again. Without names: everything is closed for good. */
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

  async #end(names: readonly string[]): Promise<void> {
    const ending = [...this.#processes].filter(([name]) => names.includes(name));
    await Promise.all(ending.map(([, { runtime }]) => runtime.stop()));
    for (const [name] of ending) this.#processes.delete(name);
  }

  #transportOf(transport: Transport, who: string): Transport {
    return this.#options.through?.transport?.(transport, who) ?? transport;
  }

  #journalThrough(journal: Journal, who: string): Journal {
    return this.#options.through?.journal?.(journal, who) ?? journal;
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

  #reached(process: string, name: FailpointName): void {
    if (this.#crashes.isDue(process, name)) this.crash(process);
  }

  #startable(): readonly Startable[] {
    return this.#options.services.flatMap((service) =>
      processNames(service.name, this.#countOf(service)).map((name) => ({ name, service })),
    );
  }

  #countOf(service: ServiceDefinition): number {
    return this.#options.processes?.[service.name] ?? 1;
  }

  #ownJournal(): Journal {
    const reach: Failpoints['reach'] = (name, detail) =>
      this.#reached(detail?.addresses?.[0]?.service ?? '', name);
    return new MemoryJournal({ stores: [], failpoints: { reach } });
  }

  #spawn({ name: who, service }: Startable): ServiceProcess {
    const {
      failpoints = noFailpoints,
      log = noLog,
      onHistory,
      heartbeatMs,
      timerPollMs,
    } = this.#options;
    const given = typeof failpoints === 'function' ? failpoints(who) : failpoints;
    const life = { ended: false };
    const reach: Failpoints['reach'] = (name, detail) => {
      if (life.ended) return;
      given.reach(name, detail);
      this.#reached(who, name);
    };
    const transport = this.broker.transport(who);
    const ofService = shared(this.#journalOf(service), this.#countOf(service) === 1);
    const journal = new FailingJournal(this.#journalThrough(ofService, who), {
      clock: this.clock,
      chance: this.#journalChance,
      faults: this.#journalFaults,
    });
    const runtime = new Runtime({
      ...{
        services: [killableService(service, life)],
        ids: this.ids,
        chance: this.#retryChance,
        failpoints: { reach },
        log,
      },
      transport: killable(this.#transportOf(transport, who), life),
      journal: killable(journal.port, life),
      ephemeral: killable(new MemoryJournal({ stores: [] }), life),
      clock: killableClock(this.clock, life),
      ...(onHistory === undefined ? {} : { onHistory }),
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      ...(timerPollMs === undefined ? {} : { timerPollMs }),
    });
    const spawned = { runtime, transport, journal, life };
    this.#processes.set(who, spawned);
    return spawned;
  }
}

/** The service a process belongs to. */
export function serviceOfProcess(process: string): string {
  return process.split('#')[0] as string;
}

function processNames(service: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => (at === 0 ? service : `${service}#${at + 1}`));
}

/** A database does not end with one of its clients, and what a service has there is changed by each of its processes. */
function shared(journal: Journal, isAlone: boolean): Journal {
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'close') return () => Promise.resolve();
      if (name === 'exclusive') return isAlone && target.exclusive;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
