/** Dead letters are handled again by their own service, whoever asked for it, and are never lost on the way. */
import { assign, setup } from 'xstate';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { Refused } from '../../../runtime/ports/errors.ts';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import { defineService } from '../../../runtime/service.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { type ReplyAddress, refuse, reply } from '../../../runtime/step/effects.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { assert, suite } from '../../support/suite.ts';
import { configOf, countedIds } from './shop.ts';

const test = suite('dead letters');

/** Whether the counter works, and how often it counted. */
interface Workshop {
  broken: boolean;
}

const durable = {
  durable: true,
  exclusive: false,
  autoDelete: false,
  declare: true,
  arguments: {},
};

interface Counted {
  readonly count: number;
  readonly replyTo: ReplyAddress | null;
}

/** Counts what comes; while the workshop is broken, every step throws. */
function counter(workshop: Workshop, id: string) {
  return setup({
    types: {} as { context: Counted },
    actions: {
      count: assign<Counted, { type: string }, undefined, { type: string }, never>(
        ({ context, event }) => {
          if (workshop.broken) throw new Error('out of order');
          return { count: context.count + 1, replyTo: (event as MessageEvent).$.message.replyTo };
        },
      ),
      tally: assign<Counted, { type: string }, undefined, { type: string }, never>(
        ({ context }) => ({ count: context.count + 1 }),
      ),
      answer: reply(({ context }: { context: Counted }) => ({
        to: context.replyTo ?? undefined,
        body: { count: context.count },
      })),
      forbid: refuse(() => (workshop.broken ? new Refused('not-permitted', 'not now') : undefined)),
    },
  }).createMachine({
    id,
    context: { count: 0, replyTo: null },
    on: { count: { actions: ['count', 'answer'] }, greet: { actions: ['forbid', 'tally'] } },
  });
}

function service(name: string, workshop: Workshop, ephemeral = false): ServiceDefinition {
  const to = () => ({ key: 'one' });
  return defineService({
    config: configOf(name),
    machines: { counter: { machine: counter(workshop, 'counter'), ephemeral } },
    messages: {
      count: { machine: 'counter', to, starts: true },
      greet: { machine: 'counter', to, starts: true },
    },
  });
}

class World {
  readonly clock = new VirtualClock(1_000_000);
  readonly ids = countedIds();
  readonly broker = new MemoryBroker(this.clock);
  readonly journal = new MemoryJournal({ stores: [] });
  readonly workshop: Workshop = { broken: true };

  runtime(services: readonly ServiceDefinition[], journal: Journal = this.journal): Runtime {
    return createRuntime({
      ...{ services, journal, clock: this.clock, ids: this.ids },
      transport: new MemoryTransport(this.broker),
      ephemeral: new MemoryJournal({ stores: [] }),
    });
  }

  async started(...services: readonly ServiceDefinition[]): Promise<Runtime> {
    const runtime = this.runtime(services);
    await runtime.start();
    return runtime;
  }

  async client(services: readonly ServiceDefinition[]): Promise<Client> {
    const client = new Client({
      transport: new MemoryTransport(this.broker),
      name: 'client',
      clock: this.clock,
      ids: this.ids,
      timeoutMs: 60_000,
    });
    await client.open(topologyOf(services.map(({ config }) => config)));
    return client;
  }

  async send(name: string, action: string, messageId = 'm1'): Promise<void> {
    const client = await this.client([service(name, this.workshop)]);
    await client.send({ exchange: name, routingKey: `${name}_consume` }, { action }, { messageId });
    await this.clock.advance(10);
    await client.close();
  }

  async count(name: string): Promise<number> {
    const record = await this.journal.inspect({ service: name, machine: 'counter', key: 'one' });
    return record === undefined
      ? 0
      : (record.family as unknown as { root: { context: Counted } }).root.context.count;
  }
}

test('one that is replayed is handled by its own service alone, and goes', async () => {
  const world = new World();
  const services = ['shop', 'depot'].map((name) => service(name, world.workshop));
  const runtime = await world.started(...services);
  await world.send('shop', 'count');
  await world.send('depot', 'count');
  const [deadLetter] = await runtime.deadLetters.list({ service: 'shop' });
  assert.equal(
    [deadLetter?.count, deadLetter?.exchange, deadLetter?.routingKey],
    [1, 'shop', 'shop_consume'],
  );
  world.workshop.broken = false;
  assert.is(await runtime.deadLetters.replay({ ids: [deadLetter?.id ?? ''] }), 1);
  await world.clock.advance(1_000);
  assert.equal([await world.count('shop'), await world.count('depot')], [1, 0]);
  assert.equal(
    (await runtime.deadLetters.list()).map((each) => each.service),
    ['depot'],
  );
});

