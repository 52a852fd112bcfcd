/** Answers that come in: to the actor that asked, as events, or to nobody. */
import { assert, suite } from '../../../support/suite.ts';
import { answerEvent, asking, IntakeBench } from './intake-bench.ts';

const test = suite('intake: answers');

test('an answer goes by its correlation id to the machine that asked', async () => {
  const bench = new IntakeBench();
  bench.asks.set('c9', answerEvent);
  await bench.take({ anything: 1 }, { correlationId: 'c9', messageId: 'a1' }, 'shop_reply');
  const [input] = bench.inputs;
  assert.equal(
    [
      input?.address.key,
      input?.path,
      input?.event.type,
      input?.event['answer'],
      input?.event['about'],
    ],
    ['one', ['child'], 'paid', { anything: 1 }, 7],
  );
  assert.equal([input?.starts, input?.ignoreIfAbsent], [false, true]);
});

test('two answers of one id are two answers when they differ, as wait and the vote after it', async () => {
  const bench = new IntakeBench();
  bench.asks.set('c9', answerEvent);
  for (const body of ['"wait"', '"ok"', '"ok"'])
    await bench.take(body, { correlationId: 'c9', messageId: 'a1' }, 'shop_reply');
  const [wait, ok, again] = bench.inputs.map(({ identity }) => identity);
  assert.is.not(wait, ok);
  assert.is(ok, again);
});

test('an answer to an ephemeral machine finds it', async () => {
  const bench = new IntakeBench();
  bench.ephemeralAsks.set('c9', answerEvent);
  await bench.take('true', { correlationId: 'c9' }, 'shop_reply');
  assert.is(bench.inputs[0]?.event['answer'], true);
});

test('an answer nobody waits for is dropped', async () => {
  const bench = new IntakeBench();
  assert.is(await bench.take('1', { correlationId: 'late' }, 'shop_reply'), 'done');
  assert.equal([bench.inputs.length, bench.deadLetters.length], [0, 0]);
});

/** An array of numbers: its keys and bytes are more than a message may have. */
const large = JSON.stringify(Array.from({ length: 600_000 }, () => 1));

test('an answer may be larger than a message', async () => {
  const bench = new IntakeBench();
  bench.asks.set('c9', answerEvent);
  await bench.take(large, { correlationId: 'c9', messageId: 'a1' }, 'shop_reply');
  const answer = bench.inputs[0]?.event['answer'];
  assert.ok(Array.isArray(answer) && answer.length === 600_000);
  await bench.take(large, { correlationId: 'c9', messageId: 'm1' });
  assert.ok(
    bench.deadLetters[0]?.reason.includes('allowed are 1048576'),
    bench.deadLetters[0]?.reason,
  );
});

const unreadable = [
  ['has too many bytes', `"${'x'.repeat(100)}"`, 'answer-too-large', 'allowed are 100'],
  ['has too many keys', '[1,2,3,4,5,6]', 'answer-too-large', 'more than 5 keys'],
  ['is not JSON', '{', 'bad-answer', 'not JSON'],
] as const;

for (const [what, body, name, reason] of unreadable)
  test(`an answer that ${what} reaches its asker as an error, and is a dead letter`, async () => {
    const bench = new IntakeBench({ answerBytes: 100, answerKeys: 5 });
    bench.asks.set('c9', answerEvent);
    const properties = { correlationId: 'c9', messageId: 'a1', appId: 'till' };
    assert.is(await bench.take(body, properties, 'shop_reply'), 'done');
    const answer = bench.inputs[0]?.event['answer'] ?? {};
    const { error } = answer as { error: { name: string; message: string } };
    assert.is(error.name, name);
    assert.ok(error.message.startsWith('the answer of till'), error.message);
    assert.ok(error.message.includes(reason), error.message);
    assert.equal([bench.deadLetters.length, bench.answers.length], [1, 0]);
  });

test('an answer that cannot be read, and that nobody waits for, is a dead letter', async () => {
  const bench = new IntakeBench();
  assert.is(await bench.take('{', { correlationId: 'late' }, 'shop_reply'), 'done');
  assert.equal([bench.inputs.length, bench.deadLetters.length], [0, 1]);
});

test('an answer without a correlation id is dropped', async () => {
  assert.is(await new IntakeBench().take('1', {}, 'shop_reply'), 'done');
});

test('a refusal goes through the exchange that the transport names for the reply address', async () => {
  const bench = new IntakeBench();
  await bench.take('1', asking);
  await bench.take('1', { ...asking, replyTo: 'direct' });
  assert.equal(
    bench.answers.map(({ exchange, routingKey, orStraightToQueue }) => [
      exchange,
      routingKey,
      orStraightToQueue,
    ]),
    [
      ['shop', 'asker', true],
      ['', 'direct', undefined],
    ],
  );
});

test.run();
