/** The machine of an owner's saga ("The owner" and "Old peers" in `docs/protocol.md`). */
import { inventoryHash, nodeLine, voteLine } from '../../../../actors/consent/inventory.ts';
import type { Hold, LinkState, Subscription } from '../../../../actors/consent/ledger/store.ts';
import type { NodeState } from '../../../../actors/consent/nodes.ts';
import type { Engagement } from '../../../../actors/consent/start-problems.ts';
import { cleanUpMachine } from '../../../../actors/delete-saga/clean-up-machine.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import { dependencyMachine } from '../../../../actors/delete-saga/dependency-machine.ts';
import type { RosterNow } from '../../../../actors/delete-saga/saga.ts';
import { voteCollectionMachine } from '../../../../actors/vote-collection/vote-collection-machine.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import {
  asJson,
  asObject,
  id,
  no,
  node,
  ok,
  oldSubscription,
  plainNodes,
  subscription,
  tagsSettings,
} from '../consent/sample.ts';

const test = suite('delete saga');
const actors = {
  voteCollection: voteCollectionMachine,
  cleanUp: cleanUpMachine,
  dependency: dependencyMachine,
};
const machine = deleteSagaMachine(tagsSettings, actors, plainNodes);
/** The saga's id: what the actor was given at its start. */
const saga = 'new-1';
const service = 'tags_model_crud';
const alerts = { routingKey: 'alerts' };
const methods = { routingKey: 'methods' };
const asker = caller('m1');

function engagement(more: Partial<Engagement> = {}): Json {
  return asJson({
    nodes: [node(1)],
    missing: [],
    gone: [],
    foreign: [],
    refusals: [],
    conflicts: [],
    above: [],
    subscriptions: [],
    ...more,
  });
}

function list(nodes: readonly NodeState[], subscriptions: readonly Subscription[]): RosterNow {
  return { nodes, subscriptions };
}

/** One answer after the other; the last one again and again. */
function inTurn(...results: readonly unknown[]): () => Json {
  let next = 0;
  return () => asJson(results[Math.min(next++, results.length - 1)]);
}

interface Begun {
  readonly nodes?: readonly NodeState[];
  readonly subscriptions?: readonly Subscription[];
  readonly rosters?: readonly RosterNow[];
  readonly links?: readonly LinkState[];
}

function world({
  nodes = [node(1)],
  subscriptions = [],
  rosters,
  links = [],
}: Begun): Record<string, () => Json> {
  return {
    'consent.roster': inTurn(...(rosters ?? [list(nodes, subscriptions)])),
    'consent.orphanedLinks': () => asJson(links),
    'consent.removal': () => asJson({ links, beside: [] }),
  };
}

/** A root deletion that has begun. */
function deleting(begun: Begun = {}): MachineSpec {
  const { nodes = [node(1)], subscriptions = [] } = begun;
  const read = engagement({ nodes, subscriptions });
  return given(machine, { reads: world(begun) }).when(
    message(
      'delete',
      { id: nodes.map((one) => one.id) },
      { read, replyTo: asker, from: 'tags_api_crud' },
    ),
  );
}

/** A voter's own part, as the voter starts it. */
function engaged(
  begun: Begun & { readonly decided?: boolean; readonly deadlineMs?: number } = {},
): MachineSpec {
  const { nodes = [node(1)], subscriptions = [], decided = false, deadlineMs = 9_500 } = begun;
  const input = asObject({
    saga: 'T',
    verb: 'delete',
    through: [id(90)],
    nodes,
    subscriptions,
    hops: 3,
    deadlineMs,
    decided,
  });
  return given(machine, { reads: world(begun), input });
}

function write(op: string, args: JsonObject, expect: Json = null) {
  return { store: 'ledger', op, args, expect };
}

/** A saga that holds nothing, as the ledger notes it. */
function noted(state: 'waiting' | 'refused', more: JsonObject = {}) {
  const row = {
    saga,
    service,
    state,
    mode: 'D',
    nodeIds: [id(1)],
    actor: 'actor',
    age: saga,
    requestedBy: null,
    atMs: 1_000_000,
  };
  return write('unheld', { ...row, ...more });
}
/** All is released, and that it was refused is noted: a retry may keep its age. */
function calledOff(more: JsonObject = {}) {
  return [write('release', { saga, service }), noted('refused', more)];
}

const both = [subscription(1, 'alerts'), subscription(1, 'methods')];

const left = {
  id: id(70),
  cn: 'hot',
  objectClass: 'prsAlert',
  service: 'retired',
  parentId: id(1),
};
const unanswered = { count: 1, nodes: [left] };
const nobody = `nobody answers for prsAlert hot (${id(70)} of retired)`;

// Start

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

// The vote

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

// Calling off

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

// The roster

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

// Gone meanwhile

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

// After the decision

function decided(begun: Begun = {}): MachineSpec {
  return deleting({ subscriptions: [subscription(1, 'alerts')], ...begun }).answers(alerts, ok);
}
const told = { ...alerts, action: 'deleting' };

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

