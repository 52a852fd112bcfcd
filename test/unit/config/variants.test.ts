import { readFileSync } from 'node:fs';
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

test('old-names: a publisher has one routing key', () => {
  const publish = { main: { name: 'x', routing_key: ['a', 'b'] } };
  assert.equal(pointers(issues({ svc_name: 's', publish })), ['/publish/main/routing_key']);
});

test.run();
