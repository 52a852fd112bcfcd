/** What a deletion does to nodes of a service, and what forbids it: `keep_while`, and references that are taken out. */

import { hierarchyWrite } from '../../actors/hierarchy/store.ts';
import type { KeepRule, OnDelete } from '../../config/exchange-config.ts';
import { Conflict } from '../../runtime/ports/errors.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

const open: KeepRule = {
  while: { properties: { status: { const: 'open' } }, required: ['status'] },
};

export function removalContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy removal on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
    await world.subscribe('load', 'alerts');
  });
  test.after(() => bench.end());

  const engagement = (keep: KeepRule | undefined, mode: 'D' | 'U', name: string) =>
    world.read('engagement', {
      service: 'objects',
      objectClass: classes.objects,
      ids: [idOf(name)],
      saga: 'T',
      mode,
      ...(keep === undefined ? {} : { keep }),
    });
  const dependants = (
    more: {
      readonly keep?: KeepRule;
      readonly references?: readonly { attribute: string; onDelete: OnDelete }[];
      readonly except?: readonly string[];
    },
    ...names: string[]
  ) =>
    world.read('dependants', {
      service: 'tags',
      objectClass: classes.tags,
      saga: 'T',
      mode: 'D',
      ids: names.map(idOf),
      references: [],
      ...more,
    });
  const detach = (versions: Readonly<Record<string, number>>, ...names: string[]) =>
    world.apply(
      hierarchyWrite(
        'detach',
        { objectClass: classes.tags, nodeIds: names.map(idOf), attributes: ['uses', 'also'] },
        { versions },
      ),
    );
  const detached = (...names: string[]) =>
    world.read('detached', {
      objectClass: classes.tags,
      ids: names.map(idOf),
      attributes: ['uses', 'also'],
    });

  test('a node that matches keep_while forbids its own deletion, and one above it', async () => {
    await world.modify('mill', { status: ['open'] });
    const reason = `mill (${idOf('mill')}) is kept while status is "open"`;
    assert.equal((await engagement(open, 'D', 'mill')).refusals, [
      { nodeId: idOf('mill'), reason },
    ]);
    assert.equal((await engagement(open, 'D', 'shop')).refusals, [
      { nodeId: idOf('mill'), reason },
    ]);
    assert.equal((await engagement(undefined, 'D', 'mill')).refusals, []);
    assert.equal((await engagement(open, 'U', 'mill')).refusals, []);
    await world.modify('mill', { status: ['closed'] });
    assert.equal((await engagement(open, 'D', 'shop')).refusals, []);
  });

  test('the reason of the config stands behind the name of the node', async () => {
    await world.modify('mill', { status: ['open'] });
    const { refusals } = await engagement({ ...open, because: 'work goes on' }, 'D', 'mill');
    assert.equal(refusals[0]?.reason, `mill (${idOf('mill')}): work goes on`);
  });

  test('a node that would go with an asked node is kept, and the asked node is named', async () => {
    await world.add('tags', 'sub', 'load', { attributes: { status: ['open'] } });
    assert.equal((await dependants({ keep: open }, 'mill')).refusals, [
      { nodeId: idOf('mill'), reason: `sub (${idOf('sub')}) is kept while status is "open"` },
    ]);
    assert.equal((await dependants({ keep: open, except: [idOf('sub')] }, 'mill')).refusals, []);
    assert.equal((await dependants({ keep: open }, 'shop')).refusals, []);
  });

  test('a schema sees several values as a list, the name of the node, and nothing that is absent', async () => {
    const isKept = async (schema: KeepRule['while']) =>
      (await engagement({ while: schema }, 'D', 'mill')).refusals.length > 0;
    await world.modify('mill', { levels: [1, 2], level: [3] });
    assert.is(
      await isKept({ properties: { levels: { const: [1, 2] } }, required: ['levels'] }),
      true,
    );
    assert.is(await isKept({ properties: { level: { minimum: 3 } }, required: ['level'] }), true);
    assert.is(await isKept({ properties: { level: { minimum: 4 } }, required: ['level'] }), false);
    assert.is(await isKept({ properties: { cn: { const: 'mill' } } }), true);
    assert.is(await isKept({ required: ['status'] }), false);
    assert.is(await isKept({ required: ['prsDefault'] }), false);
  });

  test('a reference that is taken out is found with its node and version; a node that goes loses none', async () => {
    const references = [{ attribute: 'uses', onDelete: 'detach' }] as const;
    await world.add('tags', 'flow', 'plant', { attributes: { uses: [idOf('mill'), 'other'] } });
    const flow = {
      id: idOf('flow'),
      cn: 'flow',
      objectClass: classes.tags,
      version: 1,
      attribute: 'uses',
      referredId: idOf('mill'),
    };
    const found = await dependants({ references }, 'mill');
    assert.equal([found.detached, found.refusals], [[flow], []]);
    assert.equal(
      found.nodes.map(({ cn }) => cn),
      ['load'],
    );
    assert.equal((await dependants({ references, except: [idOf('flow')] }, 'mill')).detached, []);
    assert.equal((await dependants({ references }, 'mill', 'plant')).detached, []);
    assert.equal(await detached('mill', 'shop'), [flow]);
  });

  test('a list loses one id, a single value goes with its attribute; the version rises, the rest stays', async () => {
    await world.add('tags', 'flow', 'plant', {
      attributes: {
        uses: [idOf('mill'), idOf('shop')],
        also: [idOf('mill')],
        note: [idOf('mill')],
      },
    });
    await world.add('tags', 'calm', 'plant', { attributes: { uses: [idOf('shop')] } });
    const { versions = {} } = await world.epochs('flow', 'calm');
    await detach({ [idOf('flow')]: versions[idOf('flow')] ?? 0 }, 'mill');
    assert.equal(
      [await world.attribute('flow', 'uses'), await world.attribute('flow', 'also')],
      [[idOf('shop')], [null]],
    );
    assert.equal(await world.attribute('flow', 'note'), [idOf('mill')]);
    const after = (await world.epochs('flow', 'calm')).versions ?? {};
    assert.equal(
      [after[idOf('flow')], after[idOf('calm')]],
      [(versions[idOf('flow')] ?? 0) + 1, versions[idOf('calm')]],
    );
    assert.equal(await detached('mill'), []);
  });

  test('also a reference that was not expected is taken out; another version is a conflict', async () => {
    await world.add('tags', 'flow', 'plant', { attributes: { uses: [idOf('mill')] } });
    await assert.rejects(
      detach({ [idOf('flow')]: 9 }, 'mill'),
      (error: unknown) => error instanceof Conflict,
    );
    assert.equal(await world.attribute('flow', 'uses'), [idOf('mill')]);
    await detach({}, 'mill');
    assert.equal(await world.attribute('flow', 'uses'), [null]);
  });

  test.run();
}
