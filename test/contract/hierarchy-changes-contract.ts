import { Broken, Conflict, Refused } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { refused } from './hierarchy-cases.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** The writes that change, move, remove and adopt nodes. */
export function changesContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy changes on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.base();
  });
  test.after(() => bench.end());

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
