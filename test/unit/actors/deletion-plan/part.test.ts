/** Parts of a plan, what voters are foretold to say, and the document: `part.ts`, `forecast.ts`, `document.ts`. */
import {
  type PlannedNode,
  type PlannedVote,
  planHash,
} from '../../../../actors/consent/plan-schema.ts';
import { planDocument } from '../../../../actors/deletion-plan/document.ts';
import {
  forecast,
  questionsFor,
  unknownVoters,
} from '../../../../actors/deletion-plan/forecast.ts';
import {
  emptyPart,
  mergedParts,
  type PlanPart,
  readPart,
  writtenPart,
} from '../../../../actors/deletion-plan/part.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, no, ok, oldSubscription, subscription } from '../consent/sample.ts';

const test = suite('parts of a plan');

function planned(number: number, service = 'tags', more: Partial<PlannedNode> = {}): PlannedNode {
  return {
    service,
    id: id(number),
    cn: `n${number}`,
    objectClass: 'prsTag',
    epoch: 1,
    below: [],
    rows: [],
    files: [],
    ...more,
  };
}
function said(
  vote: PlannedVote['vote'],
  reason: string | null = null,
  voter = 'alerts',
): PlannedVote {
  return { askedBy: 'tags', nodeId: id(1), voter, vote, reason };
}
const tags = { service: 'tags', questionIdsMax: 2 };

function wordFor(answer: Json, reached = true): readonly unknown[] {
  const [vote] = forecast(
    tags,
    [subscription(1, 'alerts')],
    [{ key: 'alerts/alerts/0', answer, reached }],
  ).votes;
  return [vote?.vote, vote?.reason];
}

function partOf(more: Partial<PlanPart>): PlanPart {
  return { ...emptyPart, ...more };
}
const detached = {
  service: 'parts',
  id: id(7),
  cn: 'n7',
  objectClass: 'prsPart',
  attribute: 'uses',
  referredId: id(1),
};

test('a part is read as it was written', () => {
  const part = { nodes: [planned(1)], votes: [said('ok')], detached: [detached] };
  assert.equal(readPart({ response: 'ok', plan: writtenPart(part) }), part);
});

test('what a peer writes wrong is left out', () => {
  const wrong = [JSON.stringify({ ...planned(1), epoch: 'x' }), 'no json', 7, null];
  assert.equal(
    readPart({ plan: { nodes: [...wrong, JSON.stringify(planned(2))], votes: 'all' } }).nodes,
    [planned(2)],
  );
  for (const body of [null, 'ok', [], { plan: 7 }]) assert.equal(readPart(body), emptyPart);
});

test('what is found twice is one: with all it goes with, and with the least favourable word', () => {
  const one = partOf({
    nodes: [planned(3, 'alerts', { below: [id(2)] })],
    votes: [said('ok')],
    detached: [detached],
  });
  const other = partOf({
    nodes: [planned(3, 'alerts', { below: [id(1)] })],
    votes: [said('no', 'why')],
    detached: [detached],
  });
  const merged = mergedParts([one, other]);
  assert.equal(merged, {
    nodes: [planned(3, 'alerts', { below: [id(1), id(2)] })],
    votes: [said('no', 'why')],
    detached: [detached],
  });
  assert.equal(mergedParts([other, one]), merged);
});

test('of two reasons always the same one is kept', () => {
  const [one, other] = [
    partOf({ votes: [said('no', 'b')] }),
    partOf({ votes: [said('no', 'a')] }),
  ] as const;
  assert.equal(mergedParts([one, other]).votes, [said('no', 'a')]);
  assert.equal(mergedParts([other, one]).votes, [said('no', 'a')]);
});

test('each subscriber is asked once under each of its keys; an old one is not', () => {
  const lists = [
    subscription(1, 'a'),
    subscription(2, 'a'),
    subscription(1, 'b', { routingKey: 'k' }),
    oldSubscription(1, 'old'),
  ];
  assert.equal(
    questionsFor(lists, 2).map(({ voter, routingKey, nodeIds }) => [voter, routingKey, nodeIds]),
    [
      ['a', 'a', [id(1), id(2)]],
      ['b', 'k', [id(1)]],
    ],
  );
});

