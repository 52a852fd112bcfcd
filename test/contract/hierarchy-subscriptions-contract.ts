import { ledgerWrite } from '../../actors/consent/ledger/store.ts';
import { hierarchyWrite } from '../../actors/hierarchy/store.ts';
import { Conflict } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { namesOf, refused } from './hierarchy-cases.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** The lists of subscribers, with their nodes in the tree. */
export function subscriptionsContract(
  kind: string,
  bench: HierarchyBench,
  options: SuiteOptions,
): void {
  const test = suite(`hierarchy subscriptions on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
  });
  test.after(() => bench.end());

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

  test('a roster leaves out what is gone', async () => {
    await world.remove('T', 'alerts', 'hot');
    await world.subscribe('mill', 'tags');
    const { nodes, subscriptions } = await world.read('roster', {
      nodeIds: [idOf('hot'), idOf('mill'), idOf('shop')],
    });
    assert.equal([namesOf(nodes).sort(), subscriptions.length], [['mill', 'shop'], 1]);
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

  test.run();
}
