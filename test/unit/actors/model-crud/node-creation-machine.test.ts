/** The creation of one node, with its subscriptions and locks ("Rules" in `docs/protocol.md`). */

import type { LinkState } from '../../../../actors/consent/ledger/store.ts';
import type { Placement } from '../../../../actors/consent/placement.ts';
import type { EntityHooks } from '../../../../actors/model-crud/entity-hooks.ts';
import { nodeCreationMachine } from '../../../../actors/model-crud/node-creation-machine.ts';
import type { CopyPlace } from '../../../../actors/model-crud/subtree-copy.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, no, ok, tagsSettings } from '../consent/sample.ts';

const test = suite('node creation');
const machine = nodeCreationMachine(tagsSettings);
const asker = caller('c1');
const service = 'tags_model_crud';
const owner = { routingKey: 'objects_model_crud_consume' };
/** Id of the new node: what the actor was given at its start. */
const created = 'new-1';

function link(more: Partial<LinkState> = {}): LinkState {
  return {
    nodeId: id(1),
    entity: 'objects',
    version: 2,
    generation: 0,
    givenUp: 0,
    tombstoned: false,
    promises: [],
    ...more,
  };
}
const parent = { id: id(1), objectClass: 'prsObject', version: 3, isBase: false };
const base = { id: id(9), objectClass: 'prsModelNode', version: 3, isBase: true };
const rest = { above: [], classes: { [id(1)]: 'prsObject' }, holds: [], links: [] };
const below: Placement = { ...rest, parent, links: [link()] };
const hold = {
  nodeId: id(1),
  saga: 'S',
  service: 'objects_model_crud',
  mode: 'D',
  state: 'asking',
} as const;
const promise = { saga: 'S', nodeId: id(1), service, mode: 'D', state: 'ok' } as const;

function inTurn(...places: readonly Placement[]): () => Json {
  let next = 0;
  return () => asJson(places[Math.min(next++, places.length - 1)]);
}

/** `places`: the place as it is read later, one after the other. */
function creating(
  read: Placement,
  places: readonly Placement[] = [read],
  data: JsonObject = { parentId: id(1), attributes: { cn: 'new' } },
): MachineSpec {
  return given(machine, { reads: { 'consent.place': inTurn(...places) } }).when(
    message('create', data, { read: asJson(read), replyTo: asker }),
  );
}
function codeOf(spec: MachineSpec): unknown {
  const { id: none, error } = spec.answered() as { id: null; error: JsonObject };
  assert.is(none, null);
  return error['code'];
}

test('below the base node nothing is subscribed to: written, announced, answered', () => {
  const place = { ...rest, parent: base };
  const done = creating(place, [place], { attributes: { cn: 'new' } });
  done.then({
    state: 'created',
    asks: [],
    writes: [
      {
        op: 'depend',
        args: { service, on: [], below: { nodeId: id(9), above: [], despite: [] } },
        expect: { subscribed: {} },
      },
      {
        op: 'add',
        args: {
          id: created,
          service,
          objectClass: 'prsTag',
          parentId: id(9),
          systemNode: true,
          attributes: { cn: ['new'] },
        },
      },
    ],
    publishes: [
      { action: 'created', routingKey: 'tags_model_crud_publish', data: { id: created } },
      { action: 'created', routingKey: created },
    ],
    replies: [{ to: asker, body: { id: created } }],
  });
  done.thenEnded();
});

test('subscribe first: nothing is written but the subscription until the owner says ok', () => {
  creating(below).then({
    state: { waiting: 'subscribing' },
    writes: [{ op: 'link', args: { service, nodeId: id(1), generation: 1, entity: 'objects' } }],
    asks: [
      {
        ...owner,
        exchange: 'objects',
        action: 'subscribe',
        data: { service, subscribe_to_id: [id(1)] },
      },
    ],
    replies: [],
  });
});

test('create second: the write expects the subscription', () => {
  creating(below)
    .answers(owner, ok)
    .then({
      state: 'created',
      writes: [
        {
          op: 'depend',
          args: { service, on: [id(1)], below: { nodeId: id(1), above: [], despite: [] } },
          expect: { subscribed: { [id(1)]: 1 } },
        },
        {
          op: 'add',
          args: {
            id: created,
            service,
            objectClass: 'prsTag',
            parentId: id(1),
            systemNode: true,
            attributes: { cn: ['new'] },
          },
        },
      ],
      replies: [{ to: asker, body: { id: created } }],
    });
});

test('each subscription has a later generation than any before', () => {
  creating({ ...below, links: [link({ generation: 6 })] }).then({
    writes: [{ args: { service, nodeId: id(1), generation: 7, entity: 'objects' } }],
  });
});

