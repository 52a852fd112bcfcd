/** The services that must be asked, and the messages to them (`docs/protocol.md`, also "Old peers"). */

import type { LinkState, PromiseState } from '../../../../actors/consent/ledger/store.ts';
import { verbs } from '../../../../actors/consent/verbs.ts';
import { ballotsFor, openSubscriptions } from '../../../../actors/delete-saga/roster.ts';
import { unlinkWrites, unsubscribeMessages } from '../../../../actors/delete-saga/unsubscribe.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, node, oldSubscription, subscription, tagsSettings } from '../consent/sample.ts';

const test = suite('roster');
const question = {
  ...{
    settings: tagsSettings,
    action: 'mayDelete',
    verb: verbs.delete,
    nodes: [node(1), node(2), node(3)],
  },
  scope: { saga: 'T', epoch: 1, hops: 1, deadlineMs: 10_000 },
};

test('a new peer gets one question about all its nodes, in the order of the saga', () => {
  const [ballot, ...more] = ballotsFor(
    [subscription(3, 'a'), subscription(1, 'a')],
    [],
    'all',
    question,
  );
  assert.equal([ballot?.voters, ballot?.nodeIds, more], [['a'], [id(1), id(3)], []]);
  assert.equal(ballot?.question.data, { id: [id(1), id(3)] });
});

test('of more nodes a new peer gets several questions, each with its own answer', () => {
  const settings = { ...tagsSettings, questionIdsMax: 2 };
  const list = [subscription(3, 'a'), subscription(1, 'a'), subscription(2, 'a')];
  const ballots = ballotsFor(list, [], 'all', { ...question, settings });
  assert.equal(
    ballots.map(({ nodeIds, question: asked }) => [nodeIds, asked.data]),
    [
      [[id(1), id(2)], { id: [id(1), id(2)] }],
      [[id(3)], { id: id(3) }],
    ],
  );
  assert.is(new Set(ballots.map(({ question: asked }) => asked.messageId)).size, 2);
});

test('a new peer that gave a key is asked under it', () => {
  const [ballot] = ballotsFor([subscription(1, 'a', { routingKey: 'a_key' })], [], 'all', question);
  assert.equal([ballot?.voters, ballot?.question.routingKey], [['a'], 'a_key']);
});

test('an old peer with a key gets one id a message', () => {
  const ballots = ballotsFor(
    [oldSubscription(1, 'old', 'k'), oldSubscription(2, 'old', 'k')],
    [],
    'all',
    question,
  );
  assert.equal(
    ballots.map(({ nodeIds, question: asked }) => [nodeIds, asked.routingKey, asked.data]),
    [
      [[id(1)], 'k', { id: id(1) }],
      [[id(2)], 'k', { id: id(2) }],
    ],
  );
});

test('old peers without a key share one broadcast question a node', () => {
  const ballots = ballotsFor(
    [oldSubscription(1, 'x'), oldSubscription(1, 'y'), oldSubscription(2, 'x')],
    [],
    'all',
    question,
  );
  assert.equal(
    ballots.map(({ voters, nodeIds, question: asked, hearers }) => [
      voters,
      nodeIds,
      asked.routingKey,
      hearers,
    ]),
    [
      [['x', 'y'], [id(1)], 'tags_model_crud_publish', 2],
      [['x'], [id(2)], 'tags_model_crud_publish', 1],
    ],
  );
});

test('in a later round a broadcast is another question, heard by those too who have answered the first', () => {
  const list = [oldSubscription(1, 'x'), oldSubscription(1, 'y'), oldSubscription(1, 'keyed', 'k')];
  const done = [{ voter: 'x', nodeId: id(1) }];
  const again = ballotsFor(list, done, 'all', { ...question, round: 2 });
  assert.equal(
    again.map(({ voters, question: asked, hearers }) => [
      voters,
      asked.messageId?.split('/').slice(3).join('/'),
      hearers,
    ]),
    [
      [['keyed'], 'keyed', undefined],
      [['y'], 'all/2', 2],
    ],
  );
  assert.is(
    ballotsFor(list, done, 'all', question)
      .at(-1)
      ?.question.messageId?.split('/')
      .slice(3)
      .join('/'),
    'all/1',
  );
});

