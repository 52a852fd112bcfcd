/** The publisher on a channel that answers when the test says so. */
import { EventEmitter } from 'node:events';
import type { ConfirmChannel } from 'amqplib';
import { Broken, Transient } from '../../../../runtime/ports/errors.ts';
import { lostError } from '../../../../transports/rabbitmq/driver-error.ts';
import { Publisher } from '../../../../transports/rabbitmq/publisher.ts';
import { message } from '../../../contract/transport/harness.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('publisher');

interface Sent {
  readonly key: string;
  readonly user: string | undefined;
  readonly confirm: (error: Error | null) => void;
}

class FakeChannel extends EventEmitter {
  readonly sent: Sent[] = [];

  publish(
    _exchange: string,
    key: string,
    _body: Buffer,
    { userId: user }: { readonly userId?: string },
    confirm: Sent['confirm'],
  ): boolean {
    this.sent.push({ key, user, confirm });
    return true;
  }

  get users(): (string | undefined)[] {
    return this.sent.map(({ user }) => user);
  }

  get keys(): string[] {
    return this.sent.map(({ key }) => key);
  }

  /** As amqplib does it: the error, then a callback for every confirm that will not come, then the end. */
  fail(error?: Error): void {
    if (error !== undefined) this.emit('error', error);
    for (const { confirm } of this.sent.splice(0)) confirm(new Error('channel closed'));
    this.emit('close');
  }
}

function started(windowMax: number) {
  const [channel, publisher] = [new FakeChannel(), new Publisher(windowMax)];
  const closings: string[] = [];
  const start = (next: FakeChannel) =>
    publisher.start(
      { channel: next as unknown as ConfirmChannel, declared: new Set(['own']), user: 'tags' },
      () => closings.push('closed'),
    );
  start(channel);
  return {
    channel,
    publisher,
    closings,
    start,
    publish: (key: string) => publisher.publish(message({ routingKey: key })),
  };
}

test('ordered: at most a window of messages is unconfirmed, and the order is kept', async () => {
  const { channel, publish } = started(2);
  const publishes = ['a', 'b', 'c', 'd'].map(publish);
  assert.equal(channel.keys, ['a', 'b']);
  channel.sent[1]?.confirm(null);
  assert.equal(channel.keys, ['a', 'b', 'c']);
  for (const index of [0, 2, 3]) channel.sent[index]?.confirm(null);
  assert.equal(channel.keys, ['a', 'b', 'c', 'd']);
  await Promise.all(publishes);
});

test('ordered: while the broker has blocked the connection, messages wait', async () => {
  const { channel, publisher, publish } = started(10);
  publisher.block(true);
  const publishing = publish('a');
  assert.equal(channel.keys, []);
  publisher.block(false);
  assert.equal(channel.keys, ['a']);
  channel.sent[0]?.confirm(null);
  assert.is((await publishing).kind, 'confirmed');
});

test('returned: nothing is taken for sent before its confirm', async () => {
  const { channel, publish } = started(10);
  let settled = false;
  const publishing = publish('a').then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(settled, false);
  channel.sent[0]?.confirm(null);
  await publishing;
});

test('returned: of two equal messages under way the oldest is the one returned', async () => {
  const { channel, publisher } = started(10);
  const parts = { routingKey: 'k', mandatory: true, properties: { messageId: 'same' } };
  const publishes = [publisher.publish(message(parts)), publisher.publish(message(parts))];
  const fields = { exchange: '', routingKey: 'k', replyCode: 312, replyText: 'NO_ROUTE' };
  channel.emit('return', { fields, properties: { messageId: 'same' }, content: Buffer.alloc(0) });
  for (const { confirm } of channel.sent) confirm(null);
  assert.equal(
    (await Promise.all(publishes)).map(({ kind }) => kind),
    ['returned', 'confirmed'],
  );
});

