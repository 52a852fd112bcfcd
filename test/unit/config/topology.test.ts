import { parseExchangeConfig } from '../../../config/parse.ts';
import { topologyOf } from '../../../config/topology.ts';
import { assert, suite } from '../../support/suite.ts';
import { issues, issuesOf, parsed, reader, schemes, tags } from './sample.ts';

const test = suite('topology');

const direct = { type: 'direct', durable: true, autoDelete: false, declare: true, arguments: {} };
const lasting = { durable: true, exclusive: false, autoDelete: false, declare: true };
const quorum = {
  'x-queue-type': 'quorum',
  'x-delivery-limit': 20,
  'x-dead-letter-exchange': 'dlx.tags_model_crud',
};

function readerQueue(main: object, rest: object = {}) {
  return parsed(reader(main, rest)).consume['main']?.queues[0];
}

function inFile(file: string, content: object) {
  return parseExchangeConfig(JSON.stringify(content), { file, env: {}, sections: {}, schemes });
}

test('everything tags_model_crud needs, and nothing else', () => {
  const bind = (exchange: string, queue: string, routingKey: string) => ({
    exchange,
    queue,
    routingKey,
    arguments: {},
  });
  assert.equal(topologyOf([parsed(tags)]), {
    exchanges: [
      { name: 'tags', ...direct },
      { name: 'objects', ...direct },
      { name: 'dlx.tags_model_crud', ...direct, type: 'fanout' },
    ],
    queues: [
      { name: 'tags_model_crud_consume', ...lasting, arguments: quorum },
      { name: 'tags_model_crud_reply', ...lasting, arguments: quorum },
      { name: 'dlq.tags_model_crud', ...lasting, arguments: { 'x-queue-type': 'quorum' } },
    ],
    bindings: [
      bind('tags', 'tags_model_crud_consume', 'tags_model_crud_consume'),
      bind('tags', 'tags_model_crud_consume', 'tags_api_crud_publish'),
      bind('objects', 'tags_model_crud_consume', 'objects_model_crud_publish'),
      bind('objects', 'tags_model_crud_consume', 'tags_model_crud'),
      bind('tags', 'tags_model_crud_reply', 'tags_model_crud_reply'),
      bind('objects', 'tags_model_crud_reply', 'tags_model_crud_reply'),
      bind('dlx.tags_model_crud', 'dlq.tags_model_crud', ''),
    ],
  });
});

test('the reply queue is bound to every exchange in reply_exchanges too', () => {
  const { exchanges, bindings } = topologyOf([
    parsed({ ...tags, reply_exchanges: [{ name: 'old', type: 'topic' }] }),
  ]);
  assert.equal(
    exchanges.find(({ name }) => name === 'old'),
    { name: 'old', ...direct, type: 'topic' },
  );
  assert.equal(
    bindings
      .filter(({ queue }) => queue === 'tags_model_crud_reply')
      .map(({ exchange }) => exchange),
    ['tags', 'objects', 'old'],
  );
});

test('with trust the reply queue is bound to the reply exchange and to reply_exchanges alone', () => {
  const trusted = { ...tags, trust: {}, reply_exchanges: [{ name: 'old', type: 'topic' }] };
  const config = parsed(trusted);
  assert.is(config.replyExchange, 'tags_model_crud_reply');
  assert.is(parsed(tags).replyExchange, undefined);
  const { exchanges, bindings } = topologyOf([config]);
  assert.equal(
    exchanges.find(({ name }) => name === 'tags_model_crud_reply'),
    { name: 'tags_model_crud_reply', ...direct },
  );
  assert.equal(
    bindings.filter(({ queue }) => queue === 'tags_model_crud_reply'),
    ['tags_model_crud_reply', 'old'].map((exchange) => ({
      exchange,
      queue: 'tags_model_crud_reply',
      routingKey: 'tags_model_crud_reply',
      arguments: {},
    })),
  );
});

