/**
 * The processes the story plays in: who hosts what, who is asked, who is killed and put back.
 *
 * 1. One process for all services (memory transport, PGlite), or several over a broker and a database; the story is the same.
 * 2. One more process can be loaded beforehand, so that a killed one is replaced at once.
 * 3. Requests go through the first process, as a caller's on its broker.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../runtime/ports/journal.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { HistoryFeed } from './history-feed.ts';
import type { DeathSpot, HostedServices, ServiceEntry } from './host-messages.ts';
import { HostProcess } from './host-process.ts';

export interface StageOptions {
  /** Services of each process, the first of which is the one that is asked. Absent: one process for all. */
  readonly groups?: readonly (readonly string[])[];
  readonly hosting: Omit<HostedServices, 'services'>;
  readonly feed: HistoryFeed;
  readonly clock: Clock;
}

export type Counts = Readonly<Record<string, number>>;

/** Tables that are empty when nothing is under way. */
const fleetingTables = [
  ...['journal.outbox', 'journal.asks', 'journal.timers', 'journal.activities'],
  ...['hierarchy.engagements', 'hierarchy.promises'],
];

/** What is still under way, as `table: rows`. */
export function underWay(counts: Counts): readonly string[] {
  return fleetingTables.flatMap((table) =>
    counts[table] === 0 ? [] : [`${table}: ${counts[table]}`],
  );
}

export class Stage {
  readonly feed: HistoryFeed;
  readonly #options: StageOptions;
  readonly #hosts: HostProcess[];
  #entries: readonly ServiceEntry[] = [];
  #spare: HostProcess | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    this.feed = options.feed;
    this.#hosts = (options.groups ?? [[]]).map(() => this.#load());
  }

  /** Resolves when every process is consuming. */
  async open(): Promise<void> {
    const [entries] = await Promise.all(this.#hosts.map((_, place) => this.#start(place)));
    this.#entries = entries as unknown as readonly ServiceEntry[];
  }

  get serviceCount(): number {
    return this.#entries.length;
  }

  get processCount(): number {
    return this.#hosts.length;
  }

  /** The entity a class belongs to, as the configs say: its base node and its services are named after it. */
  entityOf(objectClass: string): string {
    const found = this.#entries.find(({ nodes }) => nodes?.objectClass === objectClass)?.nodes;
    if (found === undefined) throw new Error(`no config is of the class '${objectClass}'`);
    return found.entity;
  }

  /** Asks a service what its main queue takes. */
  async request(service: string, action: string, data: Json): Promise<JsonObject> {
    const entry = this.#entries.find((each) => each.service === service);
    if (entry === undefined) throw new Error(`no config is of the service '${service}'`);
    const { exchange, routingKey } = entry;
    return (await this.#first.ask({
      kind: 'request',
      exchange,
      routingKey,
      action,
      data,
    })) as JsonObject;
  }

  async history(topic: string): Promise<readonly HistoryLine[]> {
    return (await this.#first.ask({ kind: 'history', topic })) as unknown as readonly HistoryLine[];
  }

  /** Rows of every table; of one that several processes see, the most any of them saw. */
  async counts(): Promise<Counts> {
    const all = (await Promise.all(
      this.#hosts.map((host) => host.ask({ kind: 'counts' })),
    )) as unknown as readonly Counts[];
    const most: Record<string, number> = {};
    for (const [table, rows] of all.flatMap((counts) => Object.entries(counts)))
      most[table] = Math.max(most[table] ?? 0, rows);
    return most;
  }

  /** The counts once nothing is under way any more. Rejects when that takes longer than `deadlineMs`. */
  async settled(deadlineMs: number): Promise<Counts> {
    const endMs = this.#options.clock.now() + deadlineMs;
    for (;;) {
      const counts = await this.counts();
      const open = underWay(counts);
      if (open.length === 0) return counts;
      if (this.#options.clock.now() > endMs)
        throw new Error(
          `after ${deadlineMs} ms there is still something under way: ${open.join(', ')}`,
        );
      await nextTurn();
    }
  }

  /** The host of this service will end itself there. Answers how many failpoints it has reached since it was told the last time. */
  async dieAt(service: string, at: DeathSpot | null): Promise<number> {
    return (await this.#hostOf(service).ask({ kind: 'die', at })) as number;
  }

  /** Resolves when the host of this service is gone, with the signal that ended it. */
  ended(service: string): Promise<NodeJS.Signals | null> {
    return this.#hostOf(service).ended;
  }

  async kill(service: string): Promise<void> {
    await this.#hostOf(service).kill();
  }

  /** Begins to load a process for the next `restart`, beside what goes on. */
  prepareSpare(): void {
    this.#spare ??= this.#load();
  }

  /** Puts a process with the same services in the place of one that is gone. */
  async restart(service: string): Promise<void> {
    const place = this.#placeOf(service);
    this.#hosts[place] = this.#spare ?? this.#load();
    this.#spare = undefined;
    await this.#start(place);
  }

  /** Ends all processes; what they are at is left to the journal. */
  async close(): Promise<void> {
    await Promise.all([...this.#hosts, this.#spare].map((host) => host?.kill()));
  }

  get #first(): HostProcess {
    return this.#hosts[0] as HostProcess;
  }

  #load(): HostProcess {
    return new HostProcess(this.feed.take);
  }

  #start(place: number): Promise<Json> {
    const services = this.#options.groups?.[place];
    const hosted = { ...this.#options.hosting, ...(services === undefined ? {} : { services }) };
    return (this.#hosts[place] as HostProcess).ask({ kind: 'start', hosted });
  }

  #placeOf(service: string): number {
    const place = this.#options.groups?.findIndex((group) => group.includes(service)) ?? 0;
    if (place < 0) throw new Error(`nobody hosts the service '${service}'`);
    return place;
  }

  #hostOf(service: string): HostProcess {
    return this.#hosts[this.#placeOf(service)] as HostProcess;
  }
}
