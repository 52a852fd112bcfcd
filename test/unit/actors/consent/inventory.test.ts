/** Inventories, their hash, and what of them peers may write: the numbers of `inventory.ts`. */
import {
  engagedIn,
  inventoryDifference,
  inventoryEntries,
  inventoryHash,
  nodeLine,
  voteLine,
} from '../../../../actors/consent/inventory.ts';
import { type DeletionPlan, planHash } from '../../../../actors/consent/plan-schema.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id } from '../consent/sample.ts';

const test = suite('inventories');
const tag = { service: 'tags', id: id(1), epoch: 3 };
const alert = { service: 'alerts', id: id(2), epoch: 1 };
const vote = { askedBy: 'tags', nodeId: id(1), voter: 'alerts', no: null };
const lines = [nodeLine(tag), nodeLine(alert), voteLine(vote)];

test('the hash is that of a set: neither order nor repetition matters', () => {
  const hash = inventoryHash(lines);
  assert.match(hash, /^sha256:[0-9a-f]{64}$/);
  assert.is(inventoryHash([...lines].reverse()), hash);
  assert.is(inventoryHash([...lines, ...lines]), hash);
});

const others: Readonly<Record<string, readonly string[]>> = {
  'a node more': [...lines, nodeLine({ ...alert, id: id(3) })],
  'a node less': lines.slice(1),
  'another epoch': [nodeLine({ ...tag, epoch: 4 }), ...lines.slice(1)],
  'another service': [nodeLine({ ...tag, service: 'objects' }), ...lines.slice(1)],
  'a vote more': [...lines, voteLine({ ...vote, voter: 'methods' })],
  'a no': [...lines.slice(0, 2), voteLine({ ...vote, no: 'why' })],
  'nothing at all': [],
};
for (const [what, other] of Object.entries(others)) {
  test(`another hash with ${what}`, () => {
    assert.is.not(inventoryHash(other), inventoryHash(lines));
  });
}

test('what is text in one place cannot pass for text in two', () => {
  const one = [voteLine({ ...vote, askedBy: 'a b', voter: 'c' })];
  const other = [voteLine({ ...vote, askedBy: 'a', voter: 'b c' })];
  assert.is.not(inventoryHash(one), inventoryHash(other));
});

test('the difference names each node and vote that was added, removed or changed', () => {
  const now = [
    nodeLine({ ...tag, epoch: 4 }),
    nodeLine({ ...alert, id: id(3) }),
    voteLine({ ...vote, no: 'why' }),
  ];
  assert.equal(inventoryDifference(lines, now), {
    nodesAdded: [{ ...alert, id: id(3) }],
    nodesRemoved: [alert],
    nodesChanged: [{ ...tag, epoch: 4 }],
    votesAdded: [],
    votesRemoved: [],
    votesChanged: [{ ...vote, no: 'why' }],
  });
});

test('its entries are those of its lines', () => {
  assert.equal(inventoryEntries(lines), { nodes: [alert, tag], votes: [vote] });
});

test('of what a peer writes only lines are taken', () => {
  const wrong = [
    'no json',
    '{}',
    '["node","s","i"]',
    '["node","s","i","1"]',
    '["vote","a","n",1,null]',
    '["vote","a","n","v",1]',
    7,
  ];
  assert.equal(engagedIn({ response: 'ok', engaged: [...lines, ...wrong] }), lines);
  for (const body of [null, 'ok', { response: 'ok' }, { engaged: 'all' }])
    assert.equal(engagedIn(body), []);
});

test('the hash of a plan is over services, ids, epochs and every no: not over names, rows, or who is unknown', () => {
  const node = { ...tag, cn: 'tag', objectClass: 'prsTag', below: [], rows: [], files: [] };
  const votes: DeletionPlan['votes'] = [
    { askedBy: 'tags', nodeId: id(1), voter: 'alerts', vote: 'ok', reason: null },
  ];
  const plan = { hash: '', nodes: [node], votes };
  const [first] = votes as [DeletionPlan['votes'][number]];
  assert.is(
    planHash({ ...plan, votes: [{ ...first, vote: 'unknown', reason: 'silent' }] }),
    planHash(plan),
  );
  assert.is.not(
    planHash({ ...plan, votes: [{ ...first, vote: 'no', reason: 'why' }] }),
    planHash(plan),
  );
  assert.is(planHash(plan), inventoryHash([nodeLine(tag), voteLine(vote)]));
});

test.run();
