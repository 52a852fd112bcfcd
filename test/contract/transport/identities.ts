/** The users of connections: each message names its user, and a user writes only where the broker lets the user. */
import { Broken } from '../../../runtime/ports/errors.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import {
  binding,
  exchange as declareExchange,
  queue as declareQueue,
  type MessageParts,
  message,
  quorumQueue,
  topology,
} from './harness.ts';
import { Inbox } from './inbox.ts';

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Broken &&
    error.code === 'not-permitted' &&
    /ACCESS_REFUSED/.test(error.message)
  );
}

/** A user who may write to the first of two exchanges only. Both have one queue. */
async function halfOpen(bench: Bench) {
  const [open, closed, queue] = [bench.exchange(), bench.exchange(), bench.queue()];
  const { transport } = await bench.harness.connectAs(
    `${open}.user`,
    new RegExp(`^(${open}|${queue})$`),
  );
  await transport.open(
    topology({
      exchanges: [declareExchange(open), declareExchange(closed)],
      queues: [declareQueue(queue)],
      bindings: [binding(open, queue, 'k')],
    }),
  );
  return { transport, open, closed, queue };
}

function refused(transport: Transport, parts: MessageParts): Promise<void> {
  return assert.rejects(transport.publish(message(parts)), isRefusal);
}

export function identities(test: Suite, bench: () => Bench): void {
  test('a message names the user of the connection that has published it', async () => {
    const queue = bench().queue();
    const { transport, user } = await bench().client({ queues: [declareQueue(queue)] });
    await transport.publish(message({ routingKey: queue }));
    const { properties } = await (await Inbox.open(transport, queue)).take();
    assert.is(properties.userId, user);
  });

  test('a publisher that gives another user is overruled', async () => {
    const queue = bench().queue();
    const { transport, user } = await bench().client({ queues: [declareQueue(queue)] });
    const properties = { userId: 'somebody else' };
    await transport.publish(message({ routingKey: queue, properties }));
    const delivery = await (await Inbox.open(transport, queue)).take();
    assert.is(delivery.properties.userId, user);
  });

  test('a rejected message that another queue takes names its publisher', async () => {
    const [first, second] = [bench().queue(), bench().queue()];
    const args = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': second };
    const { transport, user } = await bench().client({
      queues: [quorumQueue(first, args), declareQueue(second)],
    });
    await transport.publish(message({ routingKey: first }));
    await (await Inbox.open(transport, first)).take('reject');
    const { properties } = await (await Inbox.open(transport, second)).take();
    assert.is(properties.userId, user);
  });

  test('a user writes where it may; a message to elsewhere is refused and costs nothing else', async () => {
    const { transport, open, closed, queue } = await halfOpen(bench());
    await refused(transport, { exchange: closed, routingKey: 'k' });
    await refused(transport, { routingKey: queue });
    const parts = { exchange: open, routingKey: 'k', mandatory: true, body: 'taken' };
    assert.is(await bench().publish(transport, parts), 'confirmed');
    const { properties } = await (await Inbox.open(transport, queue)).take();
    assert.is(properties.userId, `${open}.user`);
  });
}
