import type { Delivery, OutgoingMessage } from '../../../../runtime/ports/envelope.ts';
import { Transient } from '../../../../runtime/ports/errors.ts';
import type { Acknowledgement } from '../../../../runtime/ports/transport.ts';
import { seededChance } from '../../../../runtime/simulated/seeded-chance.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { type Faults, noFaults } from '../../../../transports/simulated/faults.ts';
import { SimulatedBroker } from '../../../../transports/simulated/simulated-broker.ts';
import type { SimulatedTransport } from '../../../../transports/simulated/simulated-transport.ts';
import { assert, seed, suite } from '../../../support/suite.ts';

const test = suite('simulated transport');

/** Chance that always says the same: below every rate, or near the end of all of them. */
const always = () => 0;
const atTheEnd = () => 0.99;

function message(body: string, persistent = true): OutgoingMessage {
  return {
    exchange: '',
    routingKey: 'q',
    mandatory: true,
    properties: { messageId: body, persistent },
    body: Buffer.from(body),
  };
}

const topology = {
  exchanges: [],
  queues: [
    { name: 'q', durable: true, exclusive: false, autoDelete: false, declare: true, arguments: {} },
  ],
  bindings: [],
};

class World {
  readonly clock = new VirtualClock(0);
  readonly broker: SimulatedBroker;
  readonly outcomes: string[] = [];
  readonly handled: string[] = [];

  constructor(faults: Partial<Faults>, chance = seededChance(seed())) {
    this.broker = new SimulatedBroker({
      clock: this.clock,
      chance,
      faults: { ...noFaults, ...faults },
    });
  }

  async open(name = 'client'): Promise<SimulatedTransport> {
    const transport = this.broker.transport(name);
    await transport.open(topology);
    return transport;
  }

  publish(transport: SimulatedTransport, ...messages: OutgoingMessage[]): void {
    for (const each of messages) {
      transport.publish(each).then(
        ({ kind }) => this.outcomes.push(`${each.properties.messageId} ${kind}`),
        (error) =>
          this.outcomes.push(
            `${each.properties.messageId} ${error instanceof Transient ? error.code : error}`,
          ),
      );
    }
  }

  consume(
    transport: SimulatedTransport,
    answer: (delivery: Delivery) => Promise<Acknowledgement> = async () => 'done',
  ) {
    return transport.consume('q', { prefetch: 0 }, (delivery) => {
      this.handled.push(
        `${delivery.properties.messageId}${delivery.redelivered ? ' again' : ''} at ${this.clock.now()}`,
      );
      return answer(delivery);
    });
  }
}

test('a message that is dropped is not taken, and its publisher is told', async () => {
  const world = new World({ drop: 1 });
  world.publish(await world.open(), message('a'));
  await world.clock.settled();
  assert.equal([world.outcomes, world.broker.depth('q')], [['a transport-lost'], 0]);
});

test('a message whose confirm is lost is taken, and published again it is there twice', async () => {
  const world = new World({ duplicate: 1 });
  const transport = await world.open();
  world.publish(transport, message('a'));
  await world.clock.settled();
  assert.equal([world.outcomes, world.broker.depth('q')], [['a transport-lost'], 1]);
  world.broker.heal();
  world.publish(transport, message('a'));
  await world.clock.settled();
  assert.equal([world.outcomes, world.broker.depth('q')], [['a transport-lost', 'a confirmed'], 2]);
});

test('a connection cut before the broker takes a message loses it, and comes back', async () => {
  const world = new World({ cut: 1 }, always);
  const transport = await world.open();
  world.publish(transport, message('a'));
  await world.clock.settled();
  assert.equal(
    [world.outcomes, world.broker.depth('q'), transport.isIdle],
    [['a transport-lost'], 0, false],
  );
  world.broker.heal();
  await world.clock.advance(100);
  world.publish(transport, message('b'));
  await world.clock.settled();
  assert.equal([world.outcomes.at(-1), transport.isIdle], ['b confirmed', true]);
});

test('a connection cut before the confirm loses only the confirm', async () => {
  const world = new World({ cut: 1 }, atTheEnd);
  world.publish(await world.open(), message('a'));
  await world.clock.settled();
  assert.equal([world.outcomes, world.broker.depth('q')], [['a transport-lost'], 1]);
});

test('everything on its way is lost with the connection', async () => {
  const world = new World({ delayMs: { min: 10, max: 10 } });
  const transport = await world.open();
  world.publish(transport, message('a'), message('b'));
  await world.clock.advance(5);
  world.broker.cut('client');
  await world.clock.advance(1_000);
  assert.equal(
    [world.outcomes, world.broker.depth('q')],
    [['a transport-lost', 'b transport-lost'], 0],
  );
});