test('a service that only consumes has no reply queue', () => {
  const config = parsed(reader({ queue_type: 'classic' }));
  assert.is(config.replyQueue, undefined);
  assert.equal(topologyOf([config]), {
    exchanges: [{ name: 'x', ...direct }],
    queues: [{ name: 'q', ...lasting, arguments: {} }],
    bindings: [{ exchange: 'x', queue: 'q', routingKey: 'k', arguments: {} }],
  });
});

test('a publisher with a queue declares exchange, queue and binding', () => {
  const publish = {
    burn: { name: 'x', type: 'direct', routing_key: 'k', queue: 'q', queue_type: 'classic' },
  };
  assert.equal(
    topologyOf([parsed({ svc_name: 's', publish })]),
    topologyOf([parsed(reader({ queue_type: 'classic' }))]),
  );
});

test('a queue that is not lasting, or is classic, gets no added arguments', () => {
  for (const options of [
    { durable: false },
    { exclusive: true },
    { auto_delete: true },
    { queue_type: 'classic' },
  ]) {
    assert.equal(readerQueue(options)?.arguments, {});
  }
  assert.equal(readerQueue({ arguments: { 'x-queue-type': 'classic' } })?.arguments, {
    'x-queue-type': 'classic',
  });
  assert.equal(readerQueue({}, { defaults: { queue_type: 'classic' } })?.arguments, {});
  assert.equal(
    readerQueue({ exclusive: true }, { defaults: { queue_type: 'quorum' } })?.arguments,
    {},
  );
});

test('arguments of the file replace added arguments', () => {
  const given = { 'x-delivery-limit': 3, 'x-dead-letter-exchange': 'rejected' };
  const config = parsed(reader({ arguments: given }));
  assert.equal(topologyOf([config]).queues, [
    { name: 'q', ...lasting, arguments: { 'x-queue-type': 'quorum', ...given } },
  ]);
});

test("beside a queue the flat options are the queue's, those in exchange the exchange's", () => {
  const main = parsed(reader({ durable: false, auto_delete: true, exchange: { durable: false } }))
    .consume['main'];
  assert.equal(main?.queues, [
    { name: 'q', durable: false, exclusive: false, autoDelete: true, declare: true, arguments: {} },
  ]);
  assert.equal(main?.exchanges, [{ name: 'x', ...direct, durable: false }]);
});

test('declare: false applies to exchange and queue', () => {
  const main = parsed(reader({ declare: false })).consume['main'];
  assert.equal([main?.exchanges[0]?.declare, main?.queues[0]?.declare], [false, false]);
});

test('defaults apply to every exchange and queue of the file, unless an entry says otherwise', () => {
  const defaults = {
    type: 'topic',
    durable: false,
    declare: false,
    arguments: { 'x-message-ttl': 9, 'alternate-exchange': 'lost' },
  };
  const publish = { other: { name: 'y', routing_key: 'k', durable: true } };
  const { exchanges, queues } = topologyOf([
    parsed(reader({ arguments: { 'x-message-ttl': 1 } }, { defaults, publish })),
  ]);
  const exchange = {
    type: 'topic',
    autoDelete: false,
    declare: false,
    arguments: { 'alternate-exchange': 'lost' },
  };
  assert.equal(exchanges, [
    { name: 'y', durable: true, ...exchange },
    { name: 'x', durable: false, ...exchange },
  ]);
  assert.equal(queues, [
    {
      name: 'q',
      durable: false,
      exclusive: false,
      autoDelete: false,
      declare: false,
      arguments: { 'x-message-ttl': 1 },
    },
  ]);
});

test('the reply queue is durable whatever the defaults say', () => {
  const { queues } = topologyOf([
    parsed({ ...tags, defaults: { durable: false, auto_delete: true, exclusive: true } }),
  ]);
  assert.equal(
    queues.find(({ name }) => name === 'tags_model_crud_reply'),
    { name: 'tags_model_crud_reply', ...lasting, arguments: quorum },
  );
  const classic = topologyOf([
    parsed({ ...tags, defaults: { queue_type: 'classic', declare: false } }),
  ]);
  assert.equal(
    classic.queues.map(({ name, declare, arguments: given }) => [name, declare, given]),
    [
      ['tags_model_crud_consume', false, {}],
      ['tags_model_crud_reply', false, {}],
    ],
  );
});

