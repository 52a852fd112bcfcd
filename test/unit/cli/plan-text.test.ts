/** A plan on a terminal. */
import type {
  DeletionPlan,
  PlannedDetachment,
  PlannedNode,
} from '../../../actors/consent/plan-schema.ts';
import { planDocument } from '../../../actors/deletion-plan/document.ts';
import { planLines } from '../../../cli/plan-text.ts';
import { assert, suite } from '../../support/suite.ts';

const test = suite('plan text');
type Vote = DeletionPlan['votes'][number];

function node(
  service: string,
  id: string,
  below: string[],
  more: Partial<PlannedNode> = {},
): PlannedNode {
  return {
    service,
    id,
    cn: id,
    objectClass: 'thing',
    epoch: 1,
    below,
    rows: [{ table: 'hierarchy.nodes', rows: 3 }],
    files: [],
    ...more,
  };
}
function vote(askedBy: string, nodeId: string, voter: string, more: Partial<Vote> = {}): Vote {
  return { askedBy, nodeId, voter, vote: 'ok', reason: null, ...more };
}
/** Lines of a plan without its sums. */
function tree(
  nodes: PlannedNode[],
  votes: Vote[],
  detached: PlannedDetachment[] = [],
): readonly string[] {
  const lines = planLines(planDocument('objects', ['plant'], 0, { nodes, votes, detached }));
  return lines.filter((line) => /[├└]/.test(line));
}

test('the first line sums up, the last is for if_plan, in between each service has its share', () => {
  const files = [{ url: 'file:///a', bytes: 10 }];
  const plan = planDocument('objects', ['plant'], 0, {
    nodes: [node('objects', 'plant', [], { files })],
    votes: [],
    detached: [],
  });
  assert.equal(planLines(plan), [
    'agreed: objects would delete 1 node, 1 service, 3 rows, 1 file (10 bytes)',
    '└─ plant (thing plant)',
    '   └─ file:///a (10 bytes)',
    '  objects: 1 node, 3 in hierarchy.nodes, 1 file',
    `if_plan: ${plan.hash}`,
  ]);
});

test('a reference that is taken out stands below the node it refers to', () => {
  const reference = { service: 'parts', id: 'wheel', cn: 'wheel', objectClass: 'thing' };
  const detached = [{ ...reference, attribute: 'uses', referredId: 'plant' }];
  assert.equal(tree([node('objects', 'plant', [])], [], detached), [
    '└─ plant (thing plant)',
    '   └─ parts: taken out of uses of wheel (thing wheel)',
  ]);
});

test('an owner that keeps a node says so below the node', () => {
  const no = vote('objects', 'plant', 'objects', { vote: 'no', reason: 'it is open' });
  assert.equal(tree([node('objects', 'plant', [])], [no]), [
    '└─ plant (thing plant)',
    '   └─ objects: no: it is open',
  ]);
});

test('what goes along stands below who is asked about it, and its own nodes below themselves', () => {
  const nodes = [
    node('objects', 'plant', []),
    node('objects', 'mill', ['plant']),
    node('tags', 'tag', ['mill']),
  ];
  assert.equal(tree(nodes, [vote('objects', 'mill', 'tags')]), [
    '└─ plant (thing plant)',
    '   └─ mill (thing mill)',
    '      └─ tags: ok',
    '         └─ tag (thing tag)',
  ]);
});

test('a no and an unknown stand there with their reasons', () => {
  const votes = [
    vote('objects', 'plant', 'hold', { vote: 'no', reason: 'legal' }),
    vote('objects', 'plant', 'x', { vote: 'unknown', reason: 'silent' }),
  ];
  assert.equal(tree([node('objects', 'plant', [])], votes).slice(1), [
    '   ├─ hold: no: legal',
    '   └─ x: unknown: silent',
  ]);
});

test('a diamond is written out once, and a cycle ends', () => {
  const nodes = [
    node('objects', 'plant', []),
    node('tags', 'tag', ['plant']),
    node('alerts', 'alert', ['plant', 'tag']),
  ];
  const votes = [
    vote('objects', 'plant', 'tags'),
    vote('objects', 'plant', 'alerts'),
    vote('tags', 'tag', 'alerts'),
  ];
  assert.equal(tree(nodes, votes), [
    '└─ plant (thing plant)',
    '   ├─ tags: ok',
    '   │  └─ tag (thing tag)',
    '   │     └─ alerts: ok',
    '   │        └─ alert (thing alert)',
    '   └─ alerts: ok',
    '      └─ alert (thing alert), as above',
  ]);
});

test.run();
