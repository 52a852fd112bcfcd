import type { Engagement } from '../../../../actors/consent/start-problems.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, node, plainNodes, subscription, tagsSettings } from '../consent/sample.ts';
import {
  actors,
  asker,
  both,
  deleting,
  engagement,
  machine,
  nobody,
  noted,
  saga,
  service,
  unanswered,
  world,
  write,
} from './saga-scenario.ts';

const test = suite('delete saga: start');

const cannot: readonly [string, Partial<Engagement>, number, string][] = [
  ['a node nobody knows', { nodes: [], missing: [id(5)] }, 404, 'not-found'],
  ['a node of another service', { nodes: [], foreign: [id(5)] }, 409, 'wrong-class'],
  [
    'a node held by another operation',
    { conflicts: [{ nodeId: id(1), saga: 'S', service, mode: 'U', state: 'asking' }] },
    423,
    'frozen',
  ],
  ['a node above one that nobody answers for', { unanswered }, 409, 'in-use'],
];
for (const [what, found, code, name] of cannot) {
  test(`a deletion of ${what} is refused and changes nothing`, () => {
    const refused = given(machine).when(
      message('delete', { id: id(5) }, { read: engagement(found), replyTo: asker }),
    );
    refused
      .then({
        state: 'refused',
        writes: code === 423 ? [noted('refused', { nodeIds: [id(5)] })] : [],
        asks: [],
        publishes: [],
      })
      .thenEnded();
    const { error } = refused.answered() as { error: JsonObject };
    assert.equal([error['code'], error['name']], [code, name]);
  });
}

test('the refusal of a deletion names the nodes that nobody answers for, and their number', () => {
  const read = engagement({ unanswered });
  const refused = given(machine).when(message('delete', { id: id(1) }, { read, replyTo: asker }));
  const { error } = refused.answered() as { error: JsonObject };
  assert.equal(error['unanswered'], asJson(unanswered));
  assert.ok(String(error['message']).startsWith(nobody), String(error['message']));
});

test('a deletion of what has gone is ok', () => {
  const done = given(machine).when(
    message(
      'delete',
      { id: id(5) },
      { read: engagement({ nodes: [], gone: [id(5)] }), replyTo: asker },
    ),
  );
  done.then({ state: 'refused', writes: [], replies: [{ to: asker, body: {} }] }).thenEnded();
});

test('a deletion of what has gone and what has not engages the rest', () => {
  const read = engagement({ gone: [id(5)], subscriptions: [subscription(1, 'alerts')] });
  const begun = given(machine, { reads: world({}) }).when(
    message('delete', { id: [id(1), id(5)] }, { read, replyTo: asker }),
  );
  begun.then({ state: 'asking', asks: [{ routingKey: 'alerts', data: { id: id(1) } }] });
});

test('the freeze expects the epochs that were read, and is written with the questions', () => {
  deleting({ nodes: [node(1), node(2)], subscriptions: both }).then({
    state: 'asking',
    writes: [
      write(
        'freeze',
        {
          saga,
          service,
          nodeIds: [id(1), id(2)],
          mode: 'D',
          above: [],
          through: [],
          actor: 'actor',
        },
        { epochs: { [id(1)]: 1, [id(2)]: 2 } },
      ),
    ],
    asks: [
      {
        exchange: 'tags',
        routingKey: 'alerts',
        action: 'mayDelete',
        messageId: `${saga}/${id(1)}/mayDelete/alerts`,
        data: { id: id(1) },
      },
      { exchange: 'tags', routingKey: 'methods', messageId: `${saga}/${id(1)}/mayDelete/methods` },
    ],
    replies: [],
  });
});

test('the freeze, the decision and the removal lock the nodes in the versions that were read', () => {
  const lock = (versions: Json) => ({ store: 'rows', op: 'lock', args: {}, expect: { versions } });
  const nodes = { ...plainNodes, lock: (versions: Json & object) => [lock(versions)] };
  const locking = deleteSagaMachine(tagsSettings, actors, nodes);
  const found = { nodes: [node(1, { version: 4 })] };
  const done = given(locking, { reads: world(found) }).when(
    message('delete', { id: id(1) }, { read: engagement(found), replyTo: asker }),
  );
  const locked = lock({ [id(1)]: 4 });
  done.then({
    state: 'finished',
    writes: [
      { op: 'freeze' },
      locked,
      { op: 'decide' },
      locked,
      { op: 'decide' },
      locked,
      { op: 'removed' },
      { op: 'remove' },
    ],
  });
});

test('questions carry the protocol, the saga, the epoch, the hops and the time that remains', () => {
  const headers = {
    'consent-protocol': 2,
    'consent-saga': saga,
    'consent-epoch': 2,
    'consent-hops': 1,
    'consent-deadline-ms': 10_000,
  };
  deleting({ nodes: [node(2)], subscriptions: [subscription(2, 'alerts')] }).then({
    asks: [{ headers }],
  });
});

test('a new peer is asked once about all its nodes, parents first', () => {
  const subscriptions = [subscription(2, 'alerts'), subscription(1, 'alerts')];
  deleting({ nodes: [node(1), node(2, { depth: 1 })], subscriptions }).then({
    asks: [{ routingKey: 'alerts', data: { id: [id(1), id(2)] } }],
  });
});

test('a thousand nodes in ten services cost ten questions, with all ids in each', () => {
  const nodes = Array.from({ length: 1_000 }, (_, index) => node(index + 1));
  const subscriptions = nodes.map((_, index) => subscription(index + 1, `service ${index % 10}`));
  const asks = Array.from({ length: 10 }, (_, service) => {
    const ids = nodes.filter((_node, index) => index % 10 === service).map((one) => one.id);
    return { routingKey: `service ${service}`, action: 'mayDelete', data: { id: ids } };
  });
  deleting({ nodes, subscriptions }).then({ asks });
});

test('a write that is refused at the start is the answer', () => {
  const start = message('delete', { id: id(1) }, { read: engagement(), replyTo: asker });
  const error = { code: 500, name: 'write-failed', message: 'broken' };
  given(machine)
    .when({ type: 'error.write', error, cause: start } as never)
    .then({ state: 'refused', replies: [{ to: asker, body: { error } }] })
    .thenEnded();
});

test.run();
