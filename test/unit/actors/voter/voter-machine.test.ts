/** The machine of a voter ("The voter" in `docs/protocol.md`). */

import { nodeLine, voteLine } from '../../../../actors/consent/inventory.ts';
import type { Subscription } from '../../../../actors/consent/ledger/store.ts';
import type { NodeState } from '../../../../actors/consent/nodes.ts';
import type { Dependants } from '../../../../actors/consent/objections.ts';
import { cleanUpMachine } from '../../../../actors/delete-saga/clean-up-machine.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import { dependencyMachine } from '../../../../actors/delete-saga/dependency-machine.ts';
import { voteCollectionMachine } from '../../../../actors/vote-collection/vote-collection-machine.ts';
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import {
  asJson,
  detachedReference,
  id,
  methodsSettings,
  no,
  node,
  ok,
  plainDetachment,
  plainNodes,
  subscription,
  under,
} from '../consent/sample.ts';

const test = suite('voter');
const service = 'methods_model_crud';
const saga = deleteSagaMachine(
  methodsSettings,
  {
    voteCollection: voteCollectionMachine,
    cleanUp: cleanUpMachine,
    dependency: dependencyMachine,
  },
  plainNodes,
);
const machine = voterMachine(methodsSettings, { innerSaga: saga });

type Found = Partial<Dependants>;
interface Asked {
  readonly found?: Found;
  readonly headers?: Headers;
  readonly exchange?: string;
  readonly oneWay?: boolean;
}

function links(ids: readonly string[], tombstoned: boolean): Dependants['links'] {
  return ids.map((nodeId) => ({
    nodeId,
    entity: 'tags',
    version: 3,
    generation: 1,
    givenUp: 0,
    tombstoned,
    promises: [],
  }));
}

function event(
  type: string,
  numbers: readonly number[],
  { found = {}, headers = under('T'), exchange = 'tags', oneWay = false }: Asked = {},
) {
  const ids = numbers.map(id);
  const read = asJson({
    links: links(ids, false),
    refusals: [],
    nodes: [],
    detached: [],
    conflicts: [],
    subscriptions: [],
    ...found,
  });
  const made = message(
    type,
    { id: ids.length === 1 ? ids[0] : ids },
    { read, headers, ...(oneWay ? {} : { replyTo: caller(`${type}-${numbers.join('+')}`) }) },
  );
  return { ...made, $: { ...made.$, message: { ...made.$.message, exchange } } };
}

function to(type: string, ...numbers: readonly number[]) {
  return caller(`${type}-${numbers.join('+')}`);
}

/** The node 20 depends on node 1 (or another) and has subscribers. */
function dependants(
  through: number,
  subscriptions: readonly Subscription[] = [],
  number = 20,
): Found {
  return {
    nodes: [{ ...node(number, { objectClass: 'prsMethod' }), through: id(through) }],
    subscriptions,
  };
}

const rosters: {
  readonly [nodeId: string]: {
    readonly nodes: readonly NodeState[];
    readonly subscriptions: readonly Subscription[];
  };
} = {
  [id(20)]: {
    nodes: [node(20, { objectClass: 'prsMethod' })],
    subscriptions: [subscription(20, 'views')],
  },
  [id(21)]: { nodes: [node(21, { objectClass: 'prsMethod' })], subscriptions: [] },
};
const reads = {
  'consent.roster': (args: Json) =>
    asJson(
      rosters[((args as JsonObject)['nodeIds'] as string[])[0] ?? ''] ?? {
        nodes: [],
        subscriptions: [],
      },
    ),
  'consent.removal': () => ({ links: [], beside: [] }),
};
const views = { routingKey: 'views' };

function voter(): MachineSpec {
  return given(machine, { key: 'T', reads });
}

function write(op: string, args: JsonObject, expect: Json = null) {
  return { store: 'ledger', op, args, expect };
}
function promise(
  state: 'collecting' | 'ok',
  numbers: readonly number[],
  expect: Json = { links: Object.fromEntries(numbers.map((n) => [id(n), 3])) },
) {
  return write(
    'promise',
    { saga: 'T', service, mode: 'D', nodeIds: numbers.map(id), state },
    expect,
  );
}
const released = write('release', { saga: 'T', service });
function fulfil(...numbers: readonly number[]) {
  return {
    op: 'fulfil',
    args: { saga: 'T', service, nodeIds: numbers.map(id), gone: true, atMs: 1_000_000 },
  };
}

