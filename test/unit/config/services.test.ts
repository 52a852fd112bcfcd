import { basename } from 'node:path';
import { loadExchangeConfigs, serviceConfigPaths } from '../../../config/load.ts';
import { topologyOf } from '../../../config/topology.ts';
import { assert, suite } from '../../support/suite.ts';
import { schemes, sections } from './sample.ts';

const test = suite('the services of the package');

const configs = loadExchangeConfigs(serviceConfigPaths(), { env: {}, sections, schemes });
const byName = new Map(configs.map((config) => [config.svcName, config]));
const entities = [
  ...['alerts', 'connectors', 'constants', 'dataStorages'],
  ...['methods', 'objects', 'schedules', 'tags'],
];

test('each service has a file of its own name', () => {
  const names = [
    ...entities.flatMap((entity) => [`${entity}_api_crud`, `${entity}_model_crud`]),
    'chains',
    'file_remover',
    'mcards',
    'transactions',
  ];
  assert.equal(
    configs.map(({ svcName }) => svcName),
    names.sort(),
  );
  assert.equal(
    configs.map(({ file }) => basename(file, '.json')),
    names,
  );
});

test('all files together are one topology without contradictions', () => {
  const { exchanges, queues, bindings } = topologyOf(configs);
  const names = new Set([...exchanges, ...queues].map(({ name }) => name));
  assert.equal(
    bindings.filter(({ exchange, queue }) => !names.has(exchange) || !names.has(queue)),
    [],
  );
  assert.is(exchanges.filter(({ name }) => name.startsWith('dlx.')).length, configs.length);
});

test('an entity has a base node, a class and its parent classes', () => {
  const hierarchies = entities.map((entity) => byName.get(`${entity}_model_crud`)?.hierarchy);
  assert.equal(
    hierarchies.map((hierarchy) => [hierarchy?.node, hierarchy?.class, hierarchy?.parentClasses]),
    [
      ['', 'prsAlert', ['prsTag']],
      ['connectors', 'prsConnector', []],
      ['constants', 'prsConstant', []],
      ['dataStorages', 'prsDataStorage', []],
      ['methods', 'prsMethod', ['prsTag', 'prsAlert']],
      ['objects', 'prsObject', ['prsObject']],
      ['schedules', 'prsSchedule', []],
      ['tags', 'prsTag', ['prsObject']],
    ],
  );
});

test('each service subscribes to the entities of its parents and references', () => {
  for (const config of configs) {
    for (const [entity, { class: className, publish, consume }] of Object.entries(
      config.subscribe,
    )) {
      const owner = byName.get(`${entity}_model_crud`);
      assert.is(className, owner?.hierarchy?.class);
      assert.equal(
        [publish.exchange, publish.routingKey],
        [owner?.consume['main']?.exchange, owner?.consume['main']?.routingKeys[0]],
      );
      assert.equal(
        [consume.exchange, consume.routingKeys],
        [owner?.publish['main']?.exchange, [owner?.publish['main']?.routingKey]],
      );
    }
  }
  const subscribed = entities.map((entity) =>
    Object.keys(byName.get(`${entity}_model_crud`)?.subscribe ?? {}),
  );
  assert.equal(subscribed, [
    ...[['tags'], [], [], []],
    ...[['tags', 'alerts', 'constants'], [], [], ['objects']],
  ]);
});

test('a reference to a constant refuses the deletion of the constant', () => {
  assert.equal(byName.get('methods_model_crud')?.hierarchy?.references, {
    prsConstantId: { entity: 'constants', onDelete: 'refuse' },
  });
});

test('a model_crud consumes the messages of its api_crud', () => {
  for (const entity of entities) {
    const api = byName.get(`${entity}_api_crud`);
    assert.equal(byName.get(`${entity}_model_crud`)?.consume['main']?.routingKeys, [
      `${entity}_model_crud_consume`,
      api?.publish['main']?.routingKey,
    ]);
    const links = Object.keys(byName.get(`${entity}_model_crud`)?.hierarchy?.links ?? {});
    assert.equal(api?.sections, { api_crud: links.length === 0 ? {} : { links } });
  }
});

test('the queues of the Korean seed are as a plain kombu declare makes them', () => {
  const shared = ['mcard.single_burn', 'transaction.process', 'file_management_queue'];
  const found = topologyOf(configs).queues.filter(({ name }) => shared.includes(name));
  assert.equal(
    found.map(({ durable, exclusive, autoDelete, arguments: given }) => [
      durable,
      exclusive,
      autoDelete,
      given,
    ]),
    [
      [true, false, false, {}],
      [true, false, false, {}],
      [true, false, false, {}],
    ],
  );
  assert.is(byName.get('mcards')?.consume['burn']?.queue, 'mcard.single_burn');
  assert.is(byName.get('transactions')?.consume['process']?.queue, 'transaction.process');
  assert.is(byName.get('file_remover')?.consume['main']?.queue, 'file_management_queue');
});

test.run();
