/** Rules between the entries of a config: exchanges, queues, bindings and subscriptions. */
import { assert, suite } from '../../support/suite.ts';
import { issues, pointers, reader, tags } from './sample.ts';

const test = suite('exchange config: entries');

test('a name longer than AMQP carries is refused by its bytes', () => {
  const long = '한'.repeat(100);
  assert.equal(pointers(issues(reader({ queue: long }))), ['/consume/main']);
  assert.match(issues(reader({ routing_key: long }))[0]?.allowed ?? '', /255 bytes/);
});

test('a queue named twice with different options', () => {
  const consume = {
    a: { name: 'x', queue: 'q', routing_key: 'k', queue_type: 'classic' },
    b: { name: 'x', queue: 'q', routing_key: 'l', queue_type: 'classic', durable: false },
  };
  assert.equal(issues({ svc_name: 's', consume }), [
    {
      file: 'a.json',
      pointer: '/consume/b',
      found: 'queue "q" with durable false',
      allowed: 'durable true, as in a.json /consume/a; or another name',
    },
  ]);
});

test('a binding to an exchange declared with two types', () => {
  const publish = { main: { name: 'x', type: 'topic', routing_key: 'k' } };
  assert.equal(issues(reader({}, { publish })), [
    {
      file: 'a.json',
      pointer: '/consume/main',
      found: 'exchange "x" with type "direct"',
      allowed: 'type "topic", as in a.json /publish/main; or another name',
    },
  ]);
});

test('an exchange named twice with different options', () => {
  const publish = {
    a: { name: 'x', routing_key: 'k' },
    b: { name: 'x', routing_key: 'k', arguments: { 'alternate-exchange': 'y' } },
  };
  const [issue] = issues({ svc_name: 's', publish });
  assert.equal(
    [issue?.pointer, issue?.found],
    ['/publish/b', 'exchange "x" with arguments.alternate-exchange "y"'],
  );
});

test('a direct or topic exchange needs a routing key', () => {
  const direct = { ...reader({}), consume: { main: { name: 'x', queue: 'q' } } };
  assert.equal(issues(direct), [
    {
      file: 'a.json',
      pointer: '/consume/main/routing_key',
      found: 'nothing',
      allowed: 'a routing key, because "x" is a direct exchange',
    },
  ]);
  assert.equal(pointers(issues(reader({ type: 'topic', routing_key: '' }))), [
    '/consume/main/routing_key',
  ]);
  assert.equal(
    issues({ ...direct, consume: { main: { name: 'x', queue: 'q', type: 'fanout' } } }),
    [],
  );
});

test('a consumed entry needs a queue, under one name', () => {
  assert.equal(
    pointers(issues({ svc_name: 's', consume: { main: { name: 'x', routing_key: 'k' } } })),
    ['/consume/main/queue'],
  );
  assert.equal(pointers(issues(reader({ queue_name: 'q' }))), ['/consume/main/queue_name']);
});

test('a binding to a headers exchange needs x-match', () => {
  assert.equal(pointers(issues(reader({ type: 'headers' }))), ['/consume/main/arguments/x-match']);
  const [issue] = issues(reader({ type: 'headers', arguments: { 'x-match': 'some' } }));
  assert.equal([issue?.pointer, issue?.found], ['/consume/main/arguments/x-match', '"some"']);
  assert.match(issue?.allowed ?? '', /^one of all, any, all-with-x, any-with-x/);
});

test('options of queues need a queue, arguments need their object', () => {
  const main = { name: 'x', routing_key: 'k', exclusive: true, arguments: { 'x-message-ttl': 5 } };
  assert.equal(pointers(issues({ svc_name: 's', publish: { main } })), [
    '/publish/main/exclusive',
    '/publish/main/arguments/x-message-ttl',
  ]);
});

test('a quorum queue is durable, not exclusive and not auto-delete', () => {
  assert.equal(pointers(issues(reader({ queue_type: 'quorum', exclusive: true }))), [
    '/consume/main/queue_type',
  ]);
  assert.equal(
    pointers(issues(reader({ queue_type: 'quorum', arguments: { 'x-queue-type': 'classic' } }))),
    ['/consume/main/arguments/x-queue-type'],
  );
});

test('questions go through direct or topic exchanges only', () => {
  const fanout = { svc_name: 's', publish: { main: { name: 'x', type: 'fanout' } } };
  assert.equal(issues(fanout), [
    {
      file: 'a.json',
      pointer: '/publish/main/type',
      found: '"fanout" of exchange "x"',
      allowed: '"direct" or "topic": questions go through direct or topic exchanges only',
    },
  ]);
  const subscribe = {
    objects: {
      ...tags.subscribe.objects,
      publish: { name: 'objects', type: 'headers', routing_key: 'k' },
    },
  };
  assert.equal(pointers(issues({ ...tags, subscribe })), ['/subscribe/objects/publish/type']);
  assert.equal(
    pointers(issues({ svc_name: 's', reply_exchanges: [{ name: 'x', type: 'fanout' }] })),
    ['/reply_exchanges/0/type'],
  );
  const byDefault = { publish: { name: 'objects' }, consume: { name: 'o', routing_key: 'k' } };
  assert.equal(
    pointers(issues({ ...reader({}), defaults: { type: 'fanout' }, subscribe: { o: byDefault } })),
    ['/subscribe/o/publish/type'],
  );
});

test('a service that subscribes needs a main queue', () => {
  const { consume: _, ...rest } = tags;
  assert.equal(pointers(issues(rest)), ['/consume/main']);
});

test('a reference names an entity the service subscribes to', () => {
  const hierarchy = { ...tags.hierarchy, references: { prsConstantId: { entity: 'constants' } } };
  assert.equal(issues({ ...tags, hierarchy }), [
    {
      file: 'a.json',
      pointer: '/hierarchy/references/prsConstantId/entity',
      found: '"constants"',
      allowed: 'a key of subscribe: objects',
    },
  ]);
});

test.run();