/** Promised about node 1, which nothing here depends on. */
const promised = voter().when(event('mayDelete', [1]));
/** Asked about node 1, on which node 20 depends, to which `views` is subscribed. */
const collecting = voter().when(
  event('mayDelete', [1], { found: dependants(1, [subscription(20, 'views')]) }),
);
const agreed = collecting.answers(views, ok);

function noted(spec: MachineSpec): readonly unknown[] {
  return spec.records().map(({ line }) => line['what']);
}

// mayDelete

test('it takes references out in the commit that says ok, and announces each changed node once', () => {
  const lost = [detachedReference(30, 1), detachedReference(30, 1), detachedReference(31, 1)];
  const detaching = voterMachine(methodsSettings, { innerSaga: saga }, [], plainDetachment);
  const spec = given(detaching, {
    key: 'T',
    reads: { ...reads, 'rows.detached': () => asJson(lost) },
  });
  const fact = (number: number, routingKey: string) => ({
    exchange: 'methods',
    routingKey,
    action: 'updated',
    data: { id: id(number) },
    messageId: `T%2F${id(1)}/${id(number)}/updated/${routingKey === id(number) ? 'node' : 'all'}`,
    headers: { 'consent-saga': 'T' },
  });
  const broadcast = 'methods_model_crud_publish';
  spec
    .when(event('mayDelete', [1]))
    .then({ writes: [promise('ok', [1])], publishes: [] })
    .when(event('deleting', [1]))
    .then({
      writes: [{ store: 'rows', op: 'detach', args: { nodeIds: [id(1)] } }, fulfil(1)],
      publishes: [fact(30, broadcast), fact(30, id(30)), fact(31, broadcast), fact(31, id(31))],
      replies: [{ to: to('deleting', 1), body: ok }],
    });
});

test('nothing depends on it: the promise is written, expecting the link as read, and answered in the same step', () => {
  promised.then({
    state: 'engaged',
    writes: [promise('ok', [1])],
    replies: [{ to: to('mayDelete', 1), body: ok }],
  });
});

test('a tombstoned id is ok, nothing is recorded and nothing is left', () => {
  const done = voter().when(event('mayDelete', [1], { found: { links: links([id(1)], true) } }));
  done.then({ state: 'fulfilled', writes: [], replies: [{ body: ok }] }).thenEnded();
});

test('of several ids only those without a tombstone are promised', () => {
  const found = { links: [...links([id(1)], true), ...links([id(2)], false)] };
  voter()
    .when(event('mayDelete', [1, 2], { found }))
    .then({
      writes: [promise('ok', [2])],
      replies: [{ body: { results: { [id(1)]: ok, [id(2)]: ok } } }],
    });
});

test('what is in use is refused, with the reason and what it is used by', () => {
  const refusals = [
    {
      nodeId: id(1),
      reason: `it is in use by calc (${id(20)}, prsConstantId)`,
    },
  ];
  const refused = voter().when(event('mayDelete', [1], { found: { refusals } }));
  const reason = `it is in use by calc (${id(20)}, prsConstantId)`;
  refused.then({
    state: 'released',
    writes: [released],
    replies: [
      {
        to: to('mayDelete', 1),
        body: {
          response: 'no',
          message: reason,
          service,
          refusals: [{ service, nodeId: id(1), reason }],
        },
      },
    ],
  });
  refused.thenEnded();
});

test('what is being updated here is refused', () => {
  const conflicts = [{ nodeId: id(20), saga: 'S', service, mode: 'U', state: 'asking' }] as const;
  voter()
    .when(event('mayDelete', [1], { found: { ...dependants(1), conflicts } }))
    .then({ state: 'released', asks: [] });
});

