import { loadServices } from '../../../cli/config-files.ts';
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

const unboundKey = (key: string, bound: string) =>
  `sender.json /publish/other: no queue is bound to the routing key "${key}" of the exchange "x"; bound are ${bound}`;

test('a direct key is matched as it is', () => {
  assert.equal(topologyGaps([sender('direct', 'k'), reader('direct', 'j', 'k')]), []);
  assert.equal(topologyGaps([sender('direct', 'a.b'), reader('direct', 'a.*')]), [
    unboundKey('a.b', '"a.*"'),
  ]);
});

test('as-the-broker: a topic pattern is matched as the broker does', () => {
  for (const pattern of ['a.*.c', '#', 'a.#', 'a.b.c', '#.c'])
    assert.equal(topologyGaps([sender('topic', 'a.b.c'), reader('topic', pattern)]), []);
  for (const pattern of ['a.*', '*', 'a.b', '*.*.*.*'])
    assert.equal(topologyGaps([sender('topic', 'a.b.c'), reader('topic', pattern)]), [
      unboundKey('a.b.c', JSON.stringify(pattern)),
    ]);
});

test('as-the-broker: on fanout and headers exchanges any binding counts', () => {
  for (const type of ['fanout', 'headers'] as const)
    assert.equal(topologyGaps([sender(type, ''), reader(type)]), []);
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

test('facts need no reader, clients publish to a main queue, and an exchange of another deployment is not seen', () => {
  assert.equal(topologyGaps([config(tags)]), []);
  assert.equal(topologyGaps([sender('direct', 'k')]), []);
});

test('a subscription whose key the owner does not bind is a gap', () => {
  const owner = config({
    svc_name: 'objects_model_crud',
    consume: {
      main: { name: 'objects', type: 'direct', queue: 'objects_queue', routing_key: 'objects_in' },
    },
  });
  assert.equal(topologyGaps([config(tags), owner]), [
    'tags_model_crud.json /subscribe/objects/publish: no queue is bound to the routing key "objects_model_crud_consume" of the exchange "objects"; bound are "objects_in"',
  ]);
});

test('the services of the package have no gaps', async () => {
  assert.equal(topologyGaps((await loadServices({})).configs), []);
});

test.run();
