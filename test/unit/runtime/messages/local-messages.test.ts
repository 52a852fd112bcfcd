/** Messages that a turn hands to an actor of the same service without a broker. */
import { assert, suite } from '../../../support/suite.ts';
import { delivery } from '../shop.ts';
import { IntakeBench } from './intake-bench.ts';

const test = suite('intake: local messages');

const unasked = () => undefined;

test('a local message becomes the inputs that its delivery would become, and nothing is posted', () => {
  const bench = new IntakeBench();
  const local = bench.intake.local(delivery({ action: 'add', data: { n: 1 } }), unasked);
  assert.equal(
    local?.map(({ event }) => event.type),
    ['add'],
  );
  assert.equal([bench.inputs, bench.answers, bench.deadLetters], [[], [], []]);
});

test('a message that would be refused has no local inputs, and nothing is answered', () => {
  const bench = new IntakeBench({ bodyBytes: 20 });
  const tooLarge = delivery({ action: 'add', data: { n: 1_000_000_000 } });
  assert.is(bench.intake.local(tooLarge, unasked), undefined);
  assert.is(bench.intake.local(delivery({ action: 'x' }), unasked), undefined);
  assert.equal([bench.answers, bench.deadLetters], [[], []]);
});

test('a local answer finds a question that is not committed, and no other question is looked for', () => {
  const bench = new IntakeBench();
  const address = { service: 'shop', machine: 'cart', key: 'a' };
  const row = { correlationId: 'c', address, path: [], event: 'heard' };
  const answer = { ...delivery('"yes"', { correlationId: 'c' }), queue: 'shop_reply' };
  const asked = (correlationId: string) => (correlationId === 'c' ? row : undefined);
  const [input] = bench.intake.local(answer, asked) ?? [];
  assert.equal([input?.asked, input?.remembered, input?.event['answer']], ['c', false, 'yes']);
  assert.is(bench.intake.local(answer, unasked), undefined);
});

test('in order: while the question of an answer is looked up, no message is local', async () => {
  const bench = new IntakeBench();
  const answer = { ...delivery('"yes"', { correlationId: 'c' }), queue: 'shop_reply' };
  const local = () => bench.intake.local(delivery({ action: 'add', data: { n: 1 } }), unasked);
  const handled = bench.intake.handle(answer);
  assert.is(local(), undefined);
  await handled;
  assert.is(local()?.length, 1);
});

test.run();
