/** One service's part in somebody else's saga, as values: the numbers of `part.ts`. */
import { type Dependants, objectionTo } from '../../../../actors/consent/objections.ts';
import {
  answerable,
  dependantsThrough,
  fulfillable,
  groupsToDecide,
  idsOfGroup,
  isFulfilled,
  linkVersions,
  liveIds,
  newIds,
  noAnswer,
  type OpenQuestion,
  okAnswer,
  throughGroup,
  undecided,
  type VoterPart,
  withGroup,
  withNodes,
  withPhase,
} from '../../../../actors/voter/part.ts';
import { caller } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, node } from '../consent/sample.ts';

const test = suite('voter part');
const nothing: VoterPart = { nodes: [], groups: [], questions: [] };

function found(more: Partial<Dependants> = {}): Dependants {
  const nothing = { links: [], refusals: [], nodes: [], detached: [] };
  return { ...nothing, conflicts: [], subscriptions: [], ...more };
}

function link(number: number, more: object = {}): Dependants['links'][number] {
  return {
    nodeId: id(number),
    entity: 'tags',
    version: number,
    generation: 1,
    givenUp: 0,
    tombstoned: false,
    promises: [],
    ...more,
  };
}

function question(phase: OpenQuestion['phase'], ...numbers: readonly number[]): OpenQuestion {
  return { to: caller(`q${numbers.join()}`), ids: numbers.map(id), phase };
}

/** 1 and 2 asked about, 1 with the group g1. */
const asking = withGroup(
  throughGroup(withNodes(nothing, [id(1), id(2)], 'asked', { exchange: 'tags' }), [id(1)], 'g1'),
  'g1',
  'asking',
);

test('nothing forbids', () => {
  assert.is(objectionTo('s', found(), 0), undefined);
});

const inUse = [
  {
    nodeId: id(1),
    reason: `it is in use by calc (${id(9)}, prsConstantId)`,
  },
];
const held = [{ nodeId: id(7), saga: 'S', service: 's', mode: 'U', state: 'asking' }] as const;

test('what is in use is not deleted, and every use is named', () => {
  const own = objectionTo('s', found({ refusals: [...inUse, ...inUse] }), 0);
  assert.is(own?.refusals.length, 2);
  assert.equal(own?.refusals[0], {
    service: 's',
    nodeId: id(1),
    reason: `it is in use by calc (${id(9)}, prsConstantId)`,
  });
});

test('a dependant that is being updated forbids', () => {
  assert.match(
    objectionTo('s', found({ conflicts: held }), 0)?.reason ?? '',
    /being updated by the saga S/,
  );
});

test('new are the ids it was not asked about under this saga; live those without a tombstone', () => {
  assert.equal(newIds(asking, [id(1), id(3)]), [id(3)]);
  assert.equal(
    liveIds([id(1), id(3)], found({ links: [link(1), link(3, { tombstoned: true })] })),
    [id(1)],
  );
});

test('link versions: as read, 0 where there is no link', () => {
  assert.equal(linkVersions([id(3), id(4)], found({ links: [link(3)] })), {
    [id(3)]: 3,
    [id(4)]: 0,
  });
});

test('only what was found through these nodes is theirs', () => {
  const nodes = [
    { ...node(7), through: id(1) },
    { ...node(8), through: id(2) },
  ];
  assert.equal(
    dependantsThrough([id(2)], found({ nodes })).map((one) => one.id),
    [id(8)],
  );
});

test('a question is answered when none of its nodes is still asked about', () => {
  const part = { ...asking, questions: [question('may', 1, 2), question('may', 2)] };
  assert.equal(answerable(part).answered, []);
  const second = withPhase(part, [id(2)], 'promised');
  assert.equal(answerable(second).answered, [question('may', 2)]);
  assert.equal(answerable(second).open, [question('may', 1, 2)]);
  assert.is(answerable(withPhase(second, [id(1)], 'promised')).answered.length, 2);
});

test('a question about nodes that are not recorded (tombstoned) is answered', () => {
  assert.is(answerable({ ...nothing, questions: [question('may', 5)] }).answered.length, 1);
});

test('`deleting` is answered when its nodes are gone, not before', () => {
  const part = { ...withPhase(asking, [id(1)], 'deleting'), questions: [question('doing', 1)] };
  assert.is(answerable(part).answered.length, 0);
  assert.is(answerable(withPhase(part, [id(1)], 'gone')).answered.length, 1);
});

test('a node can be fulfilled when every group engaged through it is gone', () => {
  const part = withPhase(asking, [id(1), id(2)], 'deleting');
  assert.equal(fulfillable(part), [id(2)]);
  assert.equal(fulfillable(withGroup(part, 'g1', 'gone')), [id(1), id(2)]);
});

test('a group begins to clean up with the first of its nodes that is being deleted', () => {
  const promised = withGroup(asking, 'g1', 'promised');
  assert.equal(groupsToDecide(promised), []);
  assert.equal(groupsToDecide(withPhase(promised, [id(2)], 'deleting')), []);
  assert.equal(groupsToDecide(withPhase(promised, [id(1)], 'deleting')), ['g1']);
  assert.equal(
    groupsToDecide(withGroup(withPhase(promised, [id(1)], 'deleting'), 'g1', 'cleaning')),
    [],
  );
});

test('one that still asks is overtaken', () => {
  assert.equal(groupsToDecide(withPhase(asking, [id(1)], 'deleting')), ['g1']);
});

test('undecided is what was asked about or promised', () => {
  assert.is(undecided(asking).length, 2);
  assert.is(undecided(withPhase(asking, [id(1)], 'deleting')).length, 1);
});

test('fulfilled when all is gone and answered', () => {
  const gone = withPhase(asking, [id(1), id(2)], 'gone');
  assert.ok(isFulfilled(gone));
  assert.not.ok(isFulfilled({ ...gone, questions: [question('doing', 1)] }));
  assert.not.ok(isFulfilled(asking));
});

test('nodes of a group by phase', () => {
  assert.equal(idsOfGroup(asking, 'g1', 'asked'), [id(1)]);
  assert.equal(idsOfGroup(asking, 'g1', 'promised'), []);
});

test('answers: an ok by id for several nodes, and one no for all', () => {
  assert.equal(okAnswer([id(1)]), { response: 'ok' });
  const ok = { response: 'ok' };
  assert.equal(okAnswer([id(1), id(2)]), { results: { [id(1)]: ok, [id(2)]: ok } });
  const own = { reason: 'why', refusals: [], silent: [] };
  assert.equal(noAnswer('s', own), { response: 'no', message: 'why', service: 's' });
});

test.run();
