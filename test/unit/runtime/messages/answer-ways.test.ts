/** The way of an answer: which exchange, and which `reply_to` gets none. */
import type { Trust } from '../../../../config/trust-schema.ts';
import { AnswerWays } from '../../../../runtime/messages/answer-ways.ts';
import type { Delivery, MessageProperties } from '../../../../runtime/ports/envelope.ts';
import { amqpAddressing } from '../../../../transports/addressing.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('answer ways');

const trust: Trust = {
  services: { tags: ['tags-user'], tags_old: ['old-user'], alerts: ['alerts-user'] },
  operators: [],
  unknown: 'refuse',
};
const queueOwners = new Map([
  ['removals', 'alerts'],
  ['foreign', ''],
]);

function waysUnder(given: Trust | undefined): AnswerWays {
  return new AnswerWays({ trust: given, addressing: amqpAddressing, queueOwners });
}

function question(properties: Partial<MessageProperties>, exchange = 'tags'): Delivery {
  const place = { queue: 'q', exchange, routingKey: 'k', redelivered: false };
  return { ...place, properties: { persistent: true, ...properties }, body: Buffer.from('{}') };
}

const named = { headers: { 'reply-exchange': 'tags_reply' } };

const refused: readonly (readonly [string, Partial<MessageProperties>, RegExp])[] = [
  ['a queue of a service', { replyTo: 'tags_reply', userId: 'api' }, /of tags, .* user 'api'/],
  ['the name of a service', { replyTo: 'tags', userId: 'api' }, /queue of tags/],
  ['a process’s queue', { replyTo: 'tags_reply.p1', userId: 'api' }, /queue of tags/],
  ['a queue of the topology', { replyTo: 'removals', userId: 'api' }, /queue of alerts/],
  ['a key of an unnamed owner', { replyTo: 'foreign', userId: 'tags-user' }, /of a service/],
  ['a queue of a service, without a user', { replyTo: 'tags_reply' }, /without a user/],
  ['the longest name', { replyTo: 'tags_old_reply', userId: 'tags-user' }, /of tags_old,/],
];
for (const [what, properties, words] of refused)
  test(`no answer goes to ${what} of another sender`, () => {
    const problem = waysUnder(trust).problemOf(question(properties));
    assert.is(problem?.code, 'not-permitted');
    assert.match(problem?.message ?? '', words);
    assert.is(waysUnder(undefined).problemOf(question(properties)), undefined);
  });

test('a service has its answers in its own queues, and a client in its own', () => {
  for (const properties of [
    { replyTo: 'tags_reply', userId: 'tags-user' },
    { replyTo: 'removals', userId: 'alerts-user' },
    { replyTo: 'api.42', userId: 'api' },
    { replyTo: 'tagsreply', userId: 'api' },
    { userId: 'api' },
  ])
    assert.is(waysUnder(trust).problemOf(question(properties)), undefined);
});

test('without a user a queue of a service counts where trust allows unknown senders', () => {
  const allowing = waysUnder({ ...trust, unknown: 'allow' });
  assert.is(allowing.problemOf(question({ replyTo: 'tags_reply' })), undefined);
});

test('the answer to a service goes through the reply exchange of its question', () => {
  const asked = { replyTo: 'tags_reply.p1', userId: 'tags-user', ...named };
  const way = waysUnder(trust).wayOf(question(asked), 'tags_reply.p1');
  assert.equal(way, { exchange: 'tags_reply', neverStraight: true });
});

test('the answer to an older service goes through the exchange of its question', () => {
  const way = waysUnder(trust).wayOf(question({ replyTo: 'tags_reply' }), 'tags_reply');
  assert.equal(way, { exchange: 'tags', neverStraight: true });
});

test('a question names no other exchange than the reply exchange of the asker', () => {
  const headers = { 'reply-exchange': 'alerts_reply' };
  const asked = question({ replyTo: 'tags_reply', userId: 'tags-user', headers });
  assert.is(waysUnder(trust).wayOf(asked, 'tags_reply').exchange, 'tags');
  const client = question({ replyTo: 'api.42', userId: 'api', ...named });
  const way = waysUnder(trust).wayOf(client, 'api.42');
  assert.equal(way, { exchange: 'tags', neverStraight: false });
});

test('no answer to a service goes by the default exchange', () => {
  const asked = { replyTo: 'tags_reply', userId: 'tags-user' };
  const problem = waysUnder(trust).problemOf(question(asked, ''));
  assert.match(problem?.message ?? '', /default exchange/);
  assert.is(waysUnder(trust).problemOf(question({ ...asked, ...named }, '')), undefined);
});

test('without trust the header counts for nothing', () => {
  const asked = question({ replyTo: 'tags_reply', ...named });
  const way = waysUnder(undefined).wayOf(asked, 'tags_reply');
  assert.equal(way, { exchange: 'tags', neverStraight: false });
});

test.run();