test('a question that came over more than 64 services is refused', () => {
  voter()
    .when(event('mayDelete', [1], { headers: under('T', { 'consent-hops': 65 }) }))
    .then({ state: 'released' });
  voter()
    .when(event('mayDelete', [1], { headers: under('T', { 'consent-hops': 64 }) }))
    .then({ state: 'engaged' });
});

test('what depends on it is engaged and asks its own first; there is no answer yet', () => {
  collecting.then({
    state: 'engaged',
    writes: [
      promise('collecting', [1]),
      {
        op: 'freeze',
        args: { saga: 'T', service, nodeIds: [id(20)], mode: 'D', above: [], through: [id(1)] },
        expect: { epochs: { [id(20)]: 20 } },
      },
    ],
    asks: [{ ...views, action: 'mayDelete', messageId: `T/${id(20)}/mayDelete/views` }],
    replies: [],
  });
});

test('it passes on what remains of the time, less the smaller of 500 ms and 5 %, and one hop more', () => {
  const headers = {
    'consent-protocol': 2,
    'consent-saga': 'T',
    'consent-epoch': 20,
    'consent-hops': 2,
    'consent-deadline-ms': 9_500,
  };
  collecting.then({ asks: [{ headers }] });
});

test('all of its own say ok: the promise is ok and the answer goes out, in one step', () => {
  agreed.then({
    writes: [{ op: 'promised' }, promise('ok', [1], null)],
    replies: [{ to: to('mayDelete', 1), body: ok }],
  });
});

test('any no of its own: all is released, `notDeleted` goes down, `no` goes up with who stands behind it', () => {
  const refused = collecting.answers(views, no('views', 'legal hold'));
  refused.then({
    state: 'released',
    writes: [released, released],
    publishes: [{ ...views, action: 'notDeleted' }],
    replies: [
      {
        body: {
          response: 'no',
          message: 'legal hold',
          service,
          refusals: [{ service: 'views', nodeId: id(20), reason: 'legal hold' }],
        },
      },
    ],
  });
  refused.thenEnded();
});

test('silence of its own is a no that names the silent', () => {
  collecting.waits(9_500).then({
    state: 'released',
    replies: [
      { body: { response: 'no', message: 'no answer from views', service, silent: ['views'] } },
    ],
  });
});

test('who cannot be reached is named too', () => {
  collecting.returns(views).then({
    replies: [
      { body: { response: 'no', message: 'no answer from views', service, silent: ['views'] } },
    ],
  });
});

test('what is engaged under T already does not ask again: ok at once', () => {
  // The read leaves out what is engaged under this saga.
  collecting.when(event('mayDelete', [2], { exchange: 'alerts' })).then({
    writes: [promise('ok', [2])],
    replies: [{ to: to('mayDelete', 2), body: ok }],
    asks: [],
  });
});

test('a second question with dependants of its own is a group of its own', () => {
  const second = collecting.when(
    event('mayDelete', [2], { exchange: 'alerts', found: dependants(2, [], 21) }),
  );
  second.then({
    writes: [
      promise('collecting', [2]),
      { op: 'freeze' },
      { op: 'promised' },
      promise('ok', [2], null),
    ],
    replies: [{ to: to('mayDelete', 2), body: ok }],
  });
});

test('a no to one question releases everything under T, also what was promised to others', () => {
  const refusals = [
    {
      nodeId: id(2),
      reason: `it is in use by calc (${id(21)}, prsConstantId)`,
    },
  ];
  const refused = agreed.when(event('mayDelete', [2], { exchange: 'alerts', found: { refusals } }));
  refused.then({
    state: 'released',
    writes: [released, released],
    publishes: [{ ...views, action: 'notDeleted' }],
    replies: [{ to: to('mayDelete', 2) }],
  });
});

const inventory = under('T', { 'consent-inventory': 1 });
const engaged20 = [
  nodeLine({ service, id: id(20), epoch: 20 }),
  voteLine({ askedBy: service, nodeId: id(20), voter: 'views', no: null }),
];

