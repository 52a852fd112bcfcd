import { ledgerWrite } from '../../actors/consent/ledger/store.ts';
import { hierarchyWrite } from '../../actors/hierarchy/store.ts';
import { Conflict, Refused } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** Ids of what the tree does not know. */
const gone = ['contract 7/2', 'contract 7/3'] as const;
const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.code === code;

/** Engagements, promises, links, subscriptions and tombstones. */
export function consentContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy consent on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
  });
  test.after(() => bench.end());

  const names = (nodes: readonly { cn: string }[]) => nodes.map(({ cn }) => cn);
  const holdsOn = async (name: string) =>
    (await world.place('objects', name)).holds.map(({ saga, nodeId, mode, state }) => [
      saga,
      nodeId,
      mode,
      state,
    ]);

  test('a delete engages the nodes named and all below of the same class, parents first', async () => {
    await world.add('objects', 'lathe', 'section');
    await world.add('objects', 'under tag', 'load');
    const { nodes } = await world.engagement('objects', 'T', 'D', 'mill', 'shop');
    assert.equal(names(nodes), ['shop', 'section', 'mill', 'lathe']);
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
    assert.equal(names((await world.engagement('objects', 'T', 'U', 'shop')).nodes), ['shop']);
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
    assert.equal(names(nodes), ['mill']);
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

  test('a subscription is a node below subscribers below system', async () => {
    await world.subscribe('section', 'tags', 3, { routingKey: 'tags key', consent: false });
    const [node] = await world.read('search', { base: idOf('section'), filter: { cn: ['tags'] } });
    assert.is(
      node?.dn,
      'cn=tags,cn=subscribers,cn=system,cn=section,cn=shop,cn=plant,cn=objects,cn=prs',
    );
    const { subscriptions } = await world.read('roster', {
      nodeIds: [idOf('section'), idOf('mill')],
    });
    assert.equal(subscriptions, [
      {
        nodeId: idOf('section'),
        service: 'tags',
        routingKey: 'tags key',
        generation: 3,
        consent: false,
      },
    ]);
  });

  test('a subscription raises the epoch and is renewed by a generation that is not earlier', async () => {
    const epoch = await world.epoch('mill');
    await world.subscribe('mill', 'tags', 2);
    await world.subscribe('mill', 'tags', 1, { routingKey: 'old' });
    assert.is(await world.epoch('mill'), epoch + 1);
    await world.subscribe('mill', 'tags', 4, { routingKey: 'newer' });
    await world.subscribe('mill', 'tags', 4, { routingKey: 'new' });
    assert.is(await world.epoch('mill'), epoch + 3);
    const { existing } = await world.read('subscription', {
      nodeId: idOf('mill'),
      subscriber: 'tags',
      objectClass: classes.objects,
    });
    assert.equal(existing, {
      nodeId: idOf('mill'),
      service: 'tags',
      routingKey: 'new',
      generation: 4,
      consent: true,
    });
  });

  test('an unsubscribe removes its own generation and older ones', async () => {
    await world.subscribe('mill', 'tags', 2);
    const unsubscribe = (generation: number) =>
      world.apply(
        ledgerWrite('unsubscribe', { nodeId: idOf('mill'), subscriber: 'tags', generation }, null),
        hierarchyWrite('unlist', { nodeIds: [idOf('mill')], subscriber: 'tags', generation }, null),
      );
    const epoch = await world.epoch('mill');
    await unsubscribe(1);
    assert.is(await world.epoch('mill'), epoch);
    await unsubscribe(2);
    await unsubscribe(2);
    assert.is(await world.epoch('mill'), epoch + 1);
    assert.equal((await world.read('roster', { nodeIds: [idOf('mill')] })).subscriptions, []);
  });

  test('a message for many nodes leaves the lists, epochs and nodes of one message for each node', async () => {
    await world.subscribe('mill', 'tags', 3);
    await world.subscribe('section', 'tags', 1);
    const names = ['mill', 'section', 'shop'];
    const nodeIds = names.map(idOf);
    const epochs = () => Promise.all(names.map((name) => world.epoch(name)));
    const before = await epochs();
    const wanted = nodeIds.flatMap((nodeId) =>
      ['tags', 'alerts'].map((subscriber) => ({
        nodeId,
        subscriber,
        generation: 2,
        consent: true,
      })),
    );
    await world.apply(
      ...wanted.flatMap((one, at) => [
        ledgerWrite(
          'subscribe',
          { ...one, service: 'objects', above: [], despite: [] },
          { epochs: {} },
        ),
        hierarchyWrite('list', { id: idOf(`s${at}`), ...one }, null),
      ]),
    );
    const listed = async () =>
      (await world.read('roster', { nodeIds })).subscriptions.map(
        ({ nodeId, service, generation }) =>
          `${names[nodeIds.indexOf(nodeId)]} ${service} ${generation}`,
      );
    const both = ['mill', 'section', 'shop'].flatMap((name) => [
      `${name} alerts 2`,
      `${name} tags ${name === 'mill' ? 3 : 2}`,
    ]);
    assert.equal((await listed()).sort(), both);
    assert.equal(
      await epochs(),
      before.map((epoch) => epoch + 1),
    );
    const repeated = await world.read('search', { filter: { cn: ['tags', 'alerts'] } });
    assert.is(repeated.length, 6);
    const leaving = { subscriber: 'tags', generation: 2 };
    await world.apply(
      ...nodeIds.map((nodeId) => ledgerWrite('unsubscribe', { nodeId, ...leaving }, null)),
      hierarchyWrite('unlist', { nodeIds, ...leaving }, null),
    );
    assert.equal(
      (await listed()).sort(),
      both.filter((one) => one.includes('alerts') || one.startsWith('mill')),
    );
    assert.is((await world.read('search', { filter: { cn: ['tags', 'alerts'] } })).length, 4);
  });

  test('of many subscriptions in one commit one that meets a hold, or a removed node, is a conflict', async () => {
    await world.add('objects', 'lathe', 'section');
    await world.freeze('T', 'objects', 'D', 'section');
    const one = (name: string, despite: readonly string[]) =>
      ledgerWrite(
        'subscribe',
        {
          ...{ nodeId: idOf(name), subscriber: 'tags', generation: 1, consent: true },
          ...{ service: 'objects', above: name === 'lathe' ? [idOf('section')] : [], despite },
        },
        { epochs: {} },
      );
    await assert.rejects(world.apply(one('plant', []), one('lathe', [])), Conflict);
    await world.apply(one('plant', []), one('lathe', ['T']));
    await world.remove('T', 'objects', 'lathe');
    await assert.rejects(world.apply(one('plant', []), one('lathe', ['T'])), Conflict);
  });

  test('a subscribe on another epoch is a conflict, on no node too, and below the tree’s own refused', async () => {
    const read = await world.epochs('mill');
    await world.modify('mill', { note: [1] });
    const args = {
      id: idOf('s'),
      nodeId: idOf('mill'),
      subscriber: 'tags',
      generation: 1,
      consent: true,
    };
    await assert.rejects(world.listing(args, read), Conflict);
    await assert.rejects(
      world.listing({ ...args, nodeId: idOf('nobody') }, { epochs: { [idOf('nobody')]: 1 } }),
      Conflict,
    );
    const [system] = await world.read('search', { base: idOf('mill'), filter: { cn: ['system'] } });
    await assert.rejects(
      world.listing({ ...args, nodeId: system?.id ?? '' }, { epochs: {} }),
      refused('wrong-class'),
    );
    await assert.rejects(
      world.listing({ ...args, subscriber: 'a\0' }, { epochs: {} }),
      refused('bad-message'),
    );
  });

  test('a late subscription is taken on a held node, unless it says that it expects none', async () => {
    await world.freeze('T', 'objects', 'D', 'section');
    await world.subscribe('mill', 'old peer');
    const args = {
      id: idOf('s'),
      nodeId: idOf('mill'),
      subscriber: 'tags',
      generation: 1,
      consent: true,
    };
    await assert.rejects(
      world.listing({ ...args, despite: [] }, await world.epochs('mill')),
      Conflict,
    );
    await world.listing({ ...args, despite: ['T'] }, await world.epochs('mill'));
    assert.is((await world.engagement('objects', 'T', 'D', 'section')).subscriptions.length, 2);
  });

  test('what a subscribe must know: the node, its holds, or that it has gone', async () => {
    await world.freeze('T', 'objects', 'D', 'section');
    const about = (name: string) =>
      world.read('subscription', {
        nodeId: idOf(name),
        subscriber: 'tags',
        objectClass: classes.objects,
      });
    const { node, holds, tombstoned, existing } = await about('mill');
    assert.equal(
      [node?.id, node?.objectClass, node?.epoch, node?.version],
      [idOf('mill'), 'prsObject', 0, await world.epoch('mill')],
    );
    assert.equal(node?.above.includes(idOf('section')), true);
    assert.equal(
      [holds.map(({ nodeId }) => nodeId), tombstoned, existing],
      [[idOf('section')], false, null],
    );
    await world.remove('T', 'alerts', 'hot');
    assert.equal(await about('hot'), {
      nodeId: idOf('hot'),
      node: null,
      tombstoned: true,
      holds: [],
      existing: null,
      subscribers: 0,
    });
    assert.is((await about('nobody')).tombstoned, false);
  });

  test('dependants, subscriptions and promises raise the version of a link', async () => {
    assert.equal(await world.versions('tags', 'mill', 'shop'), {
      [idOf('mill')]: 1,
      [idOf('shop')]: 0,
    });
    await world.ledger(
      'link',
      { service: 'tags', nodeId: idOf('shop'), generation: 5 },
      { links: { [idOf('shop')]: 0 } },
    );
    await world.ledger(
      'link',
      { service: 'tags', nodeId: idOf('shop'), generation: 3 },
      { links: { [idOf('shop')]: 1 } },
    );
    await world.promise('T', 'tags', 'collecting', 'shop', 'mill');
    await world.promise('T', 'tags', 'ok', 'mill');
    await world.ledger('release', { saga: 'T', service: 'tags' }, null);
    assert.equal(await world.versions('tags', 'mill', 'shop'), {
      [idOf('mill')]: 4,
      [idOf('shop')]: 4,
    });
    const { links } = await world.place('tags', 'shop');
    assert.equal(links, [
      {
        nodeId: idOf('shop'),
        entity: null,
        version: 4,
        generation: 5,
        givenUp: 0,
        tombstoned: false,
        promises: [],
      },
    ]);
  });

  test('a create, a promise or a link on another version is a conflict', async () => {
    const links = await world.versions('tags', 'mill');
    const late = await world.adding('tags', 'late', 'mill', { dependsOn: ['mill'] });
    await world.promise('T', 'tags', 'ok', 'mill');
    await assert.rejects(world.apply(...late), Conflict);
    const args = {
      saga: 'T',
      service: 'tags',
      mode: 'D',
      nodeIds: [idOf('mill')],
      state: 'ok',
    } as const;
    await assert.rejects(world.ledger('promise', args, { links }), Conflict);
    await assert.rejects(
      world.ledger('link', { service: 'tags', nodeId: idOf('mill'), generation: 9 }, { links }),
      Conflict,
    );
    await world.ledger('promise', args, null);
    assert.equal(await world.found({ objectClass: classes.tags }), ['load']);
  });

  test('a dependant counts on a subscription: not one that was given back, not beside a promise, not on a deleted node', async () => {
    const counting = (name: string, generation: number): Promise<void> =>
      world.add('tags', name, 'mill', {
        dependsOn: ['mill'],
        links: {},
        subscribed: { [idOf('mill')]: generation },
      });
    await world.ledger('link', { service: 'tags', nodeId: idOf('mill'), generation: 2 }, null);
    await world.ledger(
      'unlink',
      { service: 'tags', nodeId: idOf('mill'), generation: 1, atMs: 5 },
      { links: await world.versions('tags', 'mill') },
    );
    await assert.rejects(counting('early', 1), Conflict);
    await counting('first', 2);
    await counting('second', 2);
    await world.promise('T', 'tags', 'ok', 'mill');
    await assert.rejects(counting('late', 2), Conflict);
    await world.ledger(
      'fulfil',
      { saga: 'T', service: 'tags', nodeIds: [idOf('mill')], gone: true, atMs: 1 },
      null,
    );
    await assert.rejects(counting('later', 2), Conflict);
  });

  test('a subscription is given back only while nothing came to depend on the node since', async () => {
    const versions = await world.versions('tags', 'mill');
    await world.ledger('link', { service: 'tags', nodeId: idOf('mill'), generation: 7 }, null);
    await assert.rejects(
      world.ledger(
        'unlink',
        { service: 'tags', nodeId: idOf('mill'), generation: 6, atMs: 5 },
        { links: versions },
      ),
      Conflict,
    );
  });

  test('a change that comes to depend on another node expects and raises its link', async () => {
    const change = (links: Record<string, number>) =>
      ledgerWrite('depend', { service: 'tags', on: [idOf('shop')] }, { links });
    await world.promise('T', 'tags', 'ok', 'shop');
    await assert.rejects(world.apply(change({ [idOf('shop')]: 0 })), Conflict);
    await world.apply(change({ [idOf('shop')]: 1 }));
    assert.equal(await world.versions('tags', 'shop'), { [idOf('shop')]: 2 });
  });

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
    assert.equal([refusals, names(nodes)], [[], ['sum']]);
  });

  test('dependants leave out what is engaged under the saga and tell holds and subscriptions of the rest', async () => {
    await world.add('tags', 'flow', 'mill');
    await world.subscribe('load', 'alerts');
    await world.subscribe('flow', 'alerts');
    await world.freeze('T', 'tags', 'D', 'flow');
    await world.freeze('T2', 'tags', 'U', 'load');
    const found = await dependants('tags', [], 'mill');
    assert.equal([names(found.nodes), found.conflicts.map(({ saga }) => saga)], [['load'], ['T2']]);
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
    assert.equal(names(found.nodes), ['sub']);
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

  test('a roster leaves out what is gone', async () => {
    await world.remove('T', 'alerts', 'hot');
    await world.subscribe('mill', 'tags');
    const { nodes, subscriptions } = await world.read('roster', {
      nodeIds: [idOf('hot'), idOf('mill'), idOf('shop')],
    });
    assert.equal([names(nodes).sort(), subscriptions.length], [['mill', 'shop'], 1]);
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

  test('a subscriber is found on every list of a class, and taken off all of them with a raised epoch', async () => {
    await world.subscribe('mill', 'tags');
    await world.subscribe('mill', 'alerts');
    const wanted = { service: 'objects', objectClass: 'prsObject', subscriber: 'tags' };
    const { nodeIds } = await world.read('subscriber', wanted);
    assert.ok(nodeIds.includes(idOf('mill')));
    const before = await world.epoch('mill');
    await world.apply(
      ledgerWrite('retire', { subscriber: 'tags', nodeIds }, null),
      hierarchyWrite('unlist', { nodeIds, subscriber: 'tags' }, null),
    );
    assert.equal((await world.read('subscriber', wanted)).nodeIds, []);
    const { subscriptions } = await world.read('roster', { nodeIds: [idOf('mill')] });
    assert.equal(
      subscriptions.map(({ service }) => service),
      ['alerts'],
    );
    assert.ok((await world.epoch('mill')) > before);
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
