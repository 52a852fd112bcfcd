import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

/** The read `search` ("Reading" in `docs/wire.md`). */
export function searchContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy search on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
  });
  test.after(() => bench.end());

  test('finds the whole subtree of the root by default, with its own nodes', async () => {
    const found = await world.found({ attributes: ['cn'] });
    assert.equal(found.sort(), [
      'hot',
      'load',
      'mill',
      'objects',
      'plant',
      'prs',
      'section',
      'shop',
      'subscribers',
      'system',
    ]);
  });

  test('scope 0 is the base, 1 its children, 2 the subtree', async () => {
    const base = idOf('section');
    assert.equal(await world.found({ base, scope: 0 }), ['section']);
    assert.equal(await world.found({ base, scope: 1 }), ['mill']);
    assert.equal((await world.found({ base, scope: 2, objectClass: classes.objects })).sort(), [
      'mill',
      'section',
    ]);
  });

  test('a base is an id or a dn', async () => {
    await world.add('objects', 'pump, big', 'plant');
    assert.equal(await world.found({ base: idOf('pump, big'), scope: 0 }), ['pump, big']);
    assert.equal(
      await world.found({ base: 'cn=pump\\, big,cn=plant,cn=objects,cn=prs', scope: 0 }),
      ['pump, big'],
    );
  });

  test('a base that is no node finds nothing', async () => {
    for (const base of [
      'cn=none,cn=prs',
      'cn=objects',
      'no dn at all',
      idOf('nobody'),
      'cn=\\00,cn=prs',
      '',
    ]) {
      assert.equal(await world.found({ base }), [], base);
    }
  });

  test('a node shows its path with escapes, leaf first', async () => {
    await world.add('objects', ' #a+b ', 'mill');
    const [node] = await world.read('search', { id: idOf(' #a+b ') });
    assert.is(node?.dn, 'cn=\\ #a\\+b\\ ,cn=mill,cn=section,cn=shop,cn=plant,cn=objects,cn=prs');
  });

  test('id goes before base, scope and filter; ids of no node are passed over', async () => {
    const id = [idOf('mill'), idOf('nobody'), 'x', '\0', idOf('mill'), idOf('mill').toUpperCase()];
    assert.equal(await world.found({ id, base: idOf('hot'), scope: 0, filter: { cn: ['hot'] } }), [
      'mill',
    ]);
  });

  test('values of one attribute are joined by or, attributes by and', async () => {
    await world.add('tags', 'flow', 'mill', { attributes: { unit: ['l', 'm3'], rate: [1] } });
    await world.add('tags', 'heat', 'mill', { attributes: { unit: ['K'], rate: [1] } });
    assert.equal((await world.found({ filter: { unit: ['m3', 'K'] } })).sort(), ['flow', 'heat']);
    assert.equal(await world.found({ filter: { unit: ['m3', 'K'], cn: ['heat'] } }), ['heat']);
    assert.equal(await world.found({ filter: { unit: ['m3'], cn: ['heat'] } }), []);
    assert.equal(await world.found({ filter: { unit: [] } }), []);
  });

  test('values are compared as text, of whatever type they are', async () => {
    await world.add('tags', 'flow', 'mill', {
      attributes: { rate: [15], raw: ['15'], on: [true] },
    });
    for (const filter of [
      { rate: ['15'] },
      { raw: [15] },
      { on: ['true'] },
      { on: [true], rate: [15] },
    ]) {
      assert.equal(await world.found({ filter }), ['flow'], JSON.stringify(filter));
    }
    assert.equal(await world.found({ filter: { rate: ['15.0'] } }), []);
  });

  test('an asterisk is any run of characters', async () => {
    const attributes = { note: ['a.b%c_d'] };
    await world.add('tags', 'flow', 'mill', { attributes });
    for (const note of ['*', 'a*', '*d', 'a*c*d', 'a.b%c_d', '*.b%*'])
      assert.equal(await world.found({ filter: { note: [note] } }), ['flow'], note);
    for (const note of ['b*', 'a*b', 'a_b%c_d', 'a.b%c_d*d', '**x'])
      assert.equal(await world.found({ filter: { note: [note] } }), [], note);
  });

  test('a pattern finds numbers, truth values and JSON by their texts', async () => {
    const attributes = { rate: [1500], on: [true], form: [{ json: '{"k":[1]}' }], tiny: [1e-7] };
    await world.add('tags', 'flow', 'mill', { attributes });
    const patterns = { rate: '15*', on: 't*e', form: '{*1]}', tiny: '1e*' };
    for (const [name, pattern] of Object.entries(patterns))
      assert.equal(await world.found({ filter: { [name]: [pattern] } }), ['flow'], name);
    for (const pattern of ['16*', '*51*'])
      assert.equal(await world.found({ filter: { rate: [pattern] } }), [], pattern);
    assert.equal(await world.found({ filter: { '\0': ['*'] } }), []);
  });

  test('names are found by their beginning, their end and their middle, of all characters', async () => {
    const last = '\u{10ffff}';
    const names = ['ab%', 'ab_', `ab${last}x`, 'ac', '\ud7ffy', '\ue000'];
    for (const name of names) await world.add('tags', name, 'mill');
    const found = async (...cn: string[]) =>
      (await world.found({ filter: { cn }, objectClass: classes.tags })).sort();
    assert.equal(await found('ab*'), ['ab%', 'ab_', `ab${last}x`]);
    assert.equal(await found('ab%*', '*_'), ['ab%', 'ab_']);
    assert.equal(await found('ab*', 'ac'), ['ab%', 'ab_', `ab${last}x`, 'ac']);
    assert.equal(await found(`ab${last}*`), [`ab${last}x`]);
    assert.equal(await found('\ud7ff*'), ['\ud7ffy']);
    assert.equal(await found('a*c', 'x*'), ['ac']);
    assert.equal(await found('\0*'), []);
  });

  test('null in a filter is an attribute that is not there', async () => {
    await world.add('tags', 'flow', 'mill', { attributes: { unit: ['l'] } });
    assert.equal(
      (await world.found({ filter: { unit: [null], objectClass: ['prsTag'] } })).sort(),
      ['load'],
    );
    assert.equal(
      (await world.found({ filter: { unit: [null, 'l'], objectClass: ['prsTag'] } })).sort(),
      ['flow', 'load'],
    );
  });

  test('standard attributes can be filtered by', async () => {
    assert.equal(await world.found({ filter: { cn: ['mi*', 'nobody'] } }), ['mill']);
    assert.equal(await world.found({ filter: { cn: ['mill', '\0'] } }), ['mill']);
    assert.equal(await world.found({ filter: { objectClass: ['prsAlert'] } }), ['hot']);
    assert.equal(await world.found({ filter: { prsDefault: [true], cn: ['shop'] } }), ['shop']);
  });

  test('attributes chosen by name come alone, absent ones as [null]', async () => {
    const [node] = await world.read('search', {
      id: idOf('mill'),
      attributes: ['cn', 'unit', '__proto__', 'toString'],
    });
    const chosen = Object.entries(node?.attributes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    assert.equal(chosen, [
      ['__proto__', [null]],
      ['cn', ['mill']],
      ['toString', [null]],
      ['unit', [null]],
    ]);
  });

  test('an asterisk chooses all attributes, names beside it add', async () => {
    const [node] = await world.read('search', { id: idOf('mill'), attributes: ['*', 'unit'] });
    const standard = {
      cn: ['mill'],
      objectClass: ['prsObject'],
      prsActive: [true],
      prsDefault: [true],
      prsIndex: [1],
    };
    assert.equal(node?.attributes, { ...standard, unit: [null] });
    const [whole] = await world.read('search', { id: idOf('mill') });
    assert.equal(whole?.attributes, standard);
  });

  test('results are sorted by prsIndex, then by creation, those without one last', async () => {
    const indexed = { c: [2], a: ['-1.5'], e: ['nothing'], d: [10], b: [2] };
    for (const [name, prsIndex] of Object.entries(indexed))
      await world.add('tags', name, 'plant', { attributes: { prsIndex } });
    assert.equal(await world.found({ base: idOf('plant'), scope: 1, objectClass: classes.tags }), [
      'a',
      'c',
      'b',
      'd',
      'e',
    ]);
  });

  test('hierarchy nests what was found below its nearest found ancestor', async () => {
    const found = await world.read('search', {
      hierarchy: true,
      filter: { cn: ['plant', 'mill', 'hot', 'load'] },
      attributes: ['cn'],
    });
    const names = (nodes: typeof found): unknown[] =>
      nodes.map(({ attributes, children = [] }) => [attributes['cn']?.[0], names(children)]);
    assert.equal(names(found), [['plant', [['mill', [['load', [['hot', []]]]]]]]]);
  });

  test('getParent tells the parent, null for the root', async () => {
    const parents = async (id: string) =>
      (await world.read('search', { id, getParent: true })).map(({ parentId }) => parentId);
    assert.equal(await parents(idOf('mill')), [idOf('section')]);
    assert.equal(await parents(idOf('root')), [null]);
    const [without] = await world.read('search', { id: idOf('mill') });
    assert.is(without !== undefined && 'parentId' in without, false);
  });

  test('objectClass leaves only nodes that services own', async () => {
    assert.equal(await world.found({ objectClass: 'prsModelNode' }), []);
    assert.equal(await world.found({ objectClass: classes.tags, base: idOf('plant') }), ['load']);
    assert.equal(
      await world.found({ objectClass: classes.tags, id: [idOf('load'), idOf('hot')] }),
      ['load'],
    );
  });

  test('an alias is followed unless deref is false', async () => {
    await world.tree(
      'addAlias',
      { id: idOf('alias'), parentId: idOf('plant'), targetId: idOf('mill'), cn: 'favourite' },
      null,
    );
    assert.equal(
      await world.found({ base: idOf('plant'), scope: 1, objectClass: classes.objects }),
      ['mill', 'shop'].reverse(),
    );
    assert.equal(await world.found({ id: idOf('alias') }), ['mill']);
    assert.equal(await world.found({ base: idOf('alias'), scope: 2, objectClass: classes.tags }), [
      'load',
    ]);
    assert.equal((await world.found({ base: idOf('plant'), scope: 1, deref: false })).sort(), [
      'favourite',
      'shop',
    ]);
  });

  test('reads of one moment find what each of them finds alone', async () => {
    await world.tree(
      'addAlias',
      { id: idOf('alias'), parentId: idOf('plant'), targetId: idOf('mill'), cn: 'favourite' },
      null,
    );
    const asked = ['mill', 'alias', 'nobody', 'section', 'mill'].map((name) => idOf(name));
    const read = (id: string) => world.read('search', { id, getParent: true });
    const together = await Promise.all([...asked, 'no id'].map(read));
    const alone = [];
    for (const id of [...asked, 'no id']) alone.push(await read(id));
    assert.equal(together, alone);
    assert.equal(
      together.map((found) => found.map(({ id }) => id)),
      [[idOf('mill')], [idOf('mill')], [], [idOf('section')], [idOf('mill')], []],
    );
  });

  test('a subtree reaches through aliases, and ends where they lead upwards', async () => {
    await world.add('objects', 'annex', 'objects');
    await world.tree(
      'addAlias',
      { id: idOf('alias'), parentId: idOf('annex'), targetId: idOf('section'), cn: 'link' },
      null,
    );
    await world.tree(
      'addAlias',
      { id: idOf('up'), parentId: idOf('mill'), targetId: idOf('annex'), cn: 'up' },
      null,
    );
    const found = await world.found({ base: idOf('annex'), objectClass: classes.objects });
    assert.equal(found.sort(), ['annex', 'mill', 'section']);
    assert.equal((await world.found({ base: idOf('annex'), deref: false })).sort(), [
      'annex',
      'link',
    ]);
  });

  test('an alias names its target by the dn of now, and by the last one when it has gone', async () => {
    await world.tree(
      'addAlias',
      { id: idOf('alias'), parentId: idOf('plant'), targetId: idOf('hot'), cn: 'favourite' },
      null,
    );
    const dn = (cn: string) =>
      `cn=${cn},cn=load,cn=mill,cn=section,cn=shop,cn=plant,cn=objects,cn=prs`;
    await world.modify('hot', { cn: ['hotter'] });
    assert.equal(await world.attribute('alias', 'aliasedObjectName'), [dn('hotter')]);
    assert.equal(
      await world.found({ deref: false, filter: { aliasedObjectName: [dn('hotter')] } }),
      ['favourite'],
    );
    await world.remove('T', 'alerts', 'hot');
    assert.equal(await world.attribute('alias', 'aliasedObjectName'), [dn('hot')]);
    assert.equal(await world.found({ id: idOf('alias') }), []);
  });

  test.run();
}