test('a broker that restarts keeps what is persistent and is back within two seconds', async () => {
  const world = new World({});
  const transport = await world.open();
  world.publish(transport, message('kept'), message('gone', false));
  await world.clock.settled();
  world.broker.setFaults({ ...noFaults, restart: 1 });
  world.publish(transport, message('late'));
  await world.clock.settled();
  assert.equal(
    [world.outcomes.at(-1), world.broker.isRunning, world.broker.depth('q')],
    ['late transport-lost', false, 1],
  );
  world.broker.heal();
  await world.clock.advance(2_100);
  assert.equal([world.broker.isRunning, transport.isIdle], [true, true]);
});

test('a message, its delivery and its acknowledgement take their time', async () => {
  const world = new World({ delayMs: { min: 10, max: 10 } });
  const transport = await world.open();
  await world.consume(transport);
  world.publish(transport, message('a'));
  await world.clock.advance(19);
  assert.equal([world.outcomes, world.handled, transport.isIdle], [[], [], false]);
  await world.clock.advance(1);
  assert.equal(
    [world.outcomes, world.handled, transport.isIdle],
    [['a confirmed'], ['a at 20'], false],
  );
  await world.clock.advance(10);
  assert.is(transport.isIdle, true);
});

test('within a queue the order of one publisher is kept, whatever each message is held back', async () => {
  const world = new World({ delayMs: { min: 0, max: 20 }, reorder: 0.3 });
  const transport = await world.open();
  await world.consume(await world.open('consumer'));
  const names = Array.from({ length: 50 }, (_, index) => `m${index}`);
  world.publish(transport, ...names.map((name) => message(name)));
  await world.clock.advance(60_000);
  assert.equal(
    world.handled.map((line) => line.split(' ')[0]),
    names,
  );
});

test('messages of different publishers overtake each other', async () => {
  const world = new World({ delayMs: { min: 0, max: 20 }, reorder: 0.3 });
  const [one, two] = [await world.open('one'), await world.open('two')];
  await world.consume(await world.open('consumer'));
  const names = Array.from({ length: 50 }, (_, index) => `m${index}`);
  names.forEach((name, index) => void world.publish(index % 2 === 0 ? one : two, message(name)));
  await world.clock.advance(60_000);
  const order = world.handled.map((line) => line.split(' ')[0] ?? '');
  assert.equal([...order].sort(), [...names].sort());
  assert.not.equal(order, names);
});

test('a delivery that is lost with its connection comes again and is handled then', async () => {
  const world = new World({});
  const transport = await world.open();
  world.publish(await world.open('publisher'), message('a'));
  await world.clock.settled();
  world.broker.setFaults({ ...noFaults, delayMs: { min: 10, max: 10 } });
  await world.consume(transport);
  await world.clock.advance(5);
  world.broker.cut('client');
  await world.clock.advance(200);
  assert.equal(world.handled, ['a again at 115']);
});

test('lost acknowledgement: a delivery whose acknowledgement is lost comes again', async () => {
  const world = new World({ delayMs: { min: 10, max: 10 } });
  const transport = await world.open();
  await world.consume(transport);
  world.publish(await world.open('publisher'), message('a'));
  await world.clock.advance(25);
  assert.equal(world.handled, ['a at 20']);
  world.broker.cut('client');
  await world.clock.advance(500);
  assert.equal(
    [world.handled.length, world.handled[1]?.split(' at ')[0], world.broker.isIdle],
    [2, 'a again', true],
  );
});

test('a connection cut before a delivery keeps it from its handler, one cut after it only its acknowledgement', async () => {
  const handledWith = async (chance: () => number): Promise<string[]> => {
    const world = new World({}, chance);
    world.publish(await world.open('publisher'), message('a'));
    await world.clock.settled();
    world.broker.setFaults({ ...noFaults, cut: 1 });
    await world.consume(await world.open());
    await world.clock.settled();
    world.broker.heal();
    await world.clock.advance(100);
    return world.handled;
  };
  assert.equal(await handledWith(always), ['a again at 100']);
  assert.equal(await handledWith(atTheEnd), ['a at 0', 'a again at 100']);
});

test('a handler that throws gives its delivery back', async () => {
  const world = new World({});
  const transport = await world.open();
  let tries = 0;
  await world.consume(transport, () => {
    tries += 1;
    if (tries === 1) throw new Error('not now');
    return Promise.resolve('done');
  });
  world.publish(transport, message('a'));
  await world.clock.settled();
  assert.equal(world.handled, ['a at 0', 'a again at 0']);
});