test('wait: asked again after a while, under another message id', () => {
  const first = creating(below).asked()[0]?.messageId;
  const waiting = creating(below)
    .answers(owner, { response: 'wait' })
    .then({ state: { waiting: 'askingAgain' }, asks: [] });
  const again = waiting.waits(500);
  const [second] = again.asked();
  assert.ok(second?.messageId !== undefined && second.messageId !== first);
  again.answers(owner, ok).then({ state: 'created' });
});

test('waiting ends with the create’s own deadline', () => {
  let spec = creating(below).answers(owner, { response: 'wait' });
  for (let asked = 0; asked < 38; asked += 1)
    spec = spec.waits(500).answers(owner, { response: 'wait' });
  const refused = spec.waits(1_000).then({ state: 'refused' });
  assert.is(codeOf(refused), 504);
  refused.thenEnded();
});

test('no: refused, with the owner’s reason', () => {
  const refused = creating(below)
    .answers(owner, no('objects_model_crud', 'the node is deleted'))
    .then({ state: 'refused', writes: [] });
  assert.is(codeOf(refused), 409);
});

test('an owner that cannot be reached: refused, with the exchange and the key of the subscription', () => {
  const refused = creating(below).returns(owner).then({ state: 'refused', writes: [] });
  assert.is(codeOf(refused), 503);
  const { error } = refused.answered() as { error: JsonObject };
  assert.match(
    String(error['message']),
    "to the exchange 'objects' with the routing key 'objects_model_crud_consume'",
  );
});

test('an owner that is silent: refused at the deadline', () => {
  assert.is(codeOf(creating(below).waits(20_000).then({ state: 'refused' })), 504);
});

for (const [name, held] of [
  ['a promise of this service about it', { ...below, links: [link({ promises: [promise] })] }],
  ['an operation on it or above it', { ...below, holds: [hold] }],
] as const) {
  test(`parked while there is ${name}; goes on when that is called off`, () => {
    const parked = creating(below, [held, held, below])
      .answers(owner, ok)
      .then({ state: { waiting: 'parked' }, writes: [] });
    parked
      .waits(250)
      .then({ state: { waiting: 'parked' }, writes: [] })
      .waits(250)
      .then({ state: 'created', writes: [{ op: 'depend' }, { op: 'add' }] });
  });

  test(`parked while there is ${name}; refused when the node goes`, () => {
    const gone = { ...rest, parent: null, classes: {}, links: [link({ tombstoned: true })] };
    const refused = creating(below, [held, gone])
      .answers(owner, ok)
      .waits(250)
      .then({ state: 'refused', writes: [] });
    assert.is(codeOf(refused), 410);
  });

  test(`parked while there is ${name}; refused at the deadline`, () => {
    assert.is(
      codeOf(
        creating(below, [held])
          .answers(owner, ok)
          .waits(20_000)
          .then({ state: 'refused', writes: [] }),
      ),
      504,
    );
  });
}

test('a late ok for what is tombstoned adds nothing: refused as gone', () => {
  const gone = { ...below, links: [link({ tombstoned: true })] };
  assert.is(
    codeOf(creating(below, [gone]).answers(owner, ok).then({ state: 'refused', writes: [] })),
    410,
  );
});

test('a subscription that was given back meanwhile is made anew', () => {
  const back = { ...below, links: [link({ generation: 1, givenUp: 1 })] };
  const again = creating(below, [back, below])
    .answers(owner, ok)
    .then({
      state: { waiting: 'subscribing' },
      writes: [{ op: 'link', args: { service, nodeId: id(1), generation: 2, entity: 'objects' } }],
      asks: [owner],
    });
  again.answers(owner, ok).then({
    state: 'created',
    writes: [{ op: 'depend', expect: { subscribed: { [id(1)]: 2 } } }, { op: 'add' }],
  });
});

for (const [name, place, code] of [
  [
    'a parent that is not there',
    { parent: null, above: [], classes: {}, holds: [], links: [] },
    404,
  ],
  [
    'a parent that is deleted',
    { parent: null, above: [], classes: {}, holds: [], links: [link({ tombstoned: true })] },
    410,
  ],
  ['a parent of a wrong class', { ...rest, parent: { ...parent, objectClass: 'prsAlert' } }, 409],
] as const) {
  test(`${name}: refused before anybody is asked`, () => {
    const refused = creating(place).then({ state: 'refused', asks: [], writes: [] });
    assert.is(codeOf(refused), code);
    refused.thenEnded();
  });
}

test('what the tree refuses is the answer: after a subscription, and when nothing was subscribed to', () => {
  const error = { code: 409, name: 'name-taken', message: 'there is one' };
  const start = message('create', { attributes: { cn: 'new' } }, { replyTo: asker });
  for (const spec of [creating(below), given(machine)]) {
    const refused = spec.when({ type: 'error.write', error, cause: start } as never);
    refused.then({ state: 'refused', replies: [{ to: asker, body: { id: null, error } }] });
    refused.thenEnded();
  }
});

