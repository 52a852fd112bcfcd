import { readFileSync } from 'node:fs';
import type { Json } from '../../../config/json.ts';
import { topologyOf } from '../../../config/topology.ts';
import { assert, suite } from '../../support/suite.ts';
import { issues, parsed, pointers, tags } from './sample.ts';

const test = suite('variants of the exchange config');

const koin = JSON.parse(readFileSync(new URL('./koin-publishers.json', import.meta.url), 'utf8'));

test('list: a direct exchange and a queue for each name, as kombu declares them', () => {
  const { exchanges, queues, bindings } = topologyOf([parsed(koin)]);
  const names: string[] = koin.publish;
  assert.is(names.length, 15);
  assert.equal(
    exchanges,
    names.map((name) => ({
      name,
      type: 'direct',
      durable: true,
      autoDelete: false,
      declare: true,
      arguments: {},
    })),
  );
  assert.equal(
    queues,
    names.map((name) => ({
      name,
      durable: true,
      exclusive: false,
      autoDelete: false,
      declare: true,
      arguments: {},
    })),
  );
  assert.equal(
    bindings,
    names.map((name) => ({ exchange: name, queue: name, routingKey: name, arguments: {} })),
  );
});

test('list: each name is the key of a publisher', () => {
  const entry = parsed(koin).publish['mcard.single_burn'];
  assert.equal(
    [entry?.exchange, entry?.type, entry?.routingKey, entry?.queue, entry?.pointer],
    ['mcard.single_burn', 'direct', 'mcard.single_burn', 'mcard.single_burn', '/publish/1'],
  );
});

test('list: the defaults of the file apply to the whole list', () => {
  const { exchanges, queues } = topologyOf([
    parsed({ ...koin, defaults: { durable: false, declare: false } }),
  ]);
  assert.ok([...exchanges, ...queues].every(({ durable, declare }) => !durable && !declare));
});

test('list: a name that occurs twice is refused', () => {
  assert.equal(pointers(issues({ svc_name: 's', publish: ['a', 'a'] })), ['/publish']);
});

test('one-queue: the queue is the main queue, with a binding to each exchange', () => {
  const consume = {
    queue_name: 'q',
    exchanges: {
      other: { name: 'o', type: 'topic', routing_key: ['a.*', 'b.#'] },
      main: { name: 'm', type: 'direct', routing_key: 'k' },
    },
  };
  const main = parsed({ svc_name: 's', consume }).consume['main'];
  assert.equal(
    [main?.queue, main?.exchange, main?.type, main?.routingKeys, main?.pointer],
    ['q', 'm', 'direct', ['k'], '/consume'],
  );
  assert.equal(
    main?.bindings.map(({ exchange, queue, routingKey }) => [exchange, queue, routingKey]),
    [
      ['o', 'q', 'a.*'],
      ['o', 'q', 'b.#'],
      ['m', 'q', 'k'],
    ],
  );
  assert.equal(
    main?.queues.map(({ name, arguments: given }) => [name, given['x-queue-type']]),
    [['q', 'quorum']],
  );
});

test('one-queue: the current form means the same', () => {
  const { queue, ...exchange } = tags.consume.main;
  const old = { ...tags, consume: { queue_name: queue, exchanges: { main: exchange } } };
  assert.equal(topologyOf([parsed(old)]), topologyOf([parsed(tags)]));
});

test('one-queue: a problem of an exchange is reported at its path', () => {
  const consume = {
    queue_name: 'q',
    exchanges: { main: { name: 'm' }, headers: { name: 'h', type: 'headers' } },
  };
  assert.equal(pointers(issues({ svc_name: 's', consume })), [
    '/consume/exchanges/main/routing_key',
    '/consume/exchanges/headers/arguments/x-match',
  ]);
  assert.equal(pointers(issues({ svc_name: 's', consume: { queue_name: 'q', exchanges: {} } })), [
    '/consume/exchanges/main',
  ]);
  assert.equal(pointers(issues({ svc_name: 's', consume: { queue_name: 'q' } })), [
    '/consume/exchanges',
  ]);
});

test('one-queue: the name of the queue may stand in exchanges.main instead', () => {
  const main = { name: 'm', routing_key: 'k' };
  const beside = { svc_name: 's', consume: { queue_name: 'q', exchanges: { main } } };
  const named = { ...main, queue_name: 'q' };
  const inside = { svc_name: 's', consume: { exchanges: { main: named } } };
  assert.equal(parsed(inside).consume, parsed(beside).consume);
  const both = { svc_name: 's', consume: { queue_name: 'q', exchanges: { main: named } } };
  assert.equal(parsed(both).consume, parsed(beside).consume);
});