test('new and old are asked apart', () => {
  const both = [subscription(1, 'new'), oldSubscription(1, 'old', 'k')];
  assert.equal(
    ballotsFor(both, [], 'new', question).map(({ voters }) => voters),
    [['new']],
  );
  assert.equal(
    ballotsFor(both, [], 'old', question).map(({ voters }) => voters),
    [['old']],
  );
  assert.is(ballotsFor(both, [], 'all', question).length, 2);
});

test('who is done is not asked again; done is by voter and node', () => {
  const list = [subscription(1, 'a'), subscription(2, 'a'), subscription(1, 'b')];
  assert.equal(openSubscriptions(list, [{ voter: 'a', nodeId: id(1) }]), [
    subscription(2, 'a'),
    subscription(1, 'b'),
  ]);
  assert.equal(
    ballotsFor(list, [{ voter: 'a', nodeId: id(1) }], 'all', question).map(
      ({ nodeIds }) => nodeIds,
    ),
    [[id(2)], [id(1)]],
  );
});

test('the same message has the same id, another voter or action another', () => {
  const idsOf = (action: string) =>
    ballotsFor([subscription(1, 'a'), subscription(1, 'b')], [], 'all', {
      ...question,
      action,
    }).map((one) => one.question.messageId);
  assert.equal(idsOf('mayDelete'), idsOf('mayDelete'));
  assert.is(new Set([...idsOf('mayDelete'), ...idsOf('deleting')]).size, 4);
});

test('what an update would change goes with its question', () => {
  const [ballot] = ballotsFor([subscription(1, 'a')], [], 'all', {
    ...question,
    more: { attributes: { cn: ['b'] } },
  });
  assert.equal(ballot?.question.data, { id: id(1), attributes: { cn: ['b'] } });
});

function promised(more: Partial<PromiseState> = {}): PromiseState {
  return {
    saga: 'saga',
    nodeId: id(5),
    service: 'tags_model_crud',
    mode: 'D',
    state: 'ok',
    ...more,
  };
}

function link(more: Partial<LinkState> = {}): LinkState {
  return {
    nodeId: id(5),
    entity: 'objects',
    version: 4,
    generation: 2,
    givenUp: 0,
    tombstoned: false,
    promises: [],
    ...more,
  };
}

test('a subscription nothing needs any more is given back under its generation, provided that nothing came to need it', () => {
  assert.equal(
    unlinkWrites(tagsSettings, 'saga', [link()], 7).map(({ op, args, expect }) => ({
      op,
      args,
      expect,
    })),
    [
      {
        op: 'unlink',
        args: { service: 'tags_model_crud', nodeId: id(5), generation: 2, atMs: 7 },
        expect: { links: { [id(5)]: 4 } },
      },
    ],
  );
  const [message] = unsubscribeMessages(tagsSettings, 'saga', [link()]);
  assert.equal(
    [
      message?.action,
      message?.exchange,
      message?.routingKey,
      message?.headers?.['consent-generation'],
    ],
    ['unsubscribe', 'objects', 'objects_model_crud_consume', 2],
  );
});

for (const [name, more] of [
  ['whose node has gone', { tombstoned: true }],
  ['that was given back before', { givenUp: 2 }],
  ['whose node goes under the same saga', { promises: [promised()] }],
] as const) {
  test(`one ${name} is not given back`, () => {
    assert.equal(
      [
        unlinkWrites(tagsSettings, 'saga', [link(more)], 7),
        unsubscribeMessages(tagsSettings, 'saga', [link(more)]),
      ],
      [[], []],
    );
  });
}

test('one whose node is promised to another saga, or to this one for an update, is given back', () => {
  for (const promises of [[promised({ saga: 'other' })], [promised({ mode: 'U' })]]) {
    assert.is(unlinkWrites(tagsSettings, 'saga', [link({ promises })], 7).length, 1);
  }
});

test.run();
