import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { refused } from './hierarchy-cases.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** Links between nodes: written, read, taken away, and gone with either of their nodes. */
export function linksContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy links on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
    await world.add('tags', 'speed', 'mill', { dependsOn: ['mill'] });
  });
  test.after(() => bench.end());

  const link = (from: string, to: readonly string[], attributes = {}, name = 'Tags') =>
    world.tree(
      'link',
      {
        service: 'objects',
        nodeId: idOf(from),
        name,
        to: to.map(idOf),
        objectClass: classes.tags,
        attributes,
      },
      null,
    );
  const unlink = (from: string, ...to: string[]) =>
    world.tree(
      'unlink',
      { service: 'objects', nodeId: idOf(from), name: 'Tags', to: to.map(idOf) },
      null,
    );
  const linked = async (from: string, name = 'Tags', service = 'objects') =>
    (await world.read('linked', { service, nodeId: idOf(from), name })) ?? 'no node';
  const rows = (...entries: readonly (readonly [string, object])[]) =>
    entries
      .map(([to, attributes]) => ({ id: idOf(to), attributes }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));

  test('a link has its attributes, and a later one replaces them', async () => {
    await link('plant', ['load', 'speed'], { unit: 'kW' });
    assert.equal(await linked('plant'), rows(['load', { unit: 'kW' }], ['speed', { unit: 'kW' }]));
    await link('plant', ['load', 'load'], { of: { deep: [1] } });
    assert.equal(
      await linked('plant'),
      rows(['load', { of: { deep: [1] } }], ['speed', { unit: 'kW' }]),
    );
    assert.equal(await linked('shop'), []);
    assert.equal(await linked('plant', 'Others'), []);
  });

  test('a link changes no version and is taken away as often as one likes', async () => {
    const before = await world.epochs('plant', 'load');
    await link('plant', ['load']);
    await unlink('plant', 'load', 'speed');
    await unlink('plant', 'load');
    assert.equal(await linked('plant'), []);
    assert.equal(await world.epochs('plant', 'load'), before);
  });

  test('a link goes with the linked node, and with the linking node, without a question', async () => {
    await link('plant', ['load', 'speed']);
    await link('mill', ['speed']);
    await world.remove('S', 'tags', 'speed');
    assert.equal(await linked('plant'), rows(['load', {}]));
    assert.equal(await linked('mill'), []);
    await world.remove('T', 'alerts', 'hot');
    await world.remove('T', 'tags', 'load');
    await link('section', []);
    assert.equal(await linked('plant'), []);
    for (const name of ['mill', 'section', 'shop', 'plant'])
      await world.remove('U', 'objects', name);
    assert.is(await linked('plant'), 'no node');
  });

  test('a node that is not there, not of the service, or of another class is refused', async () => {
    await assert.rejects(link('nobody', ['load']), refused('not-found'));
    await assert.rejects(link('load', ['speed']), refused('not-found'));
    await assert.rejects(link('plant', ['load', 'nobody']), refused('not-found'));
    await assert.rejects(link('plant', ['load', 'shop']), refused('wrong-class'));
    await assert.rejects(unlink('load', 'speed'), refused('not-found'));
    assert.is(await linked('plant', 'Tags', 'tags'), 'no node');
    assert.equal(await linked('plant'), []);
  });

  test.run();
}
