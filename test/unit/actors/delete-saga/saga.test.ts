/** What a saga decides, as values: `saga.ts`. */

import {
  type Engagement,
  heldProblem,
  nodesProblem,
  objectionProblem,
} from '../../../../actors/consent/start-problems.ts';
import { verbs } from '../../../../actors/consent/verbs.ts';
import type { Vote } from '../../../../actors/consent/vote.ts';
import {
  doneBody,
  liveNodes,
  refusalBody,
  rosterAgreement,
  type SagaContext,
  withAsked,
  withRoster,
} from '../../../../actors/delete-saga/saga.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, node, oldSubscription, subscription } from '../consent/sample.ts';

const test = suite('saga decisions');
const nothing: Engagement = {
  nodes: [],
  above: [],
  missing: [],
  gone: [],
  foreign: [],
  refusals: [],
  conflicts: [],
  subscriptions: [],
};

function vote(number: number, voter: string, response: 'ok' | 'no' = 'ok'): Vote {
  return { voter, nodeId: id(number), response, reason: null, atMs: 1, refusals: [], silent: [] };
}
function context(more: Partial<SagaContext> = {}): SagaContext {
  return {
    ...{
      saga: 'T',
      verb: verbs.delete,
      role: 'root',
      through: [],
      nodes: [node(1), node(2)],
      above: [],
      gone: [],
      subscriptions: [],
      hops: 0,
    },
    ...{
      deadlineAtMs: 0,
      nowMs: 0,
      requester: null,
      requestedBy: null,
      change: null,
      votes: [],
      asked: [],
      rounds: 1,
    },
    ...{
      actor: 'actor',
      age: 'T',
      cancelled: null,
      ids: [],
      place: null,
      generations: {},
      upstream: [],
      cleaned: [],
      refusals: [],
      silent: [],
      unreachable: [],
    },
    ...more,
  };
}

const hold = { nodeId: id(1), saga: 'S', service: 's', mode: 'U', state: 'asking' } as const;
const starts: readonly [string, Partial<Engagement>, 'delete' | 'update', number | undefined][] = [
  ['a live node', { nodes: [node(1)] }, 'delete', undefined],
  ['a missing one', { missing: [id(1)] }, 'delete', 404],
  ['one that has gone', { gone: [id(1)] }, 'delete', undefined],
  ['an update of one that has gone', { gone: [id(1)] }, 'update', 410],
  ['a foreign one', { foreign: [id(1)] }, 'delete', 409],
];
for (const [name, found, verb, code] of starts) {
  test(`start with ${name}: ${code ?? 'begins'}`, () => {
    assert.is(nodesProblem({ ...nothing, ...found }, verbs[verb], 'prsTag')?.code, code);
  });
}

test('what is held is named, with the saga a retry names to keep its age', () => {
  assert.is(heldProblem([], 'T'), undefined);
  const { code, saga } = heldProblem([hold], 'T') ?? {};
  assert.equal([code, saga], [423, 'T']);
});

const live = [node(1), node(2)];
test('agreed when everybody on the list of now has said ok, also in an earlier round', () => {
  const votes = [vote(1, 'a'), vote(2, 'b')];
  assert.is(
    rosterAgreement(context({ votes }), {
      nodes: live,
      subscriptions: [subscription(1, 'a'), subscription(2, 'b')],
    }),
    'agreed',
  );
  assert.is(rosterAgreement(context({ votes }), { nodes: live, subscriptions: [] }), 'agreed');
});

test('an ok about one node is none about another', () => {
  assert.is(
    rosterAgreement(context({ votes: [vote(1, 'a')] }), {
      nodes: live,
      subscriptions: [subscription(2, 'a')],
    }),
    'newcomers',
  );
});

test('a no is no ok', () => {
  assert.is(
    rosterAgreement(context({ votes: [vote(1, 'a', 'no')] }), {
      nodes: live,
      subscriptions: [subscription(1, 'a')],
    }),
    'newcomers',
  );
});

test('after three rounds it is given up', () => {
  const now = { nodes: live, subscriptions: [subscription(1, 'a')] };
  assert.is(rosterAgreement(context({ rounds: 2 }), now), 'newcomers');
  assert.is(rosterAgreement(context({ rounds: 3 }), now), 'given-up');
});

