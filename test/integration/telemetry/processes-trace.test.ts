/** One trace for one deletion over two processes, one of which is killed on the way; the spans go to a collector. */
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { freePorts } from '../../support/free-ports.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { type Started, start } from '../cli/command.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { Collector } from './collector.ts';

const test = suite('one trace over processes', {
  needs: ['postgres', 'rabbitmq', 'rabbitmqctl'],
  deadlineMs: 120_000,
});
const caller = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };
const traceparent = `00-${caller.trace}-${caller.span}-01`;
const entities = ['objects', 'tags'] as const;

type Entity = (typeof entities)[number];

/** A process for each entity, with HTTP on a port of its own, on one broker and one database. */
class Processes {
  readonly #host: VirtualHost;
  readonly #databaseUrl = postgresUrl(ownPrefix());
  readonly #collector: Collector;
  readonly #ports: Readonly<Record<Entity, number>>;
  readonly #running = new Map<Entity, Started>();

  private constructor(host: VirtualHost, collector: Collector, ports: Record<Entity, number>) {
    this.#host = host;
    this.#collector = collector;
    this.#ports = ports;
  }

  static async open(collector: Collector): Promise<Processes> {
    const [objects = 0, tags = 0] = await freePorts(entities.length);
    return new Processes(await openVirtualHost('trace'), collector, { objects, tags });
  }

  async start(entity: Entity): Promise<void> {
    const command = start(['start', '--config', entity], {
      amqp_url: this.#host.url,
      database_url: this.#databaseUrl,
      HTTP__PORT: String(this.#ports[entity]),
      // The work of the killed process goes on soon.
      PROCESS__LEASE_MS: '1000',
      // The voter is away for as long as two processes take to start.
      CONSENT__VOTE_DEADLINE_MS: '60000',
      OTEL_EXPORTER_OTLP_ENDPOINT: this.#collector.url,
      OTEL_SERVICE_NAME: entity,
    });
    this.#running.set(entity, command);
    await command.printed('ready: ');
  }

  async end(entity: Entity, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const command = this.#running.get(entity);
    this.#running.delete(entity);
    command?.signal(signal);
    await command?.ended;
  }

  async http(method: string, entity: Entity, path: string, body?: JsonObject, headers = {}) {
    const response = await fetch(`http://127.0.0.1:${this.#ports[entity]}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as JsonObject };
  }

  async created(entity: Entity, more: JsonObject): Promise<string> {
    const { body } = await this.http('POST', entity, `/v1/${entity}/`, more);
    return String(body['id']);
  }

  /** Asks for the record of the saga until it has the state. */
  async untilState(path: string, state: string): Promise<void> {
    for (;;) {
      const { body } = await this.http('GET', 'objects', path);
      if (body['state'] === state) return;
      assert.not.equal(body['state'], 'called off', JSON.stringify(body));
    }
  }

  async close(): Promise<void> {
    await Promise.all(entities.map((entity) => this.end(entity, 'SIGKILL')));
    const database = await openDatabase(this.#databaseUrl, { stores: [] });
    await dropSchemas(database);
    await database.close();
    await this.#host.remove();
  }
}

/** `process: service action` of the spans that handle messages. */
function handled({ spans }: Collector, trace: string): readonly string[] {
  const inTrace = spans.filter((span) => span.trace === trace && span.name.startsWith('process '));
  return inTrace.map(({ process, name }) => `${process}: ${name}`);
}

test('it goes on in the process of the voter, and in the process of the owner after its kill', async () => {
  const collector = await Collector.open();
  const processes = await Processes.open(collector);
  try {
    await Promise.all(entities.map((entity) => processes.start(entity)));
    const id = await processes.created('objects', { attributes: { cn: 'pump' } });
    await processes.created('tags', { parentId: id, attributes: { cn: 'flow' } });
    await processes.end('tags', 'SIGTERM');
    const headers = { traceparent, prefer: 'wait=0' };
    const path = `/v1/objects/${id}`;
    const asked = await processes.http('DELETE', 'objects', path, undefined, headers);
    assert.is(asked.status, 202);
    const saga = String(asked.body['saga']);
    await processes.untilState(saga, 'asking');
    await processes.end('objects', 'SIGKILL');

    await Promise.all(entities.map((entity) => processes.start(entity)));
    await processes.untilState(saga, 'done');
    await Promise.all(entities.map((entity) => processes.end(entity, 'SIGTERM')));
    const found = handled(collector, caller.trace);
    for (const wanted of [
      'tags: process mayDelete',
      'objects: process vote',
      'tags: process deleting',
      'objects: process cleaned',
    ])
      assert.ok(found.includes(wanted), `no ${wanted} in\n${found.join('\n')}`);
  } finally {
    await processes.close();
    await collector.close();
  }
});

test.run();