/** The node 5 with the node 6 below it, which mentions both and a node of another service. */
function copyPlace(more: Partial<CopyPlace['source']> = {}): CopyPlace {
  const nodes = [
    {
      id: id(5),
      parentId: id(3),
      version: 2,
      attributes: { cn: ['old'], prsIndex: [4], prsDefault: [true] },
    },
    {
      id: id(6),
      parentId: id(5),
      version: 7,
      attributes: { cn: ['leaf'], prsIndex: [2], note: [`${id(5)}, ${id(6)}, ${id(7)}`] },
    },
  ];
  return { ...below, source: { nodes, above: [id(3)], beneath: [], holds: [], ...more } };
}

function copying(
  read: CopyPlace,
  places: readonly CopyPlace[] = [read],
  more: JsonObject = {},
  hooks: EntityHooks = {},
): MachineSpec {
  const hooked = nodeCreationMachine(tagsSettings, { hooks, activities: {} });
  const data = { id: id(5), parentId: id(1), attributes: { cn: 'new' }, ...more };
  return given(hooked, { reads: { 'consent.copying': inTurn(...places) } }).when(
    message('copy', data, { read: asJson(read), replyTo: asker }),
  );
}

test('copies are written in one commit, parents first, with their ids in their attributes', () => {
  const replace = { [id(7)]: id(8) };
  const done = copying(copyPlace(), [copyPlace()], { replace }).answers(owner, ok);
  const { id: first, ids } = done.answered() as { id: string; ids: Record<string, string> };
  assert.equal([first, ids[id(5)]], [created, created]);
  const leaf = ids[id(6)] ?? '';
  const added = { service, objectClass: 'prsTag', systemNode: true };
  done.then({
    state: 'created',
    writes: [
      {
        op: 'depend',
        args: { service, on: [id(1)], below: { nodeId: id(1), above: [], despite: [] } },
        expect: { subscribed: { [id(1)]: 1 } },
      },
      { op: 'lock', args: {}, expect: { versions: { [id(5)]: 2, [id(6)]: 7 } } },
      { op: 'add', args: { ...added, id: created, parentId: id(1), attributes: { cn: ['new'] } } },
      {
        op: 'add',
        args: {
          ...added,
          id: leaf,
          parentId: created,
          attributes: { cn: ['leaf'], prsIndex: [2], note: [`${created}, ${leaf}, ${id(8)}`] },
        },
      },
    ],
    publishes: [created, leaf].flatMap((node) => [
      { action: 'created', data: { id: node } },
      { action: 'created', routingKey: node },
    ]),
  });
});

test('subscribe first: copies wait for the owner of their parent, and write nothing before', () => {
  const spec = copying(copyPlace());
  spec.then({ state: { waiting: 'subscribing' }, writes: [{ op: 'link' }], replies: [] });
});

test('copies wait while a saga changes the copied node or deletes a node above', () => {
  const changed = copyPlace({ holds: [{ ...hold, nodeId: id(5), mode: 'U' }] });
  const deleted = copyPlace({ holds: [{ ...hold, nodeId: id(3) }] });
  const other = copyPlace({ holds: [{ ...hold, nodeId: id(3), mode: 'U' }] });
  for (const [held, state] of [
    [changed, { waiting: 'parked' }],
    [deleted, { waiting: 'parked' }],
    [other, 'created'],
  ] as const)
    copying(copyPlace(), [held]).answers(owner, ok).then({ state });
});

test('nothing is copied of a node that is gone, has nodes of others below, or is refused by a hook', () => {
  assert.is(codeOf(copying(copyPlace({ nodes: [] }))), 404);
  const foreign = { id: id(2), cn: 'x', objectClass: 'prsAlert', service: 's', parentId: id(6) };
  const mixed = copyPlace({ beneath: [foreign] });
  assert.is(codeOf(copying(mixed)), 409);
  copying(mixed, [mixed], { only_own: true }).then({ state: { waiting: 'subscribing' } });
  const creating: EntityHooks['creating'] = ({ attributes }) =>
    attributes['note'] === undefined ? undefined : { refused: 'no notes' };
  assert.is(codeOf(copying(copyPlace(), [copyPlace()], {}, { creating })), 409);
  const later = copying(copyPlace(), [copyPlace({ nodes: [] })]);
  assert.is(codeOf(later.answers(owner, ok)), 404);
});

test('copies are refused when a node below the copied node goes while its copy is made', () => {
  const { source } = copyPlace();
  const later = copying(copyPlace(), [copyPlace({ nodes: source.nodes.slice(0, 1) })]);
  const refused = later.answers(owner, ok);
  assert.is(codeOf(refused), 409);
  assert.match(JSON.stringify(refused.answered()), new RegExp(`${id(6)} was deleted or moved`));
  refused.then({ state: 'refused' });
});

test.run();
