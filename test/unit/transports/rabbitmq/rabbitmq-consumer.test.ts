/** A subscription over a channel of the test's own, which opens when the test says so. */
import { EventEmitter } from 'node:events';
import type { ConsumeMessage } from 'amqplib';
import { RabbitmqConsumer } from '../../../../transports/rabbitmq/rabbitmq-consumer.ts';
import type { Session } from '../../../../transports/rabbitmq/session.ts';
import { Deferred } from '../../../support/deferred.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('RabbitMQ consumer');

/** A channel that notes the calls, and answers `consume` when told. */
class NotedChannel extends EventEmitter {
  readonly calls: string[] = [];
  readonly opened = new Deferred();
  deliver: (message: ConsumeMessage) => void = () => undefined;

  async prefetch(): Promise<void> {}

  async consume(_queue: string, deliver: (message: ConsumeMessage) => void): Promise<object> {
    this.deliver = deliver;
    await this.opened.promise;
    return { consumerTag: 'tag' };
  }

  async cancel(consumerTag: string): Promise<void> {
    this.calls.push(`cancel ${consumerTag}`);
  }

  ack(): void {
    this.calls.push('ack');
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }

  get session(): Session {
    return { openChannel: async () => this } as unknown as Session;
  }
}

function message(): ConsumeMessage {
  const fields = { deliveryTag: 1, exchange: '', routingKey: 'q', redelivered: false };
  return { fields, properties: { headers: {} }, content: Buffer.from('{}') } as never;
}

const noEvents = { onLost: () => undefined, onFinished: () => undefined };

test('a consumer that is cancelled while its channel opens leaves the channel again', async () => {
  const channel = new NotedChannel();
  const consumer = new RabbitmqConsumer('q', 1, async () => 'done', noEvents);
  const attached = consumer.attach(channel.session);
  await consumer.cancel();
  channel.opened.resolve();
  await attached;
  assert.equal(channel.calls, ['cancel tag', 'close']);
});

test('the channel of such a consumer stays until a handler under way has answered', async () => {
  const channel = new NotedChannel();
  const handled = new Deferred<'done'>();
  const finished = new Deferred();
  const consumer = new RabbitmqConsumer('q', 1, () => handled.promise, {
    ...noEvents,
    onFinished: () => finished.resolve(),
  });
  const attached = consumer.attach(channel.session);
  await consumer.cancel();
  channel.opened.resolve();
  channel.deliver(message());
  await attached;
  assert.equal(channel.calls, ['cancel tag']);
  handled.resolve('done');
  await finished.promise;
  assert.equal(channel.calls, ['cancel tag', 'ack', 'close']);
});

test('a cancelled consumer does not subscribe again', async () => {
  const channel = new NotedChannel();
  const consumer = new RabbitmqConsumer('q', 1, async () => 'done', noEvents);
  await consumer.cancel();
  await consumer.attach(channel.session);
  assert.equal(channel.calls, []);
});

test.run();
