/**
 * The hosts that run the services of the demo: starts them, sends to their services, kills a host
 * and replaces it.
 *
 * - any-layout: one host for all services (memory transport, PGlite), or several over a broker and
 *   a database. Callers see no difference.
 * - spare: one further host can be loaded beforehand, so a killed host is replaced at once.
 * - entrance: a request goes over HTTP to a host of the service, if the host serves HTTP and the
 *   service has routes; else through a client in the process of the service, whose user of the
 *   broker may write to the exchange of the service.
 * - replicas: several hosts may run the same service. A kill point of a service is set in each of
 *   its hosts.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isJsonObject } from '../../config/json.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { HistoryFeed } from './history-feed.ts';
import type {
  HostedServices,
  KillPoint,
  RowCounts,
  ServiceEntry,
  StartedHost,
} from './host-messages.ts';
import { HostProcess } from './host-process.ts';
import { answerOverHttp } from './http-entrance.ts';

export interface ProcessGroupOptions {
  /** Names of the services of each host. Default: one host for all services. */
  readonly groups?: readonly (readonly string[])[];
  readonly hosting: Omit<HostedServices, 'services'>;
  readonly feed: HistoryFeed;
  readonly clock: Clock;
}

/** A place in the group: services that belong together, and the host that runs them now. */
interface Member {
  readonly services: readonly string[] | undefined;
  host: HostProcess;
  /** Of HTTP. */
  url?: string | undefined;
}

/** Tables that are empty when no work is under way. */
const workTables = [
  'journal.outbox',
  'journal.asks',
  'journal.timers',
  'journal.activities',
  'ledger.engagements',
  'ledger.promises',
];

export class ProcessGroup {
  readonly feed: HistoryFeed;
  readonly #clock: Clock;
  readonly #hosting: ProcessGroupOptions['hosting'];
  readonly #members: readonly Member[];
  #entries: readonly ServiceEntry[] = [];
  #spare: HostProcess | undefined;
  #requests = 0;

  constructor({ feed, clock, hosting, groups }: ProcessGroupOptions) {
    this.feed = feed;
    this.#clock = clock;
    this.#hosting = hosting;
    const all: readonly (readonly string[] | undefined)[] = groups ?? [undefined];
    this.#members = all.map((services) => ({ services, host: this.#load() }));
  }

  /** Resolves when every service consumes. */
  async open(): Promise<void> {
    const [first] = await Promise.all(this.#members.map((member) => this.#start(member)));
    this.#entries = first?.entries ?? [];
  }

  get serviceCount(): number {
    return this.#entries.length;
  }

  get processCount(): number {
    return this.#members.length;
  }

  /** The entity of a class of nodes: base node and services are named after it. */
  entityOf(objectClass: string): string {
    const entry = this.#entries.find(({ nodes }) => nodes?.objectClass === objectClass);
    if (entry?.nodes === undefined) throw new Error(`no service owns nodes of '${objectClass}'`);
    return entry.nodes.entity;
  }

  /** The answer of a service to a message to its main queue, or to the request over HTTP. */
  async request(service: string, action: string, data: Json): Promise<JsonObject> {
    const entry = this.#entries.find((each) => each.service === service);
    if (entry === undefined) throw new Error(`no config is the one of service '${service}'`);
    const { exchange, routingKey, path } = entry;
    const url = this.#urlOf(service);
    if (url !== undefined && path !== undefined)
      return answerOverHttp(`${url}${path}/`, action, data);
    const [member] = this.#membersOf(service);
    const answer = await member.host.ask({ kind: 'send', exchange, routingKey, action, data });
    if (isJsonObject(answer)) return answer;
    throw new Error(`the answer of '${service}' is no object: ${JSON.stringify(answer)}`);
  }

  history(topic: string): Promise<readonly HistoryLine[]> {
    return this.#first.ask({ kind: 'history', topic });
  }

  /**
   * Rows of every table. Several hosts may see the same table at different moments: the highest
   * count is taken.
   */
  async counts(): Promise<RowCounts> {
    const all = await Promise.all(this.#members.map(({ host }) => host.ask({ kind: 'counts' })));
    const highest: Record<string, number> = {};
    for (const [table, rows] of all.flatMap((counts) => Object.entries(counts)))
      highest[table] = Math.max(highest[table] ?? 0, rows);
    return highest;
  }

  /** The counts, once no work is under way. Rejects after `deadlineMs`. */
  async settled(deadlineMs: number): Promise<RowCounts> {
    const endMs = this.#clock.now() + deadlineMs;
    for (;;) {
      const counts = await this.counts();
      // A table is missing when no service of the group has its store.
      const busy = workTables.filter((table) => (counts[table] ?? 0) !== 0);
      if (busy.length === 0) return counts;
      if (this.#clock.now() > endMs) {
        const rows = busy.map((table) => `${table}: ${counts[table]}`).join(', ');
        throw new Error(`after ${deadlineMs} ms there is still work under way: ${rows}`);
      }
      await nextTurn();
    }
  }

  /**
   * Lets the hosts of a service end themselves at `point`; `null` cancels that. Resolves to the
   * failpoints reached since the last call.
   */
  async killAt(service: string, point: KillPoint | null): Promise<number> {
    const members = this.#membersOf(service);
    const reached = await Promise.all(
      members.map(({ host }) => host.ask({ kind: 'kill-at', point })),
    );
    return reached.reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when a host of a service has ended, with the signal that ended the host. */
  ended(service: string): Promise<NodeJS.Signals | null> {
    return Promise.race(this.#membersOf(service).map(({ host }) => host.ended));
  }

  async kill(service: string): Promise<void> {
    await Promise.all(this.#membersOf(service).map(({ host }) => host.kill()));
  }

  /** Begins to load a host for the next `restart`. */
  prepareSpare(): void {
    this.#spare ??= this.#load();
  }

  /**
   * Replaces each host of a service that has ended, by a host with the same services. The kill
   * point of the others is cancelled first, so none of them ends afterwards.
   */
  async restart(service: string): Promise<void> {
    for (const member of this.#membersOf(service)) {
      await member.host.ask({ kind: 'kill-at', point: null }).catch(() => undefined);
      if (!member.host.hasEnded) continue;
      member.host = this.#spare ?? this.#load();
      this.#spare = undefined;
      await this.#start(member);
    }
  }

  /** Kills all hosts; their unfinished work is left to the journal. */
  async close(): Promise<void> {
    const hosts = [...this.#members.map(({ host }) => host), this.#spare];
    await Promise.all(hosts.map((host) => host?.kill()));
  }

  get #first(): HostProcess {
    const [member] = this.#members;
    if (member === undefined) throw new Error('the group has no host');
    return member.host;
  }

  #load(): HostProcess {
    return new HostProcess(this.feed.take);
  }

  async #start(member: Member): Promise<StartedHost> {
    const { host, services } = member;
    const hosted = services === undefined ? this.#hosting : { ...this.#hosting, services };
    const started = await host.ask({ kind: 'start', hosted });
    member.url = started.url;
    return started;
  }

  /** The URL of a host of the service that serves HTTP; the hosts take turns. */
  #urlOf(service: string): string | undefined {
    const urls = this.#membersOf(service).flatMap(({ url }) => url ?? []);
    this.#requests += 1;
    return urls[this.#requests % urls.length];
  }

  #membersOf(service: string): readonly [Member, ...(readonly Member[])] {
    const [first, ...others] = this.#members.filter(
      ({ services }) => services?.includes(service) ?? true,
    );
    if (first === undefined) throw new Error(`no host runs the service '${service}'`);
    return [first, ...others];
  }
}
