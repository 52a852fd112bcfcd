import { parentsFirst } from '../../../../../actors/hierarchy/rules/parents-first.ts';
import { type TreeNode, treeOwned } from '../../../../../actors/hierarchy/rules/tree-node.ts';
import { assert, suite } from '../../../../support/suite.ts';

const test = suite('parents first');

function node(id: string, parentId: string | null, seq: number): TreeNode {
  return { ...treeOwned(id, parentId, id, 'entity'), version: 1, seq };
}

test('every parent comes before its children, those of one depth by creation', () => {
  const placed = parentsFirst(
    [node('c', 'b', 1), node('d', 'a', 2), node('a', 'root', 4), node('b', 'a', 3)],
    0,
  );
  assert.equal(
    placed.map(({ node: { id }, depth }) => [id, depth]),
    [
      ['a', 0],
      ['d', 1],
      ['b', 1],
      ['c', 2],
    ],
  );
});

test('a node whose parent is not among them is at the top', () => {
  const placed = parentsFirst([node('x', 'gone', 2), node('y', null, 1)], 1);
  assert.equal(
    placed.map(({ node: { id }, depth }) => [id, depth]),
    [
      ['y', 1],
      ['x', 1],
    ],
  );
});

test('a chain may be as deep as it likes', () => {
  const chain = Array.from({ length: 20_000 }, (_, at) => node(`${at}`, `${at - 1}`, at)).reverse();
  assert.is(parentsFirst(chain, 0).at(-1)?.depth, 19_999);
});

test.run();
