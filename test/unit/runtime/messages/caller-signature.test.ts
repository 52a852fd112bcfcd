/** Signatures of callers: each part of the message is covered, and only known keys count. */
import type { CallerKeys } from '../../../../config/trust-schema.ts';
import { callerProblem, callerSigner } from '../../../../runtime/messages/caller-signature.ts';
import type { Delivery, OutgoingMessage } from '../../../../runtime/ports/envelope.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('signatures of callers');

const secrets = { old: 'o'.repeat(32), new: 'n'.repeat(32) };
const keys: CallerKeys = { secrets, signWith: 'new', maxAgeMs: 60_000 };
const nowMs = 1_700_000_000_000;

const message: OutgoingMessage = {
  exchange: 'mcards',
  routingKey: 'mcards_consume',
  mandatory: true,
  properties: {
    appId: 'portal',
    messageId: 'm1',
    replyTo: 'portal.1',
    headers: { caller: 'kim', 'caller-roles': ['editor', 'reader'] },
    persistent: true,
  },
  body: Buffer.from('{"action":"delete"}'),
};

function signed(given = message, with_ = keys): Delivery {
  const { mandatory: _, ...rest } = callerSigner(with_, { now: () => nowMs })(given);
  return { ...rest, queue: 'mcards_consume', redelivered: false };
}

function withHeaders(delivery: Delivery, headers: Delivery['properties']['headers']): Delivery {
  const given = { ...delivery.properties.headers, ...headers };
  return { ...delivery, properties: { ...delivery.properties, headers: given } };
}

function withProperties(delivery: Delivery, properties: Partial<Delivery['properties']>): Delivery {
  return { ...delivery, properties: { ...delivery.properties, ...properties } };
}

function problem(delivery: Delivery, atMs = nowMs, with_: CallerKeys | undefined = keys): string {
  return callerProblem(with_, delivery, atMs) ?? 'none';
}

test('a signed caller is believed', () => {
  assert.is(problem(signed()), 'none');
});

test('a message without a caller needs no signature and gets none', () => {
  const { headers: _, ...properties } = message.properties;
  const plain = { ...message, properties };
  assert.is(callerSigner(keys, { now: () => nowMs })(plain), plain);
  assert.is(problem({ ...plain, queue: 'q', redelivered: false }), 'none');
});

test('without keys nothing is signed and every caller counts', () => {
  assert.is(callerSigner(undefined, { now: () => nowMs })(message), message);
  assert.is(callerProblem(undefined, signed(), nowMs), undefined);
});

const signature = String(signed().properties.headers?.['caller-signature']);
const changed: readonly (readonly [string, Delivery])[] = [
  ['the caller', withHeaders(signed(), { caller: 'lee' })],
  ['a role', withHeaders(signed(), { 'caller-roles': ['editor', 'admin'] })],
  ['one role more', withHeaders(signed(), { 'caller-roles': ['editor', 'reader', 'admin'] })],
  ['roles put together', withHeaders(signed(), { 'caller-roles': ['editorreader'] })],
  ['the sender', withProperties(signed(), { appId: 'other' })],
  ['the message id', withProperties(signed(), { messageId: 'm2' })],
  ['the way back', withProperties(signed(), { replyTo: 'evil' })],
  ['the exchange', { ...signed(), exchange: 'files' }],
  ['the routing key', { ...signed(), routingKey: 'mcard.single_burn' }],
  ['the body', { ...signed(), body: Buffer.from('{"action":"create"}') }],
  [
    'the time',
    withHeaders(signed(), { 'caller-signature': signature.replace(`${nowMs}`, `${nowMs + 1}`) }),
  ],
  ['the key', withHeaders(signed(), { 'caller-signature': signature.replace('new', 'old') })],
];
for (const [part, delivery] of changed)
  test(`a signature does not count when ${part} is another one`, () => {
    assert.match(problem(delivery), /is wrong/);
  });

const refused: readonly (readonly [string, Delivery, RegExp])[] = [
  ['no signature', withHeaders(signed(), { 'caller-signature': null }), /is not v1/],
  ['a text that is no signature', withHeaders(signed(), { 'caller-signature': 'v1.new' }), /v1/],
  ['no message id', withProperties(signed(), { messageId: '' }), /needs a message_id/],
];
for (const [what, delivery, reason] of refused)
  test(`${what} is refused with its reason`, () => {
    assert.match(problem(delivery), reason);
  });

test('a caller or roles without the header of the signature are refused', () => {
  for (const headers of [{ caller: 'kim' }, { 'caller-roles': ['admin'] }])
    assert.match(problem(withProperties(signed(), { headers })), /is not signed/);
});

test('rotation: each known key counts, whichever key signs', () => {
  const before = { ...keys, signWith: 'old' };
  assert.is(problem(signed(message, before)), 'none');
  assert.is(problem(signed(), nowMs, before), 'none');
  const after = { ...keys, secrets: { new: secrets.new } };
  assert.match(problem(signed(message, before), nowMs, after), /key 'old' .* is not known/);
});

test('a signature counts for its time only', () => {
  assert.is(problem(signed(), nowMs + 60_000), 'none');
  assert.match(problem(signed(), nowMs + 60_001), /older than 60000 ms/);
  assert.is(problem(signed(), nowMs - 60_000), 'none');
  assert.match(problem(signed(), nowMs - 60_001), /from the future/);
});

test('the address that the broker puts behind a direct reply does not count', () => {
  const direct = { ...message.properties, replyTo: 'amq.rabbitmq.reply-to' };
  const delivery = signed({ ...message, properties: direct });
  const atReceiver = withProperties(delivery, { replyTo: 'amq.rabbitmq.reply-to.g1h2' });
  assert.is(problem(atReceiver), 'none');
});

test.run();
