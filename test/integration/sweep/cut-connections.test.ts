/** The connections to PostgreSQL are ended by its administrator again and again while messages flow. */
import pg from 'pg';
import {
  createRuntime,
  memoryTransports,
  type RunningServices,
} from '../../../composition/create-runtime.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { Failpoints } from '../../../runtime/ports/failpoints.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { proofSize } from '../../support/proof-size.ts';
import { servers } from '../../support/servers.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { insistentCallers } from './insistent-callers.ts';
import { deadLettersOf, storedTraces } from './stored-traces.ts';
import { bankService, checkoutService } from './sweep-services.ts';
import { sqlTally } from './tally-store.ts';
import { playRound, type Verdict, verdictOn } from './workload.ts';

const cutsWanted = proofSize('cut-connections');
/** At most so many failpoints are passed between one cut and the next. */
const stepsMax = 40;
/** Beats are so quick that what is taken over is taken over within a round. */
const pace = { heartbeatMs: 50, leaseMs: 1_000 };
const settleMaxMs = 15_000;

const test = suite('connections that are cut', {
  needs: ['postgres'],
  deadlineMs: 60_000 + cutsWanted * 3_000,
});

const moment = (): Promise<void> => new Promise((resolve) => void systemClock.after(20, resolve));

/**
 * Ends connections of one application: all, or the one that began its statement last. Each time so many failpoints after the time
 * before as chance says, so that it is in the middle of the work, wherever that is.
 */
class Axe implements Failpoints {
  /** How many times at least one connection was ended. */
  cuts = 0;
  readonly #admin: pg.Client;
  readonly #application: string;
  readonly #chance = seededChance(seed());
  #steps = Number.POSITIVE_INFINITY;
  #falling: Promise<void> | undefined;

  constructor(admin: pg.Client, application: string) {
    this.#admin = admin;
    this.#application = application;
  }

  /** A start that is cut fails, and says so; what is tried here is the work. */
  lift(): void {
    this.#steps = 1;
  }

  reach(): void {
    if (this.#falling !== undefined || this.cuts >= cutsWanted) return;
    this.#steps -= 1;
    if (this.#steps > 0) return;
    this.#steps = 1 + Math.floor(this.#chance() * stepsMax);
    this.#falling = this.#fall(this.#chance() < 0.5 ? 1 : 100).finally(() => {
      this.#falling = undefined;
    });
  }

  async #fall(connections: number): Promise<void> {
    const { rows } = await this.#admin.query(
      `select pg_terminate_backend(pid) as ended from (select pid from pg_stat_activity
         where application_name = $1 order by (state = 'idle'), query_start desc limit $2) as ours`,
      [this.#application, connections],
    );
    if (rows.some(({ ended }) => ended)) this.cuts += 1;
  }
}

let application: string;
let admin: pg.Client;
let database: Database;
let journal: SqlJournal;
let running: RunningServices;
let axe: Axe;
const effects: [string, string][] = [];

test.before.each(async () => {
  application = ownPrefix();
  admin = new pg.Client({ connectionString: servers.postgres });
  await admin.connect();
  axe = new Axe(admin, application);
  database = await openDatabase(`${postgresUrl(application)}&application_name=${application}`, {
    stores: [sqlTally],
  });
  journal = new SqlJournal({ database, failpoints: { reach: () => axe.reach() } });
  await journal.open();
  const stores = [...database.stores.values()];
  const onEffect = async (name: string, key: string): Promise<null> => {
    effects.push([name, key]);
    return null;
  };
  running = createRuntime({
    services: [checkoutService(stores, onEffect), bankService(stores)],
    journal,
    transports: memoryTransports(),
    chance: seededChance(seed()),
    failpoints: { reach: () => axe.reach() },
    ...pace,
  });
});
test.after.each(async () => {
  await running.stop();
  const last = await openDatabase(postgresUrl(application), { stores: [sqlTally] });
  await dropSchemas(last);
  await last.close();
  await admin.end();
});

/** When nothing is lost or left over any more, or when it has not come to that in time. */
async function verdictInTime(round: string): Promise<Verdict> {
  const untilMs = systemClock.now() + settleMaxMs;
  for (;;) {
    const verdict = await storedTraces(database, journal, round).then(
      (traces) => verdictOn(round, { ...traces, effects }),
      (error: unknown) => ({ lost: [], doubled: [], stuck: [String(error)] }),
    );
    if (verdict.lost.length + verdict.stuck.length === 0 || systemClock.now() > untilMs)
      return verdict;
    await moment();
  }
}

test(`cut ${cutsWanted} times in the middle of the work: nothing is lost, done twice or left over`, async () => {
  await running.start();
  const client = await running.client('caller');
  axe.lift();
  for (let n = 1; axe.cuts < cutsWanted; n += 1) {
    const wrong = await playRound(
      `round${n}`,
      insistentCallers(client, deadLettersOf(journal, systemClock), moment),
    );
    assert.equal(
      { wrong, ...(await verdictInTime(`round${n}`)) },
      { wrong: [], lost: [], doubled: [], stuck: [] },
      `round ${n}`,
    );
  }
  await client.close();
});

test.run();
