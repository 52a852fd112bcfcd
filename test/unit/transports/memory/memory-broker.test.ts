/** What only the memory broker can be asked: exact times, restarts, exchange-to-exchange bindings, the order of calls. */
import type { Arguments, QueueDeclaration } from '../../../../config/topology.ts';
import type { Acknowledgement } from '../../../../runtime/ports/transport.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { MemoryBroker } from '../../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../../transports/memory/memory-transport.ts';
import {
  binding,
  exchange,
  message,
  queue,
  quorumQueue,
  topology,
} from '../../../contract/transport/harness.ts';
import { Inbox } from '../../../contract/transport/inbox.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('memory broker');
let clock: VirtualClock;
let broker: MemoryBroker;
let transport: MemoryTransport;

test.before.each(async () => {
  clock = new VirtualClock();
  broker = new MemoryBroker(clock);
  transport = new MemoryTransport(broker, {
    name: 'first',
    reconnectDelayMs: 100,
    closeDeadlineMs: 1_000,
  });
});

async function open(...queues: QueueDeclaration[]): Promise<void> {
  await transport.open(topology({ queues }));
}

function send(routingKey: string, body = '', properties = {}) {
  return transport.publish(message({ routingKey, body, properties }));
}

async function withDeadQueue(args: Arguments, declare = queue): Promise<void> {
  await transport.open(
    topology({
      exchanges: [exchange('dlx', 'fanout')],
      queues: [declare('q', { 'x-dead-letter-exchange': 'dlx', ...args }), queue('dead')],
      bindings: [binding('dlx', 'dead')],
    }),
  );
}

test('2. a handler is never called from within publish', async () => {
  await open(queue('q'));
  let handled = 0;
  await transport.consume('q', { prefetch: 1 }, async () => {
    handled += 1;
    return 'done';
  });
  const publishing = send('q');
  assert.is(handled, 0);
  await publishing;
  await clock.advance(0);
  assert.is(handled, 1);
});

test('two services that answer each other without end do not starve the event loop', async () => {
  await open(queue('ping'), queue('pong'));
  let stop = false;
  const bounce = (other: string) => async (): Promise<Acknowledgement> => {
    if (!stop) await send(other);
    return 'done';
  };
  await transport.consume('ping', { prefetch: 1 }, bounce('pong'));
  await transport.consume('pong', { prefetch: 1 }, bounce('ping'));
  await send('ping');
  await new Promise((resolve) => setImmediate(resolve));
  stop = true;
});

test('a message expires when its time has passed, not before', async () => {
  await withDeadQueue({ 'x-message-ttl': 1_000 });
  await send('q');
  await clock.advance(999);
  assert.equal([broker.depth('q'), broker.depth('dead')], [1, 0]);
  await clock.advance(1);
  assert.equal([broker.depth('q'), broker.depth('dead')], [0, 1]);
});

test('the shorter of the message’s and the queue’s time to live counts', async () => {
  await withDeadQueue({ 'x-message-ttl': 1_000 });
  await send('q', '', { expirationMs: 10 });
  await clock.advance(10);
  assert.equal([broker.depth('q'), broker.depth('dead')], [0, 1]);
});

test('a message expires at the head of its queue only', async () => {
  await withDeadQueue({});
  await send('q', '', { expirationMs: 1_000 });
  await send('q', '', { expirationMs: 10 });
  await clock.advance(500);
  assert.is(broker.depth('q'), 2);
  await clock.advance(500);
  assert.equal([broker.depth('q'), broker.depth('dead')], [0, 2]);
});

test('a delivered message does not expire, and one given back late does', async () => {
  await withDeadQueue({ 'x-message-ttl': 10 });
  const inbox = await Inbox.open(transport, 'q', 1);
  await send('q');
  const item = await inbox.next();
  await clock.advance(1_000);
  assert.is(broker.depth('dead'), 0);
  item.answer('retry');
  await clock.advance(0);
  assert.is(broker.depth('dead'), 1);
});

test('with a time to live of 0 a message is delivered to a consumer that has room', async () => {
  await withDeadQueue({ 'x-message-ttl': 0 });
  const inbox = await Inbox.open(transport, 'q', 1);
  await send('q', 'delivered');
  await send('q', 'expired');
  assert.is((await inbox.next()).body, 'delivered');
  assert.is(broker.depth('dead'), 1);
});

