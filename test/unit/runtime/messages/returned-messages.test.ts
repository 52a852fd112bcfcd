/** Messages of this service that came back, or that can never be published. */
import type { DeadLetter } from '../../../../runtime/ports/dead-letter.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import type { OutboxRow } from '../../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { answerEvent, IntakeBench } from './intake-bench.ts';

const test = suite('intake: returned messages');

test('a returned question is an event for its asker, once for each message', async () => {
  const bench = new IntakeBench();
  bench.asks.set('c9', answerEvent);
  const row = {
    id: 'o1',
    correlationId: 'c9',
    properties: { messageId: 'q1', persistent: true },
  } as OutboxRow;
  assert.is(await bench.intake.unroutable(row), true);
  assert.equal(
    [bench.inputs[0]?.event.type, bench.inputs[0]?.identity, bench.inputs[0]?.event['about']],
    ['paid.unroutable', 'q1/unroutable', 7],
  );
});

test('a returned question whose event could not be committed is kept', async () => {
  const bench = new IntakeBench();
  bench.asks.set('c9', answerEvent);
  bench.settlesAtOnce = false;
  const told = bench.intake.unroutable({
    id: 'o1',
    correlationId: 'c9',
    properties: { persistent: true },
  } as OutboxRow);
  await new Promise((resolve) => setImmediate(resolve));
  bench.inputs[0]?.settle('retry');
  assert.is(await told, false);
});

test('a returned question nobody waits for any more is forgotten', async () => {
  assert.is(
    await new IntakeBench().intake.unroutable({
      id: 'o',
      correlationId: 'x',
      properties: { persistent: true },
    } as OutboxRow),
    true,
  );
});

const unpublishable = {
  id: 'o1',
  address: { service: 'shop', machine: 'cart', key: 'one' },
  exchange: 'shop',
  routingKey: 'k',
  mandatory: true,
  properties: { messageId: 'q1', persistent: true },
  body: { action: 'pay' },
};

const never = new Broken('bad-message', 'routingKey has 256 bytes');

test('a message that can never be published is a dead letter with its reason, and is told once', async () => {
  const bench = new IntakeBench();
  assert.is(await bench.intake.unpublishable(unpublishable, never), true);
  const [deadLetter] = bench.deadLetters;
  assert.equal(
    [deadLetter?.kind, deadLetter?.reason, deadLetter?.properties.messageId, deadLetter?.service],
    ['unpublishable', 'routingKey has 256 bytes', 'q1', 'shop'],
  );
  assert.equal(bench.lines, [{ level: 'warn', message: 'a message is a dead letter' }]);
});

test('a question that can never be published is an event for its asker too', async () => {
  const bench = new IntakeBench();
  bench.asks.set('c9', answerEvent);
  await bench.intake.unpublishable({ ...unpublishable, correlationId: 'c9' }, never);
  assert.equal([bench.deadLetters.length, bench.inputs[0]?.event.type], [1, 'paid.unroutable']);
});

test('an outgoing message that is no JSON is a dead letter all the same', async () => {
  const bench = new IntakeBench();
  const body = { amount: 12n } as unknown as Json;
  await bench.intake.unpublishable({ ...unpublishable, body }, never);
  assert.is(bench.deadLetters[0]?.properties.messageId, 'q1');
});

test('a replayed message that could not be published goes out again as a row of its own', async () => {
  const bench = new IntakeBench();
  await bench.intake.unpublishable(unpublishable, never);
  const [{ atMs, ...deadLetter }] = bench.deadLetters as [DeadLetter];
  const stored = {
    ...deadLetter,
    firstAtMs: atMs,
    lastAtMs: atMs,
    count: 1,
    replayRequested: true,
  };
  assert.is(await bench.intake.replay(stored), 'done');
  const [{ id, ...row }] = bench.answers as [OutboxRow];
  const { id: first, ...same } = unpublishable;
  assert.equal([row, id === first], [same, false]);
});

test.run();
