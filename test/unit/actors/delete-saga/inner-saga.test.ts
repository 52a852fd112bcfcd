import { suite } from '../../../support/suite.ts';
import { asObject, id, node, ok, oldSubscription, subscription } from '../consent/sample.ts';
import {
  alerts,
  both,
  engaged,
  list,
  methods,
  service,
  told,
  unanswered,
  write,
} from './saga-scenario.ts';

const test = suite('delete saga: inner');

test('inner: it freezes and asks like a root, under the saga above, one hop further, with the time it was given', () => {
  engaged({ subscriptions: [subscription(1, 'alerts')] }).then({
    state: 'asking',
    writes: [
      write(
        'freeze',
        { saga: 'T', service, nodeIds: [id(1)], mode: 'D', above: [], through: [id(90)], hops: 3 },
        { epochs: { [id(1)]: 1 } },
      ),
    ],
    asks: [
      {
        messageId: `T/${id(1)}/mayDelete/alerts`,
        headers: asObject({
          'consent-protocol': 2,
          'consent-saga': 'T',
          'consent-epoch': 1,
          'consent-hops': 4,
          'consent-deadline-ms': 9_500,
        }) as never,
      },
    ],
  });
});

test('inner: all say ok, and it has promised: nothing is decided', () => {
  engaged({ subscriptions: [subscription(1, 'alerts')] })
    .answers(alerts, ok)
    .then({
      state: 'promised',
      writes: [
        write('promised', { saga: 'T', service, nodeIds: [id(1)] }, { epochs: { [id(1)]: 1 } }),
      ],
      asks: [],
    });
});

test('inner: nobody to ask: it promises with the freeze, which expects the lists, and reads them once', () => {
  engaged({ rosters: [] }).then({
    state: 'promised',
    writes: [
      { op: 'freeze', expect: { epochs: { [id(1)]: 1 } } },
      write('promised', { saga: 'T', service, nodeIds: [id(1)] }, { epochs: { [id(1)]: 1 } }),
    ],
    asks: [],
  });
});

test('inner: nodes below that nobody answers for are its no', () => {
  const asked = engaged({
    subscriptions: [subscription(1, 'alerts')],
    rosters: [{ ...list([node(1)], [subscription(1, 'alerts')]), unanswered }],
  });
  asked.answers(alerts, ok).then({
    state: 'calledOff',
    writes: [write('release', { saga: 'T', service })],
  });
});

test('inner: decided above: it tells its own', () => {
  const promised = engaged({ subscriptions: [subscription(1, 'alerts')] }).answers(alerts, ok);
  promised.when({ type: 'decide' }).then({
    state: 'cleaning',
    writes: [write('decide', { saga: 'T', service, nodeIds: [id(1)] })],
    asks: [{ routingKey: 'alerts', action: 'deleting' }],
  });
});

test('inner: called off above: it releases and tells its own', () => {
  const promised = engaged({ subscriptions: [subscription(1, 'alerts')] }).answers(alerts, ok);
  const off = promised.when({ type: 'call-off' });
  off.then({
    state: 'calledOff',
    writes: [write('release', { saga: 'T', service })],
    publishes: [{ routingKey: 'alerts', action: 'notDeleted' }],
    replies: [],
  });
  off.thenEnded();
});

test('inner: called off while it asks', () => {
  engaged({ subscriptions: both })
    .when({ type: 'call-off' })
    .then({ state: 'calledOff', publishes: [alerts, methods] });
});

test('inner: decided above while it still asks: it goes along, and whoever was not heard is told', () => {
  const overruled = engaged({ subscriptions: both }).answers(alerts, ok).when({ type: 'decide' });
  overruled.then({
    state: 'cleaning',
    writes: [write('decide', { saga: 'T', service, nodeIds: [id(1)] })],
    asks: [
      { ...alerts, action: 'deleting' },
      { ...methods, action: 'deleting' },
    ],
  });
});

test('inner: begun after the decision: nobody is asked', () => {
  engaged({ subscriptions: [subscription(1, 'alerts')], decided: true }).then({
    state: 'cleaning',
    writes: [{ op: 'freeze' }, write('decide', { saga: 'T', service, nodeIds: [id(1)] })],
    asks: [{ routingKey: 'alerts', action: 'deleting' }],
  });
});

test('inner: removed by another saga meanwhile: it keeps its promise, and whoever it asked is told in the end', () => {
  const promised = engaged({
    subscriptions: [subscription(1, 'alerts')],
    rosters: [list([], [])],
  }).answers(alerts, ok);
  // `notDeleted` here would release everything under T at that voter, also what it promised to others.
  promised.then({
    state: 'promised',
    publishes: [],
    writes: [write('promised', { saga: 'T', service, nodeIds: [id(1)] }, { epochs: {} })],
  });
  const done = promised
    .when({ type: 'decide' })
    .then({ state: 'cleaning', asks: [told] })
    .answers(told, ok);
  done.then({
    state: 'finished',
    writes: [
      write('decide', { saga: 'T', service, nodeIds: [id(1)] }, { epochs: {} }),
      write('removed', { saga: 'T', service, nodeIds: [id(1)], atMs: 1_000_000 }),
      { op: 'remove' },
    ],
    publishes: [],
  });
});

test('inner: an old peer is told nothing about what another saga has removed', () => {
  const promised = engaged({
    subscriptions: [oldSubscription(1, 'legacy', 'legacy_key')],
    rosters: [list([], [])],
  }).answers({ routingKey: 'legacy_key' }, ok);
  promised.when({ type: 'decide' }).then({ state: 'finished', asks: [] });
});

test('inner: what it removes it removes with the list of now: whoever came late is told before', () => {
  const late = list([node(1, { epoch: 2 })], [oldSubscription(1, 'late', 'late_key')]);
  const promised = engaged({ rosters: [late] });
  const told = promised
    .when({ type: 'decide' })
    .then({ state: 'cleaning', asks: [{ routingKey: 'late_key', action: 'deleting' }] });
  told.answers({ routingKey: 'late_key' }, ok).then({
    state: 'finished',
    writes: [
      write('decide', { saga: 'T', service, nodeIds: [id(1)] }, { epochs: { [id(1)]: 2 } }),
      { op: 'removed' },
      { op: 'remove' },
    ],
  });
});

test('inner: told twice to go along is told once', () => {
  const promised = engaged({ subscriptions: [subscription(1, 'alerts')] }).answers(alerts, ok);
  promised
    .when({ type: 'decide' })
    .when({ type: 'decide' })
    .then({ state: 'cleaning', writes: [], asks: [] });
});

test.run();
