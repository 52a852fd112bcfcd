import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id, no, node, ok, subscription } from '../consent/sample.ts';
import {
  alerts,
  asker,
  type Begun,
  both,
  calledOff,
  engagement,
  machine,
  saga,
  service,
  world,
  write,
} from './saga-scenario.ts';

const test = suite('delete saga: update');

function updating(data: JsonObject, begun: Begun = {}): MachineSpec {
  const { nodes = [node(1)], subscriptions = [] } = begun;
  return given(machine, { reads: world(begun) }).when(
    message('update', data, { read: engagement({ nodes, subscriptions }), replyTo: asker }),
  );
}
const change = { id: id(1), attributes: { cn: 'new' } };

test('an update asks with what it would change, and freezes in mode U', () => {
  updating(change, { subscriptions: [subscription(1, 'alerts')] }).then({
    state: 'asking',
    writes: [
      write(
        'freeze',
        { saga, service, nodeIds: [id(1)], mode: 'U', above: [], through: [], actor: 'actor' },
        { epochs: { [id(1)]: 1 } },
      ),
    ],
    asks: [{ action: 'mayUpdate', data: { id: id(1), attributes: { cn: ['new'] } } }],
  });
});

test('an update is made with its decision; `updated` goes out when all have answered', () => {
  const asked = updating(change, { subscriptions: [subscription(1, 'alerts')] });
  const made = asked.answers({ ...alerts, action: 'mayUpdate' }, ok).then({
    state: 'cleaning',
    writes: [
      write('decide', { saga, service, nodeIds: [id(1)] }, { epochs: { [id(1)]: 1 } }),
      {
        op: 'change',
        args: { id: id(1), attributes: { cn: ['new'] } },
        expect: { versions: { [id(1)]: 0 } },
      },
    ],
    asks: [{ action: 'updating' }],
  });
  const done = made.answers({ ...alerts, action: 'updating' }, ok).then({
    state: 'finished',
    writes: [write('disengage', { saga, service, nodeIds: [id(1)] })],
    publishes: [{ action: 'updated' }, { action: 'updated' }],
    replies: [{ to: asker, body: {} }],
  });
  done.thenEnded();
});

test('an update a voter refuses is called off with `notUpdated`, and nothing is changed', () => {
  const asked = updating(change, { subscriptions: [subscription(1, 'alerts')] });
  asked.answers(alerts, no('alerts', 'no')).then({
    state: 'calledOff',
    publishes: [{ action: 'notUpdated' }],
    writes: calledOff({ mode: 'U' }),
  });
});

test('an update of what has gone is refused', () => {
  const read = engagement({ nodes: [], gone: [id(1)] });
  const refused = given(machine)
    .when(message('update', change, { read, replyTo: asker }))
    .then({ state: 'refused', writes: [] });
  const { error } = refused.answered() as { error: JsonObject };
  assert.equal([error['code'], error['name']], [410, 'gone']);
});

test('a move into the own subtree is refused before anybody is asked', () => {
  const inside = {
    parent: { id: id(2), objectClass: 'prsObject', version: 1, isBase: false },
    isInside: true,
    above: [],
    classes: {},
    holds: [],
    links: [],
  };
  const asked = given(machine, { reads: { 'consent.place': () => inside } });
  const refused = asked.when(
    message(
      'update',
      { id: id(1), parentId: id(2) },
      { read: engagement({ subscriptions: both }), replyTo: asker },
    ),
  );
  refused.then({ state: 'refused', asks: [], writes: [] }).thenEnded();
  const { error } = refused.answered() as { error: JsonObject };
  assert.equal([error['code'], error['message']], [409, 'a node cannot move into its own subtree']);
});

test.run();
