/** Messages as clients of the older services send them, on the real services, in memory and on SQL. */
import { type Deployment, openDeployment, packageServices } from '../../../deployment.ts';
import { parseExchangeConfig, sections } from '../../../index.ts';
import type { Client } from '../../../runtime/client.ts';
import type { JsonObject } from '../../../runtime/ports/json.ts';
import { assert, suite } from '../../support/suite.ts';
import { configText } from '../consent/entity-configs.ts';

/** An api service of Python sends every key of its model, with null for what was not given. */
const pydantic = {
  attributes: {
    cn: null,
    description: null,
    prsJsonConfigString: null,
    prsActive: true,
    prsDefault: null,
    prsEntityTypeCode: null,
    prsIndex: null,
  },
  read: { id: null, base: null, deref: true, scope: 2, filter: null, attributes: ['*'] },
};

const attributes = {
  properties: {
    colour: { enum: ['red', 'green'] },
    sizes: { type: 'array', items: { type: 'number' } },
  },
  required: ['colour'],
  additionalProperties: false,
};

function configOf(name: string, change: (config: JsonObject) => JsonObject) {
  return parseExchangeConfig(configText(name, { [name]: change }), {
    file: `${name}.json`,
    env: {},
    sections,
  });
}

const hierarchy = (more: JsonObject) => (config: JsonObject) => ({
  ...config,
  hierarchy: { ...(config['hierarchy'] as JsonObject), ...more },
});

