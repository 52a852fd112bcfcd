import { suite } from '../../../support/suite.ts';
import { id, node, ok, subscription } from '../consent/sample.ts';
import {
  alerts,
  asker,
  both,
  deleting,
  list,
  methods,
  saga,
  service,
  write,
} from './saga-scenario.ts';

const test = suite('delete saga: gone meanwhile');

test('removed by another saga while it asked: released, voters told, success, no second `deleted`', () => {
  const overtaken = deleting({ subscriptions: both, rosters: [list([], [])] })
    .answers(alerts, ok)
    .answers(methods, ok);
  overtaken.then({
    state: 'overtaken',
    writes: [write('release', { saga, service })],
    publishes: [
      { routingKey: 'alerts', action: 'notDeleted' },
      { routingKey: 'methods', action: 'notDeleted' },
    ],
    replies: [{ to: asker, body: {} }],
  });
  overtaken.thenEnded();
});

test('some removed by another saga: it goes on with all, tells all who promised, and announces only its own', () => {
  const nodes = [node(1), node(2, { depth: 1 })];
  const subscriptions = [subscription(1, 'alerts'), subscription(2, 'methods')];
  const left = list([node(1, { epoch: 9 })], [subscription(1, 'alerts')]);
  const decided = deleting({ nodes, subscriptions, rosters: [left] })
    .answers(alerts, ok)
    .answers(methods, ok);
  decided.then({
    state: 'cleaning',
    writes: [
      write('decide', { saga, service, nodeIds: [id(1), id(2)] }, { epochs: { [id(1)]: 9 } }),
    ],
    asks: [
      { routingKey: 'alerts', data: { id: id(1) } },
      { routingKey: 'methods', data: { id: id(2) } },
    ],
  });
  const done = decided
    .answers({ ...alerts, action: 'deleting' }, ok)
    .answers({ ...methods, action: 'deleting' }, ok);
  done.then({
    state: 'finished',
    writes: [
      { op: 'decide' },
      write('removed', { saga, service, nodeIds: [id(1), id(2)], atMs: 1_000_000 }),
      { op: 'remove' },
    ],
    publishes: [
      { routingKey: 'tags_model_crud_publish', data: { id: id(1) } },
      { routingKey: id(1) },
    ],
  });
});

test('what was removed by another saga after the decision is not announced again', () => {
  const nodes = [node(1), node(2)];
  const decided = deleting({
    nodes,
    subscriptions: [subscription(1, 'alerts')],
    rosters: [list(nodes, [subscription(1, 'alerts')]), list([node(1)], [])],
  });
  const done = decided.answers(alerts, ok).answers({ ...alerts, action: 'deleting' }, ok);
  done.then({ state: 'finished', publishes: [{ data: { id: id(1) } }, { data: { id: id(1) } }] });
});

test.run();