test('on a headers exchange all arguments but those of queues belong to the binding', () => {
  const given = { 'x-match': 'any', kind: 'card', urgent: true, 'x-message-ttl': 5 };
  const main = parsed(
    reader({ type: 'headers', routing_key: undefined, arguments: given, queue_type: 'classic' }),
  ).consume['main'];
  assert.equal(main?.bindings, [
    {
      exchange: 'x',
      queue: 'q',
      routingKey: '',
      arguments: { 'x-match': 'any', kind: 'card', urgent: true },
    },
  ]);
  assert.equal(main?.queues[0]?.arguments, { 'x-message-ttl': 5 });
  assert.equal(main?.exchanges[0]?.arguments, {});
});

test('a fanout or headers exchange is bound once, because nothing can be directed there', () => {
  const objects = (consume: object) => ({
    ...tags,
    subscribe: { objects: { ...tags.subscribe.objects, consume } },
  });
  const fanout = parsed(objects({ name: 'news', type: 'fanout' })).subscribe['objects']?.consume;
  assert.equal(fanout?.bindings, [
    { exchange: 'news', queue: 'tags_model_crud_consume', routingKey: '', arguments: {} },
  ]);
  const headers = parsed(
    objects({ name: 'news', type: 'headers', arguments: { 'x-match': 'all', kind: 'object' } }),
  ).subscribe['objects']?.consume;
  assert.equal(
    headers?.bindings.map(({ arguments: given }) => given),
    [{ 'x-match': 'all', kind: 'object' }],
  );
});

test('once: an object of several services occurs once', () => {
  const methods = JSON.parse(JSON.stringify(tags).replaceAll('tags', 'methods'));
  const { exchanges } = topologyOf([parsed(tags), parsed(methods), parsed(tags)]);
  assert.equal(
    exchanges.map(({ name }) => name),
    ['tags', 'objects', 'dlx.tags_model_crud', 'methods', 'dlx.methods_model_crud'],
  );
});

test('consistent: an exchange of two types in two files: both are named', () => {
  const found = issuesOf(() =>
    topologyOf([
      inFile('a.json', tags),
      inFile('b.json', { svc_name: 'b', publish: { x: { name: 'tags', type: 'fanout' } } }),
    ]),
  );
  assert.equal(found, [
    {
      file: 'b.json',
      pointer: '/publish/x',
      found: 'exchange "tags" with type "fanout"',
      allowed: 'type "direct", as in a.json /publish/main; or another name',
    },
  ]);
});

test('consistent: a queue of two kinds in two files: both are named', () => {
  const publish = { burn: { name: 'x', routing_key: 'k', queue: 'q', queue_type: 'classic' } };
  const [issue] = issuesOf(() =>
    topologyOf([inFile('a.json', reader({})), inFile('b.json', { svc_name: 'b', publish })]),
  );
  assert.equal([issue?.file, issue?.pointer], ['b.json', '/publish/burn']);
  assert.match(issue?.allowed ?? '', 'arguments.x-queue-type "quorum"');
  assert.match(issue?.allowed ?? '', 'as in a.json /consume/main');
});

test('declare: one file may check an object that another file creates', () => {
  const checking = reader({ declare: false, queue_type: 'classic' });
  const creating = {
    svc_name: 'b',
    publish: { burn: { name: 'x', routing_key: 'k', queue: 'q', queue_type: 'classic' } },
  };
  const { exchanges, queues } = topologyOf([
    inFile('a.json', checking),
    inFile('b.json', creating),
  ]);
  assert.equal([exchanges[0]?.declare, queues[0]?.declare], [true, true]);
  assert.equal(topologyOf([inFile('a.json', checking)]).queues[0]?.declare, false);
});

test('the names of implied objects are checked like any other', () => {
  const publish = {
    ...tags.publish,
    rejected: { name: 'dlx.tags_model_crud', type: 'direct', routing_key: 'k' },
  };
  assert.equal(
    issues({ ...tags, publish }).map(({ pointer, found }) => [pointer, found]),
    [['/svc_name', 'exchange "dlx.tags_model_crud" with type "fanout"']],
  );
});

test.run();
