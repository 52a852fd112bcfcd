import type { LinkState } from '../../../../actors/consent/ledger/store.ts';
import { caller, type MachineSpec, message } from '../../../../testing.ts';
import { suite } from '../../../support/suite.ts';
import { id, no, node, ok, oldSubscription, subscription } from '../consent/sample.ts';
import {
  alerts,
  asker,
  type Begun,
  deleting,
  list,
  saga,
  service,
  told,
  write,
} from './saga-scenario.ts';

const test = suite('delete saga: decision');

function decided(begun: Begun = {}): MachineSpec {
  return deleting({ subscriptions: [subscription(1, 'alerts')], ...begun }).answers(alerts, ok);
}

test('when all have answered, it is removed, announced and the requester is answered once', () => {
  const done = decided()
    .answers(told, ok)
    .then({ state: 'finished', replies: [{ to: asker, body: {} }] });
  done.thenEnded();
});

for (const [name, body] of [
  ['no', no('alerts', 'not now')],
  ['an error', { error: 'broken' }],
  ['false', false],
] as const) {
  test(`${name} in answer to \`deleting\` is not done`, () => {
    decided().answers(told, body).then({ state: 'cleaning', writes: [], replies: [] });
  });
}

test('`deleting` is sent again after 1, 2, 5, 10, 30, 60, 60 … s under the same message id', () => {
  let spec = decided();
  for (const seconds of [1, 2, 5, 10, 30, 60, 60, 60]) {
    spec = spec
      .waits(seconds * 1_000)
      .then({ state: 'cleaning', asks: [{ messageId: `${saga}/${id(1)}/deleting/alerts` }] });
  }
});

test('nothing is called off any more after the decision', () => {
  decided().waits(3_600_000).then({ state: 'cleaning', publishes: [], writes: [] });
});

test('who subscribes after the decision still hears `deleting` before the node goes', () => {
  const rosters = [
    list([node(1)], [subscription(1, 'alerts')]),
    list([node(1)], [subscription(1, 'alerts'), oldSubscription(1, 'late', 'late_key')]),
  ];
  const late = { routingKey: 'late_key' };
  const again = decided({ rosters })
    .answers(told, ok)
    .then({ state: 'cleaning', writes: [], asks: [{ ...late, action: 'deleting' }] });
  again.answers(late, ok).then({ state: 'finished' });
});

test('the root’s removal expects the list it has read', () => {
  decided()
    .answers(told, ok)
    .then({
      writes: [
        write('decide', { saga, service, nodeIds: [id(1)] }, { epochs: { [id(1)]: 1 } }),
        { op: 'removed' },
        { op: 'remove' },
      ],
    });
});

test('a skip of a voter that the decided saga does not wait for is refused, with the names on its lists', () => {
  const operation = {
    operation: 'skip',
    saga,
    key: 'actor',
    voter: 'nobody',
    by: 'kim',
    why: 'a test',
  };
  const operator = caller('o1');
  const message404 = "nobody waits for 'nobody' here; on the lists are alerts";
  const body = { error: { code: 404, name: 'not-found', message: message404 } };
  decided()
    .when(message('operateSaga', operation, { replyTo: operator }))
    .then({ state: 'cleaning', replies: [{ to: operator, body }], records: [] });
});

test('a removal that is refused is tried again, however often, until it works', () => {
  const error = { code: 409, name: 'in-use', message: 'an alert is still below it' };
  const refused = { type: 'error.write', error, cause: { type: 'cleaned' } } as never;
  const roster = [{ service: 'alerts', nodeId: id(1), generation: 1, consent: true }];
  const blocked = decided()
    .when(refused)
    .then({
      state: 'blocked',
      timers: [5_000],
      records: [
        { topic: saga, line: { what: 'all cleaned', role: 'root', action: 'deleting', roster } },
        {
          topic: saga,
          line: { what: 'blocked', role: 'root', action: 'delete', error, nodes: [id(1)] },
        },
        {
          topic: saga,
          line: {
            what: 'alarm',
            role: 'root',
            action: 'delete',
            waitingFor: [service],
            reason: 'an alert is still below it',
          },
        },
      ],
    });
  const still = blocked.when(refused).then({ state: 'blocked', timers: [5_000], records: [] });
  still.waits(5_000).then({ state: 'finished', asks: [] });
});

test('an obstacle is recorded once, another one again, and one of ten minutes as stuck', () => {
  const refusedFor = (reason: string) => {
    const error = { code: 409, name: 'in-use', message: reason };
    return { type: 'error.write', error, cause: { type: 'cleaned' } } as never;
  };
  const because = { role: 'root', action: 'delete', waitingFor: [service], reason: 'a method' };
  let spec = decided().when(refusedFor('an alert')).when(refusedFor('a method'));
  const error = { code: 409, name: 'in-use', message: 'a method' };
  const blocked = { what: 'blocked', role: 'root', action: 'delete', error, nodes: [id(1)] };
  spec.then({
    records: [
      { topic: saga, line: blocked },
      { topic: saga, line: { what: 'alarm', ...because } },
    ],
  });
  for (let tries = 1; tries < 119; tries += 1) {
    spec = spec.when(refusedFor('a method'));
    spec.then({ records: [] });
  }
  spec.when(refusedFor('a method')).then({
    records: [{ topic: saga, line: { what: 'stuck', ...because } }],
  });
});

test('subscriptions that end with it are given back', () => {
  const link: LinkState = {
    nodeId: id(50),
    entity: 'objects',
    version: 4,
    generation: 2,
    givenUp: 0,
    tombstoned: false,
    promises: [],
  };
  decided({ links: [link] })
    .answers(told, ok)
    .then({
      writes: [
        { op: 'decide' },
        { op: 'removed' },
        { op: 'remove' },
        write(
          'unlink',
          { service, nodeId: id(50), generation: 2, atMs: 1_000_000 },
          { links: { [id(50)]: 4 } },
        ),
      ],
      publishes: [
        { action: 'deleted' },
        { action: 'deleted' },
        { action: 'unsubscribe', exchange: 'objects', routingKey: 'objects_model_crud_consume' },
      ],
    });
});

test.run();