test('a planned deletion: its ok says what it takes along, and what those it asked have said they do', () => {
  const found = dependants(1, [subscription(20, 'views')]);
  const asked = voter().when(event('mayDelete', [1], { found, headers: inventory }));
  assert.is(asked.asked()[0]?.headers?.['consent-inventory'], 1);
  const below = nodeLine({ service: 'views', id: id(30), epoch: 1 });
  const { engaged } = asked.answers(views, { response: 'ok', engaged: [below] }).answered() as {
    engaged: string[];
  };
  assert.equal([...engaged].sort(), [...engaged20, below].sort());
});

test('a planned deletion: a list is told once what goes along, a repeated question again', () => {
  const found = dependants(1, [subscription(20, 'views')]);
  const list = voter()
    .when(event('mayDelete', [1, 2], { found, headers: inventory }))
    .answers(views, ok);
  const { results, engaged } = list.answered() as { results: JsonObject; engaged: string[] };
  assert.equal(
    [Object.keys(results), [...engaged].sort()],
    [[id(1), id(2)], [...engaged20].sort()],
  );
  const again = list.when(event('mayDelete', [1], { headers: inventory, exchange: 'alerts' }));
  assert.equal((again.answered() as { engaged: string[] }).engaged.length, 2);
});

test('a planned deletion: what takes nothing along says nothing of it', () => {
  voter()
    .when(event('mayDelete', [1], { headers: inventory }))
    .then({ replies: [{ body: ok }] });
});

test('a list is answered once, with results, when all of it is settled', () => {
  const list = voter().when(
    event('mayDelete', [1, 2], { found: dependants(1, [subscription(20, 'views')]) }),
  );
  list.then({ replies: [], writes: [promise('collecting', [1, 2]), { op: 'freeze' }] });
  list.answers(views, ok).then({
    replies: [{ to: to('mayDelete', 1, 2), body: { results: { [id(1)]: ok, [id(2)]: ok } } }],
  });
});

test('a question nobody wants answered is a promise all the same', () => {
  voter()
    .when(event('mayDelete', [1], { oneWay: true }))
    .then({ writes: [promise('ok', [1])], replies: [] });
});

test('`mayUpdate` is a promise in mode U', () => {
  voter()
    .when(event('mayUpdate', [1]))
    .then({
      writes: [
        { op: 'promise', args: { saga: 'T', service, mode: 'U', nodeIds: [id(1)], state: 'ok' } },
      ],
    });
});

// deleting

test('decided, and nothing depends on it: tombstoned, the promise dropped, answered, ended', () => {
  const done = promised.when(event('deleting', [1]));
  done.then({
    state: 'fulfilled',
    writes: [fulfil(1)],
    replies: [{ to: to('deleting', 1), body: ok }],
  });
  done.thenEnded();
});

test('what was engaged through it goes first; then it is answered', () => {
  const cleaning = agreed.when(event('deleting', [1])).then({
    state: 'engaged',
    writes: [{ op: 'decide' }],
    asks: [{ ...views, action: 'deleting' }],
    replies: [],
  });
  const done = cleaning.answers({ ...views, action: 'deleting' }, ok);
  done.then({
    state: 'fulfilled',
    writes: [{ op: 'decide' }, { op: 'removed' }, { op: 'remove' }, fulfil(1)],
    replies: [{ to: to('deleting', 1), body: ok }],
    publishes: [{ action: 'deleted' }, { action: 'deleted' }],
  });
  done.thenEnded();
});

test('what was engaged through another question is waited for there: a cycle does not wait for itself', () => {
  const both = agreed.when(event('mayDelete', [2], { exchange: 'alerts' }));
  both.when(event('deleting', [2], { exchange: 'alerts' })).then({
    state: 'engaged',
    writes: [fulfil(2)],
    replies: [{ to: to('deleting', 2), body: ok }],
    asks: [],
  });
});

test('a part of a list may be decided before the rest', () => {
  const list = voter().when(event('mayDelete', [1, 2]));
  const first = list
    .when(event('deleting', [1]))
    .then({ state: 'engaged', writes: [fulfil(1)], replies: [{ to: to('deleting', 1) }] });
  first
    .when(event('deleting', [2]))
    .then({ state: 'fulfilled', writes: [fulfil(2)] })
    .thenEnded();
});

