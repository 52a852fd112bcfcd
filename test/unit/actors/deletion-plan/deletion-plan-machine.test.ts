/** The machine of a plan, at the owner and at a voter. */
import { deletionPlanMachine } from '../../../../actors/deletion-plan/deletion-plan-machine.ts';
import { readPart } from '../../../../actors/deletion-plan/part.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import {
  asJson,
  detachedReference,
  id,
  no,
  node,
  ok,
  oldSubscription,
  plainNodes,
  subscription,
  tagsSettings,
  under,
} from '../consent/sample.ts';

const test = suite('deletion plan');
const machine = deletionPlanMachine(tagsSettings, plainNodes);
const asker = caller('q1');
const alerts = { routingKey: 'alerts' };
const reads = {
  'consent.footprint': (args: Json) =>
    ((args as JsonObject)['nodeIds'] as string[]).map((nodeId) => ({ nodeId, rows: 3, files: [] })),
};

function plan(more: JsonObject = {}): MachineSpec {
  const read = {
    nodes: [node(1)],
    missing: [],
    gone: [],
    foreign: [],
    refusals: [],
    conflicts: [],
    subscriptions: [subscription(1, 'alerts')],
    ...more,
  };
  return given(machine, { reads }).when(
    message('plan', { id: id(1) }, { read: asJson(read), replyTo: asker }),
  );
}
function question(more: JsonObject = {}, headers = under('P')): MachineSpec {
  const nodes = [
    { ...node(1, { parentId: id(90) }), through: id(90) },
    { ...node(2, { parentId: id(1) }), through: id(90) },
  ];
  const read = {
    links: [],
    refusals: [],
    nodes,
    detached: [],
    conflicts: [],
    subscriptions: [subscription(2, 'alerts')],
    ...more,
  };
  const data = { id: id(90), path: `${id(90)} ${id(91)}` };
  return given(machine, { reads }).when(
    message('wouldDelete', data, { read: asJson(read), replyTo: asker, headers }),
  );
}
function answerOf(spec: MachineSpec): JsonObject {
  return spec.answered() as JsonObject;
}

test('nodes below that nobody answers for are a vote of the owner against the deletion', () => {
  const below = {
    id: id(70),
    cn: 'hot',
    objectClass: 'prsAlert',
    service: 'retired',
    parentId: id(1),
  };
  const planned = plan({
    subscriptions: [],
    unanswered: asJson({ count: 12, nodes: [below] }),
  });
  const { outcome, votes } = answerOf(planned);
  const service = 'tags_model_crud';
  const reason = `nobody answers for prsAlert hot (${id(70)} of retired) and 11 more below it`;
  assert.equal(
    [outcome, votes],
    ['refused', [{ askedBy: service, nodeId: id(1), voter: service, vote: 'no', reason }]],
  );
});

test('the owner itself says no to a node that it keeps, and asks the subscribers too', () => {
  const refusals = asJson([{ nodeId: id(1), reason: 'n1 is kept' }]);
  const answer = answerOf(plan({ refusals }).answers(alerts, ok));
  assert.is(answer['outcome'], 'refused');
  const own = { askedBy: 'tags_model_crud', nodeId: id(1), voter: 'tags_model_crud' };
  assert.equal((answer['votes'] as Json[])[1], { ...own, vote: 'no', reason: 'n1 is kept' });
});

test('a voter names the references that it would take out', () => {
  const lost = asJson([detachedReference(30, 90)]);
  const answer = answerOf(question({ nodes: [], subscriptions: [], detached: lost }));
  const { version: _version, ...reference } = detachedReference(30, 90);
  const { detached } = readPart(answer);
  assert.equal(detached, [{ service: 'tags_model_crud', ...reference }]);
});

test('it asks the subscribers without effect: nothing is written, and nothing is recorded', () => {
  plan().then({
    state: 'asking',
    writes: [],
    records: [],
    publishes: [],
    asks: [
      {
        ...{
          exchange: 'tags',
          routingKey: 'alerts',
          action: 'wouldDelete',
          data: { id: id(1), path: id(1) },
        },
        headers: {
          'consent-protocol': 2,
          'consent-saga': 'new-1',
          'consent-epoch': 0,
          'consent-hops': 1,
          'consent-deadline-ms': 10_000,
        },
        messageId: `new-1/${id(1)}/wouldDelete/alerts/new-1`,
      },
    ],
  });
});

