import { ledgerWrite } from '../../actors/consent/ledger/store.ts';
import { type Attributes, hierarchyWrite } from '../../actors/hierarchy/store.ts';
import { Broken, Conflict } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { refused } from './hierarchy-cases.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** The writes that make nodes, and the reads beside these writes. */
export function nodesContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy nodes on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.base();
  });
  test.after(() => bench.end());

  test('ensureBase makes root and base node once, whatever ids come later', async () => {
    await world.tree(
      'ensureBase',
      { baseNode: 'objects', ids: [idOf('other root'), idOf('other base')] },
      null,
    );
    await world.tree(
      'ensureBase',
      { baseNode: 'tags', ids: [idOf('other root'), idOf('tags')] },
      null,
    );
    const found = await world.read('search', {});
    assert.equal(
      found.map(({ id, dn }) => [id, dn]).sort(),
      [
        [idOf('objects'), 'cn=objects,cn=prs'],
        [idOf('root'), 'cn=prs'],
        [idOf('tags'), 'cn=tags,cn=prs'],
      ].sort(),
    );
  });

  test('the place of a create is the parent given, else the base node', async () => {
    await world.add('objects', 'plant', 'objects');
    const { parent: base } = await world.place('objects', undefined);
    assert.equal(base, {
      id: idOf('objects'),
      objectClass: 'prsModelNode',
      version: await world.epoch('objects'),
      isBase: true,
    });
    const { parent } = await world.place('objects', 'plant');
    assert.equal(parent, {
      id: idOf('plant'),
      objectClass: 'prsObject',
      version: 1,
      isBase: false,
    });
    assert.is((await world.place('objects', 'nobody')).parent, null);
    assert.is((await world.place('tags', undefined)).parent, null);
  });

  test('a subtree for a copy: own nodes with attributes, parents first, and others beneath', async () => {
    await world.add('objects', 'plant', 'objects', { attributes: { note: ['x'] } });
    await world.add('objects', 'line', 'plant');
    await world.add('tags', 'load', 'line');
    await world.add('objects', 'hidden', 'load');
    const args = { objectClass: classes.objects, id: idOf('plant'), most: 2 };
    const { nodes, above, beneath } = await world.read('subtree', args);
    assert.equal(
      nodes.map(({ id, parentId, version }) => [id, parentId, version]),
      [
        [idOf('plant'), idOf('objects'), 2],
        [idOf('line'), idOf('plant'), 2],
      ],
    );
    assert.equal(nodes[0]?.attributes['note'], ['x']);
    assert.equal(above, [idOf('objects'), idOf('root')]);
    assert.equal(
      beneath.map(({ id }) => id),
      [idOf('load')],
    );
    await assert.rejects(
      () => world.read('subtree', { ...args, most: 1 }),
      refused('answer-too-large'),
    );
    const { nodes: none } = await world.read('subtree', { ...args, objectClass: classes.tags });
    assert.equal(none, []);
  });

  test('the nodes of any class that hold a text are found, and no node of the tree itself', async () => {
    const url = "file:///a%20b/o'clock.png";
    await world.add('objects', 'plant', 'objects', { attributes: { plan: ['x', url] } });
    await world.add('tags', 'load', 'plant', { attributes: { picture: [url], note: [url] } });
    await world.add('tags', 'speed', 'plant', { attributes: { picture: [`${url}2`, 17] } });
    const texts = [url, 'file:///unknown', '17', 'half \ud800'];
    const found = await world.read('holders', { texts });
    assert.equal(
      found.map(({ id, attributes }) => [id, attributes['picture'] ?? attributes['plan']]),
      [
        [idOf('plant'), ['x', url]],
        [idOf('load'), [url]],
      ].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
    assert.is(typeof found[0]?.service, 'string');
    assert.equal(await world.read('holders', { texts: [] }), []);
  });

  test('a new node gets its defaults, and its id for a name when it has none', async () => {
    await world.add('objects', 'plant', 'objects', {
      attributes: { cn: [], prsIndex: [7], description: ['x', null, 'y'], empty: [] },
    });
    const [plant] = await world.read('search', { id: idOf('plant') });
    const attributes = {
      cn: [idOf('plant')],
      objectClass: ['prsObject'],
      prsActive: [true],
      prsDefault: [true],
      prsIndex: [7],
    };
    assert.equal(plant?.attributes, { ...attributes, description: ['x', 'y'] });
    await world.add('tags', 'tag', 'objects', { attributes: { prsActive: [false] } });
    assert.equal(await world.attribute('tag', 'prsIndex'), [8]);
    assert.equal(await world.attribute('tag', 'prsActive'), [false]);
  });

  test('nodes that one commit adds below one parent come as if added one after another', async () => {
    const add = (name: string, attributes: Attributes = {}, systemNode = false) =>
      hierarchyWrite(
        'add',
        {
          ...{ id: idOf(name), service: 'objects', objectClass: classes.objects, systemNode },
          ...{ parentId: idOf('objects'), attributes },
        },
        null,
      );
    await world.apply(
      add('a', { cn: ['a'] }, true),
      add('b', { cn: ['b'], prsIndex: [7] }),
      add('c', { cn: ['c'] }),
      add('d'),
    );
    const found = await world.read('search', { base: idOf('objects'), scope: 1 });
    assert.equal(
      found
        .map(({ attributes: { cn, prsIndex, prsDefault } }) => [
          cn?.[0],
          prsIndex?.[0],
          prsDefault?.[0],
        ])
        .sort(),
      [
        ['a', 1, true],
        ['b', 7, false],
        ['c', 8, false],
        [idOf('d'), 9, false],
      ].sort(),
    );
    await assert.rejects(
      world.apply(add('e', { cn: ['e'] }), add('f', { cn: ['c'] })),
      refused('name-taken'),
    );
    await assert.rejects(
      world.apply(add('e', { cn: ['e'] }), add('f', { cn: ['system'] })),
      refused('name-taken'),
    );
    assert.is((await world.read('search', { base: idOf('objects'), scope: 1 })).length, 4);
  });

  test('a name is taken among siblings only', async () => {
    await world.add('objects', 'plant', 'objects');
    await assert.rejects(
      world.add('tags', 'other', 'objects', { attributes: { cn: ['plant'] } }),
      refused('name-taken'),
    );
    await world.add('objects', 'other', 'plant', { attributes: { cn: ['plant'] } });
    await world.add('objects', 'upper', 'objects', { attributes: { cn: ['Plant'] } });
    assert.equal((await world.found({ objectClass: classes.objects })).sort(), [
      'Plant',
      'plant',
      'plant',
    ]);
  });

  test('the name of system nodes is reserved', async () => {
    await world.add('objects', 'plant', 'objects');
    await assert.rejects(
      world.add('objects', 'x', 'plant', { attributes: { cn: ['system'] } }),
      refused('name-taken'),
    );
    await assert.rejects(world.modify('plant', { cn: ['system'] }), refused('name-taken'));
  });

  test('text that cannot be stored is refused', async () => {
    for (const text of ['a\0b', 'half \ud800', '\udc00']) {
      await assert.rejects(
        world.add('objects', 'x', 'objects', { attributes: { note: [text] } }),
        refused('bad-message'),
      );
      await assert.rejects(
        world.add('objects', 'x', 'objects', { attributes: { cn: [text] } }),
        refused('bad-message'),
      );
      await assert.rejects(
        world.add('objects', 'x', 'objects', { attributes: { [text]: [1] } }),
        refused('bad-message'),
      );
    }
  });

  test('names and values survive as they are', async () => {
    const attributes = {
      'what? ever': ['it\'s \\ "?" $1 ?? :x', ' ', ''],
      ['__proto__']: ['own'],
      ünï: ['🙂', 1.5e-7, -0.5, 1e21, false],
    };
    await world.add('objects', `o'?\\"🙂`, 'objects', { attributes });
    const [node] = await world.read('search', { id: idOf(`o'?\\"🙂`) });
    for (const name of Object.keys(attributes)) {
      const values = Object.entries(node?.attributes ?? {}).find(([given]) => given === name)?.[1];
      assert.equal(values, Object.entries(attributes).find(([given]) => given === name)?.[1], name);
    }
    assert.equal(await world.found({ filter: { 'what? ever': ['it\'s \\ "?" $1 ?? :x'] } }), [
      `o'?\\"🙂`,
    ]);
  });

  test('a parent epoch rises with every node added', async () => {
    const before = await world.epoch('objects');
    await world.add('objects', 'plant', 'objects');
    await world.tree(
      'addAlias',
      { id: idOf('alias'), parentId: idOf('objects'), targetId: idOf('plant'), cn: 'alias' },
      null,
    );
    assert.is(await world.epoch('objects'), before + 2);
  });

  test('an add on another epoch is a conflict and leaves nothing', async () => {
    const late = await world.adding('objects', 'late', 'objects');
    await world.add('objects', 'plant', 'objects');
    await assert.rejects(world.apply(...late), Conflict);
    assert.equal(await world.found({ objectClass: classes.objects }), ['plant']);
  });

  test('an add below what is gone is a conflict', async () => {
    await world.add('objects', 'plant', 'objects');
    const late = await world.adding('objects', 'late', 'plant');
    await world.remove('T', 'objects', 'plant');
    await assert.rejects(world.apply(...late), Conflict);
  });

  test('several writes are one: what fails undoes what went before', async () => {
    await world.add('objects', 'plant', 'objects');
    const held = { saga: 'T', service: 'objects', nodeIds: [idOf('plant')] };
    const writes = [
      ledgerWrite('link', { service: 'tags', nodeId: idOf('plant'), generation: 4 }, { links: {} }),
      ledgerWrite('freeze', { ...held, mode: 'D', through: [], above: [] }, { epochs: {} }),
      ledgerWrite('removed', { ...held, atMs: 1 }, null),
      hierarchyWrite(
        'modify',
        { id: idOf('plant'), attributes: { cn: ['works'] } },
        { versions: {} },
      ),
      hierarchyWrite('remove', { nodeIds: held.nodeIds, beside: [] }, null),
      hierarchyWrite('modify', { id: idOf('plant'), attributes: {} }, { versions: {} }),
    ];
    await assert.rejects(world.apply(...writes), refused('not-found'));
    assert.equal(await world.found({ objectClass: classes.objects }), ['plant']);
    const { links, holds } = await world.place('tags', 'plant');
    assert.equal([links[0]?.version, links[0]?.tombstoned, holds], [0, false, []]);
    await world.add('objects', 'shop', 'plant');
  });

  test('an id is used once', async () => {
    await world.add('objects', 'plant', 'objects');
    await assert.rejects(
      world.add('objects', 'plant', 'objects', { attributes: { cn: ['again'] } }),
      Broken,
    );
    const args = {
      id: 'PLANT',
      service: 'objects',
      objectClass: 'prsObject',
      parentId: idOf('objects'),
      systemNode: false,
    };
    await assert.rejects(world.tree('add', { ...args, attributes: {} }, null), Broken);
  });

  test('the first of a class is the default, a later one takes it over, another class has its own', async () => {
    for (const name of ['one', 'two', 'three']) {
      await world.add('objects', name, 'objects', { attributes: { prsDefault: [name === 'two'] } });
    }
    await world.add('tags', 'tag', 'objects', { attributes: { prsDefault: [false] } });
    assert.equal((await world.found({ filter: { prsDefault: [true] } })).sort(), ['tag', 'two']);
    await world.modify('three', { prsDefault: ['TRUE'] });
    assert.equal((await world.found({ filter: { prsDefault: [true] } })).sort(), ['tag', 'three']);
    await assert.rejects(world.modify('three', { prsDefault: [false] }), refused('refused'));
    assert.equal(await world.attribute('three', 'prsDefault'), [true]);
  });

  test('when the default goes or moves away the oldest left becomes it', async () => {
    for (const name of ['one', 'two', 'three']) await world.add('objects', name, 'objects');
    const epoch = await world.epoch('two');
    await world.remove('T', 'objects', 'one');
    assert.equal(await world.found({ filter: { prsDefault: [true] } }), ['two']);
    assert.is(await world.epoch('two'), epoch + 1);
    await world.modify('two', {}, 'three');
    assert.equal((await world.found({ filter: { prsDefault: [true] } })).sort(), ['three', 'two']);
  });

  test('a node that moves leaves its default behind and takes one over only when it says so', async () => {
    await world.add('objects', 'plant', 'objects');
    await world.add('objects', 'shop', 'plant');
    await world.add('objects', 'annex', 'plant');
    await world.add('objects', 'hall', 'annex');
    await world.modify('shop', {}, 'annex');
    assert.equal(
      (await world.found({ base: idOf('annex'), scope: 1, filter: { prsDefault: [true] } })).sort(),
      ['hall'],
    );
    assert.equal(await world.attribute('annex', 'prsDefault'), [true]);
    await world.modify('shop', { prsDefault: [true] });
    assert.equal(
      await world.found({ base: idOf('annex'), scope: 1, filter: { prsDefault: [true] } }),
      ['shop'],
    );
  });

  test.run();
}