/** A voter whose later reads of the dependants find these. */
function doubting(found: Found = {}): MachineSpec {
  const again = event('deleting', [1], { found }).$.read;
  return given(machine, { key: 'T', reads: { ...reads, 'consent.dependants': () => again } });
}
const isDeleting = { action: 'isDeleting' };
const unconfirmed = no(service, 'the owner does not confirm this decision');

test('decided without a question before: the owner is asked first, and nothing is done before it confirms', () => {
  const doubted = doubting().when(event('deleting', [1]));
  doubted.then({
    state: 'engaged',
    writes: [],
    replies: [],
    asks: [
      {
        exchange: 'tags',
        routingKey: 'tags_model_crud_consume',
        action: 'isDeleting',
        data: { id: id(1) },
        messageId: `T/${id(1)}/isDeleting/tags/${service}/1`,
      },
    ],
  });
  assert.equal(noted(doubted), ['unproven']);
  doubted
    .answers(isDeleting, ok)
    .then({ state: 'fulfilled', writes: [fulfil(1)], replies: [{ body: ok }] })
    .thenEnded();
});

test('a decision that the owner does not confirm is answered no, and removes nothing', () => {
  const doubted = doubting().when(event('deleting', [1]));
  const dismissed = doubted.answers(isDeleting, no('tags', 'never asked')).then({
    state: 'fulfilled',
    writes: [],
    replies: [{ to: to('deleting', 1), body: unconfirmed }],
  });
  dismissed.thenEnded();
  assert.equal(noted(dismissed), ['dismissed']);
});

test('while the owner still asks or does not answer, a decision waits, and the owner is asked again', () => {
  const waiting = doubting()
    .when(event('deleting', [1]))
    .answers(isDeleting, { response: 'wait' });
  waiting.then({ state: 'engaged', writes: [], replies: [] });
  waiting.answers(isDeleting, 'perhaps').then({ state: 'engaged', replies: [] });
  const again = waiting.waits(10_000).then({
    asks: [{ messageId: `T/${id(1)}/isDeleting/tags/${service}/2` }],
  });
  again.answers(isDeleting, ok).then({ state: 'fulfilled', writes: [{ op: 'fulfil' }] });
});

test('a decision about several nodes is taken when each of them is confirmed, in one answer or in several', () => {
  const doubted = doubting().when(event('deleting', [1, 2]));
  const half = doubted.answers(isDeleting, {
    results: { [id(1)]: ok, [id(2)]: { response: 'wait' } },
  });
  half.then({ state: 'engaged', writes: [], replies: [] });
  const again = half.waits(10_000).then({ asks: [{ data: { id: id(2) } }] });
  const results = { [id(1)]: ok, [id(2)]: ok };
  again.answers(isDeleting, ok).then({ state: 'fulfilled', replies: [{ body: { results } }] });
  const refused = half.waits(10_000).answers(isDeleting, no('tags', 'never asked'));
  refused.then({ state: 'fulfilled', writes: [] });
});

test('a forged decision beside a promise leaves the promise: only its own inquiry ends it', () => {
  const forged = doubting()
    .when(event('mayDelete', [1]))
    .when(event('deleting', [2]));
  forged.then({ state: 'engaged', writes: [], replies: [], asks: [isDeleting, isDeleting] });
  const data = { id: id(2) };
  const dismissed = forged.answers({ ...isDeleting, data }, no('tags', 'never asked'));
  dismissed.then({ state: 'engaged', writes: [], replies: [{ to: to('deleting', 2) }] });
  dismissed
    .when(event('deleting', [1]))
    .then({ state: 'fulfilled', writes: [fulfil(1)], replies: [{ body: ok }] });
});

test('the end of a part answers its unproven decisions no', () => {
  const off = doubting()
    .when(event('mayDelete', [1]))
    .when(event('deleting', [2]))
    .when(event('notDeleted', [1], { oneWay: true }));
  off.then({
    state: 'released',
    writes: [released],
    replies: [{ to: to('deleting', 2), body: unconfirmed }],
  });
});

