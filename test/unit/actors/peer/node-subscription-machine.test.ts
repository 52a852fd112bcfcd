/** Who is asked before a node changes: `subscribe`, `unsubscribe` of protocol.md §2 and §5. */

import type { ConsentReads } from '../../../../actors/consent/consent-reads.ts';
import type { SubscribeRequest } from '../../../../actors/consent/subscribe-messages.ts';
import { nodeSubscriptionMachine } from '../../../../actors/peer/node-subscription-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, ok, plainNodes, subscription, tagsSettings } from '../consent/sample.ts';

const test = suite('node subscription');
const machine = nodeSubscriptionMachine(tagsSettings, plainNodes);
type Now = ConsentReads['subscription']['result'];

const open: Now = {
  node: { id: id(1), objectClass: 'prsTag', version: 3, above: [id(2)], epoch: 5 },
  tombstoned: false,
  holds: [],
  existing: null,
  subscribers: 0,
};
const onItself = {
  nodeId: id(1),
  saga: 'S',
  service: 'tags_model_crud',
  mode: 'D',
  state: 'asking',
} as const;
const above = { ...onItself, nodeId: id(2), service: 'objects_model_crud' };
const asker = caller('s1');
const alerts: SubscribeRequest = { service: 'alerts', ids: [id(1)] };
const protocol = { 'consent-protocol': 2, 'consent-generation': 4 };

interface Sent {
  readonly now?: Partial<Now>;
  readonly subscriber?: SubscribeRequest;
  readonly headers?: Headers;
  readonly oneWay?: boolean;
}

function sent(
  action: string,
  { now = {}, subscriber = alerts, headers = protocol, oneWay = false }: Sent = {},
): MachineSpec {
  const read = asJson({ ...open, ...now });
  const data = asJson({ nodeId: id(1), subscriber });
  return given(machine).when(
    message(action, data, { read, headers, ...(oneWay ? {} : { replyTo: asker }) }),
  );
}

test('a new peer is put on the list under its generation, provided that nobody holds the node', () => {
  sent('subscribe').then({
    state: 'open',
    writes: [
      {
        op: 'subscribe',
        args: {
          service: 'tags_model_crud',
          above: [id(2)],
          nodeId: id(1),
          subscriber: 'alerts',
          generation: 4,
          consent: true,
          despite: [],
        },
        expect: { epochs: { [id(1)]: 5 } },
      },
    ],
    replies: [{ to: asker, body: ok }],
  });
});

for (const [name, holds] of [
  ['the node', [onItself]],
  ['a node above it', [above]],
] as const) {
  test(`while ${name} is held, it is told to wait, and that is not recorded`, () => {
    sent('subscribe', { now: { holds } }).then({
      writes: [],
      replies: [{ body: { response: 'wait' }, recorded: false }],
    });
  });
}

test('an old peer’s one-way form is taken at any time, and raises the epoch (2)', () => {
  const old = sent('subscribe', {
    now: { holds: [onItself] },
    subscriber: { ...alerts, routingKey: 'alerts_key' },
    headers: {},
    oneWay: true,
  });
  const args = {
    service: 'tags_model_crud',
    above: [id(2)],
    nodeId: id(1),
    subscriber: 'alerts',
    generation: 0,
    consent: false,
    routingKey: 'alerts_key',
  };
  old.then({
    writes: [{ op: 'subscribe', args, expect: { epochs: { [id(1)]: 5 } } }],
    replies: [],
  });
});

for (const [name, now] of [
  ['deleted', { node: null, tombstoned: true }],
  ['unknown', { node: null }],
  [
    'of another class',
    { node: { id: id(1), objectClass: 'prsAlert', version: 1, above: [], epoch: 1 } },
  ],
] as const) {
  test(`a subscription to what is ${name} is refused`, () => {
    const refused = sent('subscribe', { now }).then({ writes: [] });
    assert.is((refused.answered() as { response: string }).response, 'no');
  });
}

test('leaving takes this generation and older ones off the list', () => {
  sent('unsubscribe', { now: { existing: subscription(1, 'alerts') } }).then({
    writes: [{ op: 'unsubscribe', args: { nodeId: id(1), subscriber: 'alerts', generation: 4 } }],
    replies: [{ body: ok }],
  });
});

test('who has been asked cannot leave before the end (3)', () => {
  sent('unsubscribe', { now: { holds: [onItself], existing: subscription(1, 'alerts') } }).then({
    writes: [],
    replies: [{ body: { response: 'wait' }, recorded: false }],
  });
});

test('a leaving that asks for no answer is kept, and done when the node is free (3)', () => {
  const existing = subscription(1, 'alerts');
  let holds: readonly object[] = [onItself];
  const reads = { 'consent.subscription': () => asJson({ ...open, existing, holds }) };
  const data = asJson({ nodeId: id(1), subscriber: alerts });
  const event = message('unsubscribe', data, {
    read: asJson({ ...open, existing, holds }),
    headers: protocol,
  });
  const kept = given(machine, { key: id(1), reads }).when(event);
  kept.then({ writes: [], timers: [250] });
  const still = kept.waits(250).then({ writes: [], timers: [250] });
  holds = [];
  still.waits(250).then({
    writes: [{ op: 'unsubscribe', args: { nodeId: id(1), subscriber: 'alerts', generation: 4 } }],
    timers: [],
  });
});

test('an update that does not move lets subscribers come (protocol.md §4)', () => {
  sent('subscribe', { now: { holds: [{ ...onItself, mode: 'U' }] } }).then({
    writes: [{ op: 'subscribe' }],
    replies: [{ body: ok }],
  });
  sent('subscribe', { now: { holds: [{ ...onItself, mode: 'M' }] } }).then({
    writes: [],
    replies: [{ body: { response: 'wait' } }],
  });
});

test('a list of a thousand takes nobody more (4)', () => {
  sent('subscribe', { now: { subscribers: 999 } }).then({ replies: [{ body: ok }] });
  const full = sent('subscribe', { now: { subscribers: 1_000 } }).then({ writes: [] });
  assert.is((full.answered() as { response: string }).response, 'no');
  sent('subscribe', { now: { subscribers: 1_000, existing: subscription(1, 'alerts') } }).then({
    replies: [{ body: ok }],
  });
});

test('who is not on the list is not kept', () => {
  sent('unsubscribe', { now: { holds: [onItself] } }).then({ replies: [{ body: ok }] });
});

test('a hold above the node keeps nobody on its list', () => {
  sent('unsubscribe', { now: { holds: [above], existing: subscription(1, 'alerts') } }).then({
    writes: [{ op: 'unsubscribe' }],
    replies: [{ body: ok }],
  });
});

test('leaving what has gone is ok', () => {
  sent('unsubscribe', { now: { node: null, tombstoned: true } }).then({
    writes: [],
    replies: [{ body: ok }],
  });
});

test.run();
