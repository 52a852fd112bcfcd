/** A deletion under the condition `if_plan`. */
import { inventoryHash, nodeLine, voteLine } from '../../../../actors/consent/inventory.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, node, ok, subscription } from '../consent/sample.ts';
import {
  alerts,
  asker,
  type Begun,
  both,
  calledOff,
  deleting,
  engagement,
  list,
  machine,
  saga,
  service,
  world,
} from './saga-scenario.ts';

const test = suite('delete saga: planned deletion');

const engaged20 = nodeLine({ service: 'alerts', id: id(20), epoch: 4 });
const onList = voteLine({ askedBy: service, nodeId: id(1), voter: 'alerts', no: null });
const plannedLines = [nodeLine({ service, id: id(1), epoch: 1 }), onList, engaged20];

function plannedDeletion(hash: string, begun: Begun = {}): MachineSpec {
  const subscriptions = [subscription(1, 'alerts')];
  const data = { id: id(1), if_plan: hash };
  const start = message('delete', data, { read: engagement({ subscriptions }), replyTo: asker });
  return given(machine, { reads: world({ subscriptions, ...begun }) }).when(start);
}
const okEngaged = { response: 'ok', engaged: [engaged20] };

test('a planned deletion asks voters to say what they take along', () => {
  const [question] = plannedDeletion(inventoryHash(plannedLines)).asked();
  assert.is(question?.headers?.['consent-inventory'], 1);
  assert.is(
    deleting({ subscriptions: both }).asked()[0]?.headers?.['consent-inventory'],
    undefined,
  );
});

test('what was planned is decided when it is still the same, with what came with the votes', () => {
  const decided = plannedDeletion(inventoryHash(plannedLines)).answers(alerts, okEngaged);
  decided.then({ state: 'cleaning', writes: [{ op: 'decide' }], replies: [] });
  const [question] = decided.asked();
  assert.is(
    question?.headers?.['consent-inventory'],
    undefined,
    'after the decision nobody needs to know',
  );
});

test('something else came with the votes: called off, and everybody asked hears it', () => {
  const off = plannedDeletion(inventoryHash(plannedLines)).answers(alerts, ok);
  off
    .then({ state: 'calledOff', writes: calledOff(), publishes: [{ action: 'notDeleted' }] })
    .thenEnded();
  const { error } = off.answered() as { error: JsonObject };
  assert.equal([error['code'], error['name'], error['saga']], [409, 'plan-changed', saga]);
});

test('the list of now is another one: it is compared with that', () => {
  const raised = list([node(1, { epoch: 9 })], [subscription(1, 'alerts')]);
  const off = plannedDeletion(inventoryHash(plannedLines), { rosters: [raised] }).answers(
    alerts,
    okEngaged,
  );
  off.then({ state: 'calledOff' });
  const { found } = (off.answered() as { error: { found: { nodes: { epoch: number }[] } } }).error;
  assert.equal(
    found.nodes.map(({ epoch }) => epoch),
    [4, 9],
  );
});

test('what was planned has gone while it was asked about: not as planned', () => {
  const off = plannedDeletion(inventoryHash(plannedLines), { rosters: [list([], [])] }).answers(
    alerts,
    okEngaged,
  );
  off.then({ state: 'calledOff' });
});

test('a planned deletion of what has gone is refused, where any other is ok', () => {
  const read = engagement({ nodes: [], gone: [id(5)] });
  const data = { id: id(5), if_plan: inventoryHash(plannedLines) };
  const refused = given(machine).when(message('delete', data, { read, replyTo: asker }));
  refused.then({ state: 'refused', writes: [] });
  assert.is((refused.answered() as { error: JsonObject }).error['name'], 'plan-changed');
});

test.run();
