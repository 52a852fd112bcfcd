/** Two services end to end: an order asks a payment service, which burns a card in an activity. Memory transport, memory journals, no time. */
import { assign, setup } from 'xstate';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Ids } from '../../../runtime/ports/ids.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import type { RuntimeOptions } from '../../../runtime/runtime-options.ts';
import { defineService } from '../../../runtime/service.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { activity } from '../../../runtime/step/activity.ts';
import { ask, type ReplyAddress, record, reply } from '../../../runtime/step/effects.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { assert, suite } from '../../support/suite.ts';
import { configOf, countedIds } from './shop.ts';

const test = suite('runtime');

interface Keeps {
  readonly replyTo: ReplyAddress | null;
}
type Asked = MessageEvent<{ id: string }>;

const keep = assign<Keeps, { type: string }, undefined, { type: string }, never>({
  replyTo: ({ event }) => (event as Asked).$.message.replyTo,
});

function answering(body: (event: { type: string; answer?: Json; output?: Json }) => Json) {
  return reply(({ context, event }: { context: Keeps; event: { type: string } }) => ({
    to: context.replyTo ?? undefined,
    body: body(event),
  }));
}

const order = setup({
  types: {} as { context: Keeps },
  actions: {
    keep,
    note: record(() => ({ topic: 'orders', line: { bought: true } })),
    charge: ask(({ event }) => ({
      exchange: 'payment',
      routingKey: 'payment_consume',
      action: 'charge',
      data: (event as Asked).data,
      answer: 'charged',
    })),
    answerPaid: answering(({ answer = null }) => ({ paid: answer })),
    answerLate: answering(({ type }) => ({ error: type })),
  },
}).createMachine({
  id: 'order',
  context: { replyTo: null },
  initial: 'new',
  states: {
    new: { on: { buy: { target: 'charging', actions: ['keep', 'note', 'charge'] } } },
    charging: {
      after: { 5000: { target: 'failed', actions: 'answerLate' } },
      on: {
        charged: { target: 'paid', actions: 'answerPaid' },
        'charged.unroutable': { target: 'failed', actions: 'answerLate' },
      },
    },
    paid: { type: 'final' },
    failed: { type: 'final' },
  },
});

function paymentMachine(burn: (input: Json) => Promise<Json>) {
  return setup({
    types: {} as { context: Keeps },
    actors: { burn: activity(burn, { firstDelayMs: 100 }) },
    actions: { keep, answerDone: answering(({ output = null }) => output) },
  }).createMachine({
    id: 'payment',
    context: { replyTo: null },
    initial: 'new',
    states: {
      new: { on: { charge: { target: 'burning', actions: 'keep' } } },
      burning: {
        invoke: {
          src: 'burn',
          input: ({ event }) => (event as unknown as Asked).data,
          onDone: { target: 'done', actions: 'answerDone' },
        },
      },
      done: { type: 'final' },
    },
  });
}

const to = ({ data }: { data: Json }) => ({ key: (data as { id: string }).id });
const orders = defineService({
  config: configOf('order'),
  machines: { order },
  messages: { buy: { machine: 'order', to, starts: true } },
});

function payments(burn: (input: Json) => Promise<Json>): ServiceDefinition {
  return defineService({
    config: configOf('payment'),
    machines: { payment: paymentMachine(burn) },
    messages: { charge: { machine: 'payment', to, starts: true } },
  });
}

test('two services of one name in a process are refused with their files', () => {
  const world = new World();
  const again = { ...orders, config: { ...orders.config, file: 'copy.json' } };
  assert.throws(
    () => world.runtime([orders, again]),
    /two services have the svc_name 'order' \(order\.json and copy\.json\)/,
  );
});

class World {
  readonly clock = new VirtualClock(1_000_000);
  readonly ids: Ids = countedIds();
  readonly broker = new MemoryBroker(this.clock);
  readonly journals = {
    order: new MemoryJournal({ stores: [] }),
    payment: new MemoryJournal({ stores: [] }),
  };
  readonly client = new Client({
    transport: new MemoryTransport(this.broker),
    name: 'client',
    clock: this.clock,
    ids: this.ids,
    timeoutMs: 600_000,
  });

  runtime(services: readonly ServiceDefinition[], more: Partial<RuntimeOptions> = {}): Runtime {
    return createRuntime({
      services,
      transport: new MemoryTransport(this.broker),
      journal: ({ name }) => (name === 'order' ? this.journals.order : this.journals.payment),
      ephemeral: new MemoryJournal({ stores: [] }),
      clock: this.clock,
      ids: this.ids,
      ...more,
    });
  }

  async buy(id: string, messageId = `buy-${id}`): Promise<Json> {
    return this.client.request(
      { exchange: 'order', routingKey: 'order_consume' },
      { action: 'buy', data: { id } },
      { messageId },
    );
  }

  async openClient(services: readonly ServiceDefinition[] = [orders]): Promise<void> {
    await this.client.open(topologyOf(services.map(({ config }) => config)));
  }
}

/** What comes of it within the given time. */
async function within<T>(
  clock: VirtualClock,
  ms: number,
  promise: Promise<T>,
): Promise<T | 'nothing'> {
  let result: T | 'nothing' = 'nothing';
  promise.then(
    (value) => {
      result = value;
    },
    () => undefined,
  );
  await clock.advance(ms);
  return result;
}

