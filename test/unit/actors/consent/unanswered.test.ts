/** The nodes that nobody answers for: who is asked, and the texts about them. */
import type { ForeignNode } from '../../../../actors/consent/nodes.ts';
import {
  leftBehindOf,
  leftBehindText,
  unansweredOf,
  unansweredRefusals,
  unansweredText,
  unasked,
  withoutOldPeers,
} from '../../../../actors/consent/unanswered.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, oldSubscription, subscription } from './sample.ts';

const test = suite('nodes that nobody answers for');

function below(parent: number, number: number, service = 'alerts'): ForeignNode {
  return {
    id: id(number),
    cn: `n${number}`,
    objectClass: 'prsAlert',
    service,
    parentId: id(parent),
  };
}

test('a service is asked where it is on the list of the node above', () => {
  const nodes = [below(1, 11), below(2, 12), below(1, 13, 'methods')];
  assert.equal(unasked(nodes, [subscription(1, 'alerts'), subscription(2, 'methods')]), [
    nodes[1],
    nodes[2],
  ]);
});

test('at the decision the list answers for old peers only', () => {
  const nodes = [below(1, 11), below(1, 12, 'old')];
  const lists = [subscription(1, 'alerts'), oldSubscription(1, 'old')];
  assert.equal(withoutOldPeers(nodes, lists), [nodes[0]]);
});

test('no node is nothing, and of many a hundred are listed', () => {
  assert.is(unansweredOf([]), undefined);
  const many = Array.from({ length: 120 }, (_, at) => below(1, 100 + at));
  const found = unansweredOf(many);
  assert.equal([found?.count, found?.nodes.length], [120, 100]);
});

test('a text names ten, with the number of the rest', () => {
  const many = Array.from({ length: 12 }, (_, at) => below(1, 100 + at));
  const text = unansweredText({ count: 12, nodes: many });
  assert.is(text.split(',').length, 10);
  assert.ok(text.endsWith(`prsAlert n109 (${id(109)} of alerts) and 2 more`), text);
  assert.is(
    unansweredText({ count: 1, nodes: [below(1, 11)] }),
    `prsAlert n11 (${id(11)} of alerts)`,
  );
});

test('there is one reason for each node above, and the unlisted rest counts for the last', () => {
  const nodes = [below(1, 11), below(2, 12), below(1, 13)];
  const reasons = unansweredRefusals({ count: 8, nodes });
  assert.equal(reasons, [
    {
      nodeId: id(1),
      reason: `nobody answers for prsAlert n11 (${id(11)} of alerts), prsAlert n13 (${id(13)} of alerts) below it`,
    },
    {
      nodeId: id(2),
      reason: `nobody answers for prsAlert n12 (${id(12)} of alerts) and 5 more below it`,
    },
  ]);
});

test('what a service leaves behind is told by class, with ten of the nodes above', () => {
  const many = Array.from({ length: 12 }, (_, at) => below(100 + at, 200 + at));
  const other = { ...below(100, 300), objectClass: 'prsMethod' };
  const leaves = leftBehindOf([...many, other]);
  assert.equal(
    leaves.classes.map(({ objectClass, nodes, below: above }) => [objectClass, nodes, above]),
    [
      ['prsAlert', 12, 12],
      ['prsMethod', 1, 1],
    ],
  );
  const [alerts, methods] = leftBehindText(leaves).split(', 1 prsMethod ');
  assert.is(leaves.count, 13);
  assert.ok(alerts?.startsWith(`12 prsAlert below 12 nodes (${id(100)}, `), alerts);
  assert.ok(alerts?.endsWith(`${id(109)}, …)`), alerts);
  assert.is(methods, `below 1 node (${id(100)})`);
});

test.run();
