/** The read `page` ("Reading" in `docs/wire.md`), on every store. */
import type { PagedQuery, SearchQuery } from '../../actors/hierarchy/store.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

const objectClass = classes.tags;
const indexes = { f: '2.5', a: -3, c: 2, e: 2, b: '1', d: 2 };

export function pagesContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`pages of the hierarchy on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
    for (const [name, prsIndex] of Object.entries(indexes))
      await world.add('tags', name, 'mill', { attributes: { prsIndex: [prsIndex], unit: ['l'] } });
    for (const name of ['none1', 'none2'])
      await world.add('tags', name, 'mill', { attributes: { prsIndex: ['none'] } });
  });
  test.after(() => bench.end());

  const page = (query: PagedQuery & { readonly most?: number }) =>
    world.read('page', { most: 1_000, attributes: ['cn'], objectClass, ...query });
  type Page = Awaited<ReturnType<typeof page>>;
  const namesIn = ({ nodes }: Page) => nodes.map(({ attributes }) => attributes['cn']?.[0]);
  /** The names of each page. `between`: what happens after each page. */
  const pages = async (
    query: PagedQuery & { readonly most?: number },
    between: (page: Page) => Promise<void> = async () => undefined,
  ) => {
    const all: unknown[][] = [];
    for (let after = {}; ; ) {
      const found = await page({ ...query, ...after });
      all.push(namesIn(found));
      if (found.next === undefined) return all;
      after = { after: found.next };
      await between(found);
    }
  };
  const below = { base: idOf('mill'), scope: 1 } as const;

  test('in-order: pages follow each other in the order of a search, without a gap', async () => {
    const whole = await world.found({ ...below, objectClass });
    assert.equal(whole, ['a', 'load', 'b', 'c', 'e', 'd', 'f', 'none1', 'none2']);
    for (const limit of [1, 2, 3, 9, 10])
      assert.equal((await pages({ ...below, limit })).flat(), whole, `${limit} a page`);
    assert.equal(
      (await pages({ ...below, limit: 4 })).map(({ length }) => length),
      [4, 4, 1],
    );
    assert.equal((await pages({ ...below, limit: 3 })).length, 3);
  });

  test('in-order: every reach has pages', async () => {
    const queries: SearchQuery[] = [
      {},
      { base: idOf('plant') },
      { base: 'cn=mill,cn=section,cn=shop,cn=plant,cn=objects,cn=prs', scope: 1 },
      { id: [idOf('f'), idOf('none1'), idOf('a'), idOf('nobody'), idOf('c')] },
      { base: idOf('load'), scope: 0 },
      { filter: { unit: ['l', 'x'] } },
      { filter: { cn: ['*e*', 'a'] } },
      { filter: { unit: [null] } },
      { filter: { CN: ['NONE*', 'a'] }, values: 'ldap' },
    ];
    for (const query of queries) {
      const whole = await world.found({ ...query, objectClass });
      assert.ok(whole.length > 0, JSON.stringify(query));
      assert.equal((await pages({ ...query, limit: 2 })).flat(), whole, JSON.stringify(query));
    }
  });

  test('in-order: a page shows the dn of each node', async () => {
    const first = await page({ ...below, limit: 2 });
    const { nodes } = await page({ ...below, limit: 1, after: first.next ?? '' });
    assert.is(nodes[0]?.dn, 'cn=b,cn=mill,cn=section,cn=shop,cn=plant,cn=objects,cn=prs');
  });

  test('place: the last node of a page is removed, and the next page begins behind it', async () => {
    await world.remove('T hot', 'alerts', 'hot');
    const found = await pages({ ...below, limit: 2 }, async ({ nodes }) => {
      const last = nodes.at(-1)?.attributes['cn']?.[0];
      await world.remove(`T ${last}`, 'tags', String(last));
    });
    assert.equal(found, [['a', 'load'], ['b', 'c'], ['e', 'd'], ['f', 'none1'], ['none2']]);
  });

  test('place: a new node behind the place comes, one before the place does not', async () => {
    const first = await page({ ...below, limit: 3 });
    await world.add('tags', 'early', 'mill', { attributes: { prsIndex: [0] } });
    await world.add('tags', 'late', 'mill', { attributes: { prsIndex: [2.25] } });
    const rest = await page({ ...below, after: first.next ?? '' });
    assert.equal(namesIn(rest), ['c', 'e', 'd', 'late', 'f', 'none1', 'none2']);
    assert.is(rest.next, undefined);
  });

  test('bounded: without limit and place, more nodes than `most` are refused', async () => {
    await assert.rejects(page({ ...below, most: 8 }), /more than 8 nodes.*read_nodes_max/);
    await assert.rejects(page({ most: 5, filter: { unit: ['l'] } }), /more than 5 nodes/);
    assert.is((await page({ ...below, most: 9 })).nodes.length, 9);
    assert.is((await page({ most: 6, filter: { unit: ['l'] } })).nodes.length, 6);
    assert.is((await page({ ...below, most: 8, limit: 20 })).nodes.length, 8);
    assert.is((await page({ ...below, most: 3, after: ':0' })).nodes.length, 2);
  });

  test('bounded: the nodes of an index beyond all numbers come last', async () => {
    assert.equal(namesIn(await page({ ...below, after: '9e999:0' })), ['none1', 'none2']);
    assert.equal(namesIn(await page({ ...below, after: '-9e999:0', limit: 1 })), ['a']);
  });

  test.run();
}
