/** The route of a message: the effect of a publish, found without the publish. */
import type { OutgoingMessage } from '../../../runtime/ports/envelope.ts';
import type { Route, Transport } from '../../../runtime/ports/transport.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { binding, exchange, message, queue } from './harness.ts';
import { Inbox } from './inbox.ts';

function routeOf(transport: Transport, sent: OutgoingMessage): Route {
  const found = transport.route?.(sent);
  if (found === undefined) throw new Error('the route is not known');
  return found;
}

function isFree(transport: Transport, name: string): boolean {
  return routeOf(transport, message({ routingKey: name })).isFree;
}

/** An exchange of the type, and queues that are bound to the exchange with the keys. */
async function bound(bench: Bench, type: 'direct' | 'fanout' | 'topic', keys: readonly string[]) {
  const [from, ...queues] = [bench.exchange(), ...keys.map(() => bench.queue())];
  const { transport, cut } = await bench.client({
    exchanges: [exchange(from, type)],
    queues: queues.map((name) => queue(name)),
    bindings: queues.map((name, index) => binding(from, name, keys[index])),
  });
  return { transport, from, queues, cut };
}

export function noRoutes(test: Suite, bench: () => Bench): void {
  test('a transport whose broker is another process has no route', async () => {
    assert.is((await bench().open()).route, undefined);
  });
}

export function routes(test: Suite, bench: () => Bench): void {
  for (const type of ['direct', 'fanout', 'topic'] as const)
    test(`a route through a ${type} exchange has the deliveries of a publish`, async () => {
      const keys = ['a', 'b', 'a', '#', 'a.*'];
      const { transport, from, queues } = await bound(bench(), type, keys);
      const properties = { type: 't', messageId: 'm', headers: { colour: 'red' } };
      const sent = message({ exchange: from, routingKey: 'a', body: 'sent', properties });
      const { deliveries } = routeOf(transport, sent);
      await transport.publish(sent);
      const made = [];
      for (const name of queues) {
        await bench().send(transport, name, 'marker');
        const first = await (await Inbox.open(transport, name)).take();
        if (Buffer.from(first.body).toString() === 'sent') made.push(first);
      }
      assert.ok(made.length > 1);
      assert.equal(new Set(deliveries), new Set(made));
    });

  test('a route puts nothing into a queue, however often it is looked for and delivered', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const sent = message({ routingKey: name, body: 'found only' });
    for (let times = 0; times < 3; times += 1) routeOf(transport, sent).delivered();
    await bench().send(transport, name, 'marker');
    assert.equal(await (await Inbox.open(transport, name)).bodies(1), ['marker']);
  });

  test('a message that no queue takes has no deliveries, mandatory or not', async () => {
    const { transport, from } = await bound(bench(), 'direct', ['a']);
    for (const mandatory of [true, false]) {
      const sent = message({ exchange: from, routingKey: 'b', mandatory });
      assert.equal(routeOf(transport, sent).deliveries, []);
    }
  });

  test('a message to an exchange that is not there has no known route', async () => {
    const { transport } = await bench().withQueue();
    const sent = message({ exchange: bench().exchange(), routingKey: 'a' });
    assert.is(transport.route?.(sent), undefined);
  });

  test('a message that its user may not publish has no known route', async () => {
    const [closed, name] = [bench().exchange(), bench().queue()];
    const topology = {
      exchanges: [exchange(closed)],
      queues: [queue(name)],
      bindings: [binding(closed, name, 'k')],
    };
    const { transport } = await bench().harness.connectAs(`${closed}.user`, /^nothing$/);
    await transport.open(topology);
    assert.is(transport.route?.(message({ exchange: closed, routingKey: 'k' })), undefined);
  });

  test('a route is free with a consumer in every queue only', async () => {
    const { transport, from, queues } = await bound(bench(), 'fanout', ['', '']);
    const sent = message({ exchange: from, routingKey: 'k' });
    const free = [routeOf(transport, sent).isFree];
    for (const name of queues) {
      await Inbox.open(transport, name);
      free.push(routeOf(transport, sent).isFree);
    }
    assert.equal(free, [false, false, true]);
  });

  test('a route is not free while a message waits in the queue', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const inbox = await Inbox.open(transport, name, 1);
    await bench().send(transport, name, 'a', 'b');
    const first = await inbox.next();
    const waiting = isFree(transport, name);
    first.answer('done');
    await inbox.take();
    assert.equal([waiting, isFree(transport, name)], [false, true]);
  });

  test('a route is not free without the consumer that was cancelled', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const inbox = await Inbox.open(transport, name);
    const before = isFree(transport, name);
    await inbox.cancel();
    assert.equal([before, isFree(transport, name)], [true, false]);
  });

  test('without a connection no route is known', async () => {
    const client = await bench().client({ queues: [queue(bench().queue())] });
    const sent = message({ routingKey: 'q' });
    const before = client.transport.route?.(sent);
    client.cut();
    const during = client.transport.route?.(sent);
    await client.transport.close();
    assert.equal(
      [before === undefined, during, client.transport.route?.(sent)],
      [false, undefined, undefined],
    );
  });
}