// Somebody else's saga

test('inner: it freezes and asks like a root, under the saga above, one hop further, with the time it was given', () => {
  engaged({ subscriptions: [subscription(1, 'alerts')] }).then({
    state: 'asking',
    writes: [
      write(
        'freeze',
        { saga: 'T', service, nodeIds: [id(1)], mode: 'D', above: [], through: [id(90)] },
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

test('inner: nodes below that nobody answers for are its no', () => {
  const off = engaged({ rosters: [{ ...list([node(1)], []), unanswered }] });
  off.then({
    state: 'calledOff',
    writes: [{ op: 'freeze' }, write('release', { saga: 'T', service })],
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
  const promised = engaged({ rosters: [list([node(1)], []), late] });
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

// Updates

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

// A retry, and what waits

const held: Hold = { nodeId: id(1), saga: 'younger', service, mode: 'U', state: 'asking' };

function retrying(
  retried: JsonObject | null,
  more: Partial<Engagement> = {},
  from = 'ada',
): MachineSpec {
  const read = engagement({ ...more, ...asObject({ retried }) });
  const world = {
    'consent.engagement': () => read,
    'consent.roster': () => asJson(list([node(1)], [])),
    'consent.removal': () => ({ links: [], beside: [] }),
  };
  const start = message('delete', { id: id(1), retry_of: 'first' }, { read, replyTo: asker, from });
  return given(machine, { reads: world }).when(start);
}
function nameOf(spec: MachineSpec): Json | undefined {
  return (spec.answered() as { error: JsonObject }).error['name'];
}

test('a retry counts as old as what it tries again, and not as the saga it names: that may be a retry itself', () => {
  const waiting = retrying({ age: 'a very old one', requestedBy: 'ada' }, { conflicts: [held] });
  waiting.then({ state: { pending: 'waiting' }, context: { age: 'a very old one' } });
});

test('a retry of what this service has never refused, or refused to somebody else, is refused', () => {
  const [unknown, foreign] = [retrying(null), retrying({ age: 'old', requestedBy: 'bob' })];
  for (const spec of [unknown, foreign]) spec.then({ state: 'refused', writes: [], asks: [] });
  assert.equal([nameOf(unknown), nameOf(foreign)], ['not-found', 'not-permitted']);
});

test('what waits is noted, once however often it looks, until it begins', () => {
  const waiting = retrying({ age: 'an old one', requestedBy: 'ada' }, { conflicts: [held] });
  waiting.then({ writes: [noted('waiting', { age: 'an old one', requestedBy: 'ada' })] });
  waiting.waits(250).then({ state: { pending: 'waiting' }, writes: [] });
});

test('when it begins, its note goes with the freeze', () => {
  let conflicts: readonly Hold[] = [held];
  const subscriptions = asJson(both);
  const reads = {
    ...world({}),
    'consent.engagement': () => engagement(asObject({ conflicts, subscriptions })),
  };
  const read = engagement(
    asObject({ conflicts, retried: { age: 'an old one', requestedBy: null } }),
  );
  const waiting = given(machine, { reads }).when(
    message('delete', { id: id(1), retry_of: 'first' }, { read, replyTo: asker }),
  );
  conflicts = [];
  const args = {
    saga,
    service,
    nodeIds: [id(1)],
    mode: 'D',
    above: [],
    through: [],
    actor: 'actor',
    age: 'an old one',
    waited: true,
  };
  waiting
    .waits(250)
    .then({ state: 'asking', writes: [write('freeze', args, { epochs: { [id(1)]: 1 } })] });
});

test('at its deadline it is refused, and noted as such: it may be tried again under its age', () => {
  const late = retrying({ age: 'an old one', requestedBy: 'ada' }, { conflicts: [held] }).waits(
    '20 s',
  );
  late.then({
    state: 'refused',
    writes: [noted('refused', { age: 'an old one', requestedBy: 'ada', atMs: 1_020_000 })],
  });
  assert.is(nameOf(late), 'timed-out');
});

test('an operator cancels what waits; it cannot be skipped', () => {
  const waiting = retrying({ age: 'an old one', requestedBy: 'ada' }, { conflicts: [held] });
  const word = (name: string) =>
    message(
      'operateSaga',
      { operation: name, saga, key: 'actor', by: 'kim', why: 'a test' },
      { replyTo: caller('o1') },
    );
  waiting
    .when(word('skip'))
    .then({ state: { pending: 'waiting' }, replies: [{ to: caller('o1') }] });
  const cancelled = waiting.when(word('cancel'));
  cancelled.then({
    state: 'refused',
    writes: [noted('refused', { age: 'an old one', requestedBy: 'ada' })],
    replies: [{ to: caller('o1'), body: {} }, { to: asker }],
    records: [
      { topic: saga, line: { what: 'operator', operation: 'cancel', by: 'kim', why: 'a test' } },
    ],
  });
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

// A planned deletion

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
