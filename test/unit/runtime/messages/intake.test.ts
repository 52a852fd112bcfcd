import type { Delivery } from '../../../../runtime/ports/envelope.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { add, asking, correlation, IntakeBench } from './intake-bench.ts';

const test = suite('intake');

const bad: readonly (readonly [string, Json | string, string])[] = [
  ['what is not JSON', '{"action"', 'bad-message'],
  ['a body that is no object', '[1]', 'bad-message'],
  ['a message without an action', { data: {} }, 'bad-message'],
  ['an unknown action', { action: 'fly', data: {} }, 'unknown-action'],
  ['a missing field', { action: 'add', data: {} }, 'bad-message'],
  ['a field of the wrong type', add('x'), 'bad-message'],
  ['a __proto__ key', '{"action":"add","data":{"__proto__":{"n":1}}}', 'bad-message'],
  ['a body that is too deep', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, 'bad-message'],
  ['a body over the limit', `"${'x'.repeat(1024 * 1024)}"`, 'body-too-large'],
];

for (const [what, body, code] of bad) {
  test(`${what} is answered ${code} where an answer was asked for, and is no dead letter`, async () => {
    const bench = new IntakeBench();
    assert.is(await bench.take(body, asking), 'done');
    assert.equal([bench.answer.name, bench.deadLetters.length, bench.inputs.length], [code, 0, 0]);
  });

  test(`${what} is a dead letter with its reason where no answer was asked for`, async () => {
    const bench = new IntakeBench();
    assert.is(await bench.take(body), 'done');
    assert.equal(
      [bench.deadLetters.length, bench.answers.length, bench.deadLetters[0]?.service],
      [1, 0, 'shop'],
    );
    assert.is((bench.deadLetters[0]?.reason.length ?? 0) > 10, true);
  });
}

test('an answer of the runtime goes where the question came from, with its correlation id', async () => {
  const bench = new IntakeBench();
  await bench.take('{', asking);
  const [row] = bench.answers;
  assert.equal(
    [row?.exchange, row?.routingKey, row?.properties.correlationId, row?.properties.messageId],
    ['shop', 'asker', 'c1', 'm1/answer'],
  );
});

test('a missing field is answered with where it is', async () => {
  const bench = new IntakeBench();
  await bench.take({ action: 'add', data: {} }, asking);
  assert.is(bench.answer.at, '/data');
});

test('a message whose route has a form of refusal is answered in it', async () => {
  const bench = new IntakeBench();
  await bench.take({ action: 'formed', data: {} }, asking);
  assert.is((bench.body as { id: null }).id, null);
});

test('what a route throws is a bug: answered, and a dead letter with its stack, never delivered again', async () => {
  const bench = new IntakeBench();
  assert.is(await bench.take({ action: 'crooked' }, asking), 'done');
  assert.equal([bench.answer.name, bench.deadLetters.length], ['broken', 1]);
  assert.match(bench.deadLetters[0]?.stack ?? '', /TypeError: no such thing/);
});

test('a journal that cannot be reached is no reason to answer: the delivery comes again', async () => {
  const bench = new IntakeBench();
  Object.assign(bench.deadLetters, {
    push: () => {
      throw new Error('down');
    },
  });
  await assert.rejects(bench.take('{'), /down/);
});

test('an internal action is unknown to others, is not listed to them, and is taken from the service itself', async () => {
  const bench = new IntakeBench();
  await bench.take({ action: 'opened' }, asking);
  await bench.take({ action: 'shop.opened' }, asking);
  assert.equal([bench.answer.name, bench.inputs.length], ['unknown-action', 0]);
  const texts = bench.answers.map(({ body }) => JSON.stringify(body));
  assert.equal(
    texts.map((text) => /knows .*\bopened\b/.test(text)),
    [false, false],
  );
  assert.match(texts[0] ?? '', /knows add, strict/);
  await bench.intake.give('opened', {});
  assert.equal(
    bench.inputs.map(({ event }) => event.type),
    ['opened'],
  );
});

test('an internal message that the service has sent to itself is taken; with other content it is unknown', async () => {
  const bench = new IntakeBench();
  const own = { ...asking, correlationId: correlation.ofInternal('m1', 'opened', { n: 1 }) };
  await bench.take({ action: 'opened', data: { n: 1 } }, own);
  await bench.take({ action: 'opened', data: { n: 2 } }, own);
  await bench.take({ action: 'opened', data: { n: 1 } }, { ...own, messageId: 'm2' });
  assert.equal([bench.inputs.length, bench.answers.length], [1, 2]);
  assert.is(bench.answer.name, 'unknown-action');
});

test('an ignored action is done without anything', async () => {
  const bench = new IntakeBench();
  assert.is(await bench.take({ action: 'gossip' }), 'done');
  assert.equal([bench.inputs.length, bench.deadLetters.length], [0, 0]);
});

const noTargets: readonly (readonly [string, Json])[] = [
  ['no key', {}],
  ['a list as its key', { key: ['one'] }],
  ['a number as its key', { key: 1 }],
  ['empty text as its key', { key: '' }],
  ['a key with NUL', { key: 'a\0' }],
  ['a key that is too long', { key: 'x'.repeat(501) }],
  ['nothing', null],
  ['a text', 'one'],
  ['a list in which one target has no key', [{ key: 'one' }, {}]],
];

