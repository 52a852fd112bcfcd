/** Values and names as in LDAP (`SearchQuery.values`, `anyCase` of the writes), on every store. */
import { hierarchyWrite } from '../../actors/hierarchy/store.ts';
import { assert, type SuiteOptions, suite } from '../support/suite.ts';
import { classes, type HierarchyBench, HierarchyWorld, idOf } from './hierarchy-world.ts';

export function ldapContract(kind: string, bench: HierarchyBench, options: SuiteOptions): void {
  const test = suite(`hierarchy as in LDAP on ${kind}`, options);
  let world: HierarchyWorld;
  test.before.each(async () => {
    world = new HierarchyWorld(await bench.fresh());
    await world.plant();
  });
  test.after(() => bench.end());

  const adding = (name: string, parent: string) => {
    const node = { id: idOf(name), service: 'objects', objectClass: classes.objects } as const;
    const attributes = { cn: [name] };
    const args = { ...node, parentId: idOf(parent), attributes, systemNode: false };
    return world.apply(hierarchyWrite('add', { ...args, anyCase: true }, null));
  };
  const renaming = (name: string, cn: string, parent?: string) => {
    const move = parent === undefined ? {} : { parentId: idOf(parent) };
    const change = { id: idOf(name), attributes: { cn: [cn] }, ...move, anyCase: true } as const;
    return world.apply(hierarchyWrite('modify', change, { versions: {} }));
  };
  const isTaken = (work: Promise<void>) => assert.rejects(work, /is there already/);

  test('any-case: a sibling with the name in another case refuses a new node', async () => {
    await adding('Насос', 'shop');
    await isTaken(adding('нАСОС', 'shop'));
    await isTaken(adding('Section', 'shop'));
    await adding('насос', 'plant');
    assert.equal(
      await world.found({ base: idOf('shop'), scope: 1, objectClass: classes.objects }),
      ['section', 'Насос'],
    );
  });

  test('any-case: a node takes its own name in another case, and not that of a sibling', async () => {
    await adding('Pump', 'shop');
    await renaming('Pump', 'PUMP');
    await isTaken(renaming('Pump', 'SECTION'));
    await adding('SHOP', 'section');
    await isTaken(renaming('SHOP', 'Shop', 'plant'));
    assert.equal(await world.found({ id: idOf('Pump') }), ['PUMP']);
  });

  test('any-case: without it names differ by case', async () => {
    await world.add('objects', 'Section', 'shop');
    assert.equal(
      (await world.found({ base: idOf('shop'), scope: 1, objectClass: classes.objects })).sort(),
      ['Section', 'section'],
    );
  });

  test('a base in another case is found, an exact name before a similar one', async () => {
    await world.add('objects', 'Section', 'shop');
    const at = (cn: string) => `CN=${cn},cn=Shop,cn=PLANT,cn=Objects,cn=prs`;
    const found = (cn: string) => world.found({ base: at(cn), scope: 0, values: 'ldap' });
    assert.equal(await found('Section'), ['Section']);
    assert.equal(await found('section'), ['section']);
    assert.equal(await found('none'), []);
    assert.equal(await world.found({ base: at('section'), scope: 0 }), []);
  });

  test('a filter compares without regard to case', async () => {
    const query = { objectClass: classes.objects, values: 'ldap' } as const;
    assert.equal(await world.found({ ...query, filter: { CN: ['MI*'] } }), ['mill']);
    assert.equal(await world.found({ ...query, filter: { cn: ['Mill'], prsactive: ['TRUE'] } }), [
      'mill',
    ]);
  });

  test('values are shown as text', async () => {
    await world.modify('mill', { rate: [1.5], list: [{ json: '[1]' }] });
    const [node] = await world.read('search', { id: idOf('mill'), values: 'ldap' });
    assert.equal(node?.attributes, {
      cn: ['mill'],
      objectClass: [classes.objects],
      prsActive: ['TRUE'],
      prsDefault: ['TRUE'],
      prsIndex: ['1'],
      rate: ['1.5'],
      list: ['[1]'],
    });
    const [chosen] = await world.read('search', {
      id: idOf('mill'),
      values: 'ldap',
      attributes: ['PRSACTIVE', 'absent'],
    });
    assert.equal(chosen?.attributes, { PRSACTIVE: ['TRUE'], absent: [null] });
  });

  test('entryUUID is shown where it is named, and can be filtered by', async () => {
    const attributes = ['entryUUID', 'cn'];
    const [node] = await world.read('search', { id: idOf('mill'), attributes });
    assert.equal(node?.attributes, { entryUUID: [idOf('mill')], cn: ['mill'] });
    const [all] = await world.read('search', { id: idOf('mill') });
    assert.not.ok(Object.hasOwn(all?.attributes ?? {}, 'entryUUID'));
    assert.equal(await world.found({ filter: { entryUUID: [idOf('mill')] } }), ['mill']);
  });

  test('an escaped asterisk finds an asterisk alone', async () => {
    for (const cn of ['a*b', 'axb', 'a\\2ab']) await world.add('objects', cn, 'shop');
    const found = (cn: string) => world.found({ filter: { cn: [cn] } });
    assert.equal((await found('a*b')).sort(), ['a*b', 'a\\2ab', 'axb']);
    assert.equal(await found('a\\2ab'), ['a*b']);
    assert.equal(await found('a\\5c2ab'), ['a\\2ab']);
  });

  test.run();
}
