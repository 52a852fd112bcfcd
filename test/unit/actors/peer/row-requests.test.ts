/** What the rows of a request must be like, and which stores a participant must have. */
import { Type } from 'typebox';
import type { ServiceModule } from '../../../../actors/modules/service-module.ts';
import {
  defineOwner,
  defineParticipant,
  defineTable,
  parseExchangeConfig,
} from '../../../../index.ts';
import { MemoryLocks } from '../../../../runtime/memory/memory-locks.ts';
import { Broken, Refused } from '../../../../runtime/ports/errors.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { assert, suite } from '../../../support/suite.ts';
import { id } from '../consent/sample.ts';

const test = suite('row requests');

const leases = defineTable('leases', {
  row: Type.Object({ carId: Type.String() }),
  by: ['carId'],
});
const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'leasing',
    publish: { main: { name: 'leasing', routing_key: 'facts' } },
    consume: { main: { name: 'leasing', queue: 'leasing', routing_key: 'leasing' } },
    subscribe: {
      cars: {
        publish: { name: 'cars', routing_key: 'cars' },
        consume: { name: 'cars', routing_key: 'cars_facts' },
      },
    },
  }),
  { file: 'leasing.json', env: {}, sections: {} },
);
const schema = Type.Object({ id: Type.String(), carId: Type.String() });
const dependsOn = { cars: { rows: leases.by('carId'), mayDelete: () => 'leased' } };

function defined(module: ServiceModule) {
  const locks = new MemoryLocks(new VirtualClock());
  const store = (name: string) => ({ name, read: async (): Promise<Json> => null });
  return module.define(config, { store, locks });
}

/** Routes the message `sign`. */
function sign(module: ServiceModule, data: Json): unknown {
  return route(module, 'sign', data);
}

function messageOf(action: string, data: Json) {
  return {
    action,
    data,
    identity: null,
    from: null,
    user: null,
    headers: {},
    queue: 'q',
    exchange: 'leasing',
    routingKey: 'leasing',
    replyTo: null,
  };
}

function route(module: ServiceModule, action: string, data: Json): unknown {
  return defined(module).messages[action]?.to(messageOf(action, data), 'fresh');
}

test('a result of `writes` that is no write is named with its request', () => {
  const results = [
    undefined,
    [leases.add('l1', { carId: id(1) }), 'l2'],
    null,
    { store: 'leases' },
    { store: 'leases', op: 'add' },
  ];
  const messages = results.map((result) => {
    const writes = () => result as unknown as ReturnType<typeof leases.add>;
    const broken = defineParticipant({
      config,
      stores: [leases],
      requests: { sign: { schema, on: ({ carId }) => ({ cars: [carId] }), writes } },
      dependsOn,
    });
    try {
      return sign(broken, { id: 'l1', carId: id(1) });
    } catch (error) {
      return error instanceof Broken ? error.message : error;
    }
  });
  const told = (found: string) =>
    `'writes' of the request 'sign' returned ${found}; it must return a write or a list of writes`;
  assert.equal(messages, [
    told('nothing'),
    told('"l2"'),
    told('null'),
    told('{"store":"leases"}'),
    told('{"store":"leases","op":"add"}'),
  ]);
});

test('a result of `on` or `lifts` that is no list of ids by entity is named with its request', () => {
  const text = (functions: object) => {
    const broken = defineParticipant({
      config,
      stores: [leases],
      requests: {
        sign: {
          schema,
          on: ({ carId }) => ({ cars: [carId] }),
          writes: ({ id, carId }) => leases.add(id, { carId }),
          ...functions,
        },
      },
      dependsOn,
    });
    try {
      return sign(broken, { id: 'l1', carId: id(1) });
    } catch (error) {
      return error instanceof Broken ? error.message : error;
    }
  };
  const told = (name: string, found: string) =>
    `'${name}' of the request 'sign' returned ${found}; allowed: lists of ids by entity, as { objects: [id] }`;
  const circle: { cars?: unknown } = {};
  circle.cars = circle;
  const results: readonly (readonly [unknown, string])[] = [
    [circle, 'a value that is no JSON (object)'],
    [1n, 'a value that is no JSON (bigint)'],
    [{ cars: 'x'.repeat(100) }, `{"cars":"${'x'.repeat(71)}…`],
    [{ cars: 'c1' }, '{"cars":"c1"}'],
    [{ cars: null }, '{"cars":null}'],
    [{ cars: [undefined] }, '{"cars":[null]}'],
    [{ cars: [id(1), 5] }, `{"cars":["${id(1)}",5]}`],
    [['c1'], '["c1"]'],
    [null, 'null'],
    [undefined, 'nothing'],
    [Promise.reject(new Error('later')), 'a promise'],
  ];
  for (const [result, found] of results)
    for (const name of ['on', 'lifts'])
      assert.is(text({ [name]: () => result }), told(name, found));
  const fails = () => {
    throw new TypeError('no car');
  };
  assert.is(text({ on: fails }), "'on' of the request 'sign' failed: no car");
  assert.is(text({ lifts: fails }), "'lifts' of the request 'sign' failed: no car");
});

test('a result of `read` that is no read is named with its request', () => {
  const text = (result: unknown) => {
    const read = () => result as ReturnType<typeof leases.find>;
    const broken = defineParticipant({
      config,
      stores: [leases],
      requests: { list: { schema: Type.Object({}), read } },
      dependsOn,
    });
    const message = messageOf('list', {});
    try {
      return defined(broken).messages['list']?.read?.(message, { key: 'fresh' });
    } catch (error) {
      return error instanceof Broken ? error.message : error;
    }
  };
  const told = (found: string) =>
    `'read' of the request 'list' returned ${found}; it must return a read, such as 'find' of a table gives`;
  assert.equal(
    [undefined, null, [], Promise.resolve()].map(text),
    ['nothing', 'null', '[]', 'a promise'].map(told),
  );
  assert.equal(text(leases.find({})), leases.find({}));
});

