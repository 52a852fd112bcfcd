/** A read of the tree has one result for one tree, in any order of the rows that a store returns. */
import { MemoryHierarchyStore } from '../../../../../actors/hierarchy/memory/memory-store.ts';
import { MemoryTables } from '../../../../../actors/hierarchy/memory/memory-tables.ts';
import { MemoryTree } from '../../../../../actors/hierarchy/memory/memory-tree.ts';
import { performRead } from '../../../../../actors/hierarchy/rules/reads.ts';
import type { TreeRows } from '../../../../../actors/hierarchy/rules/rows.ts';
import {
  type Attributes,
  type HierarchyReads,
  hierarchyWrite,
} from '../../../../../actors/hierarchy/store.ts';
import type { Json } from '../../../../../runtime/ports/json.ts';
import { noUndo } from '../../../../../runtime/ports/undo-log.ts';
import { idOf } from '../../../../contract/hierarchy-world.ts';
import { assert, suite } from '../../../../support/suite.ts';

const test = suite('hierarchy: order of rows');

const pool = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const ids = pool.map(idOf);
const rules = {
  references: [
    { attribute: 'ref', onDelete: 'detach' },
    { attribute: 'uses', onDelete: 'refuse' },
  ],
} as const;
const objects = { service: 'objects', objectClass: 'prsObject' };
const tags = { service: 'tags', objectClass: 'prsTag' };

/** Two objects below the base, two below the first, and tags below and beside that refer to others. */
async function planted(): Promise<MemoryTables> {
  const tables = new MemoryTables();
  const store = new MemoryHierarchyStore(tables);
  const add = (id: string, parentId: string, of: typeof objects, attributes: Attributes = {}) =>
    hierarchyWrite(
      'add',
      { ...of, id: idOf(id), parentId: idOf(parentId), attributes, systemNode: true },
      null,
    );
  await store.apply(noUndo, [
    hierarchyWrite(
      'ensureBase',
      { baseNode: 'objects', ids: [idOf('root'), idOf('objects')] },
      null,
    ),
    add('a', 'objects', objects),
    add('b', 'objects', objects),
    add('c', 'a', objects),
    add('d', 'a', objects, { uses: [idOf('b'), idOf('a')] }),
    add('e', 'c', tags, { ref: [idOf('b'), idOf('c')] }),
    add('f', 'c', tags, { uses: [idOf('a')], prsIndex: [1] }),
    add('g', 'd', tags, { uses: [idOf('b'), idOf('d')] }),
    add('h', 'd', tags, { ref: [idOf('d')], prsIndex: [1] }),
    hierarchyWrite(
      'link',
      {
        ...tags,
        nodeId: idOf('e'),
        name: 'Objects',
        to: [idOf('f'), idOf('g')],
        attributes: {},
      },
      null,
    ),
  ]);
  return tables;
}

/** The same rows, the last first. */
function reversed(tree: TreeRows): TreeRows {
  return new Proxy(tree, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        const rows: unknown = await Reflect.apply(method, target, args);
        return Array.isArray(rows) ? rows.toReversed() : rows;
      };
    },
  });
}

const asked: { readonly [Op in keyof HierarchyReads]: HierarchyReads[Op]['args'] } = {
  search: { base: idOf('a'), scope: 2, hierarchy: true },
  page: { base: idOf('a'), scope: 2, limit: 3, most: 10 },
  nodes: { objectClass: 'prsObject', ids, below: true, above: true, rules },
  adoptable: { service: 'tags', objectClass: 'prsAlert', references: ['ref', 'uses'] },
  present: { nodeIds: ids },
  place: { baseNode: 'objects', references: ids, parentId: idOf('c') },
  dependants: { objectClass: 'prsObject', ids: ids.slice(0, 2), rules, except: [] },
  detached: { objectClass: 'prsTag', ids, attributes: ['ref'] },
  footprint: { nodeIds: ids },
  listed: { nodeIds: ids },
  foreignBelow: { nodeIds: ids.slice(0, 4) },
  upstream: { nodeIds: ids },
  holders: { texts: ids },
  needed: { service: 'tags', ids, except: [] },
  subtree: { objectClass: 'prsObject', id: idOf('a'), most: 100 },
  linked: { service: 'tags', nodeId: idOf('e'), name: 'Objects' },
};

for (const [op, args] of Object.entries(asked))
  test(`${op}: the order of the rows does not matter`, async () => {
    const tree = new MemoryTree(await planted(), noUndo);
    const found = await performRead(tree, op, args as Json);
    assert.ok(JSON.stringify(found).includes('-'), 'the read finds rows');
    assert.equal(await performRead(reversed(tree), op, args as Json), found);
  });

test('dependants: the order of rows that refuse does not matter', async () => {
  const tree = new MemoryTree(await planted(), noUndo);
  const args = { objectClass: 'prsTag', ids: ids.slice(0, 4), rules, except: [] };
  const found = await performRead(tree, 'dependants', args);
  assert.equal(await performRead(reversed(tree), 'dependants', args), found);
});

test.run();
