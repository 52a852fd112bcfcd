/**
 * The work of a step grows with the number of nodes, not with its square: a deletion may concern
 * many thousands of nodes.
 */
import { inventoriesByNode, rowsInventory } from '../../../../actors/consent/dependences.ts';
import { PairSet } from '../../../../actors/consent/pairs.ts';
import { untakenRows, withCleaning, withDecided } from '../../../../actors/voter/decided-part.ts';
import {
  answerable,
  askingGroupThrough,
  fulfillable,
  type NodePhase,
  rowsOn,
  type VoterPart,
  withRows,
} from '../../../../actors/voter/part.ts';
import { caller } from '../../../../testing.ts';
import { countedWork } from '../../../support/counted-work.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('linear work of the voter');

function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `n${at}`);
}

/** A part with a group and a question for each node. */
function partOf(count: number, phase: NodePhase): VoterPart {
  const names = namesOf(count);
  return {
    nodes: names.map((id) => ({ id, exchange: 'tags', phase, groups: [`g ${id}`] })),
    groups: names.map((id) => ({ id: `g ${id}`, phase: 'asking' })),
    questions: names.map((id) => ({ to: caller(id), ids: [id], phase: 'may' })),
  };
}

function rowsOf(count: number) {
  return namesOf(count).map((node) => ({
    ...{ entity: 'tags', table: 'rows', node },
    dependants: [{ id: `row ${node}`, version: 1 }],
  }));
}

function pairsOf(count: number) {
  return namesOf(count).map((nodeId) => ({ voter: 'v', nodeId }));
}

const steps: Readonly<Record<string, (count: number) => () => unknown>> = {
  'a decision about promised nodes': (count) => {
    const part = partOf(count, 'promised');
    return () => withDecided(part, namesOf(count), 'tags', 'g');
  },
  'a decision about nodes that no question named': (count) => {
    const part = partOf(count, 'gone');
    return () => withDecided(part, namesOf(2 * count), 'tags', null);
  },
  'the groups that begin to clean up': (count) => {
    const part = partOf(count, 'deleting');
    return () =>
      withCleaning(
        part,
        part.groups.map(({ id }) => id),
      );
  },
  'the rows that a decision names first': (count) => {
    const [part, rows] = [partOf(count, 'promised'), rowsOf(count)];
    return () => untakenRows(part, namesOf(count), { rows });
  },
  'the rows of asked nodes, for a plan': (count) => {
    const [part, rows] = [partOf(count, 'asked'), rowsOf(count)];
    return () => withRows(part, inventoriesByNode('s', rowsOn(namesOf(count), { rows })));
  },
  'the group that an inner saga was engaged for': (count) => {
    const part = partOf(count, 'asked');
    return () => askingGroupThrough(part, [`n${count - 1}`]);
  },
  'the nodes that are done': (count) => {
    const part = partOf(count, 'deleting');
    return () => fulfillable(part);
  },
  'the questions that can be answered': (count) => {
    const part = partOf(count, 'promised');
    return () => answerable(part);
  },
  'the pairs that an answer adds to a clean-up': (count) => {
    const done = pairsOf(count);
    return () => new PairSet(done).lacking(pairsOf(2 * count));
  },
};

for (const [what, stepOf] of Object.entries(steps)) {
  test(`${what}: four times the nodes are at most five times the work`, () => {
    const [few, many] = [100, 400].map((count) => countedWork(stepOf(count)));
    assert.ok((many ?? 0) <= 5 * (few ?? 0), `${few} steps for 100 nodes, ${many} for 400`);
    assert.ok((few ?? 0) >= 100, 'the count sees the work');
  });
}

test('a search for each element is seen as the product', () => {
  const names = namesOf(100);
  assert.ok(countedWork(() => names.filter((name) => names.includes(name))) >= 10_000);
});

test('the rows of a node with several dependences stand in one inventory', () => {
  const rows = [...rowsOf(2), ...rowsOf(1), { ...rowsOf(1)[0], node: 'n7', dependants: [] }];
  const found = inventoriesByNode('s', rows as ReturnType<typeof rowsOf>);
  assert.equal([...found.keys()], ['n0', 'n1']);
  assert.equal(found.get('n0'), rowsInventory('s', [...rowsOf(1), ...rowsOf(1)]));
});

test.run();
