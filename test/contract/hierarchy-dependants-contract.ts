import { hierarchyWrite } from '../../actors/hierarchy/store.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { namesOf, refused } from './hierarchy-cases.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** What depends on a node, what goes with the node, and who answers for what is below. */
export function dependantsContract(
  kind: string,
  bench: HierarchyBench,
  options: SuiteOptions,
): void {
  const test = suite(`hierarchy dependants on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
  });
  test.after(() => bench.end());

  const dependants = (
    service: 'tags' | 'methods',
    references: readonly { attribute: string; onDelete: 'refuse' | 'delete' }[],
    ...of: string[]
  ) =>
    world.read('dependants', {
      service,
      objectClass: classes[service],
      saga: 'T',
      mode: 'D',
      ids: of.map(idOf),
      references,
    });

  test('dependants are direct children and referring nodes with what is below them, parents first', async () => {
    await world.add('tags', 'sub', 'load');
    await world.add('tags', 'far', 'plant', {
      attributes: { source: [idOf('other'), idOf('mill')] },
    });
    await world.add('tags', 'unrelated', 'plant', { attributes: { note: [idOf('mill')] } });
    await world.subscribe('load', 'alerts');
    const found = await dependants(
      'tags',
      [{ attribute: 'source', onDelete: 'delete' }],
      'mill',
      'section',
    );
    assert.equal(
      found.nodes.map(({ cn, depth, through }) => [cn, depth, through]),
      [
        ['load', 1, idOf('mill')],
        ['far', 1, idOf('mill')],
        ['sub', 2, idOf('mill')],
      ],
    );
    assert.equal(
      [found.refusals, found.links.map(({ nodeId, version }) => [nodeId, version])],
      [
        [],
        [
          [idOf('mill'), 1],
          [idOf('section'), 0],
        ],
      ],
    );
  });

  test('a reference that refuses names the node that refers', async () => {
    const references = [{ attribute: 'uses', onDelete: 'refuse' }] as const;
    await world.add('methods', 'sum', 'plant', {
      attributes: { uses: [idOf('hot'), idOf('load')], note: [idOf('mill')] },
    });
    const { refusals, nodes } = await dependants('methods', references, 'load', 'mill');
    assert.equal(
      [refusals, nodes],
      [[{ nodeId: idOf('load'), reason: `it is in use by sum (${idOf('sum')}, uses)` }], []],
    );
    await world.freeze('T', 'methods', 'D', 'sum');
    assert.equal((await dependants('methods', references, 'load')).refusals, []);
  });

  test('a node that goes along refuses nothing', async () => {
    await world.add('methods', 'sum', 'load', { attributes: { uses: [idOf('load')] } });
    const { refusals, nodes } = await dependants(
      'methods',
      [{ attribute: 'uses', onDelete: 'refuse' }],
      'load',
    );
    assert.equal([refusals, namesOf(nodes)], [[], ['sum']]);
  });

  test('whether a place is inside what would move there', async () => {
    const inside = async (parent: string, moving: string) =>
      (
        await world.read('place', {
          service: 'objects',
          baseNode: 'objects',
          parentId: idOf(parent),
          references: [],
          moving: idOf(moving),
        })
      ).isInside;
    assert.equal(
      [await inside('mill', 'shop'), await inside('mill', 'mill'), await inside('shop', 'mill')],
      [true, true, false],
    );
  });

  test('what a plan has taken along already is taken for engaged: it is left out, and refuses nothing', async () => {
    await world.add('tags', 'sub', 'load');
    await world.add('methods', 'sum', 'plant', { attributes: { uses: [idOf('load')] } });
    const args = { saga: 'a plan', mode: 'D', references: [] } as const;
    const tags = { ...args, service: 'tags', objectClass: classes.tags, ids: [idOf('mill')] };
    const found = await world.read('dependants', { ...tags, except: [idOf('load')] });
    assert.equal(namesOf(found.nodes), ['sub']);
    const except = [idOf('load'), idOf('sub')];
    assert.equal((await world.read('dependants', { ...tags, except })).nodes, []);
    const references = [{ attribute: 'uses', onDelete: 'refuse' }] as const;
    const methods = {
      ...args,
      service: 'methods',
      objectClass: classes.methods,
      ids: [idOf('load')],
      references,
    };
    assert.is((await world.read('dependants', methods)).refusals.length, 1);
    assert.equal(
      (await world.read('dependants', { ...methods, except: [idOf('sum')] })).refusals,
      [],
    );
  });

  test('the footprint of a node is its row and those of its system and alias nodes', async () => {
    await world.subscribe('load', 'alerts');
    const before = await world.read('footprint', {
      nodeIds: [idOf('load'), idOf('mill'), idOf('nobody')],
    });
    await world.subscribe('load', 'methods');
    await world.apply(
      hierarchyWrite(
        'addAlias',
        { id: idOf('a way'), parentId: idOf('load'), targetId: idOf('mill'), cn: 'way' },
        null,
      ),
    );
    const after = await world.read('footprint', { nodeIds: [idOf('load'), idOf('mill')] });
    const rowsOf = (found: typeof before, name: string) =>
      found.find(({ nodeId }) => nodeId === idOf(name))?.rows ?? 0;
    assert.equal(
      before.map(({ nodeId }) => nodeId),
      [idOf('load'), idOf('mill')].sort(),
    );
    assert.is(rowsOf(after, 'load') - rowsOf(before, 'load'), 2);
    assert.is(rowsOf(after, 'mill'), rowsOf(before, 'mill'));
  });

  test('an update takes nothing along and is refused by no reference', async () => {
    await world.add('methods', 'sum', 'load', { attributes: { uses: [idOf('load')] } });
    const args = {
      service: 'methods',
      objectClass: classes.methods,
      saga: 'T',
      mode: 'U',
      ids: [idOf('load')],
    } as const;
    const found = await world.read('dependants', {
      ...args,
      references: [{ attribute: 'uses', onDelete: 'refuse' }],
    });
    assert.equal([found.nodes, found.refusals, found.links.length], [[], [], 1]);
  });

  test('a foreign node below that the same saga has decided about is hung above what goes; any other one stands in the way', async () => {
    await world.remove('T0', 'alerts', 'hot');
    const removal = () => world.remove('T', 'objects', 'mill');
    await world.freeze('T', 'tags', 'D', 'load');
    await assert.rejects(removal(), refused('in-use'));
    await world.ledger('decide', { saga: 'T', service: 'tags', nodeIds: [idOf('load')] }, null);
    await removal();
    const { nodes } = await world.read('roster', { nodeIds: [idOf('load'), idOf('mill')] });
    assert.equal(
      nodes.map(({ cn, parentId }) => [cn, parentId]),
      [['load', idOf('section')]],
    );
    await world.remove('T', 'tags', 'load');
    assert.equal((await world.read('roster', { nodeIds: [idOf('load')] })).nodes, []);
  });

  test('a node of another service below is left unanswered unless its service is asked, engages it or has decided about it', async () => {
    const unanswered = async (saga = 'T') =>
      (await world.engagement('objects', saga, 'D', 'plant')).unanswered;
    const load = {
      id: idOf('load'),
      cn: 'load',
      objectClass: 'prsTag',
      service: 'tags',
      parentId: idOf('mill'),
    };
    assert.equal(await unanswered(), { count: 1, nodes: [load] });
    assert.is((await world.engagement('objects', 'T', 'U', 'mill')).unanswered, undefined);
    await world.subscribe('plant', 'tags');
    assert.is((await unanswered())?.count, 1, 'on the list of another node');
    await world.subscribe('mill', 'tags');
    assert.is(await unanswered(), undefined);
    const decides = async (deletion?: string) => {
      const nodeIds = [idOf('mill')];
      const args = deletion === undefined ? { nodeIds } : { nodeIds, deletion };
      return (await world.read('roster', args)).unanswered;
    };
    assert.is(await decides(), undefined);
    assert.equal(await decides('T'), { count: 1, nodes: [load] }, 'asked, and not engaged');
    await world.freeze('T', 'tags', 'D', 'load');
    assert.equal([await decides('T'), (await decides('S'))?.count], [undefined, 1]);
    await world.engage(
      'decide',
      { saga: 'T', service: 'tags', nodeIds: [idOf('load')] },
      await world.epochs('load'),
    );
    assert.is(await decides('S'), undefined, 'it goes anyway');
  });

  test('an old peer on the list has said all that it can say about its nodes', async () => {
    await world.subscribe('mill', 'tags', 0, { consent: false });
    const nodeIds = [idOf('mill')];
    assert.is((await world.read('roster', { nodeIds, deletion: 'T' })).unanswered, undefined);
  });

  test('a voter refuses for what nobody answers for below its own nodes', async () => {
    const asked = { saga: 'T', mode: 'D', ids: [idOf('mill')] } as const;
    const refusals = async (more: { except?: readonly string[] } = {}) =>
      (await world.read('dependants', { ...asked, service: 'tags', references: [], ...more }))
        .refusals;
    assert.equal(await refusals(), [
      {
        nodeId: idOf('load'),
        reason: `nobody answers for prsAlert hot (${idOf('hot')} of alerts) below it`,
      },
    ]);
    assert.equal(await refusals({ except: [idOf('hot')] }), [], 'it is planned before');
    await world.subscribe('load', 'alerts');
    assert.equal(await refusals(), []);
  });

  test('the parts of a service in the sagas under way: as owner, as voter, with whom their nodes are subscribed by', async () => {
    await world.subscribe('mill', 'tags');
    await world.freezing(
      {
        saga: 'T',
        service: 'objects',
        mode: 'D',
        nodeIds: [idOf('mill')],
        through: [],
        actor: 'm1',
      },
      await world.epochs('mill'),
    );
    await world.promise('T2', 'objects', 'collecting', 'hot');
    const parts = await world.read('sagas', { service: 'objects' });
    assert.equal(
      parts.map(({ saga, role, actor, states, nodeIds, promised, subscribers }) => [
        saga,
        role,
        actor,
        states,
        nodeIds,
        promised,
        subscribers,
      ]),
      [
        ['T', 'owner', 'm1', ['asking'], [idOf('mill')], [], ['tags']],
        ['T2', 'voter', 'T2', ['collecting'], [], [idOf('hot')], []],
      ],
    );
    assert.equal((await world.read('sagas', { service: 'objects', saga: 'T2' })).length, 1);
    assert.equal(await world.read('sagas', { service: 'tags' }), []);
  });

  test.run();
}