for (const [what, data] of noTargets) {
  test(`a message whose route gives ${what} is answered bad-key and reaches no actor`, async () => {
    const bench = new IntakeBench();
    assert.is(await bench.take({ action: 'keyed', data }, asking), 'done');
    assert.equal([bench.answer.code, bench.answer.name], [400, 'bad-key']);
    assert.match(JSON.stringify(bench.body), /the route 'keyed' .*found .*allowed is/);
    assert.equal([bench.inputs.length, bench.deadLetters.length], [0, 0]);
  });

  test(`a message whose route gives ${what} is a dead letter without a wanted answer`, async () => {
    const bench = new IntakeBench();
    assert.is(await bench.take({ action: 'keyed', data }), 'done');
    assert.equal([bench.deadLetters.length, bench.inputs.length], [1, 0]);
    assert.match(bench.deadLetters[0]?.reason ?? '', /the route 'keyed'/);
  });
}

test('a declared UUID has one spelling, for the key and for the machine; other keys are never changed', async () => {
  const bench = new IntakeBench();
  const id = '0192F7A1-7000-7000-8000-00000000ABCD';
  await bench.take({ action: 'identified', data: { id } });
  await bench.take({ action: 'keyed', data: { key: id } });
  const [identified, keyed] = bench.inputs;
  assert.equal(
    [identified?.address.key, identified?.event['data'], keyed?.address.key],
    [id.toLowerCase(), { id: id.toLowerCase() }, id],
  );
});

test('a key of the longest length reaches its actor as it is', async () => {
  const bench = new IntakeBench();
  const key = `${'é'.repeat(248)}/%..`;
  await bench.take({ action: 'keyed', data: { key } });
  assert.is(bench.inputs[0]?.address.key, key);
});

test('an action may carry its entity as a prefix', async () => {
  const bench = new IntakeBench();
  await bench.take({ action: 'carts.add', data: { n: 1 } });
  assert.is(bench.inputs[0]?.event.type, 'add');
});

test('a fan-out is done when all its parts are', async () => {
  const bench = new IntakeBench();
  bench.settlesAtOnce = false;
  let acknowledged: string | undefined;
  const taken = bench.take({ action: 'many', data: ['a', 'b'] }).then((acknowledgement) => {
    acknowledged = acknowledgement;
  });
  await Promise.resolve();
  bench.inputs[0]?.settle('done');
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(acknowledged, undefined);
  bench.inputs[1]?.settle('done');
  await taken;
  assert.equal(
    [acknowledged, bench.inputs.map(({ address }) => address.key)],
    ['done', ['a', 'b']],
  );
});

test('a fan-out of which one part could not be done comes again', async () => {
  const bench = new IntakeBench();
  bench.settlesAtOnce = false;
  const taken = bench.take({ action: 'many', data: ['a', 'b'] });
  await Promise.resolve();
  bench.inputs[0]?.settle('done');
  bench.inputs[1]?.settle('retry');
  assert.is(await taken, 'retry');
});

const identities: readonly (readonly [
  string,
  Partial<Delivery['properties']>,
  object,
  string | undefined,
])[] = [
  [
    'the message id first',
    { messageId: 'm', replyTo: 'r', correlationId: 'c', headers: { request_id: 'h' } },
    { request_id: 'b' },
    'm',
  ],
  [
    'then reply_to and correlation id',
    { replyTo: 'r', correlationId: 'c', headers: { request_id: 'h' } },
    { request_id: 'b' },
    'c@r/',
  ],
  [
    'then request_id in the headers',
    { correlationId: 'c', headers: { request_id: 'h' } },
    { request_id: 'b' },
    'h',
  ],
  ['then request_id in the body', {}, { request_id: 'b' }, 'b'],
  ['with its sender', { messageId: 'm', appId: 'A' }, {}, 'm@A'],
  ['none at all', { correlationId: 'c' }, {}, undefined],
  ['not an empty message id', { messageId: '' }, { request_id: 'b' }, 'b'],
];

for (const [what, properties, rest, identity] of identities) {
  test(`identity: ${what}`, async () => {
    const bench = new IntakeBench();
    await bench.take({ action: 'add', data: { n: 1 }, ...rest } as Json, properties);
    assert.is(bench.inputs[0]?.identity, identity);
  });
}

test('a question without an identity can be answered all the same', async () => {
  const bench = new IntakeBench();
  await bench.take(add(1), { replyTo: 'r' });
  assert.equal([bench.inputs[0]?.identity, bench.inputs[0]?.replyTo?.routingKey], [undefined, 'r']);
});

test('an event carries what is known of its message', async () => {
  const bench = new IntakeBench();
  await bench.take(add(1), { ...asking, appId: 'other', userId: 'u', headers: { a: 1 } });
  const { data, $ } = bench.inputs[0]?.event ?? { type: '' };
  const messageId = 'm1@other';
  const replyTo = { messageId, exchange: 'shop', routingKey: 'asker', correlationId: 'c1' };
  assert.equal(data, { n: 1 });
  assert.equal($?.message, {
    identity: messageId,
    from: 'other',
    user: 'u',
    headers: { a: 1 },
    queue: 'shop_consume',
    exchange: 'shop',
    routingKey: 'shop_consume',
    replyTo,
  });
});

test.run();