test('when all have answered the plan is the answer', () => {
  const answered = plan().answers(alerts, ok);
  answered.then({ writes: [] }).thenEnded();
  const { outcome, totals, owner, ids } = answerOf(answered);
  assert.equal([outcome, owner, ids], ['agreed', 'tags_model_crud', [id(1)]]);
  assert.equal(totals, { nodes: 1, services: 1, rows: 3, files: 0, bytes: 0 });
});

test('with nobody to ask it answers at once, an old peer among those it does not ask', () => {
  const answered = plan({ subscriptions: asJson([oldSubscription(1, 'old')]) });
  answered.then({ asks: [] }).thenEnded();
  assert.is(answerOf(answered)['outcome'], 'uncertain');
});

test('at the deadline who has not answered is unknown', () => {
  const answered = plan().waits('10 s');
  answered.thenEnded();
  assert.is(answerOf(answered)['outcome'], 'uncertain');
});

test('who cannot be reached is unknown, and is not waited for', () => {
  plan().returns(alerts).thenEnded();
});

test('an answer that comes twice is one', () => {
  const twice = { subscriptions: asJson([subscription(1, 'alerts'), subscription(1, 'methods')]) };
  const spec = plan(twice)
    .answers(alerts, ok)
    .answers(alerts, no('alerts', 'why'))
    .answers({ routingKey: 'methods' }, ok);
  assert.is((answerOf(spec)['votes'] as JsonObject[]).length, 2);
});

const problems: readonly [string, JsonObject, string][] = [
  ['a node nobody knows', { nodes: [], missing: [id(1)] }, 'not-found'],
  ['a node of another service', { nodes: [], foreign: [id(1)] }, 'wrong-class'],
  [
    'a node that is being updated',
    { conflicts: [{ nodeId: id(1), saga: 'S', service: 's', mode: 'U', state: 'asking' }] },
    'frozen',
  ],
];
for (const [what, found, name] of problems) {
  test(`${what}: the error a deletion would get`, () => {
    const refused = plan(found);
    refused.then({ state: 'refused', asks: [] }).thenEnded();
    assert.is((answerOf(refused)['error'] as JsonObject)['name'], name);
  });
}

test('what has gone already: nothing would go', () => {
  const answered = plan({ nodes: [], gone: [id(1)], subscriptions: [] });
  assert.equal((answerOf(answered)['totals'] as JsonObject)['nodes'], 0);
});

test('a voter asks on: with what would go before, less time, and under the same plan', () => {
  const [asked] = question().asked();
  assert.equal(asked?.data, { id: id(2), path: [90, 91, 1, 2].map(id).join(' ') });
  const {
    'consent-saga': saga,
    'consent-hops': hops,
    'consent-deadline-ms': leftMs,
  } = asked?.headers ?? {};
  assert.equal([saga, hops, leftMs], ['P', 2, 9_500]);
  assert.is(asked?.messageId, `P/${id(2)}/wouldDelete/alerts/new-1`);
});

test('its answer has its own nodes, each with what it goes with, and what it was told', () => {
  const body = answerOf(question().answers(alerts, ok));
  assert.equal([body['response'], body['silent']], ['ok', []]);
  const { nodes, votes } = body['plan'] as { nodes: string[]; votes: string[] };
  assert.equal(
    nodes.map((text) => (JSON.parse(text) as { below: string[] }).below),
    [[id(90)], [id(1)]],
  );
  assert.is(votes.length, 1);
});

test('a no below is its no, a silence below is named', () => {
  assert.equal(answerOf(question().answers(alerts, no('alerts', 'hold')))['message'], 'hold');
  assert.equal(answerOf(question().waits('9500 ms'))['silent'], ['alerts']);
});

test('what it objects to itself it says at once, and asks nobody', () => {
  const using = {
    refusals: asJson([{ nodeId: id(90), reason: 'it is in use by five' }]),
  };
  const refused = question(using);
  refused.then({ state: 'refused', asks: [] }).thenEnded();
  assert.match(String(answerOf(refused)['message']), /it is in use by five/);
});

test('a question that has gone round too long is a no', () => {
  assert.is(answerOf(question({}, under('P', { 'consent-hops': 65 })))['response'], 'no');
});

test('a question without a word of the protocol, with nothing to tell: ok', () => {
  const read = asJson({
    links: [],
    refusals: [],
    nodes: [],
    detached: [],
    conflicts: [],
    subscriptions: [],
  });
  const answered = given(machine, { reads }).when(
    message('wouldDelete', { id: id(90) }, { read, replyTo: asker }),
  );
  assert.is(answerOf(answered)['response'], 'ok');
});

test.run();
