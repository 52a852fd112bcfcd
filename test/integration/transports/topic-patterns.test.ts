/** 10 000 pairs of topic pattern and routing key, matched by RabbitMQ and by the memory broker. */
import { connect } from 'amqplib';
import fc from 'fast-check';
import { TopicTrie } from '../../../transports/memory/topic-trie.ts';
import { servers } from '../../support/servers.ts';
import { assert, seed, suite } from '../../support/suite.ts';

const test = suite('topic patterns', { needs: ['rabbitmq'], deadlineMs: 60_000 });
const exchange = `topics.${process.pid}.${process.hrtime.bigint().toString(36)}`;
const side = 100;

function distinct(words: readonly string[], salt: number): string[] {
  const text = fc
    .array(fc.constantFrom(...words), { maxLength: 5 })
    .map((parts) => parts.join('.'));
  const drawn = fc.sample(text, { seed: seed() + salt, numRuns: side * 40 });
  return [...new Set(drawn)].slice(0, side);
}

/** Which keys each pattern's queue gets. */
async function matchedByBroker(
  patterns: readonly string[],
  keys: readonly string[],
): Promise<string[][]> {
  const connection = await connect(servers.rabbitmq, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(exchange, 'topic', { durable: false });
  const matched: string[][] = patterns.map(() => []);
  for (const [index, pattern] of patterns.entries()) {
    const { queue } = await channel.assertQueue('', { exclusive: true, durable: false });
    await channel.bindQueue(queue, exchange, pattern);
    await channel.consume(
      queue,
      (message) => void matched[index]?.push(message?.fields.routingKey ?? ''),
      { noAck: true },
    );
    // Each queue's own last message: everything before it has arrived.
    await channel.bindQueue(queue, exchange, 'last.of.all.the.keys.there.are');
  }
  for (const key of [...keys, 'last.of.all.the.keys.there.are'])
    channel.publish(exchange, key, Buffer.alloc(0));
  while (!matched.every((received) => received.includes('last.of.all.the.keys.there.are'))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await channel.deleteExchange(exchange);
  await connection.close();
  return matched.map((received) => received.slice(0, -1));
}

function matchedByTrie(patterns: readonly string[], keys: readonly string[]): string[][] {
  const trie = new TopicTrie<number>();
  for (const [index, pattern] of patterns.entries()) trie.add(pattern, index);
  const hits = keys.map((key) => ({ key, matches: trie.matches(key) }));
  return patterns.map((_, index) =>
    hits.filter(({ matches }) => matches.has(index)).map(({ key }) => key),
  );
}

test('both match the same', async () => {
  const patterns = distinct(['a', 'b', '', '*', '#', 'cd'], 0);
  const keys = distinct(['a', 'b', 'c', '', 'cd'], 1);
  assert.is(patterns.length * keys.length, side * side);
  const expected = await matchedByBroker(patterns, keys);
  const found = matchedByTrie(patterns, keys);
  for (const [index, pattern] of patterns.entries())
    assert.equal(found[index], expected[index], pattern);
});

test.run();