test('its answer goes to who asked', async () => {
  const world = new World();
  const runtime = await world.started(service('shop', world.workshop));
  const asker = new MemoryTransport(world.broker);
  await asker.open({ exchanges: [], queues: [{ ...durable, name: 'asker' }], bindings: [] });
  const answers: Json[] = [];
  await asker.consume('asker', { prefetch: 0 }, async ({ body, properties }) => {
    answers.push([properties.correlationId ?? null, JSON.parse(Buffer.from(body).toString())]);
    return 'done';
  });
  const properties = { messageId: 'm1', replyTo: 'asker', correlationId: 'c1', persistent: true };
  const body = Buffer.from(JSON.stringify({ action: 'count' }));
  await asker.publish({
    exchange: 'shop',
    routingKey: 'shop_consume',
    mandatory: true,
    properties,
    body,
  });
  await world.clock.advance(10);
  world.workshop.broken = false;
  await runtime.deadLetters.replay({ service: 'shop' });
  await world.clock.advance(1_000);
  const [failure, answer] = answers as [[string, { error: { message: string } }], Json];
  assert.equal([failure[0], failure[1].error.message], ['c1', 'out of order']);
  assert.equal(answer, ['c1', { count: 1 }]);
  await asker.close();
});

test('one that fails again has a higher count, and is not replayed a third time by itself', async () => {
  const world = new World();
  const runtime = await world.started(service('shop', world.workshop));
  await world.send('shop', 'count');
  await runtime.deadLetters.replay({ service: 'shop' });
  await world.clock.advance(10_000);
  const [deadLetter] = await runtime.deadLetters.list();
  assert.equal([deadLetter?.count, deadLetter?.replayRequested], [2, false]);
});

test('a message that came twice and was refused twice is one letter; replayed it is handled once', async () => {
  const world = new World();
  const runtime = await world.started(service('shop', world.workshop));
  await world.send('shop', 'greet');
  await world.send('shop', 'greet');
  assert.equal(
    (await runtime.deadLetters.list()).map(({ count, reason }) => [count, reason]),
    [[2, 'not now']],
  );
  world.workshop.broken = false;
  await runtime.deadLetters.replay({ service: 'shop' });
  await world.clock.advance(1_000);
  assert.equal([await world.count('shop'), await runtime.deadLetters.list()], [1, []]);
});

test('a process that ends between the turn and the end of the letter loses nothing and counts nothing twice', async () => {
  const world = new World();
  const shop = service('shop', world.workshop);
  const cutOff = new Proxy(world.journal, {
    get(journal, name) {
      if (name === 'endReplays') return () => new Promise(() => undefined);
      if (name === 'close' || name === 'leave') return async () => undefined;
      const member: unknown = Reflect.get(journal, name, journal);
      return typeof member === 'function' ? member.bind(journal) : member;
    },
  });
  const first = world.runtime([shop], cutOff);
  await first.start();
  await world.send('shop', 'count');
  world.workshop.broken = false;
  await first.deadLetters.replay({ service: 'shop' });
  await world.clock.advance(1_000);
  assert.equal([await world.count('shop'), (await first.deadLetters.list()).length], [1, 1]);
  await first.stop();
  const second = await world.started(shop);
  await world.clock.advance(10_000);
  assert.equal([await world.count('shop'), await second.deadLetters.list()], [1, []]);
});

test('one of an ephemeral machine lies in the journal of its service, and is replayed like any other', async () => {
  const world = new World();
  const runtime = await world.started(service('shop', world.workshop, true));
  await world.send('shop', 'greet');
  assert.is((await runtime.deadLetters.list()).length, 1);
  await runtime.deadLetters.replay({ service: 'shop' });
  await world.clock.advance(1_000);
  assert.equal(
    (await runtime.deadLetters.list()).map(({ count }) => count),
    [2],
  );
});

test('letters are shown and dropped; a service that is not there is refused', async () => {
  const world = new World();
  const runtime = await world.started(service('shop', world.workshop));
  await world.send('shop', 'count');
  const [deadLetter] = await runtime.deadLetters.list();
  assert.equal(await runtime.deadLetters.show(deadLetter?.id ?? ''), deadLetter);
  assert.is(await runtime.deadLetters.show('unknown'), undefined);
  assert.is(await runtime.deadLetters.drop({ service: 'shop' }), 1);
  assert.equal(await runtime.deadLetters.list(), []);
  await assert.rejects(
    runtime.deadLetters.list({ service: 'nowhere' }),
    /no service 'nowhere' here; the services are shop/,
  );
});

test.run();