for (const [kind, databaseUrl] of [
  ['memory', 'memory://'],
  ['SQL', 'pglite://'],
] as const) {
  const test = suite(`older messages on ${kind}`, { deadlineMs: 90_000 });
  let deployment: Deployment;
  let client: Client;

  test.before(async () => {
    deployment = await openDeployment({
      configs: [
        configOf('methods_model_crud', (config) => config),
        configOf('constants_model_crud', hierarchy({ attributes })),
        configOf(
          'schedules_model_crud',
          hierarchy({ values: 'ldap', attributes: { properties: { size: { type: 'number' } } } }),
        ),
        configOf('alerts_model_crud', (config) => ({ ...config, compat: 'lenient' })),
      ],
      services: packageServices('objects', 'tags'),
      databaseUrl,
      log: () => undefined,
    });
    await deployment.start();
    client = await deployment.client('test');
  });
  test.after(async () => {
    await client.close();
    await deployment.stop();
  });

  const ask = async (entity: string, action: string, data: JsonObject): Promise<JsonObject> => {
    const to = { exchange: entity, routingKey: `${entity}_model_crud_consume` };
    return (await client.request(to, { action, data })) as JsonObject;
  };
  const created = async (entity: string, cn: string, more: JsonObject = {}, parentId?: string) => {
    const answer = await ask(entity, 'create', {
      ...(parentId === undefined ? {} : { parentId }),
      attributes: { cn, ...more },
    });
    assert.is(typeof answer['id'], 'string', JSON.stringify(answer));
    return String(answer['id']);
  };
  const attributesOf = async (entity: string, id: string): Promise<JsonObject> => {
    const { data } = await ask(entity, 'read', { id });
    return (data as unknown as readonly { attributes: JsonObject }[])[0]?.attributes ?? {};
  };
  const errorOf = (answer: JsonObject) => answer['error'] as JsonObject | undefined;

  test('null is not given: create, read, update and delete as a Python client dumps them', async () => {
    const given = { ...pydantic.attributes, cn: 'dumped', description: 'old' };
    const { id } = await ask('objects', 'create', { parentId: null, attributes: given });
    const found = await ask('objects', 'read', { ...pydantic.read, id: id ?? '' });
    assert.is((found['data'] as readonly unknown[]).length, 1);
    const byFilter = await ask('objects', 'read', { ...pydantic.read, filter: { cn: 'dumped' } });
    assert.is((byFilter['data'] as readonly unknown[]).length, 1);
    const update = { parentId: null, attributes: { ...pydantic.attributes }, id: id ?? '' };
    assert.equal(await ask('objects', 'update', update), {});
    const after = await attributesOf('objects', String(id));
    assert.equal([after['cn'], after['description']], [['dumped'], undefined]);
    assert.equal(
      await ask('objects', 'delete', {
        ...pydantic.read,
        ...{ deref: null },
        scope: null,
        attributes: null,
        id: [id ?? ''],
      }),
      {},
    );
  });

  test('an object as value is given back as it came, and found by its text', async () => {
    const value = { z: 1, a: [true, null, { '€': 'x' }] };
    const id = await created('objects', 'configured', { prsJsonConfigString: value });
    const { prsJsonConfigString: shown } = await attributesOf('objects', id);
    assert.is(JSON.stringify(shown), JSON.stringify([value]));
    for (const wanted of [JSON.stringify(value), '{"z":1*']) {
      const { data } = await ask('objects', 'read', { filter: { prsJsonConfigString: wanted } });
      assert.is((data as readonly unknown[]).length, 1, wanted);
    }
    assert.equal(
      await ask('objects', 'update', { id, attributes: { prsJsonConfigString: [{}, 'x'] } }),
      {},
    );
    assert.equal((await attributesOf('objects', id))['prsJsonConfigString'], [{}, 'x']);
  });

  test('an unknown member is refused with the nearest name, and left out where compat is lenient', async () => {
    const error = errorOf(await ask('objects', 'read', { bse: 'cn=prs' }));
    assert.match(
      String(error?.['message']),
      /unknown key 'bse', did you mean 'base'\? \(allowed: id, base,/,
    );
    assert.is(error?.['at'], '/data');
    const read = await ask('alerts', 'read', { bse: 'cn=prs', getTagId: true });
    assert.equal(read, { data: [] });
  });

  test('a value that fits no branch is told all branches', async () => {
    const wrong = async (data: JsonObject) =>
      String(errorOf(await ask('objects', 'read', data))?.['message']);
    assert.match(
      await wrong({ id: 5 }),
      /^\/data\/id must be a UUID or a list, each item a UUID .*found 5$/,
    );
    assert.match(await wrong({ scope: 3 }), /^\/data\/scope must be 0 or 1 or 2, found 3$/);
  });

  test('attributes of the hierarchy have their types', async () => {
    for (const [name, value] of Object.entries({
      prsActive: 'maybe',
      prsDefault: 'x',
      prsEntityTypeCode: 1.5,
      prsIndex: 'abc',
    })) {
      const error = errorOf(
        await ask('objects', 'create', { attributes: { cn: 'typed', [name]: value } }),
      );
      assert.equal([error?.['code'], error?.['at']], [400, `/data/attributes/${name}`], name);
    }
    await created('objects', 'typed', { prsActive: [false], prsIndex: 7, prsEntityTypeCode: null });
  });

  test('a change that would be dropped is refused with its place', async () => {
    const id = await created('objects', 'kept');
    const update = async (attributes: JsonObject) =>
      errorOf(await ask('objects', 'update', { id, attributes }))?.['at'];
    assert.is(await update({ objectClass: 'prsTag' }), '/data/attributes/objectClass');
    assert.is(await update({ '': 'x' }), '/data/attributes/');
    assert.is(await update({ cn: '' }), '/data/attributes/cn');
    assert.is(await update({ entryUUID: id }), '/data/attributes/entryUUID');
    assert.is(await update({ cn: 'n'.repeat(1001) }), '/data/attributes/cn');
    assert.is(await update({ objectClass: ['prsObject'], cn: 'kept' }), undefined);
    const first = await created('tags', 'first', {}, id);
    const dropped = await ask('tags', 'update', { id: first, attributes: { prsDefault: false } });
    assert.is(errorOf(dropped)?.['at'], '/data/attributes/prsDefault');
  });

  test('the schema of an entity refuses attributes with their place', async () => {
    const create = async (attributes: JsonObject) =>
      errorOf(await ask('constants', 'create', { attributes }))?.['at'];
    assert.is(await create({ cn: 'a', colour: 'blue' }), '/data/attributes/colour');
    assert.is(await create({ cn: 'a' }), '/data/attributes');
    assert.is(
      await create({ cn: 'a', colour: 'red', sizes: [1, 'x'] }),
      '/data/attributes/sizes/1',
    );
    assert.is(await create({ cn: 'a', colour: 'red', other: 1 }), '/data/attributes/other');
    const id = await created('constants', 'a', { colour: ['red'], sizes: [1, 2] });
    const update = async (attributes: JsonObject) =>
      errorOf(await ask('constants', 'update', { id, attributes }))?.['at'];
    assert.is(await update({ colour: null }), '/data/attributes/colour');
    assert.is(await update({ description: 'only this' }), undefined);
  });

  test('a service with the values of LDAP takes and gives text', async () => {
    const given = {
      CN: ['Plant'],
      prsActive: 'TRUE',
      prsIndex: ['2'],
      size: '1.5',
      prsEntityTypeCode: 3,
    };
    const { id } = await ask('schedules', 'create', { attributes: given });
    const expected = {
      cn: ['Plant'],
      objectClass: ['prsSchedule'],
      prsActive: ['TRUE'],
      prsDefault: ['TRUE'],
      prsEntityTypeCode: ['3'],
      prsIndex: ['2'],
      size: ['1.5'],
    };
    assert.equal(await attributesOf('schedules', String(id)), expected);
    for (const filter of [{ prsactive: ['true'] }, { cn: 'pLANT' }, { size: '1.5' }]) {
      const { data } = await ask('schedules', 'read', { filter });
      assert.is((data as readonly unknown[]).length, 1, JSON.stringify(filter));
    }
    const same = await ask('schedules', 'create', { attributes: { cn: 'plant' } });
    assert.is(errorOf(same)?.['name'], 'name-taken');
    const update = async (attributes: JsonObject) =>
      errorOf(await ask('schedules', 'update', { id: String(id), attributes }))?.['at'];
    assert.is(await update({ cn: 'PLANT', prsActive: 'false' }), undefined);
    assert.is(await update({ prsActive: 'maybe' }), '/data/attributes/prsActive');
    assert.is(await update({ PRSINDEX: '2.5' }), '/data/attributes/PRSINDEX');
    assert.is(await update({ size: 'big' }), '/data/attributes/size');
    assert.is(await update({ cn: 'a', CN: 'b' }), '/data/attributes/CN');
    const after = await attributesOf('schedules', String(id));
    assert.equal([after['cn'], after['prsActive'], after['size']], [['PLANT'], ['FALSE'], ['1.5']]);
  });

  test('ids in capitals are the same ids in references, filters and bases', async () => {
    const object = await created('objects', 'capitals');
    const tag = await created('tags', 'capitals', {}, object.toUpperCase());
    const constant = await created('constants', 'capitals', { colour: 'red' });
    const attribute = 'prsConstantId';
    const reference = { [attribute]: constant.toUpperCase() };
    const method = await created('methods', 'capitals', reference, tag);
    assert.equal((await attributesOf('methods', method))[attribute], [constant]);
    const { data } = await ask('methods', 'read', {
      base: object.toUpperCase(),
      filter: reference,
    });
    assert.equal(
      (data as unknown as readonly { id: string }[]).map(({ id }) => id),
      [method],
    );
  });

  test.run();
}
