import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { gone, refused } from './hierarchy-cases.ts';
import { type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** Promises of voters, tombstones and links. */
export function promisesContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy promises on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
  });
  test.after(() => bench.end());

  test('a promise goes from collecting to ok and never back, one a saga', async () => {
    await world.promise('T1', 'tags', 'collecting', 'mill');
    await world.promise('T1', 'tags', 'ok', 'mill');
    await world.promise('T1', 'tags', 'collecting', 'mill');
    await world.promise('T0', 'tags', 'collecting', 'mill');
    await world.promise('T1', 'alerts', 'ok', 'mill');
    const [link] = (await world.place('tags', 'mill')).links;
    assert.equal(
      link?.promises.map(({ saga, service, state, mode }) => [saga, service, state, mode]),
      [
        ['T0', 'tags', 'collecting', 'D'],
        ['T1', 'tags', 'ok', 'D'],
      ],
    );
  });

  test('tombstones go by age, but not while their saga still holds anything here', async () => {
    await world.promise('T', 'tags', 'ok', 'mill', 'shop');
    const fulfil = (name: string) =>
      world.ledger(
        'fulfil',
        { saga: 'T', service: 'tags', nodeIds: [idOf(name)], gone: true, atMs: 5 },
        null,
      );
    await fulfil('mill');
    assert.is(await world.prune(9, 9), 0);
    await fulfil('shop');
    assert.is(await world.prune(5, 9), 0);
    assert.is(await world.prune(6, 1), 1);
    assert.is(await world.prune(6, 9), 1);
    const { links } = await world.place('tags', 'mill', 'shop');
    assert.equal(
      links.map(({ tombstoned }) => tombstoned),
      [false, false],
    );
  });

  test('a link goes with the tombstone of its service, when nothing is promised about the node', async () => {
    for (const nodeId of gone)
      await world.ledger('link', { service: 'tags', nodeId, generation: 1 }, { links: {} });
    const about = { service: 'tags', nodeIds: [...gone] };
    await world.ledger('promise', { ...about, saga: 'T', mode: 'D', state: 'ok' }, null);
    await world.ledger('fulfil', { ...about, saga: 'T', gone: true, atMs: 5 }, null);
    await world.ledger(
      'promise',
      { service: 'tags', nodeIds: [gone[1]], saga: 'S', mode: 'D', state: 'collecting' },
      null,
    );
    assert.is(await world.prune(6, 9), 2);
    const { links } = await world.read('place', {
      service: 'tags',
      baseNode: 'tags',
      references: [...gone],
    });
    assert.equal(
      links.map(({ generation }) => generation),
      [0, 1],
    );
  });

  test('fulfil ends promises of the nodes named and tombstones them for the service', async () => {
    await world.promise('T', 'tags', 'ok', 'mill', 'shop', 'section');
    const fulfil = (name: string, gone: boolean) =>
      world.ledger(
        'fulfil',
        { saga: 'T', service: 'tags', nodeIds: [idOf(name)], gone, atMs: 5 },
        null,
      );
    await fulfil('mill', true);
    await fulfil('shop', false);
    const { links } = await world.place('tags', 'mill', 'shop', 'section');
    assert.equal(
      links.map(({ tombstoned, promises, version }) => [tombstoned, promises.length, version]),
      [
        [true, 0, 3],
        [false, 0, 2],
        [false, 1, 1],
      ],
    );
    assert.is((await world.place('alerts', 'mill')).links[0]?.tombstoned, false);
    assert.equal((await world.engagement('objects', 'T', 'D', 'mill')).gone, []);
  });

  test('a link may lead to what the tree does not know', async () => {
    await world.ledger(
      'link',
      { service: 'tags', nodeId: 'contract 7/2', generation: 1 },
      { links: {} },
    );
    const { links } = await world.read('place', {
      service: 'tags',
      baseNode: 'tags',
      references: ['contract 7/2', '\0'],
    });
    assert.equal(
      links.map(({ nodeId, version }) => [nodeId, version]),
      [
        ['contract 7/2', 1],
        ['\0', 0],
      ],
    );
    await assert.rejects(
      world.ledger('link', { service: 'tags', nodeId: '\0', generation: 1 }, { links: {} }),
      refused('bad-message'),
    );
  });

  test('once a node has gone every service is told so', async () => {
    await world.remove('T', 'alerts', 'hot');
    assert.is(
      (
        await world.read('place', {
          service: 'methods',
          baseNode: 'methods',
          references: [idOf('hot')],
        })
      ).links[0]?.tombstoned,
      true,
    );
  });

  test('links are orphaned when nothing else of the service depends on their node', async () => {
    const orphans = async (...going: string[]) =>
      (await world.read('orphanedLinks', { service: 'tags', nodeIds: going.map(idOf) })).map(
        ({ nodeId }) => nodeId,
      );
    await world.add('tags', 'flow', 'mill', {
      dependsOn: ['mill'],
      attributes: { source: [idOf('section'), 'plain'] },
    });
    await world.ledger(
      'link',
      { service: 'tags', nodeId: idOf('section'), generation: 1 },
      { links: {} },
    );
    assert.equal(await orphans('flow'), [idOf('section')]);
    assert.equal(await orphans('load'), []);
    assert.equal(await orphans('load', 'flow'), [idOf('mill'), idOf('section')].sort());
    await world.modify('load', { other: [idOf('section')] });
    assert.equal(await orphans('flow'), []);
  });

  test.run();
}
