/**
 * The services of the hierarchy in a process each, over a virtual host and schemas of their own on the real servers.
 *
 * 1. One world is used for many scenarios: what one leaves behind is found by its `traces`.
 * 2. One more process is kept loaded, so that a killed one is replaced at once.
 * 3. What is stored is looked at past the services, in the database.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { ledgerSqlModule } from '../../../actors/consent/ledger/sql/sql-ledger-store.ts';
import { hierarchySqlModule } from '../../../actors/hierarchy/sql/sql-store.ts';
import { Client } from '../../../runtime/client.ts';
import { systemChance } from '../../../runtime/ports/chance.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import type { HistoryLine } from '../../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { type Write, writesByStore } from '../../../runtime/ports/store.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { type WorldReads, worldRead } from '../../contract/world-reads.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { leftWork } from '../journal/left-work.ts';
import { ConsentBench } from './bench.ts';
import { type ConfigChanges, configText, type Entity, serviceOf } from './entity-configs.ts';
import { ServiceProcess } from './service-process.ts';
import { familyStates } from './stored-states.ts';

const patienceMs = 45_000;
const lookAgainMs = 20;
/** A process that was killed is taken for dead at once. */
const leaseMs = 1;
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.after(ms, resolve));
}

export class ProcessWorld extends ConsentBench {
  readonly ids = systemIds(systemClock);
  readonly #host: VirtualHost;
  readonly #folder: string;
  readonly #database: Database;
  readonly #env: Readonly<Record<string, string>>;
  readonly #client: Client;
  readonly #running = new Map<string, ServiceProcess>();
  #spare: ServiceProcess | undefined;

  private constructor(host: VirtualHost, folder: string, database: Database, databaseUrl: string) {
    super();
    this.#host = host;
    this.#folder = folder;
    this.#database = database;
    this.#env = { amqp_url: host.url, database_url: databaseUrl };
    this.#client = new Client({
      transport: this.transport(),
      name: 'test',
      clock: systemClock,
      ids: this.ids,
      timeoutMs: patienceMs,
    });
  }

  static async open(entities: readonly Entity[], changes: ConfigChanges): Promise<ProcessWorld> {
    const url = postgresUrl(ownPrefix());
    const database = await openDatabase(url, {
      stores: [hierarchySqlModule, ledgerSqlModule],
      connectionsMax: 3,
    });
    await new SqlJournal({ database }).open();
    const folder = await mkdtemp(join(tmpdir(), 'consent-'));
    const world = new ProcessWorld(await openVirtualHost('consent'), folder, database, url);
    const services = entities.map(serviceOf);
    for (const service of services)
      await writeFile(world.#fileOf(service), configText(service, changes));
    await Promise.all(services.map((service) => world.start(service)));
    await world.#client.open();
    return world;
  }

  /** Ends everything and takes away what is stored. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.values(), this.#spare].map((child) => child?.kill()));
    await this.endScenario();
    await this.#client.close();
    await dropSchemas(this.#database);
    await this.#database.close();
    await this.#host.remove();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Takes away the peers of a scenario, with their queues. */
  async endScenario(): Promise<void> {
    const queues = await this.closePeers();
    if (queues.length === 0) return;
    const connection = await connect(this.#host.url, { noDelay: true });
    const channel = await connection.createChannel();
    for (const queue of queues) await channel.deleteQueue(queue);
    await connection.close();
  }

  transport(): Transport {
    return new RabbitmqTransport({
      urls: [this.#host.url],
      clock: systemClock,
      random: systemChance,
    });
  }

  async until<T>(work: Promise<T>): Promise<T> {
    const late = new Error(`not within ${patienceMs} ms`);
    return new Promise((resolve, reject) => {
      const cancel = systemClock.after(patienceMs, () => reject(late));
      work.then(resolve, reject).finally(cancel);
    });
  }

  async eventually(isSo: () => Promise<boolean>): Promise<void> {
    const limitMs = systemClock.now() + patienceMs;
    while (!(await isSo())) {
      if (systemClock.now() > limitMs) throw new Error(`not so within ${patienceMs} ms`);
      await pause(lookAgainMs);
    }
  }

  ask(entity: Entity, action: string, data: Json): Promise<JsonObject> {
    const to = { exchange: entity, routingKey: `${serviceOf(entity)}_consume` };
    return this.#client.request(to, { action, data }) as Promise<JsonObject>;
  }

  read<Op extends keyof WorldReads>(
    op: Op,
    args: WorldReads[Op]['args'],
  ): Promise<WorldReads[Op]['result']> {
    const { stores } = this.#database;
    return worldRead(
      async (read) => (await stores.get(read.store)?.read(read.op, read.args)) ?? null,
      op,
      args,
    );
  }

  async apply(...writes: readonly Write[]): Promise<void> {
    const database = this.#database;
    await database.transaction(async (transaction) => {
      for (const [name, of] of writesByStore(writes))
        await database.stores
          .get(name)
          ?.apply(transaction.entityManager(database.schemaOf(name)), of);
    });
  }

  async history(): Promise<readonly HistoryLine[]> {
    const rows = await this.#database.query(
      `select entry from ${this.#database.journalSchema}.history order by at_ms, id`,
      [],
    );
    return rows.map(({ entry }) => entry as HistoryLine);
  }

  async stored(service: string): Promise<readonly string[]> {
    const living = `select family from ${this.#database.journalSchema}.actors where service = $1 and status = 'active'`;
    const rows = await this.#database.query(living, [service]);
    return rows.flatMap(({ family }) => familyStates(family as Json));
  }

  /** Of all nodes there are: scenarios follow each other. */
  async traces(): Promise<readonly string[]> {
    const limitMs = systemClock.now() + patienceMs;
    for (;;) {
      const left = await leftWork(this.#database, ['journal.dead_letters']);
      if (left.length === 0 || systemClock.now() > limitMs) return left;
      await pause(lookAgainMs);
    }
  }

  async dieAfter(service: string, what: string): Promise<void> {
    this.#spare ??= new ServiceProcess();
    await this.until(this.#spare.loaded);
    await this.#hosting(service).obey({ dieAfter: what });
  }

  async kill(service: string): Promise<void> {
    await this.#hosting(service).kill();
    this.#running.delete(service);
  }

  async died(service: string): Promise<void> {
    const signal = await this.until(this.#hosting(service).ended);
    if (signal !== 'SIGKILL') throw new Error(`${service} ended with ${signal ?? 'no signal'}`);
    this.#running.delete(service);
  }

  async start(service: string): Promise<void> {
    const child = this.#spare ?? new ServiceProcess();
    this.#spare = undefined;
    this.#running.set(service, child);
    await this.until(
      child.obey({ host: { file: this.#fileOf(service), env: this.#env, leaseMs } }),
    );
    // Loads beside what goes on.
    this.#spare ??= new ServiceProcess();
  }

  #fileOf(service: string): string {
    return join(this.#folder, `${service}.json`);
  }

  #hosting(service: string): ServiceProcess {
    const child = this.#running.get(service);
    if (child === undefined) throw new Error(`${service} does not run`);
    return child;
  }
}
