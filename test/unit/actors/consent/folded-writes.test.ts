/** The writes that one commit does in one pass over its nodes, and those that it keeps apart. */
import { foldedWrites } from '../../../../actors/consent/ledger/rules/folded-writes.ts';
import { ledgerWrite } from '../../../../actors/consent/ledger/store.ts';
import { foldedWrites as foldedLocks } from '../../../../actors/hierarchy/rules/folded-writes.ts';
import { type Attributes, hierarchyWrite } from '../../../../actors/hierarchy/store.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import type { Write } from '../../../../runtime/ports/store.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('folded writes');

const saga = { saga: 'T', service: 'tags', nodeIds: ['a', 'b'] };
const frozen = { ...saga, mode: 'D', above: [], through: ['o'] } as const;
const at = (epochs: Readonly<Record<string, number>>) => ({ epochs });
const lock = (versions: Readonly<Record<string, number>>) =>
  hierarchyWrite('lock', {}, { versions });

const cases: readonly (readonly [
  title: string,
  writes: readonly Write[],
  folded: readonly Write[],
])[] = [
  [
    'a freeze and its promise are one freeze with both expectations',
    [
      ledgerWrite('freeze', frozen, at({ a: 1 })),
      ledgerWrite('promised', saga, at({ a: 1, b: 2 })),
    ],
    [ledgerWrite('freeze', { ...frozen, promised: true }, at({ a: 1, b: 2 }))],
  ],
  [
    'a decision from above, the expectation of the lists and the removal are one removal',
    [
      ledgerWrite('decide', saga, null),
      ledgerWrite('decide', saga, at({ a: 1 })),
      ledgerWrite('removed', { ...saga, atMs: 5 }, null),
    ],
    [ledgerWrite('removed', { ...saga, atMs: 5 }, at({ a: 1 }))],
  ],
];

const depend = (generation: number) =>
  ledgerWrite('depend', { service: 'tags', on: ['o'] }, { subscribed: { o: generation } });
const link = (generation: number) =>
  ledgerWrite('link', { service: 'tags', nodeId: 'o', generation }, null);
const subscribe = (generation: number, subscriber = 'tags') =>
  ledgerWrite(
    'subscribe',
    { service: 'objects', nodeId: 'o', subscriber, generation, consent: true, above: [] },
    { epochs: {} },
  );

test('creates below one parent depend, link and subscribe once', () => {
  assert.equal(foldedWrites([depend(3), depend(2), depend(4)]), [depend(2)]);
  assert.equal(foldedWrites([link(1), link(3), link(2)]), [link(3)]);
  assert.equal(foldedWrites([subscribe(1), subscribe(3), subscribe(2)]), [subscribe(3)]);
});

test('subscriptions of different nodes or subscribers are one write, up to one that is there already', () => {
  const of = (subscriber: string) => subscribe(1, subscriber).args;
  const all = (...args: readonly Json[]) => ({
    ...{ store: 'ledger', op: 'subscribeAll', args: { subscriptions: args }, expect: null },
  });
  const writes = [subscribe(1, 'a'), subscribe(1, 'b'), subscribe(2, 'a'), subscribe(2, 'c')];
  assert.equal(foldedWrites(writes), [
    all(of('a'), of('b')),
    all({ ...(of('a') as object), generation: 2 }, { ...(of('c') as object), generation: 2 }),
  ]);
  const leave = (subscriber: string) =>
    ledgerWrite('unsubscribe', { nodeId: 'o', subscriber, generation: 1 }, null);
  assert.equal(foldedWrites([leave('a'), leave('b'), subscribe(1), leave('c')]), [
    {
      ...leave('a'),
      op: 'unsubscribeAll',
      args: { subscriptions: ['a', 'b'].map((one) => leave(one).args) },
    },
    subscribe(1),
    leave('c'),
  ]);
});

test('other services, and expected versions and epochs, stay writes of their own', () => {
  const expecting = ledgerWrite('depend', { service: 'tags', on: ['o'] }, { links: { o: 1 } });
  const epoch = { ...subscribe(2), expect: { epochs: { o: 1 } } };
  for (const writes of [
    [depend(1), expecting],
    [subscribe(1), epoch],
    [link(1), { ...link(2), expect: { links: { o: 1 } } }],
  ])
    assert.equal(foldedWrites(writes), writes);
});

const node = (id: string, attributes: Attributes = {}, parentId = 'p') => ({
  ...{ id, service: 'objects', objectClass: 'prsObject', parentId, attributes },
  systemNode: false,
});
const add = (...given: Parameters<typeof node>) => hierarchyWrite('add', node(...given), null);

test('adds below one parent are one write, up to an add that may meet another one', () => {
  assert.equal(foldedLocks([add('a'), add('b', { cn: ['x'] }), add('c')]), [
    hierarchyWrite('addAll', { adds: [node('a'), node('b', { cn: ['x'] }), node('c')] }, null),
  ]);
  for (const second of [
    add('b', {}, 'q'),
    add('b', { cn: ['A'] }),
    add('b', { prsDefault: [true] }),
    { ...add('b'), expect: { versions: { p: 1 } } },
    hierarchyWrite('add', { ...node('b'), anyCase: true }, null),
    hierarchyWrite('add', { ...node('b'), objectClass: 'prsTag' }, null),
  ])
    assert.equal(foldedLocks([add('a'), second]), [add('a'), second]);
});

test('renewals of a subscription beside the nodes are one, of the first node', () => {
  const list = (id: string, generation: number) =>
    hierarchyWrite('list', { id, nodeId: 'o', subscriber: 't', generation, consent: true }, null);
  assert.equal(foldedLocks([list('s1', 1), list('s2', 3)]), [list('s1', 3)]);
  const other = hierarchyWrite(
    'list',
    { id: 's3', nodeId: 'p', subscriber: 't', generation: 1, consent: true },
    null,
  );
  const both = [list('s1', 1).args, other.args];
  assert.equal(foldedLocks([list('s1', 1), other]), [
    { ...other, op: 'listAll', args: { subscriptions: both } },
  ]);
});

for (const [title, writes, folded] of cases)
  test(title, () => {
    assert.equal(foldedWrites(writes), folded);
  });

const apart: readonly (readonly [title: string, second: Write])[] = [
  ['of another saga', ledgerWrite('decide', { ...saga, saga: 'U' }, null)],
  ['of other nodes', ledgerWrite('decide', { ...saga, nodeIds: ['a'] }, null)],
  ['at another epoch', ledgerWrite('decide', saga, at({ a: 2 }))],
  ['of another kind', ledgerWrite('release', { saga: 'T', service: 'tags' }, null)],
];

for (const [title, second] of apart)
  test(`a decision ${title} stays a write of its own`, () => {
    const writes = [ledgerWrite('decide', saga, at({ a: 1 })), second];
    assert.equal(foldedWrites(writes), writes);
  });

test('a write between two others keeps them apart', () => {
  const release = ledgerWrite('release', { saga: 'S', service: 'tags' }, null);
  const writes = [
    ledgerWrite('freeze', frozen, at({})),
    release,
    ledgerWrite('promised', saga, at({})),
  ];
  assert.equal(foldedWrites(writes), writes);
});

test('locks of the tree one after another are one lock', () => {
  assert.equal(foldedLocks([lock({ a: 1 }), lock({ a: 1, b: 2 })]), [lock({ a: 1, b: 2 })]);
});

test('a lock of another version of the same node stays a write of its own', () => {
  assert.equal(foldedLocks([lock({ a: 1 }), lock({ a: 2 })]), [lock({ a: 1 }), lock({ a: 2 })]);
});

test.run();
