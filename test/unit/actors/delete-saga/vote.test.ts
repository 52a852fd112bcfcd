import { suite } from '../../../support/suite.ts';
import { id, node, ok, oldSubscription, subscription } from '../consent/sample.ts';
import { alerts, asker, both, deleting, methods, saga, service, write } from './saga-scenario.ts';

const test = suite('delete saga: vote');

test('nobody depends on it: it is decided and removed at once', () => {
  const done = deleting();
  done.then({
    state: 'finished',
    asks: [],
    writes: [
      { op: 'freeze' },
      write('decide', { saga, service, nodeIds: [id(1)] }, { epochs: { [id(1)]: 1 } }),
      { op: 'decide' },
      write('removed', { saga, service, nodeIds: [id(1)], atMs: 1_000_000 }),
      { op: 'remove', args: { nodeIds: [id(1)], beside: [] } },
    ],
    publishes: [
      {
        routingKey: 'tags_model_crud_publish',
        action: 'deleted',
        data: { id: id(1) },
        headers: { 'consent-saga': saga },
      },
      { routingKey: id(1), action: 'deleted', data: { id: id(1) } },
    ],
    replies: [{ to: asker, body: {} }],
  });
  done.thenEnded();
});

test('all say ok: the decision expects the list of now, and `deleting` goes out with it', () => {
  deleting({ subscriptions: both })
    .answers(alerts, ok)
    .answers(methods, ok)
    .then({
      state: 'cleaning',
      writes: [write('decide', { saga, service, nodeIds: [id(1)] }, { epochs: { [id(1)]: 1 } })],
      asks: [
        { routingKey: 'alerts', action: 'deleting', messageId: `${saga}/${id(1)}/deleting/alerts` },
        {
          routingKey: 'methods',
          action: 'deleting',
          messageId: `${saga}/${id(1)}/deleting/methods`,
        },
      ],
      publishes: [],
      replies: [],
    });
});

test('not before everybody has said ok', () => {
  deleting({ subscriptions: both })
    .answers(alerts, ok)
    .then({ state: 'asking', writes: [], asks: [] });
});

test('old peers are asked when all others have said ok, each about one node', () => {
  const subscriptions = [
    subscription(1, 'alerts'),
    oldSubscription(1, 'legacy', 'legacy_key'),
    oldSubscription(2, 'legacy', 'legacy_key'),
  ];
  const begun = deleting({ nodes: [node(1), node(2)], subscriptions }).then({
    asks: [{ routingKey: 'alerts' }],
  });
  begun.answers(alerts, ok).then({
    state: 'askingOld',
    asks: [
      { routingKey: 'legacy_key', data: { id: id(1) } },
      { routingKey: 'legacy_key', data: { id: id(2) } },
    ],
  });
});

test('old peers without a key share one question, under the broadcast key', () => {
  const subscriptions = [oldSubscription(1, 'x'), oldSubscription(1, 'y')];
  const asked = deleting({ subscriptions }).then({
    state: 'askingOld',
    asks: [{ routingKey: 'tags_model_crud_publish', data: { id: id(1) } }],
  });
  const broadcast = { routingKey: 'tags_model_crud_publish', action: 'mayDelete' };
  asked.answers(broadcast, { response: 'ok', service: 'x' }).then({ state: 'askingOld' });
  asked
    .answers(broadcast, { response: 'ok', service: 'x' })
    .answers(broadcast, { response: 'ok', service: 'y' })
    .then({ state: 'cleaning' });
});

test.run();