test('a question about more nodes is asked in parts, and each answer counts for its part', () => {
  const lists = [subscription(1, 'a'), subscription(2, 'a'), subscription(3, 'a')];
  const questions = questionsFor(lists, 2);
  assert.equal(
    questions.map(({ nodeIds }) => nodeIds),
    [[id(1), id(2)], [id(3)]],
  );
  const heard = [{ key: questions[1]?.key ?? '', answer: ok, reached: true }];
  assert.equal(
    forecast(tags, lists, heard).votes.map(({ nodeId, vote }) => [nodeId, vote]),
    [
      [id(1), 'unknown'],
      [id(2), 'unknown'],
      [id(3), 'ok'],
    ],
  );
});

const words: readonly [string, Json, string, string | null][] = [
  ['ok', ok, 'ok', null],
  ['the bare word', true, 'ok', null],
  ['a no', no('alerts', 'in use'), 'no', 'in use'],
  ['a no without a reason', false, 'no', 'no reason given'],
  [
    'an ok that waits for others',
    { response: 'ok', silent: ['x', 'y'] },
    'unknown',
    'it waits for x, y',
  ],
  ['wait', { response: 'wait' }, 'unknown', 'its answer is neither yes nor no'],
  ['what is no answer', 7, 'unknown', 'its answer is neither yes nor no'],
  ['an error', { error: { message: 'broken' } }, 'unknown', 'it cannot say: broken'],
  ['an error in another form', { error: ['x'] }, 'unknown', 'it cannot say: ["x"]'],
];
for (const [what, answer, vote, reason] of words) {
  test(`${what} is ${vote}`, () => {
    assert.equal(wordFor(answer), [vote, reason]);
  });
}

test('who cannot be reached, is silent, or is never asked is unknown', () => {
  assert.equal(wordFor(null, false), ['unknown', 'it cannot be reached']);
  const { votes } = forecast(tags, [subscription(1, 'alerts'), oldSubscription(1, 'old')], []);
  assert.equal(
    votes.map(({ voter, reason }) => [voter, reason]),
    [
      ['alerts', 'it did not answer in time'],
      ['old', 'it knows no question without effect'],
    ],
  );
});

test('who waits for somebody else is not unknown itself', () => {
  const votes = [
    said('unknown', 'it did not answer in time', 'x'),
    said('unknown', 'it waits for x', 'y'),
    said('ok', null, 'z'),
  ];
  assert.equal(unknownVoters(partOf({ votes })), ['x']);
});

test('the document counts by service and in all, and has the hash of its content', () => {
  const files = [
    { url: 'file:///a', bytes: 10 },
    { url: 'file:///b', bytes: null },
  ];
  const rows = [{ table: 'hierarchy.nodes', rows: 3 }];
  const nodes = [planned(1, 'tags', { rows }), planned(2, 'tags', { rows, files })];
  const document = planDocument('tags', [id(1)], 5, partOf({ nodes }));
  assert.equal(document.services, [
    {
      service: 'tags',
      nodes: 2,
      rows: [{ table: 'hierarchy.nodes', rows: 6 }],
      files: 2,
      bytes: 10,
    },
  ]);
  assert.equal(document.totals, { nodes: 2, services: 1, rows: 6, files: 2, bytes: 10 });
  assert.is(document.hash, planHash(document));
});

test('a reference of a node that goes on another way is not taken out', () => {
  const document = (...nodes: readonly PlannedNode[]) =>
    planDocument('tags', [id(1)], 5, partOf({ nodes, detached: [detached] }));
  assert.equal(document(planned(1)).detached, [detached]);
  assert.equal(document(planned(1), planned(7, 'parts')).detached, []);
});

test('one no makes it refused, one unknown uncertain', () => {
  const outcome = (...votes: readonly PlannedVote[]) =>
    planDocument('tags', [], 0, partOf({ votes })).outcome;
  assert.equal(
    [
      outcome(),
      outcome(said('ok')),
      outcome(said('ok'), said('unknown')),
      outcome(said('unknown'), said('no')),
    ],
    ['agreed', 'agreed', 'uncertain', 'refused'],
  );
});

test.run();
