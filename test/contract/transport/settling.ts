/** Acknowledgement, order, prefetch, redelivery, dead letters. */
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { binding, exchange, message, queue, quorumQueue } from './harness.ts';
import { Inbox } from './inbox.ts';

type Declare = typeof queue;

/** A queue whose dead letters go to a second one. */
async function withDeadLetters(
  bench: Bench,
  declare: Declare,
  args: Record<string, string | number | boolean> = {},
) {
  const [x, name, dead] = [bench.exchange(), bench.queue(), bench.queue()];
  const transport = await bench.open({
    exchanges: [exchange(x, 'fanout')],
    queues: [declare(name, { 'x-dead-letter-exchange': x, ...args }), queue(dead)],
    bindings: [binding(x, dead)],
  });
  return { transport, name, deadLetters: await Inbox.open(transport, dead), exchange: x };
}

function deathOf(headers: Record<string, unknown> | undefined): Record<string, unknown> {
  const deaths = headers?.['x-death'];
  assert.ok(Array.isArray(deaths), 'x-death is an array');
  return (deaths as Record<string, unknown>[])[0] ?? {};
}

export function settling(test: Suite, bench: () => Bench): void {
  for (const [type, declare] of [
    ['classic', queue],
    ['quorum', quorumQueue],
  ] as const) {
    const open = async () => {
      const name = bench().queue();
      return { transport: await bench().open({ queues: [declare(name)] }), queue: name };
    };

    test(`${type}: messages come in the order in which they were published`, async () => {
      const { transport, queue: name } = await open();
      const bodies = Array.from({ length: 500 }, (_, index) => String(index));
      await bench().send(transport, name, ...bodies);
      assert.equal(await (await Inbox.open(transport, name, 20)).bodies(500), bodies);
    });

    test(`${type}: done removes the message`, async () => {
      const { transport, queue: name } = await open();
      await bench().send(transport, name, 'a', 'b');
      const inbox = await Inbox.open(transport, name);
      assert.equal(await inbox.bodies(2), ['a', 'b']);
      await transport.close();
      const other = await bench().open();
      await bench().send(other, name, 'marker');
      assert.equal(await (await Inbox.open(other, name)).bodies(1), ['marker']);
    });

    test(`${type}: a first delivery is not marked as redelivered, one after retry is`, async () => {
      const { transport, queue: name } = await open();
      await bench().send(transport, name, 'a');
      const inbox = await Inbox.open(transport, name, 1);
      assert.is((await inbox.take('retry')).redelivered, false);
      assert.is((await inbox.take()).redelivered, true);
    });

    test(`${type}: prefetch limits the deliveries that are not settled`, async () => {
      const { transport, queue: name } = await open();
      await bench().send(transport, name, '1', '2', '3', '4');
      const inbox = await Inbox.open(transport, name, 2);
      const [first, second] = [await inbox.next(), await inbox.next()];
      const other = await Inbox.open(transport, name, 1);
      assert.is((await other.next()).body, '3');
      assert.is(inbox.waiting, 0);
      first.answer('done');
      assert.is((await inbox.next()).body, '4');
      second.answer('done');
    });

    test(`${type}: prefetch 0 is no limit`, async () => {
      const { transport, queue: name } = await open();
      const bodies = Array.from({ length: 300 }, (_, index) => String(index));
      await bench().send(transport, name, ...bodies);
      const inbox = await Inbox.open(transport, name, 0);
      const items = [];
      while (items.length < 300) items.push(await inbox.next());
      assert.equal(
        items.map((item) => item.body),
        bodies,
      );
    });

    test(`${type}: consumers take turns`, async () => {
      const { transport, queue: name } = await open();
      const [left, right] = [
        await Inbox.open(transport, name, 10),
        await Inbox.open(transport, name, 10),
      ];
      for (const body of ['1', '2', '3', '4']) await bench().send(transport, name, body);
      assert.equal(
        [await left.bodies(2), await right.bodies(2)],
        [
          ['1', '3'],
          ['2', '4'],
        ],
      );
    });

    test(`${type}: what a lost connection had not settled is delivered again, marked`, async () => {
      const name = bench().queue();
      const client = await bench().client({ queues: [declare(name)] });
      await bench().send(client.transport, name, 'a', 'b');
      const lost = await Inbox.open(client.transport, name, 1);
      await lost.next();
      const other = await bench().open();
      client.cut();
      const inbox = await Inbox.open(other, name, 0);
      const first = await inbox.take();
      assert.is(Buffer.from(first.body).toString(), 'a');
      assert.is(first.redelivered, true);
    });

    test(`${type}: the answer to a delivery of a lost connection settles nothing`, async () => {
      const name = bench().queue();
      const client = await bench().client({ queues: [declare(name)] });
      await bench().send(client.transport, name, 'a');
      const inbox = await Inbox.open(client.transport, name, 1);
      const before = await inbox.next();
      client.cut();
      const after = await inbox.next();
      before.answer('done');
      assert.is(after.delivery.redelivered, true);
      after.answer('retry');
      assert.is((await inbox.next()).body, 'a');
    });

    test(`${type}: a single active consumer gets everything until it is cancelled`, async () => {
      const name = bench().queue();
      const transport = await bench().open({
        queues: [declare(name, { 'x-single-active-consumer': true })],
      });
      const [first, second] = [
        await Inbox.open(transport, name, 5),
        await Inbox.open(transport, name, 5),
      ];
      await bench().send(transport, name, '1', '2');
      assert.equal(await first.bodies(2), ['1', '2']);
      assert.is(second.waiting, 0);
      await first.cancel();
      await bench().send(transport, name, '3');
      assert.equal(await second.bodies(1), ['3']);
    });

    test(`${type}: reject sends the message to the dead-letter exchange with the reason`, async () => {
      const { transport, name, deadLetters } = await withDeadLetters(bench(), declare);
      await transport.publish(
        message({
          routingKey: name,
          body: 'bad',
          properties: { messageId: 'm1', headers: { own: 1 } },
        }),
      );
      await (await Inbox.open(transport, name)).take('reject');
      const deadLetter = await deadLetters.take();
      const { headers = {}, messageId } = deadLetter.properties;
      assert.is(messageId, 'm1');
      assert.is(headers['own'], 1);
      assert.is(headers['x-first-death-reason'], 'rejected');
      assert.is(headers['x-first-death-queue'], name);
      const {
        count,
        reason,
        queue: from,
        exchange: through,
        'routing-keys': keys,
      } = deathOf(headers);
      assert.equal(
        { count, reason, from, through, keys },
        { count: 1, reason: 'rejected', from: name, through: '', keys: [name] },
      );
    });

    test(`${type}: a dead letter keeps its routing key, or takes the one of the queue`, async () => {
      const { transport, name, deadLetters } = await withDeadLetters(bench(), declare);
      await bench().send(transport, name, 'a');
      await (await Inbox.open(transport, name)).take('reject');
      assert.is((await deadLetters.take()).routingKey, name);
      const other = await withDeadLetters(bench(), declare, {
        'x-dead-letter-routing-key': 'dead',
      });
      await bench().send(other.transport, other.name, 'a');
      await (await Inbox.open(other.transport, other.name)).take('reject');
      assert.is((await other.deadLetters.take()).routingKey, 'dead');
    });

    test(`${type}: without a dead-letter exchange reject removes the message`, async () => {
      const { transport, queue: name } = await open();
      await bench().send(transport, name, 'bad', 'good');
      const inbox = await Inbox.open(transport, name, 1);
      await inbox.take('reject');
      assert.equal(await inbox.bodies(1), ['good']);
    });

    test(`${type}: a message whose expiration has passed is dead-lettered without it`, async () => {
      const { transport, name, deadLetters } = await withDeadLetters(bench(), declare);
      await transport.publish(message({ routingKey: name, properties: { expirationMs: 1 } }));
      const { headers = {}, expirationMs } = (await deadLetters.take()).properties;
      assert.is(expirationMs, undefined);
      assert.is(deathOf(headers)['reason'], 'expired');
      assert.is(deathOf(headers)['original-expiration'], '1');
    });

    test(`${type}: a queue's message time to live counts for every message`, async () => {
      const { transport, name, deadLetters } = await withDeadLetters(bench(), declare, {
        'x-message-ttl': 1,
      });
      await bench().send(transport, name, 'a');
      assert.is(deathOf((await deadLetters.take()).properties.headers)['reason'], 'expired');
    });

    test(`${type}: over its limit of bytes a queue drops from the head too`, async () => {
      const { transport, name, deadLetters } = await withDeadLetters(bench(), declare, {
        'x-max-length-bytes': 5,
      });
      await bench().send(transport, name, '12', '34', '56');
      assert.equal(await deadLetters.bodies(1), ['12']);
      assert.equal(await (await Inbox.open(transport, name)).bodies(2), ['34', '56']);
    });

    test(`${type}: a message that dies a second time in the same queue for the same reason is counted`, async () => {
      const name = bench().queue();
      const circle = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': name };
      const transport = await bench().open({ queues: [declare(name, circle)] });
      await bench().send(transport, name, 'a');
      const inbox = await Inbox.open(transport, name, 1);
      await inbox.take('reject');
      await inbox.take('reject');
      const { headers = {} } = (await inbox.take()).properties;
      assert.is((headers['x-death'] as unknown[]).length, 1);
      assert.is(deathOf(headers)['count'], 2);
    });

    test(`${type}: over its length limit a queue drops from the head, as dead letters`, async () => {
      const { transport, name, deadLetters } = await withDeadLetters(bench(), declare, {
        'x-max-length': 2,
      });
      await bench().send(transport, name, '1', '2', '3');
      const deadLetter = await deadLetters.take();
      assert.is(Buffer.from(deadLetter.body).toString(), '1');
      assert.is(deathOf(deadLetter.properties.headers)['reason'], 'maxlen');
      assert.equal(await (await Inbox.open(transport, name)).bodies(2), ['2', '3']);
    });
  }

  test('classic: what is retried goes back to its old place', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await bench().send(transport, name, '1', '2', '3', '4');
    const inbox = await Inbox.open(transport, name, 2);
    const [first, second] = [await inbox.next(), await inbox.next()];
    await inbox.cancel();
    second.answer('retry');
    first.answer('retry');
    await transport.close();
    assert.equal(await (await Inbox.open(await bench().open(), name, 1)).bodies(4), [
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  test('quorum: without a delivery limit what is retried goes to the tail', async () => {
    const name = bench().queue();
    const transport = await bench().open({ queues: [quorumQueue(name)] });
    await bench().send(transport, name, '1', '2', '3');
    const inbox = await Inbox.open(transport, name, 1);
    await inbox.take('retry');
    assert.equal(await inbox.bodies(3), ['2', '3', '1']);
  });

  test('quorum: with a delivery limit what is retried comes before the others', async () => {
    const name = bench().queue();
    const transport = await bench().open({
      queues: [quorumQueue(name, { 'x-delivery-limit': 5 })],
    });
    await bench().send(transport, name, '1', '2', '3');
    const inbox = await Inbox.open(transport, name, 1);
    await inbox.take('retry');
    assert.equal(await inbox.bodies(3), ['1', '2', '3']);
  });

  test('quorum: a redelivery says how often the message was delivered before', async () => {
    const name = bench().queue();
    const transport = await bench().open({ queues: [quorumQueue(name)] });
    await bench().send(transport, name, 'a');
    const inbox = await Inbox.open(transport, name, 1);
    const counts = [await inbox.take('retry'), await inbox.take('retry'), await inbox.take()].map(
      (delivery) => delivery.deliveryCount,
    );
    assert.equal(counts, [undefined, 1, 2]);
  });

  test('classic: a redelivery has no count', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await bench().send(transport, name, 'a');
    const inbox = await Inbox.open(transport, name, 1);
    await inbox.take('retry');
    assert.is((await inbox.take()).deliveryCount, undefined);
  });

  test('quorum: a message over its delivery limit is dead-lettered', async () => {
    const { transport, name, deadLetters } = await withDeadLetters(bench(), quorumQueue, {
      'x-delivery-limit': 2,
    });
    await bench().send(transport, name, 'poison');
    const inbox = await Inbox.open(transport, name, 1);
    for (let attempt = 0; attempt < 3; attempt += 1) await inbox.take('retry');
    const deadLetter = await deadLetters.take();
    assert.is(Buffer.from(deadLetter.body).toString(), 'poison');
    assert.is(deathOf(deadLetter.properties.headers)['reason'], 'delivery_limit');
  });

  test('classic: a full queue that rejects publishes refuses the message', async () => {
    const name = bench().queue();
    const transport = await bench().open({
      queues: [queue(name, { 'x-max-length': 1, 'x-overflow': 'reject-publish' })],
    });
    await bench().send(transport, name, 'fits');
    await assert.rejects(
      transport.publish(message({ routingKey: name, body: 'too much' })),
      /full queue refuses/,
    );
    assert.equal(await (await Inbox.open(transport, name)).bodies(1), ['fits']);
    await bench().send(transport, name, 'fits again');
  });

  test('classic: a full queue may refuse a message and keep it as a dead letter all the same', async () => {
    const { transport, name, deadLetters } = await withDeadLetters(bench(), queue, {
      'x-max-length': 1,
      'x-overflow': 'reject-publish-dlx',
    });
    await bench().send(transport, name, 'fits');
    await assert.rejects(
      transport.publish(message({ routingKey: name, body: 'too much' })),
      /full queue refuses/,
    );
    assert.equal(await deadLetters.bodies(1), ['too much']);
  });

  test('a second death in another queue is put before the first', async () => {
    const { transport, name, deadLetters } = await withDeadLetters(bench(), queue);
    await transport.publish(message({ routingKey: name, body: 'twice' }));
    const inbox = await Inbox.open(transport, name);
    await inbox.take('reject');
    const deadLetter = await deadLetters.take();
    const [x, second, dead] = [bench().exchange(), bench().queue(), bench().queue()];
    const other = await bench().open({
      exchanges: [exchange(x, 'fanout')],
      queues: [queue(second, { 'x-dead-letter-exchange': x }), queue(dead)],
      bindings: [binding(x, dead)],
    });
    await other.publish({ ...message({ routingKey: second }), properties: deadLetter.properties });
    await (await Inbox.open(other, second)).take('reject');
    const { headers = {} } = (await (await Inbox.open(other, dead)).take()).properties;
    assert.equal(
      (headers['x-death'] as { queue: string }[]).map((death) => death.queue),
      [second, name],
    );
    assert.is(headers['x-first-death-queue'], name);
  });

  test('a handler that throws or rejects answers retry', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await bench().send(transport, name, 'a');
    const seen: boolean[] = [];
    await new Promise<void>((resolve, reject) => {
      const handler = ({ redelivered }: { redelivered: boolean }) => {
        seen.push(redelivered);
        if (seen.length === 1) throw new Error('thrown');
        if (seen.length === 2) return Promise.reject(new Error('rejected'));
        resolve();
        return Promise.resolve('done' as const);
      };
      transport.consume(name, { prefetch: 1 }, handler).catch(reject);
    });
    assert.equal(seen, [false, true, true]);
  });
}
