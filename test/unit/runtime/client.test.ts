import { Client } from '../../../runtime/client.ts';
import type { Delivery } from '../../../runtime/ports/envelope.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Acknowledgement } from '../../../runtime/ports/transport.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { assert, suite } from '../../support/suite.ts';
import { countedIds } from './shop.ts';

const test = suite('client');
const shop = { exchange: '', routingKey: 'shop' };
const shopQueue = {
  name: 'shop',
  durable: true,
  exclusive: false,
  autoDelete: false,
  declare: true,
  arguments: {},
};

class ClientBench {
  readonly clock = new VirtualClock(0);
  readonly broker = new MemoryBroker(this.clock);
  readonly peer = new MemoryTransport(this.broker);
  readonly #transport = new MemoryTransport(this.broker, { name: 'client' });
  readonly client = new Client({
    transport: this.#transport,
    name: 'me',
    clock: this.clock,
    ids: countedIds(),
    timeoutMs: 1_000,
  });
  readonly asked: Delivery[] = [];

  /** A peer that answers what the test says; undefined: not at all. */
  static async open(answer: (delivery: Delivery) => string | undefined): Promise<ClientBench> {
    const bench = new ClientBench();
    await bench.peer.open({ exchanges: [], queues: [shopQueue], bindings: [] });
    await bench.client.open();
    await bench.peer.consume('shop', { prefetch: 0 }, (delivery) =>
      bench.#reply(delivery, answer(delivery)),
    );
    return bench;
  }

  /** From now on the client's messages arrive, and it is not told. */
  holdConfirms(): void {
    const publish = this.#transport.publish.bind(this.#transport);
    this.#transport.publish = (message) =>
      publish(message).then(() => new Promise(() => undefined));
  }

  /** From now on the client's messages wait, as for a broker that is lost. */
  takeNothing(): void {
    this.#transport.publish = () => new Promise(() => undefined);
  }

  async #reply(delivery: Delivery, text: string | undefined): Promise<Acknowledgement> {
    this.asked.push(delivery);
    const { replyTo = '', correlationId = '' } = delivery.properties;
    const properties = { persistent: false, correlationId };
    if (text !== undefined)
      await this.peer.publish({
        exchange: '',
        routingKey: replyTo,
        mandatory: false,
        properties,
        body: Buffer.from(text),
      });
    return 'done';
  }
}

const refusedWith = (code: string) => (error: unknown) =>
  error instanceof Transient && error.code === code;

test('a request and a message have the headers that they are given', async () => {
  const bench = await ClientBench.open(() => '{}');
  const headers = { caller: 'ada' };
  await bench.client.request(shop, {}, { headers });
  await bench.client.send(shop, {}, { headers });
  await bench.client.request(shop, {});
  assert.equal(
    bench.asked.map(({ properties }) => properties.headers),
    [headers, headers, undefined],
  );
});

test('a ping comes back from the broker, and is late when the broker takes nothing', async () => {
  const bench = await ClientBench.open(() => undefined);
  await bench.client.ping(10);
  bench.takeNothing();
  const late = assert.rejects(() => bench.client.ping(10), refusedWith('timed-out'));
  await bench.clock.advance(10);
  await late;
});

test('a request resolves with the body of its answer', async () => {
  const bench = await ClientBench.open(() => '{"id":1}');
  assert.equal(await bench.client.request(shop, { action: 'create' }), { id: 1 });
});

test('each answer goes to its own request', async () => {
  const bench = await ClientBench.open(({ body }) => Buffer.from(body).toString());
  assert.equal(await Promise.all([1, 2, 3].map((n) => bench.client.request(shop, n))), [1, 2, 3]);
});

test('an answer on an exchange it was given comes straight, and nothing else of that exchange does', async () => {
  const bench = await ClientBench.open(() => '1');
  const lasting = { durable: true, autoDelete: false, declare: true, arguments: {} };
  const exchanges = (['direct', 'topic', 'fanout', 'headers'] as const).map((type) => ({
    name: `by ${type}`,
    type,
    ...lasting,
  }));
  const transport = new MemoryTransport(bench.broker);
  const client = new Client({ transport, name: 'you', clock: bench.clock, ids: countedIds() });
  await client.open({ exchanges, queues: [], bindings: [] });
  await client.request(shop, {});
  const routingKey = bench.asked[0]?.properties.replyTo ?? '';
  const answered = (exchange: string, key: string) =>
    bench.peer.publish({
      exchange,
      routingKey: key,
      mandatory: true,
      properties: { persistent: false },
      body: Buffer.from('1'),
    });
  const kinds = await Promise.all(exchanges.map(({ name }) => answered(name, routingKey)));
  assert.equal(
    kinds.map(({ kind }) => kind),
    ['confirmed', 'confirmed', 'returned', 'returned'],
  );
  assert.is((await answered('by direct', 'another')).kind, 'returned');
  await client.close();
});

