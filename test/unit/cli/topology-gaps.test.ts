import { topologyGaps } from '../../../cli/topology-gaps.ts';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import { assert, suite } from '../../support/suite.ts';
import { tags } from '../config/sample.ts';

const test = suite('topology gaps');

type Type = 'direct' | 'fanout' | 'topic' | 'headers';

function config(
  content: { readonly svc_name: string } & Readonly<Record<string, unknown>>,
): ExchangeConfig {
  return parseExchangeConfig(JSON.stringify(content), {
    file: `${content.svc_name}.json`,
    env: {},
    sections: {},
  });
}

function sender(type: Type, routingKey: string): ExchangeConfig {
  const key = type === 'fanout' || type === 'headers' ? {} : { routing_key: routingKey };
  return config({ svc_name: 'sender', publish: { other: { name: 'x', type, ...key } } });
}

function reader(type: Type, ...routingKeys: readonly string[]): ExchangeConfig {
  const key = routingKeys.length === 0 ? {} : { routing_key: routingKeys };
  const match = type === 'headers' ? { arguments: { 'x-match': 'all', a: 1 } } : {};
  return config({
    svc_name: 'reader',
    consume: { main: { name: 'x', type, queue: 'q', ...key, ...match } },
  });
}

const unboundKey = (key: string) =>
  `sender.json /publish/other: no queue is bound to the routing key "${key}" of the exchange "x"`;
const unfilledQueue = 'reader.json /consume/main: no service publishes to the queue "q"';

test('a direct key is matched as it is', () => {
  assert.equal(topologyGaps([sender('direct', 'k'), reader('direct', 'j', 'k')]), []);
  assert.equal(topologyGaps([sender('direct', 'a.b'), reader('direct', 'a.*')]), [
    unboundKey('a.b'),
    unfilledQueue,
  ]);
});

test('as-the-broker: a topic pattern is matched as the broker does', () => {
  for (const pattern of ['a.*.c', '#', 'a.#', 'a.b.c', '#.c'])
    assert.equal(topologyGaps([sender('topic', 'a.b.c'), reader('topic', pattern)]), []);
  for (const pattern of ['a.*', '*', 'a.b', '*.*.*.*'])
    assert.equal(topologyGaps([sender('topic', 'a.b.c'), reader('topic', pattern)]), [
      unboundKey('a.b.c'),
      unfilledQueue,
    ]);
});

test('as-the-broker: on fanout and headers exchanges any binding counts', () => {
  for (const type of ['fanout', 'headers'] as const) {
    assert.equal(topologyGaps([sender(type, ''), reader(type)]), []);
    assert.equal(topologyGaps([sender(type, '')]), [
      'sender.json /publish/other: no queue is bound to the exchange "x"',
    ]);
  }
});

test('a publisher with a queue of its own feeds it', () => {
  const own = { name: 'x', type: 'direct', routing_key: 'k', queue: 'q', queue_type: 'classic' };
  const also = { ...own, routing_key: 'j' };
  assert.equal(
    topologyGaps([
      config({ svc_name: 's', publish: { burn: own } }),
      config({ svc_name: 'r', consume: { main: also } }),
    ]),
    [],
  );
});

test('named-only: a service alone: no queue takes its messages, no service publishes to its main queue; its reply and dead-letter queues are no gaps', () => {
  assert.equal(topologyGaps([config(tags)]), [
    'tags_model_crud.json /publish/main: no queue is bound to the routing key "tags_model_crud_publish" of the exchange "tags"',
    'tags_model_crud.json /subscribe/objects/publish: no queue is bound to the routing key "objects_model_crud_consume" of the exchange "objects"',
    'tags_model_crud.json /consume/main: no service publishes to the queue "tags_model_crud_consume"',
  ]);
});

test.run();
