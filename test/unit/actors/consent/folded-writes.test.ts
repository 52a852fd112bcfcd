/** The writes that one commit does in one pass over its nodes, and those that it keeps apart. */
import { foldedWrites } from '../../../../actors/consent/ledger/rules/folded-writes.ts';
import { ledgerWrite } from '../../../../actors/consent/ledger/store.ts';
import { foldedWrites as foldedLocks } from '../../../../actors/hierarchy/rules/folded-writes.ts';
import { hierarchyWrite } from '../../../../actors/hierarchy/store.ts';
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