test('an error in `writes`, and a promise of it, are named with the request', async () => {
  const broken = (writes: () => unknown) =>
    defineParticipant({
      config,
      stores: [leases],
      requests: {
        sign: {
          schema,
          on: ({ carId }) => ({ cars: [carId] }),
          writes: writes as () => ReturnType<typeof leases.add>,
        },
      },
      dependsOn,
    });
  const fails = () => {
    throw new TypeError('no car');
  };
  const text = (writes: () => unknown) => {
    try {
      return sign(broken(writes), { id: 'l1', carId: id(1) });
    } catch (error) {
      return error instanceof Broken ? error.message : error;
    }
  };
  assert.is(text(fails), "'writes' of the request 'sign' failed: no car");
  assert.match(String(text(() => Promise.reject(new Error('later')))), /returned a promise;/);
});

test('a row that depends on a node which `on` does not name is refused, by request, table and node', () => {
  const writes = ({ id, carId }: { id: string; carId: string }) => leases.add(id, { carId });
  const without = defineParticipant({
    config,
    stores: [leases],
    requests: { sign: { schema, writes } },
    dependsOn,
  });
  assert.throws(
    () => sign(without, { id: 'l1', carId: id(1) }),
    (error: unknown) =>
      error instanceof Broken &&
      error.message ===
        `the request 'sign' writes a row of 'leases' that depends on ${id(1)}: 'on' must name the node, as { cars: ['${id(1)}'] }`,
  );
  const other = defineParticipant({
    config,
    stores: [leases],
    requests: { sign: { schema, on: () => ({ cars: [id(2)] }), writes } },
    dependsOn,
  });
  assert.throws(() => sign(other, { id: 'l1', carId: id(1) }), Broken as never);
  const right = defineParticipant({
    config,
    stores: [leases],
    requests: { sign: { schema, on: ({ carId }) => ({ cars: [carId] }), writes } },
    dependsOn,
  });
  assert.equal(sign(right, { id: 'l1', carId: id(1) }), {
    key: 'fresh',
    data: {
      on: { cars: [id(1)] },
      writes: [leases.add('l1', { carId: id(1) })],
      own: [],
      lifted: [],
    },
  });
});

test('rows of a table that is not among the stores are refused when the service is made', () => {
  assert.throws(
    () => defined(defineParticipant({ config, dependsOn })),
    /leasing: the rows of dependsOn.cars are in 'leases', which is not among the stores \(none\)/,
  );
});

test('an owned row has a UUID in lower case', () => {
  const owner = defineOwner({
    config,
    owns: { table: leases, class: 'lease' },
    requests: {
      sign: { schema, writes: ({ id, carId }) => leases.add(id, { carId }) },
    },
  });
  for (const wrong of ['l1', id(1).replace('0', 'A')])
    assert.throws(
      () => sign(owner, { id: wrong, carId: id(1) }),
      (error: unknown) => error instanceof Refused && /must be a UUID/.test(error.message),
    );
  assert.ok(sign(owner, { id: id(3), carId: id(1) }));
});

test('an update makes no owned row depend on another node, because an update subscribes to nothing', () => {
  const rentals = defineTable('rentals', {
    row: Type.Object({
      carId: Type.String(),
      trailerId: Type.Optional(Type.String()),
      days: Type.Integer(),
    }),
    by: ['carId', 'trailerId'],
  });
  const owner = defineOwner({
    config,
    owns: { table: rentals, class: 'rental' },
    requests: {},
    dependsOn: { cars: { rows: rentals.by('carId'), along: true } },
  });
  const byTrailer = defineOwner({
    config,
    owns: { table: rentals, class: 'rental' },
    requests: {},
    dependsOn: { cars: { rows: rentals.by('trailerId'), mayDelete: () => 'rented' } },
  });
  const update = (module: ServiceModule, attributes: JsonObject) =>
    route(module, 'update', { id: id(1), attributes });
  const isRefused = (member: string) => (error: unknown) =>
    error instanceof Refused &&
    error.at === `/data/attributes/${member}` &&
    error.message.includes('a node of cars');
  assert.equal(update(owner, { days: 3, trailerId: id(3) }), { key: 'fresh' });
  assert.throws(() => update(owner, { carId: id(2) }), isRefused('carId'));
  assert.equal(update(byTrailer, { carId: id(2) }), { key: 'fresh' });
  assert.throws(() => update(byTrailer, { trailerId: id(3) }), isRefused('trailerId'));
  assert.equal(update(byTrailer, { trailerId: null }), { key: 'fresh' });
});

test('the owned rows that a request writes are named to the write, each once', () => {
  const owner = defineOwner({
    config,
    owns: { table: leases, class: 'lease' },
    requests: {
      sign: {
        schema,
        writes: ({ id, carId }) => [leases.set(id, { carId }), leases.set(id, { carId })],
      },
    },
  });
  const { data } = sign(owner, { id: id(3), carId: id(1) }) as { data: { own: Json } };
  assert.equal(data.own, [id(3)]);
});

test('a request that removes an owned row is broken, because nobody would be asked', () => {
  const owner = defineOwner({
    config,
    owns: { table: leases, class: 'lease' },
    requests: { sign: { schema, writes: ({ id }) => leases.drop(id) } },
  });
  assert.throws(
    () => sign(owner, { id: id(3), carId: id(1) }),
    (error: unknown) => error instanceof Broken && /only the message 'delete'/.test(error.message),
  );
});

test.run();
