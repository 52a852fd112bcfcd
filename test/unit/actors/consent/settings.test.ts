/** What the consent actors take from an exchange config. */

import { sections } from '../../../../actors/catalog.ts';
import { consentSettings } from '../../../../actors/consent/settings.ts';
import { loadExchangeConfigs } from '../../../../composition/exchange-configs.ts';
import type { ExchangeConfig } from '../../../../config/exchange-config.ts';
import { serviceConfigPaths } from '../../../../config/load.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { assert, suite } from '../../../support/suite.ts';

const test = suite('consent settings');

function configOf(name: string): ExchangeConfig {
  const path = serviceConfigPaths().filter((one) => one.endsWith(`${name}.json`));
  return loadExchangeConfigs(path, { env: {}, sections })[0] as ExchangeConfig;
}

test('a service that depends on nothing has no upstreams', () => {
  const settings = consentSettings(configOf('objects_model_crud'));
  assert.equal(settings.upstreams, []);
  assert.equal(settings.main, { exchange: 'objects', routingKey: 'objects_model_crud_publish' });
  assert.equal(
    [settings.service, settings.objectClass, settings.baseNode, settings.systemNode],
    ['objects_model_crud', 'prsObject', 'objects', true],
  );
  assert.equal(settings.parentClasses, ['prsObject']);
});

test('each subscribed entity is an upstream, with where to subscribe and where its questions come from', () => {
  const { upstreams, references } = consentSettings(configOf('methods_model_crud'));
  assert.equal(
    upstreams.map(({ entity, objectClass, owner, exchange }) => [
      entity,
      objectClass,
      owner.routingKey,
      exchange,
    ]),
    [
      ['tags', 'prsTag', 'tags_model_crud_consume', 'tags'],
      ['alerts', 'prsAlert', 'alerts_model_crud_consume', 'alerts'],
      ['constants', 'prsConstant', 'constants_model_crud_consume', 'constants'],
    ],
  );
  assert.equal(references, [
    { attribute: 'prsConstantId', entity: 'constants', onDelete: 'refuse' },
  ]);
});

test('ten seconds at the root, a tenth of a second of grace', () => {
  const { voteDeadlineMs, graceMs } = consentSettings(configOf('tags_model_crud'));
  assert.equal([voteDeadlineMs, graceMs], [10_000, 100]);
});

test('the times of the config', () => {
  const consent = {
    voteDeadlineMs: 60_000,
    refusalGraceMs: 2_000,
    questionIdsMax: 500,
    alwaysAsk: [],
  };
  const { voteDeadlineMs, graceMs } = consentSettings({ ...configOf('tags_model_crud'), consent });
  assert.equal([voteDeadlineMs, graceMs], [60_000, 2_000]);
});

test('the class of the only upstream is the only foreign parent class when it is not named', () => {
  const config = configOf('tags_model_crud');
  const { objects } = config.subscribe;
  const { class: _named, ...unnamed } = objects as NonNullable<typeof objects>;
  const settings = consentSettings({ ...config, subscribe: { objects: unnamed } });
  assert.is(settings.upstreams[0]?.objectClass, 'prsObject');
});

test('the owner of a node is found by its class: two owners of one class are refused by name', () => {
  const config = configOf('methods_model_crud');
  const { tags, alerts } = config.subscribe;
  const twice = (more: object) => ({
    ...config,
    subscribe: { ...config.subscribe, others: { ...tags, ...more } as NonNullable<typeof tags> },
  });
  assert.throws(
    () => consentSettings(twice({ publish: alerts?.publish })),
    /\/subscribe\/others\/class is 'prsTag', as for 'tags'; allowed is a class of one owner/,
  );
  consentSettings(twice({}));
});

test('with several upstreams each must name its class', () => {
  const config = configOf('methods_model_crud');
  const subscribe = Object.fromEntries(
    Object.entries(config.subscribe).map(([entity, { class: _named, ...rest }]) => [entity, rest]),
  );
  assert.throws(() => consentSettings({ ...config, subscribe }), /\/subscribe\/tags\/class/);
});

test('a service without nodes, and one without an exchange of its own, are refused by name and place', () => {
  assert.throws(
    () => consentSettings(configOf('tags_api_crud')),
    /tags_api_crud\.json: \/hierarchy/,
  );
  const { publish: _publish, ...rest } = configOf('tags_model_crud');
  assert.throws(() => consentSettings({ ...rest, publish: {} }), Broken);
});

test('a reference to an entity that is not subscribed to is refused', () => {
  const config = configOf('methods_model_crud');
  const { constants: _left, ...subscribe } = config.subscribe;
  assert.throws(
    () => consentSettings({ ...config, subscribe }),
    /prsConstantId\/entity names 'constants'/,
  );
});

test.run();
