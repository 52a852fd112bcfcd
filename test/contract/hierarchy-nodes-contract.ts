import { ledgerWrite } from '../../actors/consent/ledger/store.ts';
import { type Attributes, hierarchyWrite } from '../../actors/hierarchy/store.ts';
import { Broken, Conflict, Refused } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.code === code;

/** The writes that make, change and remove nodes, and the reads beside them. */
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

  test('modify sets, adds and removes attributes and raises the epoch', async () => {
    await world.add('objects', 'plant', 'objects', { attributes: { a: [1], b: [2], c: [3] } });
    const epoch = await world.epoch('plant');
    const attributes = {
      a: [9, 8],
      b: [],
      c: null,
      d: ['new'],
      objectClass: ['prsTag'],
    } as unknown as Record<string, number[]>;
    await world.modify('plant', attributes);
    const [plant] = await world.read('search', {
      id: idOf('plant'),
      attributes: ['a', 'b', 'c', 'd', 'objectClass', 'prsIndex'],
    });
    assert.equal(plant?.attributes, {
      a: [9, 8],
      b: [null],
      c: [null],
      d: ['new'],
      objectClass: ['prsObject'],
      prsIndex: [1],
    });
    assert.is(await world.epoch('plant'), epoch + 1);
  });

  test('modify on another epoch is a conflict', async () => {
    await world.add('objects', 'plant', 'objects');
    const late = await world.modifying('plant', { a: [1] });
    await world.modify('plant', { a: [2] });
    await assert.rejects(world.apply(...late), Conflict);
    assert.equal(await world.attribute('plant', 'a'), [2]);
  });

  test('a new cn renames, a taken one does not, none changes nothing', async () => {
    await world.add('objects', 'plant', 'objects');
    await world.add('objects', 'shop', 'objects');
    await assert.rejects(world.modify('shop', { cn: ['plant'] }), refused('name-taken'));
    await world.modify('shop', { cn: ['hall'] });
    await world.modify('shop', { cn: ['hall'], note: [1] });
    assert.equal(
      (await world.read('search', { id: idOf('shop') }))[0]?.dn,
      'cn=hall,cn=objects,cn=prs',
    );
    await world.modify('shop', { cn: [] });
    assert.equal(await world.found({ id: idOf('shop') }), ['hall']);
  });

  test('a move takes the subtree along and raises both parents', async () => {
    await world.plant();
    await world.add('objects', 'annex', 'plant');
    const [section, annex] = [await world.epoch('section'), await world.epoch('annex')];
    await world.modify('mill', {}, 'annex');
    assert.equal(
      [await world.epoch('section'), await world.epoch('annex')],
      [section + 1, annex + 1],
    );
    const [hot] = await world.read('search', { id: idOf('hot') });
    assert.is(hot?.dn, 'cn=hot,cn=load,cn=mill,cn=annex,cn=plant,cn=objects,cn=prs');
    assert.equal(await world.found({ base: idOf('section') }), ['section']);
  });

  test('a move never goes into the own subtree, onto a taken name or nowhere', async () => {
    await world.plant();
    await world.add('objects', 'other', 'plant', { attributes: { cn: ['section'] } });
    await assert.rejects(world.modify('shop', {}, 'mill'), refused('refused'));
    await assert.rejects(world.modify('shop', {}, 'shop'), refused('refused'));
    await assert.rejects(world.modify('section', {}, 'plant'), refused('name-taken'));
    await assert.rejects(world.modify('section', {}, 'nobody'), refused('not-found'));
    await assert.rejects(world.modify('nobody', {}), refused('not-found'));
    await world.modify('section', { cn: ['free'] }, 'plant');
    assert.is(
      (await world.read('search', { id: idOf('section') }))[0]?.dn,
      'cn=free,cn=plant,cn=objects,cn=prs',
    );
  });

  test('the tree’s own nodes are not written by services and take no children', async () => {
    await world.plant();
    await world.tree(
      'addAlias',
      { id: idOf('alias'), parentId: idOf('plant'), targetId: idOf('mill'), cn: 'alias' },
      null,
    );
    const [system] = await world.read('search', {
      base: idOf('mill'),
      scope: 1,
      filter: { cn: ['system'] },
    });
    for (const id of [system?.id ?? '', idOf('alias')]) {
      const args = {
        id: idOf('x'),
        service: 'objects',
        objectClass: 'prsObject',
        parentId: id,
        systemNode: false,
      };
      await assert.rejects(
        world.tree('add', { ...args, attributes: {} }, null),
        refused('wrong-class'),
      );
      await assert.rejects(
        world.tree('modify', { id, attributes: {} }, { versions: {} }),
        refused('wrong-class'),
      );
    }
    const late = { id: idOf('y'), parentId: idOf('plant'), cn: 'y' };
    await assert.rejects(
      world.tree('addAlias', { ...late, targetId: idOf('nobody') }, null),
      refused('not-found'),
    );
    await assert.rejects(
      world.tree('addAlias', { ...late, targetId: idOf('mill'), cn: 'alias' }, null),
      refused('name-taken'),
    );
  });

  test('remove takes system and alias nodes along and leaves tombstones', async () => {
    await world.plant();
    await world.subscribe('mill', 'tags');
    await world.tree(
      'addAlias',
      { id: idOf('alias'), parentId: idOf('mill'), targetId: idOf('plant'), cn: 'alias' },
      null,
    );
    await world.remove('T', 'alerts', 'hot');
    await world.remove('T', 'tags', 'load');
    const epoch = await world.epoch('shop');
    await world.remove('T', 'objects', 'section', 'mill');
    assert.equal((await world.found({ base: idOf('plant'), deref: false })).sort(), [
      'plant',
      'shop',
    ]);
    assert.is(await world.epoch('shop'), epoch + 1);
    const { gone, missing } = await world.engagement(
      'objects',
      'T2',
      'D',
      'mill',
      'section',
      'nobody',
    );
    assert.equal(
      [[...gone].sort(), missing],
      [[idOf('mill'), idOf('section')].sort(), [idOf('nobody')]],
    );
  });

  test('remove is refused while another node is below, and says which', async () => {
    await world.plant();
    const named = (error: unknown) =>
      refused('in-use')(error) &&
      error instanceof Refused &&
      error.at === idOf('load') &&
      /load/.test(error.message);
    await assert.rejects(world.remove('T', 'objects', 'section', 'mill'), named);
    await assert.rejects(world.remove('T', 'objects', 'shop'), refused('in-use'));
    assert.equal((await world.found({ objectClass: classes.objects })).sort(), [
      'mill',
      'plant',
      'section',
      'shop',
    ]);
  });

  test('remove of what has gone tombstones it all the same', async () => {
    await world.add('objects', 'plant', 'objects');
    await world.remove('T', 'objects', 'plant');
    await world.remove('T2', 'objects', 'plant');
    const states = (saga: string) =>
      world.read('engagementStates', { saga, service: 'objects', nodeIds: [idOf('plant')] });
    assert.equal(await states('T2'), [{ nodeId: idOf('plant'), state: 'tombstoned' }]);
    assert.equal(await states('T3'), []);
  });

  test('the nodes of a service are found with what they would depend on as nodes of another class', async () => {
    await world.plant();
    const gone = '0a0b0c0d-0000-4000-8000-000000000000';
    const references = { source: [idOf('mill'), 'unknown', gone], note: [idOf('shop'), 'a text'] };
    await world.add('tags', 'far', 'plant', { attributes: references });
    await world.add('tags', 'sub', 'load', { attributes: { source: [idOf('far')] } });
    const found = (objectClass: string) =>
      world.read('adoptable', { service: 'tags', objectClass, references: ['source'] });
    const mill = { id: idOf('mill'), objectClass: 'prsObject', service: 'objects' };
    const asAlerts = await found(classes.alerts);
    assert.equal(
      asAlerts.map(({ id, cn, objectClass }) => [id, cn, objectClass]),
      ['far', 'load', 'sub']
        .map((name) => [idOf(name), name, classes.tags])
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
    const named = new Map(asAlerts.map((node) => [node.cn, node]));
    assert.equal(
      ['far', 'load', 'sub'].map((name) => named.get(name)?.parent?.id ?? null),
      [idOf('plant'), idOf('mill'), null],
      'a node of the same service above is taken over too',
    );
    assert.equal(
      ['far', 'load', 'sub'].map((name) => named.get(name)?.belowId ?? null),
      [null, null, idOf('load')],
    );
    assert.equal(named.get('far')?.references, [{ attribute: 'source', ...mill }]);
    const shop = { id: idOf('shop'), objectClass: classes.objects, service: 'objects' };
    assert.equal(
      named.get('far')?.mentions,
      [{ attribute: 'note', ...shop }],
      'an id in an attribute that is no reference',
    );
    assert.equal([named.get('sub')?.references, named.get('sub')?.mentions], [[], []]);
    await world.add('alerts', 'first', 'plant', { attributes: { source: [idOf('sub')] } });
    await world.add('alerts', 'later', 'plant', { attributes: { source: [idOf('sub')] } });
    await world.add('alerts', 'noted', 'plant', { attributes: { note: [idOf('load')] } });
    assert.equal(
      (await found(classes.alerts)).map(({ cn, referrer }) => [cn, referrer?.cn ?? null]).sort(),
      [
        ['far', null],
        ['load', null],
        ['sub', 'first'],
      ],
    );
    const asObjects = await found(classes.objects);
    assert.ok(
      asObjects.every(({ parent }) => parent === null),
      'a node of the own class above is no node of others',
    );
    assert.equal(
      await world.read('adoptable', { service: 'nobody', objectClass: '', references: [] }),
      [],
    );
  });

  test('adopted nodes have the service and the class of the new owner, and one default a class', async () => {
    await world.plant();
    await world.add('alerts', 'own', 'mill');
    const versions = async () => (await world.epochs('load', 'mill', 'hot')).versions ?? {};
    const before = await versions();
    const args = { nodeIds: [idOf('load')], service: 'alerts', objectClass: classes.alerts };
    const expect = { versions: { [idOf('load')]: before[idOf('load')] ?? 0 } };
    await world.tree('adopt', args, expect);
    assert.equal(
      [await world.attribute('load', 'objectClass'), await world.attribute('load', 'prsDefault')],
      [[classes.alerts], [false]],
    );
    assert.equal(await world.attribute('own', 'prsDefault'), [true]);
    const after = await versions();
    const raised = Object.keys(before).filter((id) => (after[id] ?? 0) > (before[id] ?? 0));
    assert.equal(raised.sort(), [idOf('load'), idOf('mill')].sort());
    const { nodes } = await world.engagement('alerts', 'T', 'D', 'load');
    assert.equal(nodes.map(({ cn }) => cn).sort(), ['hot', 'load']);
    await assert.rejects(world.tree('adopt', args, expect), Conflict);
  });

  test('an unknown read or write is a bug', async () => {
    await assert.rejects(world.apply({ store: 'hierarchy', op: 'toString', args: {} }), Broken);
    await assert.rejects(world.read('constructor' as 'search', {}), Broken);
  });

  test.run();
}
