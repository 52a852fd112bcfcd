/** Exchanges, bindings, mandatory returns. */
import { Broken } from '../../../runtime/ports/errors.ts';
import { assert, type Suite } from '../../support/suite.ts';
import type { Bench } from './bench.ts';
import { binding, exchange, message, queue } from './harness.ts';
import { Inbox } from './inbox.ts';

async function routedTo(
  bench: Bench,
  type: 'direct' | 'fanout' | 'topic' | 'headers',
  keys: readonly string[],
  published: string,
) {
  const [x, ...queues] = [bench.exchange(), ...keys.map(() => bench.queue())];
  const bindings = queues.map((name, index) => binding(x, name, keys[index]));
  const transport = await bench.open({
    exchanges: [exchange(x, type)],
    queues: queues.map((name) => queue(name)),
    bindings,
  });
  await transport.publish(message({ exchange: x, routingKey: published, body: 'routed' }));
  const hits: string[] = [];
  for (const [index, name] of queues.entries()) {
    await bench.send(transport, name, 'marker');
    const first = await (await Inbox.open(transport, name)).take();
    if (Buffer.from(first.body).toString() === 'routed') hits.push(keys[index] ?? '');
  }
  return hits;
}

export function routing(test: Suite, bench: () => Bench): void {
  test('the default exchange routes to the queue named by the routing key', async () => {
    const { transport, queue: name } = await bench().withQueue();
    await bench().send(transport, name, 'a');
    const delivery = await (await Inbox.open(transport, name)).take();
    assert.is(delivery.exchange, '');
    assert.is(delivery.routingKey, name);
    assert.is(delivery.queue, name);
  });

  test('a direct exchange routes to every queue bound with exactly the routing key', async () => {
    assert.equal(await routedTo(bench(), 'direct', ['a', 'b', 'a', 'a.b', ''], 'a'), ['a', 'a']);
  });

  test('a fanout exchange routes to every queue, whatever the keys', async () => {
    assert.equal(await routedTo(bench(), 'fanout', ['a', '', '#'], 'zzz'), ['a', '', '#']);
  });

  test('in a topic pattern * is exactly one word', async () => {
    const patterns = ['*', '*.*', 'a.*', '*.b', 'a.*.c', '*.*.*', '*.a'];
    assert.equal(await routedTo(bench(), 'topic', patterns, 'a.b'), ['*.*', 'a.*', '*.b']);
  });

  test('in a topic pattern # is zero or more words', async () => {
    const patterns = ['#', 'a.#', 'a.b.#', '#.b', '#.a.#', 'a.#.b', '#.#', 'b.#', '#.c', 'a.b.*.#'];
    assert.equal(await routedTo(bench(), 'topic', patterns, 'a.b'), [
      '#',
      'a.#',
      'a.b.#',
      '#.b',
      '#.a.#',
      'a.#.b',
      '#.#',
    ]);
  });

  test('the empty routing key has no words', async () => {
    assert.equal(await routedTo(bench(), 'topic', ['', '#', '*', '#.*'], ''), ['', '#']);
  });

  test('an empty word is a word', async () => {
    assert.equal(await routedTo(bench(), 'topic', ['a.*', 'a', 'a.', '*.*', 'a.#'], 'a.'), [
      'a.*',
      'a.',
      '*.*',
      'a.#',
    ]);
  });

  const headersTable: readonly [string, Record<string, string | number | boolean>, boolean][] = [
    ['all: every argument equal', { 'x-match': 'all', colour: 'red', size: 3 }, true],
    ['all: one differs', { 'x-match': 'all', colour: 'red', size: 4 }, false],
    ['all: one is missing', { 'x-match': 'all', colour: 'red', shape: 'round' }, false],
    ['all is what holds without x-match', { colour: 'red', size: 3 }, true],
    ['any: one equal', { 'x-match': 'any', colour: 'red', size: 4 }, true],
    ['any: none equal', { 'x-match': 'any', colour: 'blue', size: 4 }, false],
    [
      'all ignores arguments that begin with x-',
      { 'x-match': 'all', colour: 'red', 'x-origin': 'b' },
      true,
    ],
    ['all-with-x does not', { 'x-match': 'all-with-x', colour: 'red', 'x-origin': 'b' }, false],
    ['any ignores arguments that begin with x-', { 'x-match': 'any', 'x-origin': 'a' }, false],
    ['any-with-x does not', { 'x-match': 'any-with-x', 'x-origin': 'a' }, true],
    ['a number is not a string', { 'x-match': 'all', size: '3' }, false],
    ['a boolean equals itself', { 'x-match': 'all', hot: true }, true],
    ['no arguments match everything', {}, true],
    ['any of no arguments matches nothing', { 'x-match': 'any' }, false],
  ];
  for (const [title, args, matches] of headersTable) {
    test(`headers exchange: ${title}`, async () => {
      const [x, name] = [bench().exchange(), bench().queue()];
      const transport = await bench().open({
        exchanges: [exchange(x, 'headers')],
        queues: [queue(name)],
        bindings: [binding(x, name, '', args)],
      });
      const headers = { colour: 'red', size: 3, hot: true, 'x-origin': 'a' };
      const outcome = await transport.publish(
        message({ exchange: x, routingKey: 'k', mandatory: true, properties: { headers } }),
      );
      assert.is(outcome.kind, matches ? 'confirmed' : 'returned');
    });
  }

  test('a queue with several matching bindings gets the message once', async () => {
    const [x, name] = [bench().exchange(), bench().queue()];
    const bindings = ['a.#', '#', 'a.*'].map((pattern) => binding(x, name, pattern));
    const transport = await bench().open({
      exchanges: [exchange(x, 'topic')],
      queues: [queue(name)],
      bindings,
    });
    await transport.publish(message({ exchange: x, routingKey: 'a.b', body: 'once' }));
    await bench().send(transport, name, 'marker');
    assert.equal(await (await Inbox.open(transport, name)).bodies(2), ['once', 'marker']);
  });

  test('what no binding matches goes to the alternate exchange', async () => {
    const [x, alternate, name] = [bench().exchange(), bench().exchange(), bench().queue()];
    const exchanges = [
      exchange(alternate, 'fanout'),
      exchange(x, 'direct', { 'alternate-exchange': alternate }),
    ];
    const transport = await bench().open({
      exchanges,
      queues: [queue(name)],
      bindings: [binding(alternate, name)],
    });
    const outcome = await transport.publish(
      message({ exchange: x, routingKey: 'unbound', mandatory: true }),
    );
    assert.is(outcome.kind, 'confirmed');
    const delivery = await (await Inbox.open(transport, name)).take();
    assert.is(delivery.exchange, x);
    assert.is(delivery.routingKey, 'unbound');
  });

  test('an answer goes through the exchange of its question, unless the broker has named the reply queue', async () => {
    const { addressing } = await bench().open();
    assert.is(addressing.answerExchange('shop', 'asker'), 'shop');
    for (const replyTo of ['amq.gen-x', 'amq.rabbitmq.reply-to.x'])
      assert.is(addressing.answerExchange('shop', replyTo), '');
  });

  test('an answer finds its way through the default exchange to the reply queue', async () => {
    const [questions, answers] = [bench().queue(), bench().queue()];
    const asker = await bench().open({ queues: [queue(answers)] });
    const answerer = await bench().open({ queues: [queue(questions)] });
    const replies = await Inbox.open(asker, answers);
    await answerer.consume(
      questions,
      { prefetch: 1 },
      async ({ properties: { replyTo = '', correlationId = '' } }) => {
        await answerer.publish(
          message({ routingKey: replyTo, body: 'yes', properties: { correlationId } }),
        );
        return 'done';
      },
    );
    await asker.publish(
      message({ routingKey: questions, properties: { replyTo: answers, correlationId: '42' } }),
    );
    const reply = await replies.take();
    assert.is(reply.properties.correlationId, '42');
    assert.is(Buffer.from(reply.body).toString(), 'yes');
  });

  test('a mandatory message that no queue takes is returned with the reason', async () => {
    const x = bench().exchange();
    const transport = await bench().open({ exchanges: [exchange(x)] });
    const outcome = await transport.publish(
      message({
        exchange: x,
        routingKey: 'nobody',
        mandatory: true,
        properties: { messageId: 'm1' },
      }),
    );
    assert.equal(outcome, { kind: 'returned', reason: 'NO_ROUTE' });
  });

  test('a mandatory message without an id is returned as well', async () => {
    const transport = await bench().open();
    const outcome = await transport.publish(
      message({ routingKey: bench().queue(), mandatory: true }),
    );
    assert.is(outcome.kind, 'returned');
  });

  test('a message that is not mandatory and that no queue takes is confirmed', async () => {
    const x = bench().exchange();
    const transport = await bench().open({ exchanges: [exchange(x)] });
    assert.is(await bench().publish(transport, { exchange: x, routingKey: 'nobody' }), 'confirmed');
  });

  test('each of many messages under way gets its own outcome', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const nowhere = bench().queue();
    const publishes = Array.from({ length: 200 }, (_, index) =>
      transport.publish(
        message({
          routingKey: index % 3 === 0 ? nowhere : name,
          mandatory: true,
          properties: { messageId: `m${index}` },
        }),
      ),
    );
    const kinds = (await Promise.all(publishes)).map((outcome) => outcome.kind);
    assert.equal(
      kinds,
      kinds.map((_, index) => (index % 3 === 0 ? 'returned' : 'confirmed')),
    );
  });

  test('publishing to an exchange that does not exist fails and names it, and publishing goes on', async () => {
    const { transport, queue: name } = await bench().withQueue();
    const missing = bench().exchange();
    await assert.rejects(
      transport.publish(message({ exchange: missing, routingKey: 'k' })),
      (error) => {
        return error instanceof Broken && error.message.includes(`no exchange '${missing}'`);
      },
    );
    assert.is(await bench().publish(transport, { routingKey: name, mandatory: true }), 'confirmed');
  });
}
