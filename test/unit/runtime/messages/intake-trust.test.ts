import type { Trust } from '../../../../config/trust-schema.ts';
import { assert, suite } from '../../../support/suite.ts';
import { add, answerEvent, asking, IntakeBench } from './intake-bench.ts';

const test = suite('intake: trust');

const trust: Trust = {
  services: { till: ['till-user'] },
  operators: [],
  clients: { add: ['web'] },
  unknown: 'refuse',
};

test('trust: a question of a user who may not ask is answered not-permitted', async () => {
  const bench = new IntakeBench({}, trust);
  await bench.take(add(1), { ...asking, userId: 'stranger' });
  assert.equal([bench.answer.code, bench.answer.name], [403, 'not-permitted']);
  await bench.take(add(1), { ...asking, userId: 'web' });
  assert.equal([bench.inputs.length, bench.deadLetters.length], [1, 0]);
});

test('trust: a one-way message of a user who may not send is a dead letter with its user', async () => {
  const bench = new IntakeBench({}, trust);
  await bench.take(add(1), { userId: 'stranger' });
  assert.equal([bench.inputs.length, bench.deadLetters[0]?.properties.userId], [0, 'stranger']);
  assert.match(bench.deadLetters[0]?.reason ?? '', /'stranger' is no client of it/);
});

test('trust: a message whose answer would go to a queue of a service is a dead letter', async () => {
  const bench = new IntakeBench({}, trust);
  const properties = { ...asking, replyTo: 'stock_consume', userId: 'api' };
  assert.is(await bench.take(add(1), properties), 'done');
  assert.equal([bench.deadLetters.length, bench.answers.length, bench.inputs.length], [1, 0, 0]);
  assert.match(
    bench.deadLetters[0]?.reason ?? '',
    /reply_to 'stock_consume' names a queue of stock/,
  );
});

test('trust: a message that the service gives itself needs no user', async () => {
  const bench = new IntakeBench({}, trust);
  await bench.intake.give('add', { n: 1 });
  assert.is(bench.inputs.length, 1);
});

test('trust: an answer of a user who may not answer is a dead letter, and the asker waits on', async () => {
  const bench = new IntakeBench({}, trust);
  bench.asks.set('c9', { ...answerEvent, of: ['till'] });
  const answer = { correlationId: 'c9', messageId: 'a1', appId: 'till' };
  await bench.take('"ok"', { ...answer, userId: 'web' }, 'shop_reply');
  assert.equal([bench.inputs.length, bench.deadLetters.length], [0, 1]);
  await bench.take('"ok"', { ...answer, userId: 'till-user' }, 'shop_reply');
  assert.equal([bench.inputs.length, bench.deadLetters.length], [1, 1]);
});

test.run();
