/**
 * The metrics of a deployment in the text format of Prometheus.
 *
 * Job: counts turns and lines of history as they are committed, and reads the databases when the
 * metrics are asked for. prom-client keeps the values and adds those of Node.js (`nodejs_…`,
 * `process_…`: event-loop lag, memory, garbage collection).
 *
 * - one look at a time: scrapes that come while the databases are read share the answer.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { uuidAtMs } from '../../actors/waiting/saga-waiting.ts';
import type { OpenDeployment } from '../../composition/open-deployment.ts';
import type { Clock } from '../../runtime/ports/clock.ts';
import type { HistoryLine, TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { JournalSurvey } from '../../runtime/ports/journal-survey.ts';
import { type MetricDefinition, type MetricName, metricDefinitions } from './definitions.ts';

/** The part of a deployment that is read at a scrape. */
export interface MeasuredDeployment extends Pick<OpenDeployment, 'counts' | 'sagas'> {
  /** By name of the service; services of the same database have the same journal. */
  readonly journals: ReadonlyMap<string, OutboxList>;
}

type OutboxList = Pick<JournalSurvey, 'listOutbox'>;

/** A text and its media type. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

type Labels = Readonly<Record<string, string>>;

export class DeploymentMetrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #clock: Clock;
  #scraping: Promise<string> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    const definitions: Readonly<Record<string, MetricDefinition>> = metricDefinitions;
    for (const [name, definition] of Object.entries(definitions)) this.#add(name, definition);
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Options of the deployment. */
  get listeners() {
    return {
      onTurns: (turns: readonly TurnCommit[]): void => this.#countTurns(turns),
      onHistory: (lines: readonly HistoryLine[]): void => {
        for (const line of lines) this.#countLine(line);
      },
    };
  }

  /** Rejects if a database cannot be read. */
  async exposition(deployment: MeasuredDeployment): Promise<Exposition> {
    this.#scraping ??= this.#scrape(deployment).finally(() => {
      this.#scraping = undefined;
    });
    return { contentType: this.#registry.contentType, text: await this.#scraping };
  }

  #add(name: string, { kind, help, labels, buckets = [] }: MetricDefinition): void {
    const registers = [this.#registry];
    const shared = { name, help, labelNames: [...labels], registers };
    if (kind === 'counter') this.#counters.set(name, new Counter(shared));
    else if (kind === 'gauge') this.#gauges.set(name, new Gauge(shared));
    else this.#histograms.set(name, new Histogram({ ...shared, buckets: [...buckets] }));
  }

  #count(name: MetricName, labels: Labels, by = 1): void {
    if (by > 0) this.#counters.get(name)?.inc(labels, by);
  }

  #countTurns(turns: readonly TurnCommit[]): void {
    this.#histograms.get('unanimous_commit_turns')?.observe(turns.length);
    const nowMs = this.#clock.now();
    for (const { address, atMs, inbox, outbox, activities, deadLetters } of turns) {
      const { service } = address;
      const seconds = Math.max(0, nowMs - atMs) / 1_000;
      this.#histograms.get('unanimous_turn_seconds')?.observe({ service }, seconds);
      this.#count('unanimous_turns_total', { service });
      this.#count('unanimous_messages_handled_total', { service }, inbox.length);
      this.#count('unanimous_messages_sent_total', { service }, outbox.length);
      this.#count('unanimous_activities_started_total', { service }, activities.length);
      for (const { kind } of deadLetters)
        this.#count('unanimous_dead_letters_total', { service, kind });
    }
  }

  #countLine({ address, line }: HistoryLine): void {
    const owner = address.service;
    switch (line['what']) {
      case 'voted':
        this.#countVote(owner, line['voter'], line['response']);
        break;
      case 'decided':
        this.#count('unanimous_saga_decisions_total', { owner, decision: 'decided' });
        break;
      case 'called off':
        for (const response of ['silent', 'unreachable'])
          for (const voter of listIn(line[response])) this.#countVote(owner, voter, response);
        this.#count('unanimous_saga_decisions_total', { owner, decision: 'called off' });
        break;
      case 'alarm':
      case 'stuck':
        this.#count('unanimous_saga_alarms_total', { owner, level: line['what'] });
        break;
    }
  }

  #countVote(owner: string, voter: unknown, response: unknown): void {
    if (typeof voter === 'string' && typeof response === 'string')
      this.#count('unanimous_votes_total', { owner, voter, response });
  }

  async #scrape(deployment: MeasuredDeployment): Promise<string> {
    const [rows, parts, outboxAges] = await Promise.all([
      deployment.counts(),
      deployment.sagas(),
      this.#outboxAges(deployment),
    ]);
    for (const gauge of ['unanimous_sagas', 'unanimous_saga_age_seconds'] as const)
      this.#gauges.get(gauge)?.reset();
    for (const [table, count] of Object.entries(rows))
      this.#gauges.get('unanimous_rows')?.set({ table }, count);
    for (const [journal, seconds] of outboxAges)
      this.#gauges.get('unanimous_outbox_age_seconds')?.set({ journal }, seconds);
    const ages = new Map<string, number>();
    for (const { saga, service, role, states } of parts) {
      for (const state of new Set(states))
        this.#gauges.get('unanimous_sagas')?.inc({ service, role, state });
      ages.set(service, Math.max(ages.get(service) ?? 0, this.#ageOf(saga)));
    }
    for (const [service, seconds] of ages)
      this.#gauges.get('unanimous_saga_age_seconds')?.set({ service }, seconds);
    return this.#registry.metrics();
  }

  /** By the name of the first service of each journal. */
  async #outboxAges({ journals }: MeasuredDeployment): Promise<ReadonlyMap<string, number>> {
    const servicesOf = new Map<OutboxList, string[]>();
    for (const [service, journal] of journals)
      servicesOf.set(journal, [...(servicesOf.get(journal) ?? []), service]);
    const ages = await Promise.all(
      [...servicesOf].map(async ([journal, services]) => {
        const [oldest] = await journal.listOutbox(services, '', 1);
        const age = oldest === undefined ? 0 : this.#ageOf(oldest.id);
        return [services.sort()[0] ?? '', age] as const;
      }),
    );
    return new Map(ages);
  }

  /** In seconds. Ids of sagas and of outgoing messages begin with their time. */
  #ageOf(id: string): number {
    const startMs = uuidAtMs(id);
    return startMs === null ? 0 : Math.max(0, this.#clock.now() - startMs) / 1_000;
  }
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