test('what is on its way to a consumer that is cancelled goes back', async () => {
  const world = new World({});
  const transport = await world.open();
  world.publish(transport, message('a'));
  await world.clock.settled();
  world.broker.setFaults({ ...noFaults, delayMs: { min: 10, max: 10 } });
  const consumer = await world.consume(transport);
  await world.clock.settled();
  await consumer.cancel();
  await world.clock.advance(100);
  assert.equal([world.handled, world.broker.depth('q')], [[], 1]);
});

test('close waits for what is on its way', async () => {
  const world = new World({ delayMs: { min: 10, max: 10 } });
  const transport = await world.open();
  world.publish(transport, message('a'));
  void transport.close().then(() => world.outcomes.push('closed'));
  await world.clock.advance(100);
  assert.equal([world.outcomes, world.broker.depth('q')], [['a confirmed', 'closed'], 1]);
});

test('a client that was abandoned loses what it had, and does not come back', async () => {
  const world = new World({});
  const transport = await world.open();
  await world.consume(transport, () => new Promise(() => undefined));
  world.publish(transport, message('a'));
  await world.clock.settled();
  assert.is(world.broker.isIdle, false);
  transport.abandon();
  await world.clock.advance(60_000);
  assert.equal(
    [world.broker.depth('q'), world.broker.linkOf('client'), world.broker.isIdle],
    [1, undefined, true],
  );
});

test('a client of the same name has its own connection and its own name in the trace', async () => {
  const world = new World({});
  await world.open();
  await world.open();
  world.broker.cut('client/2');
  await world.clock.settled();
  assert.equal(
    world.broker.trace.lines.map(({ who, what }) => `${who} ${what}`),
    ['client connect', 'client/2 connect', 'client/2 lost'],
  );
});

test('the trace tells who did what with which message, and what became of it', async () => {
  const world = new World({ delayMs: { min: 5, max: 5 } });
  const transport = await world.open();
  await world.consume(transport);
  world.publish(transport, message('a'));
  await world.clock.advance(100);
  const lines = ['0 ms  client  connect'];
  lines.push('5 ms  client  publish  (default) → q  a  e40c292c  confirmed');
  lines.push('10 ms  client  deliver  (default) → q  a  e40c292c  q');
  lines.push('15 ms  client  acknowledge  (default) → q  a  e40c292c  done');
  assert.equal(world.broker.trace.text.split('\n'), lines);
});

test('the hash is that of the lines', async () => {
  const hashOf = async (...names: string[]): Promise<string> => {
    const world = new World({});
    world.publish(await world.open(), ...names.map((name) => message(name)));
    await world.clock.settled();
    return world.broker.trace.hash;
  };
  assert.match(await hashOf('a'), /^[0-9a-f]{16}$/);
  assert.is(await hashOf('a', 'b'), await hashOf('a', 'b'));
  assert.is.not(await hashOf('a', 'b'), await hashOf('b', 'a'));
});

test('a route is free only where it is drawn, and not while a delivery is on its way', async () => {
  const clock = new VirtualClock(0);
  const drawn = [true, true, false];
  const broker = new SimulatedBroker({
    clock,
    chance: always,
    faults: { ...noFaults, delayMs: { min: 5, max: 5 } },
    handsOver: () => drawn.shift() ?? false,
  });
  const transport = broker.transport('client');
  await transport.open(topology);
  await transport.consume('q', { prefetch: 0 }, async () => 'done');
  const isFree = (): boolean | undefined => transport.route(message('m'))?.isFree;
  assert.is(isFree(), true);
  void transport.publish(message('m'));
  await clock.advance(6);
  assert.is(isFree(), false, 'on its way');
  await clock.advance(20);
  assert.equal([isFree(), isFree(), isFree()], [true, false, false]);
});

test('what is handed over is in the trace like a publish and its deliveries', async () => {
  const broker = new SimulatedBroker({ clock: new VirtualClock(0), chance: always });
  const transport = broker.transport('client');
  await transport.open(topology);
  await transport.consume('q', { prefetch: 0 }, async () => 'done');
  transport.route(message('m'))?.delivered();
  const lines = broker.trace.lines.filter(({ messageId }) => messageId === 'm');
  assert.equal(
    lines.map(({ what, outcome }) => [what, outcome]),
    [
      ['publish', 'handed over'],
      ['deliver', 'q at once'],
    ],
  );
});

test.run();
