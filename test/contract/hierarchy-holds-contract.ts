import { Conflict } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { namesOf, refused } from './hierarchy-cases.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** Engagements of sagas: what a deletion or an update holds, and who stands in the way. */
export function holdsContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy holds on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
  });
  test.after(() => bench.end());

  const holdsOn = async (name: string) =>
    (await world.place('objects', name)).holds.map(({ saga, nodeId, mode, state }) => [
      saga,
      nodeId,
      mode,
      state,
    ]);

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

  test('a delete engages the nodes named and all below of the same class, parents first', async () => {
    await world.add('objects', 'lathe', 'section');
    await world.add('objects', 'under tag', 'load');
    const { nodes } = await world.engagement('objects', 'T', 'D', 'mill', 'shop');
    assert.equal(namesOf(nodes), ['shop', 'section', 'mill', 'lathe']);
    assert.equal(
      nodes.map(({ depth }) => depth),
      [0, 1, 2, 2],
    );
    const [shop] = nodes;
    assert.equal(shop, {
      id: idOf('shop'),
      cn: 'shop',
      objectClass: 'prsObject',
      parentId: idOf('plant'),
      epoch: 0,
      version: await world.epoch('shop'),
      depth: 0,
    });
  });

  test('an update engages the nodes named only', async () => {
    assert.equal(namesOf((await world.engagement('objects', 'T', 'U', 'shop')).nodes), ['shop']);
  });

  test('nodes that are not one’s own are told apart', async () => {
    await world.remove('T0', 'alerts', 'hot');
    const { nodes, missing, gone, foreign } = await world.engagement(
      'objects',
      'T',
      'D',
      'mill',
      'load',
      'hot',
      'nobody',
      'objects',
    );
    assert.equal(namesOf(nodes), ['mill']);
    assert.equal([missing, gone], [[idOf('nobody')], [idOf('hot')]]);
    assert.equal([...foreign], [idOf('load'), idOf('objects')].sort());
  });

  test('an id that is none is missing', async () => {
    const args = {
      service: 'objects',
      objectClass: classes.objects,
      ids: ['x', '\0', idOf('mill').toUpperCase()],
      saga: 'T',
      mode: 'D',
    } as const;
    assert.equal((await world.read('engagement', args)).missing, args.ids);
  });

  test('deletes share a node, an update shares with nobody', async () => {
    await world.freeze('T1', 'objects', 'D', 'mill');
    await world.freeze('T2', 'objects', 'D', 'mill');
    await assert.rejects(world.freeze('T3', 'objects', 'U', 'mill'), Conflict);
    assert.equal((await world.engagement('objects', 'T3', 'D', 'mill')).conflicts, []);
    assert.equal(
      (await world.engagement('objects', 'T3', 'U', 'mill')).conflicts.map(({ saga }) => saga),
      ['T1', 'T2'],
    );
    await world.freeze('T4', 'objects', 'U', 'shop');
    await assert.rejects(world.freeze('T5', 'objects', 'U', 'shop'), Conflict);
    await assert.rejects(world.freeze('T5', 'objects', 'D', 'shop'), Conflict);
    assert.equal((await world.engagement('objects', 'T5', 'D', 'shop')).conflicts, [
      { nodeId: idOf('shop'), saga: 'T4', service: 'objects', mode: 'U', state: 'asking' },
    ]);
  });

  test('a delete above stands against an update, an update above against nothing', async () => {
    await world.freeze('T1', 'objects', 'D', 'section');
    assert.equal(
      (await world.engagement('tags', 'T2', 'U', 'load')).conflicts.map(({ saga, nodeId }) => [
        saga,
        nodeId,
      ]),
      [['T1', idOf('section')]],
    );
    await assert.rejects(world.freeze('T2', 'tags', 'U', 'load'), Conflict);
    await world.freeze('T3', 'objects', 'U', 'plant');
    await world.freeze('T4', 'objects', 'U', 'shop');
    assert.equal((await world.engagement('tags', 'T2', 'D', 'load')).conflicts, []);
  });

  test('a saga never stands against itself, and freezing twice changes nothing', async () => {
    await world.freeze('T', 'objects', 'U', 'mill');
    await world.ledger('decide', { saga: 'T', service: 'objects', nodeIds: [idOf('mill')] }, null);
    await world.freeze('T', 'objects', 'D', 'mill', 'section');
    assert.equal((await world.engagement('objects', 'T', 'U', 'mill')).conflicts, []);
    assert.equal(
      (await holdsOn('mill')).sort(),
      [
        ['T', idOf('mill'), 'U', 'decided'],
        ['T', idOf('section'), 'D', 'asking'],
      ].sort(),
    );
  });

  test('a freeze on another epoch or of what is gone is a conflict', async () => {
    const args = {
      saga: 'T',
      service: 'objects',
      mode: 'D',
      nodeIds: [idOf('section')],
      through: [],
    } as const;
    const read = await world.epochs('section');
    await world.add('objects', 'lathe', 'section');
    await assert.rejects(world.freezing(args, read), Conflict);
    await assert.rejects(
      world.freezing(
        { ...args, nodeIds: [idOf('nobody')] },
        { epochs: {}, versions: { [idOf('nobody')]: 1 } },
      ),
      Conflict,
    );
    await assert.rejects(
      world.freezing({ ...args, through: ['\0'] }, { epochs: {} }),
      refused('bad-message'),
    );
    assert.equal(await holdsOn('mill'), []);
  });

  test('nothing is added below a held node or moved there, whoever holds it', async () => {
    const late = await world.adding('tags', 'late', 'mill');
    await world.freeze('T', 'objects', 'D', 'shop');
    await assert.rejects(world.apply(...late), Conflict);
    await world.add('objects', 'annex', 'plant');
    await assert.rejects(world.modify('annex', {}, 'section'), Conflict);
    assert.equal(
      (await world.place('tags', 'mill')).holds.map(({ saga, nodeId }) => [saga, nodeId]),
      [['T', idOf('shop')]],
    );
    await world.ledger('release', { saga: 'T', service: 'objects' }, null);
    await world.modify('annex', {}, 'section');
    await world.apply(...late);
  });

  test('a hold that was read and found compatible does not stand in the way', async () => {
    await world.freeze('T', 'objects', 'U', 'shop');
    await assert.rejects(world.add('tags', 'late', 'mill'), Conflict);
    await world.add('tags', 'late', 'mill', { despite: ['T'] });
    await world.freeze('T2', 'objects', 'U', 'mill');
    await assert.rejects(world.add('tags', 'later', 'mill', { despite: ['T'] }), Conflict);
  });

  test('an engagement goes from asking to promised to decided', async () => {
    await world.freeze('T', 'objects', 'D', 'section', 'mill');
    const nodeIds = [idOf('mill')];
    const states = async () =>
      (
        await world.read('engagementStates', {
          saga: 'T',
          service: 'objects',
          nodeIds: [...nodeIds, idOf('shop')],
        })
      ).map(({ state }) => state);
    assert.equal(await states(), ['asking']);
    await world.engage(
      'promised',
      { saga: 'T', service: 'objects', nodeIds },
      await world.epochs('mill'),
    );
    assert.equal(await states(), ['promised']);
    await world.engage(
      'decide',
      { saga: 'T', service: 'objects', nodeIds },
      await world.epochs('mill'),
    );
    await world.engage(
      'promised',
      { saga: 'T', service: 'objects', nodeIds },
      await world.epochs('mill'),
    );
    assert.equal(await states(), ['decided']);
    await world.remove('T', 'alerts', 'hot');
    await world.remove('T', 'tags', 'load');
    await world.remove('T', 'objects', 'mill');
    assert.equal(await states(), ['tombstoned']);
  });

  test('promised and decide on another epoch are conflicts, a decision that expects nothing is not', async () => {
    const args = { saga: 'T', service: 'objects', nodeIds: [idOf('mill')] };
    await world.freeze('T', 'objects', 'D', 'mill');
    const read = await world.epochs('mill');
    await world.subscribe('mill', 'tags');
    await assert.rejects(world.engage('promised', args, read), Conflict);
    await assert.rejects(world.engage('decide', args, read), Conflict);
    await world.ledger('decide', args, null);
    assert.equal(await holdsOn('mill'), [['T', idOf('mill'), 'D', 'decided']]);
  });

  test('release keeps what is decided, disengage keeps nothing of the nodes named', async () => {
    await world.freeze('T', 'objects', 'D', 'section', 'mill');
    await world.freeze('T', 'tags', 'D', 'load');
    await world.freeze('T2', 'objects', 'D', 'mill');
    await world.ledger(
      'decide',
      { saga: 'T', service: 'objects', nodeIds: [idOf('section')] },
      null,
    );
    await world.ledger('release', { saga: 'T', service: 'objects' }, null);
    const left = (await world.place('objects', 'load')).holds.map(({ saga, nodeId }) => [
      saga,
      nodeId,
    ]);
    assert.equal(
      left.sort(),
      [
        ['T', idOf('section')],
        ['T', idOf('load')],
        ['T2', idOf('mill')],
      ].sort(),
    );
    await world.ledger(
      'disengage',
      { saga: 'T', service: 'objects', nodeIds: [idOf('section'), idOf('load')] },
      null,
    );
    assert.equal((await holdsOn('load')).map(([saga]) => saga).sort(), ['T', 'T2']);
  });

  test('remove drops the engagements of its own saga only', async () => {
    await world.remove('T', 'alerts', 'hot');
    await world.freeze('T1', 'tags', 'D', 'load');
    await world.freeze('T2', 'tags', 'D', 'load');
    await world.remove('T1', 'tags', 'load');
    const states = async (saga: string) =>
      (await world.read('engagementStates', { saga, service: 'tags', nodeIds: [idOf('load')] }))[0]
        ?.state;
    assert.equal([await states('T1'), await states('T2')], ['tombstoned', 'asking']);
  });

  test('dependants leave out what is engaged under the saga and tell holds and subscriptions of the rest', async () => {
    await world.add('tags', 'flow', 'mill');
    await world.subscribe('load', 'alerts');
    await world.subscribe('flow', 'alerts');
    await world.freeze('T', 'tags', 'D', 'flow');
    await world.freeze('T2', 'tags', 'U', 'load');
    const found = await dependants('tags', [], 'mill');
    assert.equal(
      [namesOf(found.nodes), found.conflicts.map(({ saga }) => saga)],
      [['load'], ['T2']],
    );
    assert.equal(
      found.subscriptions.map(({ nodeId, service }) => [nodeId, service]),
      [[idOf('load'), 'alerts']],
    );
  });

  test('a saga that holds nothing: noted as waiting it is among the sagas, until it freezes', async () => {
    await world.unheld('T', 'waiting');
    const [part, ...others] = await world.read('sagas', { service: 'objects' });
    assert.equal(
      [part?.saga, part?.role, part?.actor, part?.states, part?.nodeIds],
      ['T', 'owner', 'actor of T', ['waiting'], [idOf('mill')]],
    );
    assert.equal(
      [others, (await world.read('sagas', { service: 'objects', saga: 'T2' })).length],
      [[], 0],
    );
    const args = {
      saga: 'T',
      service: 'objects',
      mode: 'D',
      nodeIds: [idOf('mill')],
      through: [],
      waited: true,
    } as const;
    await world.freezing(args, await world.epochs('mill'));
    assert.equal(
      (await world.read('sagas', { service: 'objects' })).map(({ states }) => states),
      [['asking']],
    );
  });

  test('a saga that was refused is no longer under way, and tells who tries it again how old it counts', async () => {
    await world.unheld('T', 'waiting');
    await world.unheld('T', 'refused', { age: 'T0', requestedBy: 'ada' });
    assert.equal(await world.read('sagas', { service: 'objects' }), []);
    const args = {
      service: 'objects',
      objectClass: classes.objects,
      ids: [idOf('mill')],
      saga: 'T9',
      mode: 'D',
    } as const;
    const retried = async (service: string, retryOf: string) =>
      (await world.read('engagement', { ...args, service, retryOf })).retried;
    assert.equal(await retried('objects', 'T'), { age: 'T0', requestedBy: 'ada' });
    assert.equal(
      [await retried('tags', 'T'), await retried('objects', 'T2'), await retried('objects', '\0')],
      [null, null, null],
    );
    assert.is((await world.read('engagement', args)).retried, undefined);
  });

  test('refused sagas go by age, after tombstones; what waits stays', async () => {
    for (const saga of ['T1', 'T2']) await world.unheld(saga, 'refused');
    await world.unheld('T3', 'waiting');
    assert.is(await world.prune(5, 9), 0);
    assert.is(await world.prune(6, 1), 1);
    assert.is(await world.prune(6, 9), 1);
    assert.equal(
      (await world.read('sagas', { service: 'objects' })).map(({ saga }) => saga),
      ['T3'],
    );
  });

  test('a saga of many nodes passes', async () => {
    for (let at = 0; at < 40; at += 1)
      await world.add('tags', `tag ${at}`, at < 20 ? 'mill' : `tag ${at - 20}`);
    const many = Array.from({ length: 40 }, (_, at) => `tag ${at}`);
    await world.freeze('T', 'tags', 'D', ...many);
    await world.engage(
      'decide',
      { saga: 'T', service: 'tags', nodeIds: many.map(idOf) },
      await world.epochs(...many),
    );
    await world.remove('T', 'tags', ...many);
    assert.equal(await world.found({ objectClass: classes.tags }), ['load']);
  });

  test('a hold that moves conflicts with every other, and tells the age it counts under', async () => {
    await world.freezing(
      { saga: 'T', service: 'objects', mode: 'M', nodeIds: [idOf('mill')], through: [], age: 'R' },
      await world.epochs('mill'),
    );
    const { conflicts } = await world.read('engagement', {
      service: 'objects',
      objectClass: 'prsObject',
      ids: [idOf('mill')],
      saga: 'X',
      mode: 'D',
    });
    assert.equal(
      conflicts.map(({ saga, mode, age }) => [saga, mode, age]),
      [['T', 'M', 'R']],
    );
  });

  test.run();
}