test('a delivered message does not count against the length limit', async () => {
  await withDeadQueue({ 'x-max-length': 1 });
  const inbox = await Inbox.open(transport, 'q', 1);
  for (const body of ['held', 'waiting']) await send('q', body);
  assert.equal([broker.depth('q'), broker.depth('dead')], [1, 0]);
  (await inbox.next()).answer('retry');
  await clock.advance(0);
  assert.equal([broker.depth('q'), broker.depth('dead')], [0, 1]);
});

test('a limit in bytes drops as many from the head as it takes', async () => {
  await withDeadQueue({ 'x-max-length-bytes': 10 });
  for (const body of ['1234', '5678', '90', 'abcdefgh']) await send('q', body);
  assert.equal([broker.depth('q'), broker.depth('dead')], [2, 2]);
});

test('reject-publish-dlx refuses the message and dead-letters it', async () => {
  await withDeadQueue({ 'x-max-length': 1, 'x-overflow': 'reject-publish-dlx' });
  await send('q', 'fits');
  await assert.rejects(send('q', 'too much'), /full queue/);
  assert.equal([broker.depth('q'), broker.depth('dead')], [1, 1]);
});

test('4. a message is in all its queues before what one of them drops for it is dead-lettered', async () => {
  await transport.open(
    topology({
      exchanges: [exchange('x', 'fanout')],
      queues: [
        queue('full', {
          'x-max-length': 0,
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': 'q',
        }),
        queue('q'),
      ],
      bindings: [binding('x', 'full'), binding('x', 'q')],
    }),
  );
  await transport.publish(message({ exchange: 'x', routingKey: 'k' }));
  const inbox = await Inbox.open(transport, 'q');
  assert.equal([(await inbox.take()).exchange, (await inbox.take()).exchange], ['x', '']);
});

test('two queues that dead-letter to each other end the cycle', async () => {
  await open(
    queue('a', {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'b',
      'x-message-ttl': 5,
    }),
    queue('b', {
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'a',
      'x-message-ttl': 5,
    }),
  );
  await send('a');
  await clock.advance(5);
  assert.equal([broker.depth('a'), broker.depth('b')], [0, 1]);
  await clock.advance(100);
  assert.equal([broker.depth('a'), broker.depth('b')], [0, 0]);
});

test('an unused queue expires, one with a consumer does not', async () => {
  await open(queue('q', { 'x-expires': 1_000 }));
  const inbox = await Inbox.open(transport, 'q');
  await clock.advance(5_000);
  assert.is(broker.depth('q'), 0);
  await inbox.cancel();
  await clock.advance(999);
  assert.is(broker.depth('q'), 0);
  await clock.advance(1);
  assert.is(broker.depth('q'), undefined);
});

test('a timer is pending only while there is something to expire', async () => {
  await open(queue('q', { 'x-message-ttl': 60_000 }));
  await send('q');
  assert.is(clock.waiting, 1);
  await (await Inbox.open(transport, 'q')).take();
  assert.is(clock.waiting, 0);
});

test('an exchange bound to an exchange passes messages on', async () => {
  await transport.open(
    topology({
      exchanges: [exchange('a', 'topic'), exchange('b', 'direct')],
      queues: [queue('q')],
      bindings: [binding('b', 'q', 'x.y')],
    }),
  );
  broker.topology.bindExchange('b', 'a', 'x.#', {});
  broker.topology.bindExchange('a', 'b', 'x.y', {});
  await transport.publish(message({ exchange: 'a', routingKey: 'x.y' }));
  await transport.publish(message({ exchange: 'a', routingKey: 'x.z' }));
  assert.is(broker.depth('q'), 1);
});

test('a route that was remembered is forgotten when bindings change', async () => {
  await transport.open(topology({ exchanges: [exchange('x')], queues: [queue('q')] }));
  const publish = () =>
    transport.publish(message({ exchange: 'x', routingKey: 'k', mandatory: true }));
  assert.is((await publish()).kind, 'returned');
  const other = new MemoryTransport(broker);
  await other.open(topology({ bindings: [binding('x', 'q', 'k')] }));
  assert.is((await publish()).kind, 'confirmed');
  broker.topology.unbind(binding('x', 'q', 'k'));
  assert.is((await publish()).kind, 'returned');
});

test('5. durable queues with persistent messages survive a restart, the rest does not', async () => {
  await open(queue('durable'), { ...queue('transient'), durable: false }, quorumQueue('quorum'));
  for (const name of ['durable', 'quorum', 'transient']) {
    await send(name, 'kept');
    await send(name, 'lost', { persistent: false });
  }
  broker.stop();
  broker.start();
  assert.equal(
    ['durable', 'quorum', 'transient'].map((name) => broker.depth(name)),
    [1, 2, undefined],
  );
});

