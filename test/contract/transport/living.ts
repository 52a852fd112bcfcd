/** Opening, closing, losing the connection and getting it back. */
import { Transient } from '../../../runtime/ports/errors.ts';
import type { Acknowledgement } from '../../../runtime/ports/transport.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { binding, exchange, message, queue, topology } from './harness.ts';
import { Inbox } from './inbox.ts';

function isLost(error: unknown): boolean {
  return error instanceof Transient && error.code === 'transport-lost';
}

/** Lets timers and sockets have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Publishes until the mandatory message does not come back. */
async function untilRouted(publish: () => Promise<string>): Promise<void> {
  while ((await publish()) === 'returned') await turn();
}

export function living(test: Suite, bench: () => Bench): void {
  test('before open publishing rejects as transient', async () => {
    const { transport } = await bench().harness.connect();
    await assert.rejects(transport.publish(message({ routingKey: 'q' })), isLost);
  });

  test('before open consuming rejects as transient', async () => {
    const { transport } = await bench().harness.connect();
    await assert.rejects(
      transport.consume('q', { prefetch: 1 }, async () => 'done'),
      isLost,
    );
  });

  test('concurrent callers of open share one promise', async () => {
    const { transport } = await bench().harness.connect();
    const opening = transport.open(topology({}));
    assert.is(transport.open(topology({})), opening);
    await opening;
  });

  test('concurrent callers of close share one promise', async () => {
    const transport = await bench().open();
    const closing = transport.close();
    assert.is(transport.close(), closing);
    await closing;
  });

  test('a transport that was never opened can be closed', async () => {
    await (await bench().harness.connect()).transport.close();
  });

  test('after close publishing rejects as transient', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await transport.close();
    await assert.rejects(transport.publish(message({ routingKey: name })), isLost);
  });

  test('close waits for handlers under way and sends their acknowledgements', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await bench().send(transport, name, 'a');
    const item = await (await Inbox.open(transport, name)).next();
    let closed = false;
    const closing = transport.close().then(() => {
      closed = true;
    });
    await turn();
    assert.is(closed, false);
    item.answer('done');
    await closing;
    const other = await bench().open();
    await bench().send(other, name, 'marker');
    assert.equal(await (await Inbox.open(other, name)).bodies(1), ['marker']);
  });

  test('a handler may publish while close waits for it', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const target = bench().queue();
    const other = await bench().open({ queues: [queue(target)] });
    await bench().send(transport, name, 'a');
    const item = await (await Inbox.open(transport, name)).next();
    const closing = transport.close();
    assert.is(
      await bench().publish(transport, { routingKey: target, body: 'last words', mandatory: true }),
      'confirmed',
    );
    item.answer('done');
    await closing;
    assert.equal(await (await Inbox.open(other, target)).bodies(1), ['last words']);
  });

  test('close waits for what is not confirmed', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const publishes = Array.from({ length: 100 }, () =>
      transport.publish(message({ routingKey: name, mandatory: true })),
    );
    await transport.close();
    assert.equal(
      [...new Set((await Promise.all(publishes)).map((outcome) => outcome.kind))],
      ['confirmed'],
    );
  });

  test('what close leaves unsettled after its deadline is delivered again', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await bench().send(transport, name, 'a');
    await (await Inbox.open(transport, name)).next();
    await transport.close();
    assert.is((await (await Inbox.open(await bench().open(), name)).take()).redelivered, true);
  });

  test('after cancel there are no new deliveries, and those under way can be settled', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await bench().send(transport, name, '1');
    const cancelled = await Inbox.open(transport, name, 10);
    const item = await cancelled.next();
    await cancelled.cancel();
    await bench().send(transport, name, '2');
    item.answer('retry');
    const inbox = await Inbox.open(transport, name, 10);
    assert.equal((await inbox.bodies(2)).sort(), ['1', '2']);
    assert.is(cancelled.waiting, 0);
  });

  test('a consumer may be cancelled twice', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const inbox = await Inbox.open(transport, name);
    await Promise.all([inbox.cancel(), inbox.cancel()]);
    await inbox.cancel();
  });

  test('a handler may cancel its own consumer', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await bench().send(transport, name, '1');
    await new Promise<void>((resolve, reject) => {
      const consuming = transport.consume(
        name,
        { prefetch: 1 },
        async (): Promise<Acknowledgement> => {
          await (await consuming).cancel();
          resolve();
          return 'done';
        },
      );
      consuming.catch(reject);
    });
    await transport.close();
    const other = await bench().open();
    await bench().send(other, name, 'marker');
    assert.equal(await (await Inbox.open(other, name)).bodies(1), ['marker']);
  });

  test('a publish on a lost connection rejects as transient', async () => {
    const { transport, cut } = await bench().client();
    const name = bench().queue();
    cut();
    await assert.rejects(async () => {
      // The loss takes a moment to be noticed; until then publishes are confirmed.
      for (;;) {
        await transport.publish(message({ routingKey: name }));
        await turn();
      }
    }, isLost);
  });

  test('after a lost connection consumers get messages again without being asked to', async () => {
    const name = bench().queue();
    const { transport, cut } = await bench().client({ queues: [queue(name)] });
    const inbox = await Inbox.open(transport, name, 10);
    cut();
    await bench().send(await bench().open(), name, 'after');
    assert.equal(await inbox.bodies(1), ['after']);
    await bench().send(transport, name, 'published again');
    assert.equal(await inbox.bodies(1), ['published again']);
  });

  test('after a lost connection exclusive queues and bindings are there again', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    const exclusive = { ...queue(name), exclusive: true, durable: false };
    const { transport, cut } = await bench().client({
      exchanges: [exchange(x)],
      queues: [exclusive],
      bindings: [binding(x, name, 'k')],
    });
    const inbox = await Inbox.open(transport, name, 10);
    cut();
    // Resolves with the new connection only.
    await Inbox.open(transport, name, 10).then((extra) => extra.cancel());
    assert.is(
      await bench().publish(transport, {
        exchange: x,
        routingKey: 'k',
        body: 'here',
        mandatory: true,
      }),
      'confirmed',
    );
    assert.equal(await inbox.bodies(1), ['here']);
  });

  test('a queue deleted under its consumer is declared and consumed again', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    const parts = {
      exchanges: [exchange(x)],
      queues: [queue(name)],
      bindings: [binding(x, name, 'k')],
    };
    const transport = await bench().open(parts);
    const inbox = await Inbox.open(transport, name, 10);
    await bench().harness.deleteQueue(name);
    await untilRouted(() =>
      bench().publish(transport, { exchange: x, routingKey: 'k', body: 'back', mandatory: true }),
    );
    assert.equal(await inbox.bodies(1), ['back']);
  });
}