test('an order is paid, end to end, and nothing is left', async () => {
  const world = new World();
  const burnt: Json[] = [];
  const services = [orders, payments(async (input) => burnt.push(input))];
  const runtime = world.runtime(services);
  await runtime.start();
  await world.openClient();
  assert.equal(await within(world.clock, 10, world.buy('o1')), { paid: 1 });
  assert.equal(burnt, [{ id: 'o1' }]);
  await world.clock.advance(25);
  for (const journal of Object.values(world.journals)) {
    const { outbox, asks, timers, activities, deadLetters } = await journal.counts();
    assert.equal([outbox, asks, timers, activities, deadLetters], [0, 0, 0, 0, 0]);
  }
  assert.is(runtime.isIdle, true);
  await world.client.close();
  await runtime.stop();
});

test('the same order twice burns once, and is answered twice', async () => {
  const world = new World();
  let burns = 0;
  const runtime = world.runtime([orders, payments(async () => (burns += 1))]);
  await runtime.start();
  await world.openClient();
  const first = await within(world.clock, 10, world.buy('o1'));
  const second = await within(world.clock, 10, world.buy('o1'));
  assert.equal([first, second, burns], [{ paid: 1 }, { paid: 1 }, 1]);
});

test('a payment that takes too long is a time-out, and its late answer is nothing', async () => {
  const world = new World();
  let finish = (_: Json): void => undefined;
  const runtime = world.runtime([
    orders,
    payments(() => new Promise((resolve) => (finish = resolve))),
  ]);
  await runtime.start();
  await world.openClient();
  const answer = world.buy('o1');
  assert.is(await within(world.clock, 4_990, answer), 'nothing');
  assert.equal(await within(world.clock, 100, answer), {
    error: 'xstate.after.5000.order.charging',
  });
  finish(1);
  await world.clock.advance(10);
  assert.is((await world.journals.order.counts()).deadLetters, 0);
});

test('a payment service that is not there is told to the order at once', async () => {
  const world = new World();
  const runtime = world.runtime([orders]);
  await runtime.start();
  const [exchange] = topologyOf([configOf('payment')]).exchanges;
  await world.client.open({ exchanges: exchange ? [exchange] : [], queues: [], bindings: [] });
  assert.equal(await within(world.clock, 10, world.buy('o1')), { error: 'charged.unroutable' });
});

test('what one process has left another finishes: a burn under way, with the same journal', async () => {
  const world = new World();
  const tried: string[] = [];
  const hanging = world.runtime([
    orders,
    payments(async () => new Promise<Json>(() => tried.push('first'))),
  ]);
  await hanging.start();
  await world.openClient();
  const answer = world.buy('o1');
  await world.clock.advance(100);
  await hanging.stop();
  const next = world.runtime([orders, payments(async () => tried.push('second'))]);
  await next.start();
  assert.equal(await within(world.clock, 1_000, answer), { paid: 2 });
  assert.equal(tried, ['first', 'second']);
});

test('a timer outlives its process', async () => {
  const world = new World();
  const first = world.runtime([orders, payments(() => new Promise(() => undefined))]);
  await first.start();
  await world.openClient();
  const answer = world.buy('o1');
  await world.clock.advance(100);
  await first.stop();
  await world.clock.advance(60_000);
  const next = world.runtime([orders]);
  await next.start();
  assert.equal(await within(world.clock, 10, answer), {
    error: 'xstate.after.5000.order.charging',
  });
});

test('what a listener for history throws does not touch the turn', async () => {
  const world = new World();
  let told = 0;
  const runtime = world.runtime([orders, payments(async () => 1)], {
    onHistory: () => {
      told += 1;
      throw new Error('listener');
    },
  });
  await runtime.start();
  await world.openClient();
  assert.equal([await within(world.clock, 10, world.buy('o1')), told], [{ paid: 1 }, 1]);
  assert.is((await world.journals.order.history('orders')).length, 1);
});

test('start and stop are shared by concurrent callers', async () => {
  const runtime = new World().runtime([orders]);
  assert.is(runtime.start(), runtime.start());
  await runtime.start();
  assert.is(runtime.stop(), runtime.stop());
  await runtime.stop();
});

test('stop without start, and start after that, do nothing', async () => {
  const world = new World();
  const runtime = world.runtime([orders]);
  await runtime.stop();
  await runtime.start();
  assert.is(world.clock.waiting, 0);
});

test('after stop no clock runs any more', async () => {
  const world = new World();
  const runtime = world.runtime([orders]);
  await runtime.start();
  await world.clock.advance(3_000);
  await runtime.stop();
  assert.is(world.clock.waiting, 0);
});

test('stop ends also when the journal cannot be told', async () => {
  const world = new World();
  const runtime = world.runtime([orders]);
  await runtime.start();
  world.journals.order.leave = async () => {
    throw new Transient('not-reachable', 'down');
  };
  await runtime.stop();
});

test('what was published before the stop and not taken waits for the next start', async () => {
  const world = new World();
  const services = [orders, payments(async () => 1)];
  const first = world.runtime(services);
  await first.start();
  await world.openClient();
  await first.stop();
  const answer = world.buy('o1');
  await world.clock.advance(100);
  await world.runtime(services).start();
  assert.equal(await within(world.clock, 1_000, answer), { paid: 1 });
});

test.run();