test('after a restart the transport declares and consumes again', async () => {
  await open({ ...queue('q'), durable: false });
  const inbox = await Inbox.open(transport, 'q', 1);
  broker.stop();
  await assert.rejects(send('q'), /not connected/);
  await clock.advance(1_000);
  broker.start();
  await clock.advance(100);
  await send('q', 'again');
  assert.is((await inbox.next()).body, 'again');
});

test('open waits while the broker is stopped, and close ends the waiting', async () => {
  broker.stop();
  const opening = transport.open(topology({ queues: [queue('q')] }));
  const other = new MemoryTransport(broker);
  const given = other.open(topology({}));
  await other.close();
  await assert.rejects(given, /closed/);
  broker.start();
  await clock.advance(100);
  await opening;
  assert.is(broker.depth('q'), 0);
});

test('close gives up on a handler when its deadline has passed', async () => {
  await open(queue('q'));
  await send('q');
  await (await Inbox.open(transport, 'q', 1)).next();
  const closing = transport.close();
  await clock.advance(1_000);
  await closing;
  assert.is(broker.depth('q'), 1);
});

test('a delivery tag acknowledged with multiple settles all before it, an unknown one closes the channel', async () => {
  await open(queue('q'));
  for (const body of ['1', '2', '3']) await send('q', body);
  const connection = broker.connect('raw', () => undefined);
  const channel = connection.openChannel();
  channel.consume(broker.topology.queue('q', connection), 0, {
    onDelivery: () => undefined,
    onCancelled: () => undefined,
  });
  await clock.advance(0);
  channel.ackThrough(channel.find(2));
  assert.throws(() => channel.find(2), /PRECONDITION_FAILED - unknown delivery tag 2/);
  assert.is(channel.isOpen, false);
  assert.is(broker.depth('q'), 1);
});

test('what the model does not have is refused by name', async () => {
  await assert.rejects(open(queue('q', { 'x-max-priority': 5 })), /x-max-priority.*not supported/);
});

test('messages are shared, not copied', async () => {
  await open(queue('q'));
  const sent = message({ routingKey: 'q', body: 'same' });
  await transport.publish(sent);
  assert.is((await (await Inbox.open(transport, 'q')).take()).body, sent.body);
});

test('a route names the queues and the deliveries of a publish, and puts nothing into a queue', async () => {
  await open(queue('q'));
  const sent = message({ routingKey: 'q', body: 'b', properties: { type: 't' } });
  const route = transport.route(sent);
  assert.equal(
    route?.deliveries.map((each) => [each.queue, each.redelivered, each.properties.type]),
    [['q', false, 't']],
  );
  assert.is(broker.depth('q'), 0);
  assert.equal(transport.route({ ...sent, routingKey: 'nowhere' })?.deliveries, []);
  assert.is(transport.route({ ...sent, exchange: 'nowhere' }), undefined);
});

test('a route is free while a consumer has everything, and no message waits or is on its way', async () => {
  await open(queue('q'));
  const sent = message({ routingKey: 'q', body: 'b' });
  const isFree = (): boolean | undefined => transport.route(sent)?.isFree;
  assert.is(isFree(), false, 'nobody consumes');
  await transport.consume('q', { prefetch: 1 }, () => new Promise(() => undefined));
  assert.is(isFree(), true);
  const published = transport.publish(sent);
  const onItsWay = isFree();
  await published;
  await clock.settled();
  const withTheHandler = isFree();
  await transport.publish(sent);
  await clock.settled();
  assert.equal([onItsWay, withTheHandler, isFree()], [false, true, false]);
});

test('a queue with a single active consumer is never free', async () => {
  await open({ ...queue('q'), arguments: { 'x-single-active-consumer': true } });
  await transport.consume('q', { prefetch: 1 }, async () => 'done');
  assert.is(transport.route(message({ routingKey: 'q', body: 'b' }))?.isFree, false);
});

test('there is no route without a connection, and none to an exchange where the user may not write', async () => {
  const sent = message({ routingKey: 'q', body: 'b' });
  assert.is(transport.route(sent), undefined);
  await open(queue('q'));
  broker.limitWrites('guest', /^nothing$/);
  assert.is(transport.route(sent), undefined);
});

test.run();
