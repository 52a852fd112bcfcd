import { loadServices } from '../../../cli/config-files.ts';
import { subscriptionGaps } from '../../../cli/subscription-gaps.ts';
import { lostRequests, topologyGaps } from '../../../cli/topology-gaps.ts';
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

const suppliers = config({
  svc_name: 'suppliers',
  publish: { main: { name: 'suppliers', routing_key: 'suppliers_facts' } },
  consume: { main: { name: 'suppliers', queue: 'suppliers', routing_key: 'suppliers_requests' } },
});

type Subscription = {
  readonly publish?: object;
  readonly consume?: object;
  readonly owner?: string;
};

function parts(
  { publish, consume, ...rest }: Subscription = {},
  main: object = {},
): ExchangeConfig {
  const subscription = {
    publish: { name: 'suppliers', routing_key: 'suppliers_requests', ...publish },
    consume: { name: 'suppliers', routing_key: 'suppliers_facts', ...consume },
    ...rest,
  };
  return config({
    svc_name: 'parts',
    publish: { main: { name: 'parts', routing_key: 'parts_facts' } },
    consume: { main: { name: 'parts', queue: 'parts', routing_key: 'parts_requests', ...main } },
    subscribe: { suppliers: subscription },
  });
}

test('a request that its owner in the same configs does not bind is certainly lost', () => {
  const publish = { routing_key: 'suppliers_request' };
  for (const more of [{}, { owner: 'suppliers' }]) {
    const configs = [suppliers, parts({ publish, ...more })];
    const lost = lostRequests(configs);
    assert.equal(lost, [
      {
        file: 'parts.json',
        pointer: '/subscribe/suppliers/publish/routing_key',
        found: '"suppliers_request", to which no queue is bound',
        allowed: 'the keys under which suppliers takes requests: "suppliers_requests"',
      },
    ]);
    assert.equal(topologyGaps(configs, lost), []);
  }
});

test('a request is not certainly lost where its owner, or the reader of its key, may be elsewhere', () => {
  const publish = { routing_key: 'suppliers_request' };
  const consume = { routing_key: 'other_facts' };
  const proxy = config({
    svc_name: 'proxy',
    consume: { main: { name: 'suppliers', queue: 'proxy', routing_key: 'suppliers_request' } },
  });
  for (const configs of [
    [suppliers, parts()],
    [parts({ publish })],
    [parts({ publish, owner: 'suppliers' })],
    [suppliers, parts({ publish, consume })],
    [suppliers, proxy, parts({ publish })],
    [sender('direct', 'k'), reader('direct', 'j')],
  ])
    assert.equal(lostRequests(configs), []);
});

const subscriptionGap = (key: string, problem: string) =>
  `parts.json /subscribe/suppliers/${key}: ${problem}`;

test('a subscription that does not take the facts of its owner is a gap', () => {
  assert.equal(topologyGaps([suppliers, parts()]), []);
  const gap = subscriptionGap(
    'consume',
    'no fact of the owner "suppliers" comes here; facts go to the exchange "suppliers" with the routing key "suppliers_facts"',
  );
  for (const consume of [{ routing_key: 'suppliers_fact' }, { name: 'supplier' }])
    assert.equal(topologyGaps([suppliers, parts({ consume })]), [gap]);
  assert.equal(topologyGaps([parts({ consume: { name: 'supplier' } })]), []);
});

test('a subscription to an exchange that its owner does not read is a gap', () => {
  const gap = subscriptionGap(
    'publish',
    'found the exchange "supplier"; the owner "suppliers" takes requests from "suppliers"',
  );
  const publish = { name: 'supplier' };
  assert.equal(topologyGaps([suppliers, parts({ publish })]), [gap]);
  assert.equal(topologyGaps([suppliers, parts({ publish, owner: 'suppliers' })]), [gap]);
});

test('without a known owner the exchange with the nearest name is told, and a far one is not', () => {
  const wrong = (name: string) => parts({ publish: { name }, consume: { name } });
  assert.equal(topologyGaps([suppliers, wrong('supplier')]), [
    subscriptionGap(
      'publish',
      'no service takes requests from the exchange "supplier", did you mean "suppliers"?',
    ),
  ]);
  assert.equal(topologyGaps([suppliers, wrong('customers_abroad')]), []);
});

test('two services that take the same requests are a gap, and two readers of a fact are none', () => {
  const taking = (routing_key: string) => parts({}, { name: 'suppliers', routing_key });
  assert.equal(topologyGaps([suppliers, taking('suppliers_requests')]), [
    'parts.json /consume/main: requests under the routing key "suppliers_requests" of the exchange "suppliers" also go to the service "suppliers" (suppliers.json /consume/main)',
  ]);
  assert.equal(topologyGaps([suppliers, taking('suppliers_facts')]), []);
});

test('a service that is always asked and is none of the set is told, but not of a file alone', () => {
  const asking = config({
    svc_name: 'shop',
    consume: { main: { name: 'shop', queue: 'shop', routing_key: 'shop_requests' } },
    consent: { always_ask: ['suppliers', 'nobody'] },
  });
  assert.equal(topologyGaps([suppliers, asking]), [
    'shop.json /consent/always_ask: found "nobody", which is no service of these configs; deletions wait for its answer',
  ]);
  assert.equal(topologyGaps([asking]), []);
});

test('the services of the package have no gaps, all together and by twos', async () => {
  const { configs } = await loadServices({});
  assert.equal(topologyGaps(configs), []);
  for (const one of configs)
    for (const other of configs)
      if (one !== other) assert.equal(subscriptionGaps([one, other]), []);
});

test.run();
