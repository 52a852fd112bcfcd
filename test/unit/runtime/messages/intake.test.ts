import type { Limits } from '../../../../config/exchange-config.ts';
import type { Trust } from '../../../../config/trust-schema.ts';
import { Correlation } from '../../../../runtime/messages/correlation.ts';
import type { EventInput } from '../../../../runtime/messages/input.ts';
import { Intake } from '../../../../runtime/messages/intake.ts';
import type { DeadLetter } from '../../../../runtime/ports/dead-letter.ts';
import type { Delivery } from '../../../../runtime/ports/envelope.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { noFailpoints } from '../../../../runtime/ports/failpoints.ts';
import type { AskRow, OutboxRow } from '../../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { countedIds, delivery, type LogLine, listLog, shopService } from '../shop.ts';

const test = suite('intake');
const correlation = new Correlation('a secret');

/** An intake whose inputs, answers and dead letters are kept; inputs are settled by the test, or at once. */
class IntakeBench {
  readonly inputs: EventInput[] = [];
  readonly answers: OutboxRow[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly lines: LogLine[] = [];
  readonly asks = new Map<string, AskRow>();
  readonly ephemeralAsks = new Map<string, AskRow>();
  readonly remembered = new Map<string, AskRow>();
  settlesAtOnce = true;
  readonly intake: Intake;

  constructor(limits: Partial<Limits> = {}, trust?: Trust) {
    const service = shopService();
    const limited = { ...service.config, limits: { ...service.config.limits, ...limits } };
    const config = trust === undefined ? limited : { ...limited, trust };
    const found = (asks: Map<string, AskRow>) => async (ids: readonly string[]) =>
      ids.flatMap((id) => asks.get(id) ?? []);
    this.intake = new Intake({
      service: { ...service, config },
      ownReplyQueue: 'shop_reply.p1',
      correlation: () => correlation,
      journal: {
        findAsks: found(this.asks),
        addDeadLetter: async (deadLetter) => void this.deadLetters.push(deadLetter),
      },
      ids: countedIds(),
      now: () => 5,
      log: listLog(this.lines),
      failpoints: noFailpoints,
      post: (input) => {
        this.inputs.push(input);
        if (this.settlesAtOnce) input.settle('done');
      },
      ephemeralAsks: found(this.ephemeralAsks),
      remembered: (correlationId) => this.remembered.get(correlationId),
      addressing: {
        answerExchange: (exchange, replyTo) => (replyTo === 'direct' ? '' : exchange),
      },
      queueOwners: new Map([['stock_consume', 'stock']]),
      publish: async (row) => void this.answers.push(row),
    });
  }

  take(body: Json | string, properties: Partial<Delivery['properties']> = {}, queue?: string) {
    return this.intake.handle(delivery(body, properties, queue));
  }

  get body(): Json {
    return this.answers[0]?.body ?? null;
  }

  get answer(): { code: number; name: string; at?: string } {
    return (this.body as { error: { code: number; name: string; at?: string } }).error;
  }
}

const asking = { replyTo: 'asker', correlationId: 'c1', messageId: 'm1' };
const add = (n: unknown): Json => ({ action: 'add', data: { n } as Json });

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

const answerEvent = {
  correlationId: 'c9',
  address: { service: 'shop', machine: 'cart', key: 'one' },
  path: ['child'],
  event: 'paid',
  about: 7,
};

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
