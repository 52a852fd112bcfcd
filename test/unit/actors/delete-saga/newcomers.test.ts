import type { JsonObject } from '../../../../runtime/ports/json.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asObject, id, no, node, ok, oldSubscription, subscription } from '../consent/sample.ts';
import {
  alerts,
  both,
  calledOff,
  deleting,
  list,
  methods,
  saga,
  service,
  write,
} from './saga-scenario.ts';

const test = suite('delete saga: newcomers');

test('a newcomer is asked too, and only the newcomer', () => {
  const newcomer = subscription(1, 'late');
  const now = list([node(1, { epoch: 7 })], [...both, newcomer]);
  const asked = deleting({ subscriptions: both, rosters: [now] })
    .answers(alerts, ok)
    .answers(methods, ok);
  asked.then({
    state: 'asking',
    writes: [],
    asks: [
      { routingKey: 'late', action: 'mayDelete', messageId: `${saga}/${id(1)}/mayDelete/late` },
    ],
  });
  asked.answers({ routingKey: 'late' }, ok).then({
    state: 'cleaning',
    writes: [write('decide', { saga, service, nodeIds: [id(1)] }, { epochs: { [id(1)]: 7 } })],
    asks: [{ routingKey: 'alerts' }, { routingKey: 'methods' }, { routingKey: 'late' }],
  });
});

test('a newcomer has no more than the time that is left', () => {
  const now = list([node(1)], [...both, subscription(1, 'late')]);
  const asked = deleting({ subscriptions: both, rosters: [now] })
    .answers(alerts, ok)
    .waits(2_000)
    .answers(methods, ok);
  asked.then({
    asks: [
      {
        routingKey: 'late',
        headers: asObject({
          'consent-protocol': 2,
          'consent-saga': saga,
          'consent-epoch': 1,
          'consent-hops': 1,
          'consent-deadline-ms': 8_000,
        }) as never,
      },
    ],
  });
  asked.waits(7_999).then({ state: 'asking' });
  asked.waits(8_000).then({ state: 'calledOff' });
});

test('a newcomer that refuses is a no, and those asked before are told too', () => {
  const now = list([node(1)], [subscription(1, 'alerts'), subscription(1, 'late')]);
  const asked = deleting({ subscriptions: [subscription(1, 'alerts')], rosters: [now] }).answers(
    alerts,
    ok,
  );
  asked
    .answers({ routingKey: 'late' }, no('late', 'hold'))
    .then({ state: 'calledOff', publishes: [{ routingKey: 'alerts' }, { routingKey: 'late' }] });
});

test('one that was asked and was taken off the list since calls it off, and is told', () => {
  const now = list([node(1)], [subscription(1, 'late')]);
  const off = deleting({ subscriptions: [subscription(1, 'alerts')], rosters: [now] }).answers(
    alerts,
    ok,
  );
  off.then({
    state: 'calledOff',
    writes: calledOff({ requestedBy: 'tags_api_crud' }),
    asks: [],
    publishes: [{ action: 'notDeleted', routingKey: 'alerts' }],
  });
  const { error } = off.answered() as { error: JsonObject };
  const reason = 'alerts was asked and is off the list: it was retired or replaced';
  assert.equal(error['refusals'], [{ service, nodeId: id(1), reason }]);
});

test('newcomers are asked three times at most', () => {
  const grown = (...services: readonly string[]) =>
    list(
      [node(1)],
      services.map((name) => subscription(1, name)),
    );
  const rosters = [grown('a', 'b'), grown('a', 'b', 'c'), grown('a', 'b', 'c', 'd')];
  const twice = deleting({ subscriptions: [subscription(1, 'a')], rosters })
    .answers({ routingKey: 'a' }, ok)
    .answers({ routingKey: 'b' }, ok);
  const off = twice
    .then({ state: 'asking', asks: [{ routingKey: 'c' }] })
    .answers({ routingKey: 'c' }, ok);
  off.then({
    state: 'calledOff',
    publishes: [{ routingKey: 'a' }, { routingKey: 'b' }, { routingKey: 'c' }],
  });
});

test('an answer that comes twice from an earlier round is not a newcomer’s vote (full roster)', () => {
  const old = oldSubscription(1, 'legacy', 'legacy_key');
  const now = list([node(1)], [old, subscription(1, 'late')]);
  const legacy = { routingKey: 'legacy_key' };
  const asked = deleting({ subscriptions: [old], rosters: [now] })
    .answers(legacy, ok)
    .then({ state: 'asking', asks: [{ routingKey: 'late' }] });
  asked.answers(legacy, ok).then({ state: 'asking', writes: [] });
});

test('a newcomer that shares a broadcast is asked by another question: what came to the first is not its vote (full roster)', () => {
  const first = oldSubscription(1, 'first');
  const now = list([node(1)], [first, oldSubscription(1, 'late')]);
  const asked = deleting({ subscriptions: [first], rosters: [now] }).answers(
    { messageId: `${saga}/${id(1)}/mayDelete/all/1` },
    ok,
  );
  const again = { messageId: `${saga}/${id(1)}/mayDelete/all/2` };
  asked.then({ state: 'askingOld', asks: [again] });
  asked.answers(again, ok).then({ state: 'askingOld', writes: [] });
  asked.answers(again, { response: 'ok', service: 'late' }).then({ state: 'cleaning' });
});

test.run();
