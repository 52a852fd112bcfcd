/** Topologies: what a broker is asked for, and what it refuses. */

import type { Topology } from '../../../config/topology.ts';
import { Broken, Transient } from '../../../runtime/ports/errors.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { binding, exchange, message, queue, quorumQueue } from './harness.ts';
import { Inbox } from './inbox.ts';

function brokenWith(...parts: string[]) {
  return (error: unknown) =>
    error instanceof Broken && parts.every((part) => error.message.includes(part));
}

export function declaring(test: Suite, bench: () => Bench): void {
  async function refused(
    first: Partial<Topology>,
    second: Partial<Topology>,
    ...parts: string[]
  ): Promise<void> {
    await bench().open(first);
    await assert.rejects(bench().open(second), brokenWith(...parts));
  }

  test('declaring the same again changes nothing', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    const parts = {
      exchanges: [exchange(x, 'topic')],
      queues: [queue(name)],
      bindings: [binding(x, name, '#')],
    };
    const transport = await bench().open(parts);
    await bench().open(parts);
    await transport.publish(message({ exchange: x, routingKey: 'a', body: 'once' }));
    await bench().send(transport, name, 'marker');
    assert.equal(await (await Inbox.open(transport, name)).bodies(2), ['once', 'marker']);
  });

  test('a queue with another argument: the error names queue, argument, both values', async () => {
    const name = bench().queue();
    const [short, long] = [
      queue(name, { 'x-message-ttl': 1000 }),
      queue(name, { 'x-message-ttl': 70_000 }),
    ];
    await refused(
      { queues: [short] },
      { queues: [long] },
      `queue '${name}'`,
      "'x-message-ttl' is 1000 on the broker",
      'the config says 70000',
    );
  });

  test('a queue with an argument the broker has not', async () => {
    const name = bench().queue();
    const limited = queue(name, { 'x-max-length': 5 });
    await refused(
      { queues: [queue(name)] },
      { queues: [limited] },
      "'x-max-length' is none on the broker",
      'the config says 5',
    );
  });

  test('a queue without an argument the broker has', async () => {
    const name = bench().queue();
    const limited = queue(name, { 'x-overflow': 'reject-publish' });
    await refused(
      { queues: [limited] },
      { queues: [queue(name)] },
      "'x-overflow' is reject-publish on the broker",
      'the config says none',
    );
  });

  test('a queue of another type', async () => {
    const name = bench().queue();
    await refused(
      { queues: [quorumQueue(name)] },
      { queues: [queue(name)] },
      `queue '${name}'`,
      "'x-queue-type' is quorum on the broker",
    );
  });

  test('a classic queue may say its type', async () => {
    const name = bench().queue();
    await bench().open({ queues: [queue(name)] });
    await bench().open({ queues: [queue(name, { 'x-queue-type': 'classic' })] });
  });

  test('a queue with another durability', async () => {
    const name = bench().queue();
    const transient = { ...queue(name), durable: false };
    await refused(
      { queues: [queue(name)] },
      { queues: [transient] },
      "'durable' is true on the broker",
      'the config says false',
    );
  });

  test('an exchange of another type', async () => {
    const x = bench().exchange();
    await refused(
      { exchanges: [exchange(x)] },
      { exchanges: [exchange(x, 'topic')] },
      `exchange '${x}'`,
      "'type' is direct on the broker",
    );
  });

  test('an exchange with another alternate exchange', async () => {
    const x = bench().exchange();
    const other = exchange(x, 'direct', { 'alternate-exchange': 'elsewhere' });
    await refused(
      { exchanges: [exchange(x)] },
      { exchanges: [other] },
      "'alternate-exchange' is none on the broker",
    );
  });

  test('an argument the broker does not accept', async () => {
    const name = bench().queue();
    await refused(
      {},
      { queues: [queue(name, { 'x-max-length': -1 })] },
      `queue '${name}'`,
      "invalid arg 'x-max-length'",
      'value_negative',
    );
  });

  test('a quorum queue must be durable', async () => {
    const name = bench().queue();
    await refused(
      {},
      { queues: [{ ...quorumQueue(name), durable: false }] },
      `queue '${name}'`,
      "invalid property 'non-durable'",
    );
  });

  test('a reserved name', async () => {
    await refused({}, { queues: [queue('amq.mine')] }, "queue 'amq.mine'", 'reserved prefix');
  });

  test('a binding to an exchange that does not exist', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    await refused(
      {},
      { queues: [queue(name)], bindings: [binding(x, name)] },
      `queue '${name}' to exchange '${x}'`,
      `no exchange '${x}'`,
    );
  });

  test('a binding of a queue that does not exist', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    await refused(
      {},
      { exchanges: [exchange(x)], bindings: [binding(x, name)] },
      `no queue '${name}'`,
    );
  });

  test('an x-match that does not exist', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    const parts = {
      exchanges: [exchange(x, 'headers')],
      queues: [queue(name)],
      bindings: [binding(x, name, '', { 'x-match': 'some' })],
    };
    await refused({}, parts, 'Invalid x-match field value');
  });

  test('declare: false and the queue is missing', async () => {
    const name = bench().queue();
    await refused(
      {},
      { queues: [{ ...queue(name), declare: false }] },
      `queue '${name}' does not exist`,
      "'declare': false",
      '404',
    );
  });

  test('declare: false and the exchange is missing', async () => {
    const x = bench().exchange();
    await refused(
      {},
      { exchanges: [{ ...exchange(x), declare: false }] },
      `exchange '${x}' does not exist`,
      '404',
    );
  });

  test('declare: false and the queue is different', async () => {
    const name = bench().queue();
    const other = { ...queue(name, { 'x-max-length': 5 }), declare: false };
    await refused(
      { queues: [queue(name)] },
      { queues: [other] },
      `queue '${name}'`,
      "'x-max-length' is none on the broker",
    );
  });

  test('declare: false and all is there as described', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    await bench().open({ exchanges: [exchange(x)], queues: [queue(name)] });
    await bench().open({
      exchanges: [{ ...exchange(x), declare: false }],
      queues: [{ ...queue(name), declare: false }],
    });
  });

  test('what was refused may be tried again on the same transport', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    const { transport } = await bench().harness.connect();
    const parts = { exchanges: [], queues: [queue(name)], bindings: [binding(x, name)] };
    await assert.rejects(transport.open(parts), Broken);
    await bench().open({ exchanges: [exchange(x)] });
    await transport.open(parts);
    assert.is(
      await bench().publish(transport, { exchange: x, routingKey: '', mandatory: true }),
      'confirmed',
    );
  });

  test('consuming from a queue that does not exist', async () => {
    const transport = await bench().open();
    const name = bench().queue();
    await assert.rejects(
      transport.consume(name, { prefetch: 1 }, async () => 'done'),
      brokenWith(`queue '${name}'`, `no queue '${name}'`),
    );
  });

  test('the successor of a process queue gets the messages that nobody takes', async () => {
    const [name, successor] = [bench().queue(), bench().queue()];
    const transport = await bench().open({
      queues: [queue(successor)],
      processQueues: [{ name, successor, untakenMaxMs: 20, unusedMaxMs: 60_000 }],
    });
    await bench().send(transport, name, 'untaken');
    assert.equal(await (await Inbox.open(transport, successor)).bodies(1), ['untaken']);
  });

  test('an exclusive queue is refused to other connections', async () => {
    const exclusive = { ...queue(bench().queue()), exclusive: true, durable: false };
    await bench().open({ queues: [exclusive] });
    await assert.rejects(
      bench().open({ queues: [exclusive] }),
      /cannot obtain exclusive access to locked queue/,
    );
  });

  test('an exclusive queue takes messages from every connection', async () => {
    const exclusive = { ...queue(bench().queue()), exclusive: true, durable: false };
    const owner = await bench().open({ queues: [exclusive] });
    const inbox = await Inbox.open(owner, exclusive.name);
    await bench().send(await bench().open(), exclusive.name, 'a');
    assert.equal(await inbox.bodies(1), ['a']);
  });

  test('an exclusive queue goes with its connection', async () => {
    const exclusive = { ...queue(bench().queue()), exclusive: true, durable: false };
    await (await bench().open({ queues: [exclusive] })).close();
    const other = await bench().open();
    assert.is(
      await bench().publish(other, { routingKey: exclusive.name, mandatory: true }),
      'returned',
    );
  });

  test('an auto-delete queue goes with its last consumer', async () => {
    const passing = { ...queue(bench().queue()), autoDelete: true };
    const transport = await bench().open({ queues: [passing] });
    const [first, second] = [
      await Inbox.open(transport, passing.name),
      await Inbox.open(transport, passing.name),
    ];
    await first.cancel();
    assert.is(
      await bench().publish(transport, { routingKey: passing.name, mandatory: true }),
      'confirmed',
    );
    await second.cancel();
    assert.is(
      await bench().publish(transport, { routingKey: passing.name, mandatory: true }),
      'returned',
    );
  });

  test('a queue with x-expires goes when nobody has used it for so long', async () => {
    const passing = queue(bench().queue(), { 'x-expires': 30 });
    const transport = await bench().open({ queues: [passing] });
    // To publish is not to use.
    while (
      (await bench().publish(transport, { routingKey: passing.name, mandatory: true })) ===
      'confirmed'
    ) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  test('an exchange of the topology that has gone is declared again, with its bindings', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    const transport = await bench().open({
      exchanges: [{ ...exchange(x), autoDelete: true }],
      queues: [queue(name)],
      bindings: [binding(x, name, 'k')],
    });
    await bench().harness.deleteQueue(name);
    const parts = { exchange: x, routingKey: 'k', mandatory: true };
    let outcome = 'lost';
    while (outcome === 'lost')
      outcome = await bench()
        .publish(transport, parts)
        .catch((error) => {
          assert.instance(error, Transient);
          return 'lost';
        });
    assert.is(outcome, 'confirmed');
  });

  test('a message to an exchange that nobody has declared is refused for good, and costs no other', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const x = bench().exchange();
    await assert.rejects(
      transport.publish(message({ exchange: x, routingKey: name })),
      brokenWith(`no exchange '${x}'`),
    );
    let outcome = 'lost';
    while (outcome === 'lost')
      outcome = await bench()
        .publish(transport, { routingKey: name, mandatory: true })
        .catch(() => 'lost');
    assert.is(outcome, 'confirmed');
  });

  test('an auto-delete exchange goes with its last binding', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    const transport = await bench().open({
      exchanges: [{ ...exchange(x), autoDelete: true }],
      queues: [queue(name)],
      bindings: [binding(x, name, 'k')],
    });
    await bench().harness.deleteQueue(name);
    await assert.rejects(
      (await bench().open()).publish(message({ exchange: x, routingKey: 'k' })),
      brokenWith(`no exchange '${x}'`),
    );
    await assert.rejects(transport.publish(message({ exchange: x, routingKey: 'k' })), Transient);
  });
}
