import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, no, node, ok, oldSubscription, subscription } from '../consent/sample.ts';
import {
  alerts,
  asker,
  both,
  calledOff,
  deleting,
  engagement,
  list,
  machine,
  methods,
  nobody,
  saga,
  service,
  unanswered,
  world,
} from './saga-scenario.ts';

const test = suite('delete saga: call-off');

test('a no calls it off: released, told to everybody asked, and the requester hears every no', () => {
  const refused = deleting({ subscriptions: both })
    .answers(alerts, no('alerts', 'legal hold'))
    .answers(methods, no('methods', 'in use'));
  refused.then({
    state: 'calledOff',
    writes: calledOff({ requestedBy: 'tags_api_crud' }),
    publishes: [
      {
        routingKey: 'alerts',
        action: 'notDeleted',
        messageId: `${saga}/${id(1)}/notDeleted/alerts`,
        data: { id: id(1) },
      },
      { routingKey: 'methods', action: 'notDeleted' },
    ],
    asks: [],
  });
  refused.thenEnded();
  const { error } = refused.answered() as { error: JsonObject };
  assert.equal([error['code'], error['name'], error['saga']], [409, 'refused', saga]);
  assert.equal(error['refusals'], [
    { service: 'alerts', nodeId: id(1), reason: 'legal hold' },
    { service: 'methods', nodeId: id(1), reason: 'in use' },
  ]);
});

test('a silent voter is named', () => {
  const refused = deleting({ subscriptions: both })
    .answers(alerts, ok)
    .waits(10_000)
    .then({ state: 'calledOff' });
  const { error } = refused.answered() as { error: JsonObject };
  assert.equal([error['silent'], error['unreachable'], error['refusals']], [['methods'], [], []]);
});

test('a voter that cannot be reached is named', () => {
  const refused = deleting({ subscriptions: both })
    .answers(alerts, ok)
    .returns(methods)
    .then({ state: 'calledOff' });
  const { error } = refused.answered() as { error: JsonObject };
  assert.equal([error['silent'], error['unreachable']], [[], ['methods']]);
});

test('an old peer that has not been asked yet is not told that it was called off', () => {
  const subscriptions = [subscription(1, 'alerts'), oldSubscription(1, 'legacy', 'legacy_key')];
  deleting({ subscriptions })
    .answers(alerts, no('alerts', 'no'))
    .then({ state: 'calledOff', publishes: [{ routingKey: 'alerts' }] });
});

test('one that has been asked is', () => {
  const subscriptions = [subscription(1, 'alerts'), oldSubscription(1, 'legacy', 'legacy_key')];
  const asked = deleting({ subscriptions })
    .answers(alerts, ok)
    .answers({ routingKey: 'legacy_key' }, false);
  asked.then({
    state: 'calledOff',
    publishes: [{ routingKey: 'alerts' }, { routingKey: 'legacy_key' }],
  });
});

test('nodes below that nobody answers for, found when all agree, call it off and are named', () => {
  const subscriptions = [subscription(1, 'alerts')];
  const off = deleting({
    subscriptions,
    rosters: [{ ...list([node(1)], subscriptions), unanswered }],
  }).answers(alerts, ok);
  off.then({
    state: 'calledOff',
    writes: calledOff({ requestedBy: 'tags_api_crud' }),
    publishes: [{ action: 'notDeleted', routingKey: 'alerts' }],
  });
  const { error } = off.answered() as { error: JsonObject };
  assert.equal([error['code'], error['unanswered']], [409, asJson(unanswered)]);
  assert.equal(error['refusals'], [{ service, nodeId: id(1), reason: `${nobody} below it` }]);
});

test('a newcomer may be who answers for the nodes below: it is asked first', () => {
  const late = [subscription(1, 'alerts'), subscription(1, 'retired')];
  deleting({
    subscriptions: late.slice(0, 1),
    rosters: [{ ...list([node(1)], late), unanswered }, list([node(1)], late)],
  })
    .answers(alerts, ok)
    .then({ state: 'asking', asks: [{ routingKey: 'retired', action: 'mayDelete' }] })
    .answers({ routingKey: 'retired' }, ok)
    .then({ state: 'cleaning' });
});

test('only a deletion looks for the nodes below, and only when it decides', () => {
  const asked: Json[] = [];
  const reads = {
    ...world({}),
    'consent.roster': (args: Json) => {
      asked.push(args);
      return asJson(list([node(1)], []));
    },
  };
  given(machine, { reads }).when(
    message('delete', { id: id(1) }, { read: engagement(), replyTo: asker }),
  );
  given(machine, { reads }).when(
    message('update', { id: id(1), attributes: { cn: 'new' } }, { read: engagement() }),
  );
  const nodeIds = [id(1)];
  assert.equal(asked, [{ nodeIds, deletion: saga }, { nodeIds }, { nodeIds }, { nodeIds }]);
});

test('a decision the tree refuses calls it off', () => {
  const error = { code: 409, name: 'name-taken', message: 'taken' };
  const off = deleting({ subscriptions: both })
    .answers(alerts, ok)
    .when({ type: 'error.write', error, cause: { type: 'vote' } } as never);
  off.then({ state: 'calledOff', writes: calledOff({ requestedBy: 'tags_api_crud' }) });
  const { error: told } = off.answered() as { error: JsonObject };
  assert.equal(told['refusals'], [{ service, nodeId: id(1), reason: 'taken' }]);
});

test.run();
