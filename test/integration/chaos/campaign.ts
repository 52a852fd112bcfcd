/**
 * A campaign: service processes under load over servers of its own, and something is killed again and again. At the end the database is
 * read: whatever was answered is done, once, and nothing is left under way.
 *
 * 1. A kill comes when the load has gone on since the last one, at a moment drawn from the seed.
 * 2. Recovery from the kill of a process is the time until an actor it held something of takes its next turn; from that of a server,
 *    until a request is answered again. A process that held nothing is not measured.
 * 3. The last kill is of the database, right after the last answer.
 */

import { Client } from '../../../runtime/client.ts';
import { type Chance, systemChance } from '../../../runtime/ports/chance.ts';
import { type Clock, systemClock } from '../../../runtime/ports/clock.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../../support/private-postgres.ts';
import { type PrivateRabbitmq, startPrivateRabbitmq } from '../../support/private-rabbitmq.ts';
import { type ChaosState, openChaosState } from './chaos-state.ts';
import { Load } from './load.ts';
import { Workers } from './workers.ts';

export type Victim = 'process' | 'postgres' | 'rabbitmq';

export interface CampaignOptions {
  readonly kills: number;
  readonly chance: Chance;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

export interface CampaignResult {
  readonly kills: number;
  readonly killed: Readonly<Record<Victim, number>>;
  /** Requests sent, jobs and deletions. */
  readonly attempted: number;
  /** Requests answered. */
  readonly committed: number;
  /** Deeds of answered requests that were not done, and nodes that were deleted and are there. */
  readonly lost: number;
  /** Deeds that were done more than once, and what counters have counted too much. */
  readonly doubled: number;
  /** Requests that were never answered, and rows of what never ended. */
  readonly stuck: number;
  /** Kills of processes whose recovery was measured. */
  readonly measured: number;
  readonly recoveryP50Ms: number;
  readonly recoveryP99Ms: number;
  /** The longest time without an answer after a server was killed and started again. */
  readonly serverRecoveryMaxMs: number;
  readonly seconds: number;
  readonly problems: readonly string[];
}

const workerCount = 3;
const answersBetweenKills = 4;
const delayMaxMs = 300;
const recoveryLimitMs = 60_000;
const endLimitMs = 90_000;
const pollMs = 20;
const restMaxMs = 100;

/** The kills of a campaign in their order: of fifteen, at least one of the broker and two of the database. */
export function planOf(kills: number, chance: Chance): readonly Victim[] {
  const brokers = Math.ceil(kills / 15);
  const databases = Math.ceil(kills / 8);
  const plan: Victim[] = Array.from({ length: kills }, (_, n) =>
    n < brokers ? 'rabbitmq' : n < brokers + databases ? 'postgres' : 'process',
  );
  for (let last = plan.length - 1; last > 0; last -= 1) {
    const other = Math.floor(chance() * (last + 1));
    [plan[last], plan[other]] = [plan[other] as Victim, plan[last] as Victim];
  }
  return plan;
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #postgres: PrivatePostgres;
  readonly #rabbitmq: PrivateRabbitmq;
  readonly #state: ChaosState;
  readonly #workers: Workers;
  readonly #client: Client;
  readonly #load: Load;
  readonly #killed = { process: 0, postgres: 0, rabbitmq: 0 };
  readonly #recoveriesMs: number[] = [];
  readonly #outagesMs: number[] = [];
  readonly #startedMs: number;

  constructor(
    options: CampaignOptions,
    postgres: PrivatePostgres,
    rabbitmq: PrivateRabbitmq,
    state: ChaosState,
  ) {
    this.#options = options;
    this.#postgres = postgres;
    this.#rabbitmq = rabbitmq;
    this.#state = state;
    this.#startedMs = options.clock.now();
    this.#workers = new Workers(workerCount, {
      CHAOS_BROKER: rabbitmq.url,
      CHAOS_DATABASE: postgres.url,
    });
    const { clock } = options;
    this.#client = new Client({
      transport: new RabbitmqTransport({
        urls: [rabbitmq.url],
        clock: systemClock,
        random: systemChance,
      }),
      name: 'chaos',
      clock,
      ids: systemIds(clock),
    });
    this.#load = new Load({ client: this.#client, clock, onAnswer: () => undefined });
  }

  async run(): Promise<CampaignResult> {
    const { kills, chance, say } = this.#options;
    await this.#client.open();
    await this.#until(() => this.#workers.consuming === workerCount);
    this.#load.start();
    for (const victim of planOf(kills, chance)) {
      await this.#loadGoesOn();
      await this.#pause(chance() * delayMaxMs);
      await this.#kill(victim);
      say(
        `${this.#seconds()} s: ${victim} killed; ${this.#load.answered} of ${this.#load.attempted} requests answered`,
      );
    }
    return this.#verdict();
  }

  async close(): Promise<void> {
    this.#workers.stop();
    await this.#client.close();
  }

  #seconds(): number {
    return Math.round((this.#options.clock.now() - this.#startedMs) / 1_000);
  }

  async #loadGoesOn(): Promise<void> {
    const before = this.#load.answered;
    await this.#until(
      () => this.#load.answered >= before + answersBetweenKills && this.#workers.consuming > 1,
    );
  }

  async #kill(victim: Victim): Promise<void> {
    this.#killed[victim] += 1;
    if (victim === 'process') return this.#killProcess();
    const killedMs = this.#options.clock.now();
    await (victim === 'postgres' ? this.#killPostgres() : this.#rabbitmq.kill());
    const before = this.#load.answered;
    await (victim === 'postgres' ? this.#postgres.start() : this.#rabbitmq.start());
    await this.#until(() => this.#load.answered > before);
    this.#outagesMs.push(this.#options.clock.now() - killedMs);
  }

  #killPostgres(): Promise<void> {
    return this.#options.chance() < 0.5 ? this.#postgres.kill() : this.#postgres.stopAtOnce();
  }

  async #killProcess(): Promise<void> {
    const { clock, chance } = this.#options;
    const killedMs = clock.now();
    const instance = await this.#workers.kill((count) => Math.floor(chance() * count));
    const held = await this.#state.heldBy(instance);
    if (held.length === 0) return;
    if (!(await this.#state.goesOn(held, recoveryLimitMs)))
      throw new Error(`nothing that ${instance} held went on: ${JSON.stringify(held)}`);
    this.#recoveriesMs.push(clock.now() - killedMs);
  }

  async #verdict(): Promise<CampaignResult> {
    const answered = await this.#endsInTime();
    await this.#crashAtRest();
    const leftovers = await this.#settled();
    const { missing, doubled } = await this.#state.deedsOf(this.#load.answeredJobs);
    const nodes = answered ? await this.#state.nodes() : [];
    const counted = (await this.#state.counted()) - this.#load.answeredJobs.size;
    const unanswered = this.#load.attempted - this.#load.answered;
    const sorted = [...this.#recoveriesMs].sort((one, other) => one - other);
    const problems = [...this.#load.problems, ...missing, ...doubled, ...nodes, ...leftovers];
    return {
      kills: this.#options.kills,
      killed: this.#killed,
      attempted: this.#load.attempted,
      committed: this.#load.answered,
      lost:
        missing.length +
        nodes.length +
        Math.max(0, answered ? -counted : 0) +
        this.#load.problems.length,
      doubled: doubled.length + Math.max(0, answered ? counted : 0),
      stuck: unanswered + leftovers.length,
      measured: sorted.length,
      recoveryP50Ms: atShare(sorted, 0.5),
      recoveryP99Ms: atShare(sorted, 0.99),
      serverRecoveryMaxMs: Math.max(0, ...this.#outagesMs),
      seconds: this.#seconds(),
      problems: problems.slice(0, 20),
    };
  }

  /** Right after the last messages are published no commit is under way that would be in doubt. */
  async #crashAtRest(): Promise<void> {
    await this.#pause(this.#options.chance() * restMaxMs);
    this.#killed.postgres += 1;
    await this.#killPostgres();
    await this.#postgres.start();
  }

  async #endsInTime(): Promise<boolean> {
    let ended = false;
    const end = this.#load.end().then(() => {
      ended = true;
    });
    end.catch(() => undefined);
    const inTime = await this.#until(() => ended, endLimitMs);
    if (inTime) await end;
    return inTime;
  }

  /** Rows that do not go away. */
  async #settled(): Promise<readonly string[]> {
    const untilMs = this.#options.clock.now() + endLimitMs;
    for (;;) {
      const left = await this.#state.leftovers();
      const { missing } = await this.#state.deedsOf(this.#load.answeredJobs);
      if ((left.length === 0 && missing.length === 0) || this.#options.clock.now() > untilMs)
        return left;
      await this.#pause(pollMs * 10);
    }
  }

  async #until(isSo: () => boolean, limitMs = recoveryLimitMs * 2): Promise<boolean> {
    const untilMs = this.#options.clock.now() + limitMs;
    while (!isSo() && this.#options.clock.now() < untilMs) await this.#pause(pollMs);
    return isSo();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(ms, resolve));
  }
}

function atShare(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Starts the servers, runs the campaign and removes everything. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const [postgres, rabbitmq] = await Promise.all([startPrivatePostgres(), startPrivateRabbitmq()]);
  try {
    const state = await openChaosState(postgres.url, options.clock);
    const campaign = new Campaign(options, postgres, rabbitmq, state);
    try {
      return await campaign.run();
    } finally {
      await campaign.close();
      await state.close();
    }
  } finally {
    await Promise.all([postgres.remove(), rabbitmq.remove()]);
  }
}