test('an answer is taken before the transport has confirmed the question', async () => {
  const bench = await ClientBench.open(() => '1');
  bench.holdConfirms();
  assert.is(await bench.client.request(shop, {}), 1);
});

test('the reply queue is gone with the client', async () => {
  const bench = await ClientBench.open(() => '1');
  await bench.client.request(shop, {});
  const queue = bench.asked[0]?.properties.replyTo ?? '';
  assert.is(bench.broker.depth(queue), 0);
  await bench.client.close();
  assert.is(bench.broker.depth(queue), undefined);
});

test('a request that is not answered in time rejects as timed-out', async () => {
  const bench = await ClientBench.open(() => undefined);
  const rejected = assert.rejects(
    bench.client.request(shop, {}, { timeoutMs: 200 }),
    refusedWith('timed-out'),
  );
  const told = assert.rejects(
    bench.client.request(shop, {}, { timeoutMs: 200 }),
    new RegExp(
      `^no answer from '${shop.routingKey}' on the exchange '${shop.exchange}' within 200 ms; the request may still be carried out$`,
    ),
  );
  await bench.clock.advance(200);
  await Promise.all([rejected, told]);
});

test('an answer that comes too late is dropped', async () => {
  const bench = await ClientBench.open(() => undefined);
  const rejected = assert.rejects(bench.client.request(shop, {}, { timeoutMs: 200 }));
  await bench.clock.advance(200);
  await rejected;
  const { replyTo = '', correlationId = '' } = bench.asked[0]?.properties ?? {};
  await bench.peer.publish({
    exchange: '',
    routingKey: replyTo,
    mandatory: false,
    properties: { persistent: false, correlationId },
    body: Buffer.from('1'),
  });
  await bench.clock.advance(1);
  assert.is(bench.broker.depth(replyTo), 0);
});

test('a request nobody takes rejects at once and leaves no time-out behind', async () => {
  const bench = await ClientBench.open(() => '1');
  await assert.rejects(
    bench.client.request({ exchange: '', routingKey: 'nobody' }, {}),
    refusedWith('not-reachable'),
  );
  assert.is(bench.clock.waiting, 0);
});

test('a request that cannot be published leaves no time-out behind', async () => {
  const bench = await ClientBench.open(() => '1');
  bench.broker.cut('client');
  await assert.rejects(bench.client.request(shop, {}), refusedWith('transport-lost'));
  await bench.clock.advance(200);
  assert.is(bench.clock.waiting, 0);
});

test('an answer leaves no time-out behind', async () => {
  const bench = await ClientBench.open(() => '1');
  await bench.client.request(shop, {});
  assert.is(bench.clock.waiting, 0);
});

test('an answer that is not JSON rejects its request', async () => {
  const bench = await ClientBench.open(() => '{');
  await assert.rejects(bench.client.request(shop, {}), /not JSON/);
});

test('closing rejects what still waits', async () => {
  const bench = await ClientBench.open(() => undefined);
  const rejected = assert.rejects(bench.client.request(shop, {}), refusedWith('transport-lost'));
  await bench.clock.advance(1);
  await bench.client.close();
  await rejected;
});

test('a request carries the identity it is given', async () => {
  const bench = await ClientBench.open(() => '1');
  await bench.client.request(shop, {}, { messageId: 'mine' });
  assert.equal(
    [bench.asked[0]?.properties.messageId, bench.asked[0]?.properties.appId],
    ['mine', 'me'],
  );
});

test('send asks for no answer', async () => {
  const bench = await ClientBench.open(() => undefined);
  await bench.client.send(shop, { action: 'fact' });
  await bench.clock.advance(1);
  assert.is(bench.asked[0]?.properties.replyTo, undefined);
});

test.run();
