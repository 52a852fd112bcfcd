/** A rolling restart to newer code and back under load, on RabbitMQ and PostgreSQL, with a process that is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { programAt } from '../../support/program.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { bankConfig, type Release } from './bank.ts';

const test = suite('rolling restart', { needs: ['postgres', 'rabbitmq'], deadlineMs: 180_000 });
const { options, file } = programAt(new URL('./bank-process.ts', import.meta.url));
const accounts = 12;
const atOnce = 6;

interface Answered {
  readonly version: number;
  readonly sum: number;
}

/** Requests without a pause, a few at once. Each account counts those that were answered. */
class Load {
  readonly sums = new Map<string, number>();
  readonly errors: string[] = [];
  readonly #client: Client;
  readonly #workers: readonly Promise<void>[];
  #stopped = false;
  #sent = 0;
  #answered = 0;

  constructor(client: Client) {
    this.#client = client;
    this.#workers = Array.from({ length: atOnce }, () => this.#work());
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      this.#sent += 1;
      const account = `account-${this.#sent % accounts}`;
      const answer = await this.ask('add', account);
      if (typeof answer === 'string') this.errors.push(answer);
      this.#answered += 1;
    }
  }

  /** An error as its text. */
  async ask(action: string, account: string): Promise<Answered | string> {
    try {
      const to = { exchange: 'bank', routingKey: 'bank_consume' };
      const message = { action, data: { account } };
      const answer = await this.#client.request(to, message, { timeoutMs: 60_000 });
      if (typeof answer !== 'object' || answer === null || 'error' in answer)
        return JSON.stringify(answer);
      this.sums.set(account, (this.sums.get(account) ?? 0) + 1);
      return answer as unknown as Answered;
    } catch (error) {
      return String(error);
    }
  }

  /** Resolves when so many more requests are answered. */
  async more(count: number): Promise<void> {
    const until = this.#answered + count;
    while (this.#answered < until && this.errors.length === 0)
      await this.ask('add', `account-${this.#answered % accounts}`);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#workers);
  }
}

class Place {
  readonly host: VirtualHost;
  readonly database: Database;
  readonly #databaseUrl: string;
  readonly #running = new Set<ChildProcess>();

  private constructor(host: VirtualHost, database: Database, databaseUrl: string) {
    this.host = host;
    this.database = database;
    this.#databaseUrl = databaseUrl;
  }

  static async open(): Promise<Place> {
    const databaseUrl = postgresUrl(ownPrefix());
    const host = await openVirtualHost('rolling');
    const database = await openDatabase(databaseUrl, { stores: [], connectionsMax: 2 });
    return new Place(host, database, databaseUrl);
  }

  async start(release: Release): Promise<ChildProcess> {
    const args = [...options, file, release, this.host.url, this.#databaseUrl];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#running.add(child);
    const early = once(child, 'exit').then(() => {
      this.#running.delete(child);
      throw new Error(`a process of release ${release} ended before it was ready`);
    });
    early.catch(() => undefined);
    await Promise.race([once(child.stdout, 'data'), early]);
    return child;
  }

  async end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async client(): Promise<Client> {
    const transport = (await transportsAt([this.host.url]))();
    const client = new Client({
      transport,
      name: 'load',
      clock: systemClock,
      ids: systemIds(systemClock),
    });
    await client.open(topologyOf([bankConfig]));
    return client;
  }

  async versions(): Promise<readonly unknown[]> {
    const rows = await this.database.query(
      `select distinct machine_version as version from ${this.database.journalSchema}.actors`,
      [],
    );
    return rows.map(({ version }) => version);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((child) => this.end(child, 'SIGKILL')));
    await dropSchemas(this.database);
    await this.database.close();
    await this.host.remove();
  }
}

/** Until the process that answers stores version 2, its machine does not take the action. Resolves to the number of refusals. */
async function untilNew(load: Load, account: string): Promise<number> {
  for (let refused = 0; ; refused += 1) {
    const answer = await load.ask('bonus', account);
    if (typeof answer === 'string') assert.match(answer, /unknown-action/);
    else {
      assert.is(answer.version, 2);
      return refused;
    }
  }
}

async function storedSums(journal: SqlJournal): Promise<readonly (readonly [string, number])[]> {
  const actors = await journal.listActors(['bank'], undefined, 100);
  return actors.map(({ address, record }) => {
    const { root } = record.family as unknown as { root: { context: { sum: number } } };
    return [address.key, root.context.sum] as const;
  });
}

test('to newer code, back, and forward again, one process at a time: every request is answered and counts once', async () => {
  const place = await Place.open();
  try {
    const journal = new SqlJournal({ database: place.database });
    let [one, two] = [await place.start('1'), await place.start('1')];
    const client = await place.client();
    const load = new Load(client);
    await load.more(20);

    await place.end(two, 'SIGTERM');
    two = await place.start('2-as-1');
    await load.more(20);
    await place.end(one, 'SIGKILL');
    one = await place.start('2-as-1');
    await load.more(20);
    assert.equal(await place.versions(), [1]);

    await place.end(two, 'SIGTERM');
    two = await place.start('1');
    await load.more(20);
    await place.end(two, 'SIGKILL');
    two = await place.start('2-as-1');
    await load.more(20);

    await journal.releaseVersion({ service: 'bank', machine: 'account', version: 2 });
    let refused = 0;
    for (let n = 0; n < accounts; n += 1) refused += await untilNew(load, `account-${n}`);
    await load.stop();
    assert.equal(load.errors, []);
    assert.equal(await place.versions(), [2]);
    assert.equal(await storedSums(journal), [...load.sums].sort());
    assert.is((await journal.counts()).deadLetters, refused);
    await client.close();
    for (const child of [one, two]) await place.end(child, 'SIGTERM');
  } finally {
    await place.close();
  }
});

test.run();