test('gone when none of its nodes is left', () => {
  assert.is(rosterAgreement(context(), { nodes: [], subscriptions: [] }), 'gone');
});

test('what was removed meanwhile stays in the saga, without an epoch to expect', () => {
  const asked = [subscription(2, 'a'), oldSubscription(2, 'old'), subscription(1, 'a')];
  const taken = withRoster(context({ asked }), {
    nodes: [node(1, { epoch: 8 })],
    subscriptions: [subscription(1, 'a')],
  });
  assert.equal(
    taken.nodes.map(({ id: nodeId, epoch }) => [nodeId, epoch]),
    [
      [id(1), 8],
      [id(2), 2],
    ],
  );
  assert.equal(taken.gone, [id(2)]);
  assert.equal(taken.subscriptions, [subscription(1, 'a'), subscription(2, 'a')]);
  assert.equal(
    liveNodes(taken).map((one) => one.id),
    [id(1)],
  );
});

test('a list that was read before its node was removed names each subscriber once', () => {
  const lists = [subscription(2, 'a'), subscription(2, 'b')];
  const { subscriptions } = withRoster(context({ asked: [subscription(2, 'a')] }), {
    nodes: [node(1)],
    subscriptions: lists,
  });
  assert.equal(subscriptions, lists);
});

test('asked is who was asked before and who is asked now, each once', () => {
  const before = context({
    asked: [subscription(1, 'a')],
    subscriptions: [subscription(1, 'a'), subscription(1, 'b'), oldSubscription(1, 'old')],
  });
  assert.equal(
    withAsked(before, 'new').map(({ service }) => service),
    ['a', 'b'],
  );
  assert.equal(
    withAsked(before, 'old').map(({ service }) => service),
    ['a', 'old'],
  );
});

test('the requester’s error names an answer that is no vote, with its words', () => {
  const malformed = [
    { service: 'd', said: '"yes"' },
    { service: 'e', named: 'x', said: '"ok"' },
  ];
  const { error } = refusalBody(context({ malformed })) as { error: Record<string, unknown> };
  assert.equal(error['malformed'], malformed);
  assert.is(
    error['message'],
    'the delete was called off: d answers neither ok nor no: "yes"; an answer for e names the service "x": "ok"',
  );
});

test('the requester’s error names every no, every silent and every unreachable one', () => {
  const refusals = [{ service: 'a', nodeId: id(1), reason: 'hold' }];
  const { error } = refusalBody(context({ refusals, silent: ['b'], unreachable: ['c'] })) as {
    error: Record<string, unknown>;
  };
  assert.equal(
    [
      error['code'],
      error['name'],
      error['saga'],
      error['refusals'],
      error['silent'],
      error['unreachable'],
    ],
    [409, 'refused', 'T', refusals, ['b'], ['c']],
  );
  assert.is(
    error['message'],
    `the delete was called off: a says no for ${id(1)}: hold; b is silent; c cannot be reached`,
  );
});

test('and says so when nobody stands in the way but the list does not keep still', () => {
  assert.match(
    String((refusalBody(context()) as { error: { message: string } }).error.message),
    /kept changing/,
  );
});

test('a node that its own service keeps: refused with the reason, and nobody is named as silent', () => {
  const refusals = [{ nodeId: id(1), reason: 'n1 is kept' }];
  assert.is(objectionProblem(nothing, 'tags', 0), undefined);
  assert.equal(objectionProblem({ ...nothing, refusals }, 'tags', 0), {
    code: 409,
    name: 'refused',
    message: `the delete is refused: tags says no for ${id(1)}: n1 is kept`,
    refusals: [{ service: 'tags', ...refusals[0] }],
    silent: [],
    unreachable: [],
  });
});

test('a replay counts nodes that another saga has removed meanwhile as gone', () => {
  const replayed = { of: 'earlier', gone: [id(1)], foreign: [] };
  const nodes = [node(2), node(3)];
  const body = doneBody({ votes: [], saga: 's', replayed, nodes, gone: [id(2)] });
  assert.equal(body, { saga: 's', removed: [id(3)], gone: [id(1), id(2)], foreign: [] });
});

test.run();
