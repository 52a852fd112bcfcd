/** The actor of a model service that takes each message (`docs/wire.md`), and the refused messages. */

import { sections, serviceKindOf } from '../../../../actors/catalog.ts';
import { MemoryHierarchyStore } from '../../../../actors/hierarchy/memory/memory-store.ts';
import { loadExchangeConfigs } from '../../../../composition/exchange-configs.ts';
import type { ExchangeConfig } from '../../../../config/exchange-config.ts';
import { serviceConfigPaths } from '../../../../config/load.ts';
import { MemoryLocks } from '../../../../runtime/memory/memory-locks.ts';
import type { IncomingMessage, Target } from '../../../../runtime/messages/service-definition.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { caller, given, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, subscription, under } from '../consent/sample.ts';

const test = suite('model service');
const paths = serviceConfigPaths().filter((path) => path.endsWith('tags_model_crud.json'));
const config = loadExchangeConfigs(paths, { env: {}, sections })[0] as ExchangeConfig;
const store = new MemoryHierarchyStore();
const service = serviceKindOf(config).define(config, {
  store: () => store,
  locks: new MemoryLocks(new VirtualClock()),
});

interface Sent {
  readonly identity?: string;
  readonly headers?: Headers;
  readonly routingKey?: string;
}

function incoming(
  action: string,
  data: Json,
  { identity, headers = {}, routingKey = 'tags_model_crud' }: Sent = {},
): IncomingMessage {
  return {
    action,
    data,
    identity: identity ?? null,
    from: 'somebody',
    user: null,
    headers,
    queue: 'q',
    exchange: 'objects',
    routingKey,
    replyTo: null,
  };
}

/** The actors a message is for. */
function targets(message: IncomingMessage): readonly Target[] {
  return [service.messages[message.action]?.to(message, 'fresh') ?? []].flat();
}
function keys(message: IncomingMessage): readonly string[] {
  return targets(message).map(({ key }) => key);
}

test('`create`, `update` and `delete` go by the message’s identity; without one each is a new one', () => {
  for (const action of ['create', 'update', 'delete']) {
    assert.equal(keys(incoming(action, { id: id(1) }, { identity: 'm1' })), ['m1'], action);
    assert.equal(keys(incoming(action, { id: id(1) })), ['fresh'], action);
  }
});

test('a subscription to many nodes is one event of one actor; those of an old peer share their actor', () => {
  const data = { service: 's', subscribe_to_id: [id(1), id(2)] };
  const headers = { 'consent-protocol': 2 };
  assert.is(targets(incoming('subscribe', data, { headers })).length, 1);
  assert.equal(keys(incoming('subscribe', data)), ['old peer/s']);
  assert.equal(keys(incoming('unsubscribe', { routing_key: 's', id: id(1) })), ['old peer/s']);
});

for (const action of ['subscribe', 'unsubscribe'])
  test(`\`${action}\` that comes again under one id after \`wait\` is answered afresh`, () => {
    const node = { id: id(1), objectClass: 'prsTag', version: 1, above: [], epoch: 1 };
    const hold = { nodeId: id(1), saga: 'S', service: 's', mode: 'D', state: 'asking' };
    const existing = action === 'unsubscribe' ? subscription(1, 's') : null;
    const now = { nodeId: id(1), node, tombstoned: false, existing, subscribers: 1 };
    const holds = [[hold], []];
    const sent = message(
      action,
      { service: 's', subscribe_to_id: [id(1)] },
      { identity: 'c1', replyTo: caller('c1'), headers: { 'consent-protocol': 2 } },
    );
    given(service, {
      reads: { 'consent.subscriptions': () => asJson([{ ...now, holds: holds.shift() ?? [] }]) },
    })
      .when(sent)
      .then({ replies: [{ to: caller('c1'), body: { response: 'wait' } }] })
      .when(sent)
      .then({ replies: [{ to: caller('c1'), body: { response: 'ok' } }] });
  });

test('a question goes by its saga, whatever it is about', () => {
  assert.equal(keys(incoming('mayDelete', { id: [id(1), id(2)] }, { headers: under('T') })), ['T']);
  assert.equal(keys(incoming('deleting', { id: id(3) }, { headers: under('T') })), ['T']);
});

test('an old owner’s goes by its exchange and the node', () => {
  assert.equal(
    keys(incoming('mayDelete', { id: id(1) }, { routingKey: 'objects_model_crud_publish' })),
    [`objects:${id(1)}`],
  );
});

test('a broadcast question of a new owner is for its old peers', () => {
  assert.equal(
    keys(
      incoming(
        'mayDelete',
        { id: id(1) },
        { headers: under('T'), routingKey: 'objects_model_crud_publish' },
      ),
    ),
    [],
  );
});

test('what calls off starts nobody and wants no answer', () => {
  assert.equal(
    [service.messages['notDeleted']?.starts, service.messages['notDeleted']?.ignoreIfAbsent],
    [false, true],
  );
  assert.equal(
    [service.messages['mayDelete']?.starts, service.messages['deleting']?.starts],
    [true, true],
  );
});

test('facts of others are taken and dropped', () => {
  for (const fact of ['created', 'updated', 'deleted']) assert.ok(service.ignored.has(fact), fact);
});

test('what a question needs to know is read under its saga and its mode', () => {
  const message = incoming('mayUpdate', { id: id(1) }, { headers: under('T') });
  const read = service.messages['mayUpdate']?.read?.(message, { key: 'T' });
  assert.equal(read, {
    store: 'consent',
    op: 'dependants',
    args: { saga: 'T', mode: 'U', ids: [id(1)], exchange: 'objects' },
  });
});

test.run();
