/**
 * The three systems under the fuzzer: memory in virtual time, PGlite in memory, and RabbitMQ with PostgreSQL.
 *
 * - Data outlives a process: each call of `journal` is another port to the same data, and closing a port closes nothing.
 * - Cleaned up: `close` removes the virtual host and the schema of a run.
 */
import { scheduler } from 'node:timers/promises';
import { connect } from 'amqplib';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { type Clock, systemClock } from '../../../runtime/ports/clock.ts';
import type { Headers, OutgoingMessage } from '../../../runtime/ports/envelope.ts';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { RabbitmqTransport } from '../../../transports/rabbitmq/rabbitmq-transport.ts';
import { publishRaw } from '../../support/raw-publication.ts';
import { servers } from '../../support/servers.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas } from '../journal/benches.ts';
import { queueOf } from './edge-services.ts';
import type { FieldTable } from './field-tables.ts';
import { oddStore, oddStoreModule } from './odd-store.ts';

export const systemNames = ['memory', 'pglite', 'servers'] as const;
export type SystemName = (typeof systemNames)[number];

export interface EdgeSystem {
  readonly name: SystemName;
  readonly clock: Clock;
  readonly journal: Journal;
  /** A new connection. */
  connect(who: string): Transport;
  /** Ends the connection of an abandoned process, so that the broker delivers again. */
  cut(who: string, transport: Transport): Promise<void>;
  /** Publishes a message with headers in types of the wire; a system without a wire gets the values. */
  publishTyped(transport: Transport, message: OutgoingMessage, table: FieldTable): Promise<unknown>;
  /** Deletes an exchange as an operator does. */
  deleteExchange(name: string): Promise<void>;
  /** The messages that wait in a queue for a consumer. */
  depth(queue: string): Promise<number>;
  /** Lets time pass until the promise settles. Rejects with an `Error` that names `what` after `limitMs`. */
  finished<T>(what: string, promise: Promise<T>, limitMs: number): Promise<T>;
  /** Lets time pass until `isDone`, at most `limitMs`. Resolves to the last answer of `isDone`. */
  until(isDone: () => Promise<boolean>, limitMs: number): Promise<boolean>;
  close(): Promise<void>;
}

const virtualStepMs = { first: 10, max: 500 };
const realStepMs = 5;

/** The port without an end: the data stays open for the next process. */
function keptOpen(journal: Journal): Journal {
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'close') return async () => undefined;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

async function untilVirtually(
  clock: VirtualClock,
  isDone: () => Promise<boolean>,
  limitMs: number,
): Promise<boolean> {
  let stepMs = virtualStepMs.first;
  for (let passedMs = 0; passedMs < limitMs; passedMs += stepMs) {
    await clock.settled();
    if (await isDone()) return true;
    await clock.advance(stepMs);
    stepMs = Math.min(stepMs * 1.2, virtualStepMs.max);
  }
  return isDone();
}

async function finishedVirtually<T>(
  clock: VirtualClock,
  what: string,
  promise: Promise<T>,
  limitMs: number,
): Promise<T> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  promise.then(end, end);
  if (!(await untilVirtually(clock, async () => isOver, limitMs))) throw tooLong(what, limitMs);
  return promise;
}

function tooLong(what: string, limitMs: number): Error {
  return new Error(`${what} has not ended after ${limitMs} ms`);
}

async function finishedReally<T>(what: string, promise: Promise<T>, limitMs: number): Promise<T> {
  const limit = new AbortController();
  const late = scheduler.wait(limitMs, { signal: limit.signal }).then(() => {
    throw tooLong(what, limitMs);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    limit.abort();
  }
}

async function untilReally(isDone: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const untilMs = performance.now() + limitMs;
  while (performance.now() < untilMs) {
    if (await isDone()) return true;
    await scheduler.wait(realStepMs);
  }
  return isDone();
}

type Connections = Pick<
  EdgeSystem,
  'connect' | 'cut' | 'publishTyped' | 'deleteExchange' | 'depth'
>;

function memoryConnections(broker: MemoryBroker): Connections {
  return {
    connect: (who) => new MemoryTransport(broker, { name: who, closeDeadlineMs: 100 }),
    cut: async (who, transport) => {
      // Closing first: a transport that is closing does not connect again.
      void transport.close();
      broker.cut(who);
    },
    publishTyped: (transport, message, { values }) =>
      transport.publish({
        ...message,
        properties: { ...message.properties, headers: values as Headers },
      }),
    deleteExchange: async (name) => broker.topology.deleteExchange(name),
    depth: async (queue) => broker.depth(queue) ?? 0,
  };
}

function memorySystem(): EdgeSystem {
  const clock = new VirtualClock();
  return {
    name: 'memory',
    clock,
    journal: keptOpen(new MemoryJournal({ stores: [oddStore] })),
    ...memoryConnections(new MemoryBroker(clock)),
    finished: (what, promise, limitMs) => finishedVirtually(clock, what, promise, limitMs),
    until: (isDone, limitMs) => untilVirtually(clock, isDone, limitMs),
    close: async () => undefined,
  };
}

async function pgliteSystem(): Promise<EdgeSystem> {
  const database = await openDatabase('pglite://', { stores: [oddStoreModule] });
  return {
    name: 'pglite',
    clock: systemClock,
    journal: keptOpen(new SqlJournal({ database })),
    ...memoryConnections(new MemoryBroker(systemClock)),
    finished: finishedReally,
    until: untilReally,
    close: () => database.close(),
  };
}

async function serverSystem(): Promise<EdgeSystem> {
  const schema = `edge_${process.pid}_${process.hrtime.bigint().toString(36).slice(-6)}`;
  const url = `${servers.postgres}${servers.postgres.includes('?') ? '&' : '?'}schema=${schema}`;
  const host = await openVirtualHost('edge');
  const database = await openDatabase(url, { stores: [oddStoreModule] });
  const operator = await connect(host.url);
  const looking = await operator.createChannel();
  const raw = await operator.createChannel();
  const remove = async () => {
    await operator.close();
    await dropSchemas(database);
    await database.close();
    await host.remove();
  };
  return {
    name: 'servers',
    clock: systemClock,
    journal: keptOpen(new SqlJournal({ database })),
    connect: () =>
      new RabbitmqTransport({
        urls: [host.url],
        clock: systemClock,
        random: () => 0,
        closeDeadlineMs: 200,
      }),
    cut: (_who, transport) => transport.close(),
    publishTyped: (_transport, { properties, ...message }, { bytes }) =>
      publishRaw(raw, { ...properties, ...message, headers: bytes }, queueOf('edge')),
    deleteExchange: async (name) => {
      await (await operator.createChannel()).deleteExchange(name);
    },
    depth: async (queue) => (await looking.checkQueue(queue)).messageCount,
    finished: finishedReally,
    until: untilReally,
    close: remove,
  };
}

export async function openSystem(name: SystemName): Promise<EdgeSystem> {
  switch (name) {
    case 'memory':
      return memorySystem();
    case 'pglite':
      return pgliteSystem();
    case 'servers':
      return serverSystem();
    default:
      return name satisfies never;
  }
}