test('one-queue: a queue without a name, or with two names, is refused', () => {
  const main = { name: 'm', routing_key: 'k' };
  const of = (consume: Json) => pointers(issues({ svc_name: 's', consume }));
  assert.equal(of({ exchanges: { main } }), ['/consume/queue_name']);
  const other = { ...main, name: 'o', queue_name: 'p' };
  assert.equal(of({ queue_name: 'q', exchanges: { main: { ...main, queue_name: 'p' } } }), [
    '/consume/exchanges/main/queue_name',
  ]);
  assert.equal(of({ queue_name: 'q', exchanges: { main, other } }), [
    '/consume/exchanges/other/queue_name',
  ]);
});

test('one-queue: an entry named exchanges is an entry', () => {
  const consume = { exchanges: { name: 'x', queue: 'q', routing_key: 'k' } };
  assert.is(parsed({ svc_name: 's', consume }).consume['exchanges']?.queue, 'q');
});

test('parents: a text with commas is the list of classes, the empty text stands for any', () => {
  const of = (parents: Json) => {
    const hierarchy = { ...tags.hierarchy, parent_classes: parents };
    return parsed({ ...tags, hierarchy }).hierarchy?.parentClasses;
  };
  assert.equal(of('prsTag, prsAlert'), ['prsTag', 'prsAlert']);
  assert.equal(of('prsTag,prsAlert'), of(['prsTag', 'prsAlert']));
  assert.is(of(''), 'any');
  assert.equal(of([]), []);
});

test('parents: a class without a name, and a list with a comma in a name, are refused', () => {
  const of = (hierarchy: Json) => pointers(issues({ ...tags, hierarchy }));
  for (const parents of ['prsTag,', ',prsTag', 'prsTag,,prsAlert', 'prsTag prsAlert', ' '])
    assert.equal(of({ ...tags.hierarchy, parent_classes: parents }), ['/hierarchy/parent_classes']);
  assert.equal(of({ ...tags.hierarchy, parent_classes: ['prsTag, prsAlert'] }), [
    '/hierarchy/parent_classes/0',
  ]);
  assert.equal(of({ ...tags.hierarchy, class: 'prsTag, prsAlert' }), ['/hierarchy/class']);
});

test('base node: the empty name stands for none, and then the parents are named', () => {
  const hierarchy = { ...tags.hierarchy, node: '' };
  assert.is(parsed({ ...tags, hierarchy }).hierarchy?.node, '');
  const { parent_classes: _, ...orphaned } = hierarchy;
  const of = (given: Json) => pointers(issues({ ...tags, hierarchy: given }));
  assert.equal(of(orphaned), ['/hierarchy/parent_classes']);
  assert.equal(of({ ...orphaned, parent_classes: [] }), ['/hierarchy/parent_classes']);
});

test('old-names: queue_name means queue; a routing key may be a string or a list', () => {
  const { queue, ...rest } = tags.consume.main;
  assert.equal(
    parsed({ ...tags, consume: { main: { ...rest, queue_name: queue } } }).consume,
    parsed(tags).consume,
  );
  const listed = {
    ...tags,
    publish: { main: { ...tags.publish.main, routing_key: ['tags_model_crud_publish'] } },
  };
  assert.equal(parsed(listed).publish, parsed(tags).publish);
});

test('publish keys: several keys, each once; the queue of the entry is bound to each', () => {
  const publish = { main: { name: 'x', queue: 'q', routing_key: ['a', 'b', 'a'] } };
  const main = parsed({ svc_name: 's', publish }).publish['main'];
  assert.equal([main?.routingKey, main?.routingKeys], ['a', ['a', 'b']]);
  assert.equal(
    main?.bindings.map(({ routingKey }) => routingKey),
    ['a', 'b'],
  );
  const of = (keys: Json) =>
    pointers(issues({ svc_name: 's', publish: { main: { name: 'x', routing_key: keys } } }));
  assert.equal(of([]), ['/publish/main/routing_key']);
  assert.equal(of(['a', '']), ['/publish/main/routing_key']);
});

test('subscribe goes to one owner: its publisher has one routing key', () => {
  const { objects } = tags.subscribe;
  const publish = { ...objects.publish, routing_key: ['a', 'b'] };
  assert.equal(pointers(issues({ ...tags, subscribe: { objects: { ...objects, publish } } })), [
    '/subscribe/objects/publish/routing_key',
  ]);
});

test('action_prefix and api_version: a word, and a part of a path', () => {
  const given = parsed({ svc_name: 's', action_prefix: 'objects', api_version: '/v2' });
  assert.equal([given.actionPrefix, given.apiVersion], ['objects', '/v2']);
  const { actionPrefix, apiVersion } = parsed({ svc_name: 's' });
  assert.equal([actionPrefix, apiVersion], [undefined, '/v1']);
  for (const prefix of ['', 'objects.', 'a b'])
    assert.equal(pointers(issues({ svc_name: 's', action_prefix: prefix })), ['/action_prefix']);
  for (const version of ['', 'v1', '/', '/v1/', '/a/b'])
    assert.equal(pointers(issues({ svc_name: 's', api_version: version })), ['/api_version']);
});

test.run();