test('a negative confirm rejects as transient and the next one goes out', async () => {
  const { channel, publish } = started(1);
  const refused = publish('a');
  const next = publish('b');
  channel.sent[0]?.confirm(new Error('message nacked'));
  await assert.rejects(refused, Transient);
  channel.sent[1]?.confirm(null);
  assert.is((await next).kind, 'confirmed');
});

test('closed channel: a channel that closes rejects what it had not confirmed and keeps what waits for the next', async () => {
  const { channel, publish, closings, start } = started(1);
  const [sent, waiting] = [publish('a'), publish('b')];
  channel.fail();
  await assert.rejects(
    sent,
    (error) => error instanceof Transient && error.code === 'transport-lost',
  );
  assert.equal(closings, ['closed']);
  const next = new FakeChannel();
  start(next);
  assert.equal(next.keys, ['b']);
  next.sent[0]?.confirm(null);
  assert.is((await waiting).kind, 'confirmed');
});

test('closed channel: only messages to the exchange the broker named get its reason', async () => {
  const { channel, publisher, publish } = started(10);
  const innocent = publish('a');
  const guilty = publisher.publish(message({ exchange: 'gone', routingKey: 'k' }));
  const reason = `Channel closed by server: 404 (NOT-FOUND) with message "NOT_FOUND - no exchange 'gone' in vhost '/'"`;
  channel.fail(Object.assign(new Error(reason), { code: 404 }));
  await assert.rejects(innocent, Transient);
  await assert.rejects(guilty, Broken);
});

test('closed channel: an exchange of the topology is declared again, so a message to it may go out again', async () => {
  const { channel, publisher } = started(10);
  const own = publisher.publish(message({ exchange: 'own', routingKey: 'k' }));
  const reason = `Channel closed by server: 404 (NOT-FOUND) with message "NOT_FOUND - no exchange 'own' in vhost '/'"`;
  channel.fail(Object.assign(new Error(reason), { code: 404 }));
  await assert.rejects(own, Transient);
});

test('closed channel: an exchange of the topology that the user may not write to refuses its messages', async () => {
  const { channel, publisher, publish } = started(10);
  const innocent = publish('a');
  const guilty = publisher.publish(message({ exchange: 'own', routingKey: 'k' }));
  const reason = `Channel closed by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - write access to exchange 'own' in vhost '/' refused for user 'tags'"`;
  channel.fail(Object.assign(new Error(reason), { code: 403 }));
  await assert.rejects(innocent, Transient);
  await assert.rejects(
    guilty,
    (error) => error instanceof Broken && error.code === 'not-permitted',
  );
});

test('user: the name that the broker gives the connection is written after a refusal', async () => {
  const { channel, publish, start } = started(10);
  const refused = publish('a');
  assert.equal(channel.users, ['tags']);
  const reason = `Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - user_id property set to 'tags' but authenticated user was 'token-of-tags'"`;
  channel.fail(Object.assign(new Error(reason), { code: 406 }));
  await assert.rejects(refused, Transient);
  const next = new FakeChannel();
  start(next);
  void publish('a');
  assert.equal(next.users, ['token-of-tags']);
});

test('a message amqplib cannot encode rejects alone', async () => {
  const { channel, publisher } = started(10);
  channel.publish = () => {
    throw new RangeError('Encoded field table exceeds the buffer');
  };
  await assert.rejects(
    publisher.publish(message({ routingKey: 'k' })),
    (error) => error instanceof Broken && error.code === 'bad-message',
  );
  await publisher.idle();
});

test('stop rejects what waits and what is unconfirmed, once', async () => {
  const { channel, publisher, publish } = started(1);
  const publishes = [publish('a'), publish('b')];
  publisher.stop(lostError('gone'));
  channel.fail();
  for (const publishing of publishes) await assert.rejects(publishing, Transient);
  await assert.rejects(publish('c'), Transient);
  await publisher.idle();
});

test.run();