test('a tombstoned node is answered without an inquiry', () => {
  const gone = { links: links([id(1)], true) };
  voter()
    .when(event('deleting', [1], { found: gone }))
    .then({ state: 'fulfilled', asks: [], replies: [{ body: ok }] });
});

test('a decision of an old owner without a question before it is answered no, and removes nothing', () => {
  const bare = voter().when(event('deleting', [1], { headers: {} }));
  const body = no(service, 'this decision came without a question before it');
  bare.then({ state: 'fulfilled', writes: [], asks: [], replies: [{ body }] });
  bare.thenEnded();
  voter()
    .when(event('mayDelete', [1], { headers: {} }))
    .when(event('deleting', [1], { headers: {} }))
    .then({ state: 'fulfilled', replies: [{ body: ok }] });
});

test('a confirmed decision without a question before it overrules what depends here, never silently', () => {
  const found = dependants(1, [subscription(20, 'views')]);
  const overruled = doubting(found)
    .when(event('deleting', [1], { found }))
    .answers(isDeleting, ok);
  overruled.then({
    state: 'engaged',
    writes: [{ op: 'freeze' }, { op: 'decide' }],
    asks: [{ ...views, action: 'deleting' }],
    replies: [],
  });
  assert.ok(noted(overruled).includes('overruled'));
  overruled.answers(views, ok).then({
    state: 'fulfilled',
    writes: [{ op: 'decide' }, { op: 'removed' }, { op: 'remove' }, fulfil(1)],
    replies: [{ to: to('deleting', 1), body: ok }],
  });
});

test('an overruled rule of its own is noted', () => {
  const refusals = [
    {
      nodeId: id(1),
      reason: `it is in use by calc (${id(20)}, prsConstantId)`,
    },
  ];
  const overruled = doubting({ refusals })
    .when(event('deleting', [1], { found: { refusals } }))
    .answers(isDeleting, ok);
  assert.ok(noted(overruled).includes('overruled'));
});

test('decided while it still asks its own: it goes along', () => {
  const overtaken = collecting
    .when(event('deleting', [1]))
    .then({ writes: [{ op: 'decide' }], asks: [{ ...views, action: 'deleting' }] });
  overtaken
    .answers({ ...views, action: 'deleting' }, ok)
    .then({
      state: 'fulfilled',
      writes: [{ op: 'decide' }, { op: 'removed' }, { op: 'remove' }, fulfil(1)],
    })
    .thenEnded();
});

test('`deleting` again after the end is done again', () => {
  promised
    .when(event('deleting', [1]))
    .when(event('deleting', [1], { found: { links: links([id(1)], true) } }))
    .then({ state: 'fulfilled', replies: [{ body: ok }] });
});

test('`updating` ends the promise without a tombstone', () => {
  voter()
    .when(event('mayUpdate', [1]))
    .when(event('updating', [1]))
    .then({
      state: 'fulfilled',
      writes: [
        {
          op: 'fulfil',
          args: { saga: 'T', service, nodeIds: [id(1)], gone: false, atMs: 1_000_000 },
        },
      ],
    });
});

// notDeleted

test('called off: everything under T is released, and told to its own', () => {
  const off = agreed.when(event('notDeleted', [1], { oneWay: true }));
  off.then({
    state: 'released',
    writes: [released, released],
    publishes: [{ ...views, action: 'notDeleted' }],
    replies: [],
  });
  off.thenEnded();
});

test('called off while it still collects', () => {
  collecting
    .when(event('notDeleted', [1], { oneWay: true }))
    .then({ state: 'released', publishes: [views] })
    .thenEnded();
});

test('nothing is called off after the decision', () => {
  agreed
    .when(event('deleting', [1]))
    .when(event('notDeleted', [1], { oneWay: true }))
    .then({ state: 'engaged', writes: [], publishes: [] });
});

// In doubt

const inquiry = { action: 'isDeleting' };

test('silence until the deadline and five seconds: it inquires; then doubling up to five minutes', () => {
  promised.waits(14_999).then({ asks: [] });
  let spec = promised.waits(15_000).then({
    asks: [
      {
        ...inquiry,
        exchange: 'tags',
        routingKey: 'tags_model_crud_consume',
        data: { id: id(1) },
      },
    ],
  });
  for (const seconds of [10, 20, 40, 80, 160, 300, 300, 300]) {
    spec = spec.waits(seconds * 1_000 - 1).then({ asks: [] });
    spec = spec.waits(1).then({ state: 'engaged', writes: [], asks: [inquiry] });
  }
});

test("a deadline of a thousand years counts as the voter's own, so the voter inquires all the same", () => {
  const headers = under('T', { 'consent-deadline-ms': 10 ** 15 });
  const forged = voter().when(event('mayDelete', [1], { headers }));
  forged.then({ state: 'engaged' });
  forged.waits(14_999).then({ asks: [] });
  forged.waits(15_000).then({ asks: [inquiry] });
});

test('each inquiry has an id of its own', () => {
  promised.waits(25_000).then({
    asks: [
      { messageId: `T/${id(1)}/isDeleting/tags/${service}/1` },
      { messageId: `T/${id(1)}/isDeleting/tags/${service}/2` },
    ],
  });
});

test('`no`: presumed abort, all is released', () => {
  promised
    .waits(15_000)
    .answers(inquiry, no('tags', 'never heard of it'))
    .then({ state: 'released', writes: [released] })
    .thenEnded();
});

for (const [name, body] of [
  ['ok', ok],
  ['wait', { response: 'wait' }],
  ['what is no answer', {}],
] as const) {
  test(`${name}: the promise stands`, () => {
    promised.waits(15_000).answers(inquiry, body).then({ state: 'engaged', writes: [] });
  });
}

test('an owner that cannot be reached leaves the promise as it is: it never expires by a clock', () => {
  promised.waits(15_000).returns(inquiry).then({ state: 'engaged', writes: [] });
  promised.waits(24 * 3_600_000).then({ state: 'engaged', writes: [] });
});

test('two owners: each is asked about what was promised to it', () => {
  const diamond = promised.when(event('mayDelete', [2], { exchange: 'alerts' }));
  diamond.waits(15_000).then({
    asks: [
      { ...inquiry, exchange: 'tags', data: { id: id(1) } },
      { ...inquiry, exchange: 'alerts', data: { id: id(2) } },
    ],
  });
});

test('a late `no` changes nothing after the decision', () => {
  const cleaning = agreed.waits(15_000).when(event('deleting', [1]));
  cleaning.answers(inquiry, no('tags', 'never heard of it')).then({ state: 'engaged', writes: [] });
});

test('after the decision nothing is inquired about', () => {
  const cleaning = agreed.when(event('deleting', [1])).waits(600_000);
  assert.not.ok(cleaning.asked().some(({ action }) => action === 'isDeleting'));
});

test('of two promises one is decided: the other is still inquired about', () => {
  const one = agreed
    .when(event('mayDelete', [2], { exchange: 'alerts' }))
    .when(event('deleting', [2], { exchange: 'alerts' }));
  one.waits(15_000).then({ asks: [{ ...inquiry, exchange: 'tags', data: { id: id(1) } }] });
});

// Old owners

const old = { headers: {} };

test('an old owner has no saga: its exchange and the node stand for it; the promise alone has an end, after five minutes', () => {
  const key = `tags:${id(1)}`;
  const asked = given(machine, { key, reads })
    .when(event('mayDelete', [1], old))
    .then({ state: 'engaged', timers: [300_000], replies: [{ body: ok }] });
  asked.waits(299_999).then({ state: 'engaged', asks: [] });
  asked
    .waits(300_000)
    .then({ state: 'released', asks: [], writes: [write('release', { saga: key, service })] })
    .thenEnded();
});

test('its `deleting` within that time is done like any other', () => {
  const asked = given(machine, { key: `tags:${id(1)}`, reads }).when(event('mayDelete', [1], old));
  asked
    .when(event('deleting', [1], old))
    .then({ state: 'fulfilled', replies: [{ body: ok }] })
    .thenEnded();
});

test.run();
