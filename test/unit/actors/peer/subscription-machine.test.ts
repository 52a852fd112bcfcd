/** Who is asked before a node changes: `subscribe` and `unsubscribe` for one node and for many. */
import type { SubscriptionNow } from '../../../../actors/consent/consent-reads.ts';
import { subscriptionMachine } from '../../../../actors/peer/subscription-machine.ts';
import type { Headers } from '../../../../runtime/ports/envelope.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, ok, plainNodes, subscription, tagsSettings } from '../consent/sample.ts';

const test = suite('subscription');
const machine = subscriptionMachine(tagsSettings, plainNodes);
const wait = { response: 'wait' };

function now(number: number, more: Partial<SubscriptionNow> = {}): SubscriptionNow {
  const node = { id: id(number), objectClass: 'prsTag', version: 3, above: [id(90)], epoch: 5 };
  return {
    nodeId: id(number),
    node,
    tombstoned: false,
    holds: [],
    existing: null,
    subscribers: 0,
    ...more,
  };
}
const onItself = {
  nodeId: id(1),
  saga: 'S',
  service: 'tags_model_crud',
  mode: 'D',
  state: 'asking',
} as const;
const above = { ...onItself, nodeId: id(90), service: 'objects_model_crud' };
const existing = subscription(1, 'alerts');
const asker = caller('s1');
const protocol = { 'consent-protocol': 2, 'consent-generation': 4 };

interface Sent {
  readonly nows?: readonly SubscriptionNow[];
  readonly headers?: Headers;
  readonly oneWay?: boolean;
  readonly routingKey?: string;
}

function messageOf(
  action: string,
  { nows = [now(1)], headers = protocol, oneWay = false, routingKey }: Sent,
) {
  const data: JsonObject = {
    service: 'alerts',
    subscribe_to_id: nows.map(({ nodeId }) => nodeId),
    ...(routingKey === undefined ? {} : { routing_key: routingKey }),
  };
  const read = asJson(nows);
  return message(action, data, { read, headers, ...(oneWay ? {} : { replyTo: asker }) });
}

function sent(action: string, how: Sent = {}): MachineSpec {
  return given(machine).when(messageOf(action, how));
}

function put(number: number, more: JsonObject = {}): JsonObject {
  return {
    service: 'tags_model_crud',
    above: [id(90)],
    nodeId: id(number),
    subscriber: 'alerts',
    generation: 4,
    consent: true,
    despite: [],
    ...more,
  };
}

test('a new peer is put on the list under its generation, provided that nobody holds the node', () => {
  const done = sent('subscribe');
  done.then({
    state: 'done',
    writes: [{ op: 'subscribe', args: put(1), expect: { epochs: {} } }],
    replies: [{ to: asker, body: ok }],
  });
  done.thenEnded();
});

test('many ids have one answer, which names each, and one commit', () => {
  const nows = [
    now(1),
    now(2, { node: null }),
    now(3, { holds: [{ ...onItself, nodeId: id(3) }] }),
    now(4),
  ];
  const done = sent('subscribe', { nows });
  const results = {
    [id(1)]: ok,
    [id(2)]: {
      response: 'no',
      message: `there is no node ${id(2)}`,
      service: 'tags_model_crud',
    },
    [id(3)]: wait,
    [id(4)]: ok,
  };
  done.then({
    state: 'done',
    writes: [
      { op: 'subscribe', args: put(1) },
      { op: 'subscribe', args: put(4) },
    ],
    replies: [{ to: asker, body: { results }, recorded: false }],
  });
  done.thenEnded();
});

test('only unknown ids: nothing is written, and no actor is left', () => {
  const nows = [now(1, { node: null }), now(2, { node: null })];
  sent('subscribe', { nows }).then({ state: 'done', writes: [] }).thenEnded();
});

for (const [name, holds] of [
  ['the node', [onItself]],
  ['a node above it', [above]],
] as const) {
  test(`while ${name} is held, it is told to wait, and that is not recorded`, () => {
    sent('subscribe', { nows: [now(1, { holds })] }).then({
      writes: [],
      replies: [{ body: wait, recorded: false }],
    });
  });
}

test('an old peer’s one-way form is taken at any time, and stands in the history of the saga', () => {
  const old = sent('subscribe', {
    nows: [now(1, { holds: [onItself] })],
    headers: {},
    oneWay: true,
    routingKey: 'alerts_key',
  });
  const { despite: _despite, ...args } = put(1, {
    generation: 0,
    consent: false,
    routingKey: 'alerts_key',
  });
  old.then({
    writes: [{ op: 'subscribe', args, expect: { epochs: {} } }],
    replies: [],
    records: [
      {
        topic: 'S',
        line: {
          what: 'legacy',
          hole: 'subscribed late (asking)',
          peers: ['alerts'],
          nodes: [id(1)],
        },
      },
    ],
  });
});

const otherClass = { id: id(1), objectClass: 'prsAlert', version: 1, above: [], epoch: 1 };
for (const [name, more] of [
  ['deleted', { node: null, tombstoned: true }],
  ['unknown', { node: null }],
  ['of another class', { node: otherClass }],
] as const) {
  test(`a subscription to what is ${name} is refused; without an answer the history says so`, () => {
    const nows = [now(1, more)];
    const refused = sent('subscribe', { nows }).then({ writes: [], records: [] });
    const { response, message: reason } = refused.answered() as JsonObject;
    assert.is(response, 'no');
    sent('subscribe', { nows, oneWay: true }).then({
      writes: [],
      records: [
        {
          topic: 'subscriber alerts',
          line: { what: 'not subscribed', nodes: [id(1)], reason: reason ?? null },
        },
      ],
    });
  });
}

test('leaving takes this generation and older ones off the lists', () => {
  const nows = [now(1, { existing }), now(2)];
  const leave = (number: number) => ({
    op: 'unsubscribe',
    args: { nodeId: id(number), subscriber: 'alerts', generation: 4 },
  });
  sent('unsubscribe', { nows })
    .then({
      state: 'done',
      writes: [leave(1), leave(2)],
      replies: [{ body: { results: { [id(1)]: ok, [id(2)]: ok } } }],
    })
    .thenEnded();
});

test('who has been asked cannot leave before the end', () => {
  sent('unsubscribe', { nows: [now(1, { holds: [onItself], existing })] })
    .then({ writes: [], replies: [{ body: wait, recorded: false }] })
    .thenEnded();
});

const asked = now(1, { existing, holds: [onItself] });
const leave = {
  op: 'unsubscribe',
  args: { nodeId: id(1), subscriber: 'alerts', generation: 4 },
};

/** An actor whose look at the lists finds what the test puts there. */
function leavingWith(found: () => readonly SubscriptionNow[]): MachineSpec {
  const reads = { 'consent.subscriptions': (): Json => asJson(found()) };
  const nows = [asked, now(2, { existing: subscription(2, 'alerts') })];
  return given(machine, { reads }).when(messageOf('unsubscribe', { nows, oneWay: true }));
}

test('a leaving that asks for no answer is kept for the held nodes, and the actor ends when they are free', () => {
  let found: readonly SubscriptionNow[] = [asked];
  const kept = leavingWith(() => found).then({
    state: 'leaving',
    writes: [{ op: 'unsubscribe', args: { nodeId: id(2), subscriber: 'alerts', generation: 4 } }],
    timers: [250],
  });
  const still = kept.waits(250).then({ state: 'leaving', writes: [], timers: [250] });
  found = [now(1, { existing })];
  still
    .waits(250)
    .then({ state: 'done', writes: [leave] })
    .thenEnded();
});

test('who subscribes again while its leaving waits stays on the list', () => {
  const again = messageOf('subscribe', { nows: [asked], oneWay: true });
  const { despite: _despite, ...args } = put(1);
  leavingWith(() => [asked])
    .when(again)
    .then({ state: 'done', writes: [{ op: 'subscribe', args }] })
    .thenEnded();
});

test('a later leaving replaces the one that waits', () => {
  let found: readonly SubscriptionNow[] = [asked];
  const headers = { ...protocol, 'consent-generation': 6 };
  const kept = leavingWith(() => found).when(
    messageOf('unsubscribe', { nows: [asked], headers, oneWay: true }),
  );
  found = [now(1, { existing })];
  kept.waits(250).then({
    writes: [{ op: 'unsubscribe', args: { nodeId: id(1), subscriber: 'alerts', generation: 6 } }],
  });
});

test('an update that does not move lets subscribers come', () => {
  const held = (mode: 'U' | 'M') => [now(1, { holds: [{ ...onItself, mode }] })];
  sent('subscribe', { nows: held('U') }).then({
    writes: [{ op: 'subscribe', args: put(1, { despite: ['S'] }) }],
    replies: [{ body: ok }],
  });
  sent('subscribe', { nows: held('M') }).then({ writes: [], replies: [{ body: wait }] });
});

test('a list of a thousand takes nobody more', () => {
  const full = { subscribers: 1_000 };
  sent('subscribe', { nows: [now(1, { subscribers: 999 })] }).then({ replies: [{ body: ok }] });
  const refused = sent('subscribe', { nows: [now(1, full)] }).then({ writes: [] });
  assert.is((refused.answered() as JsonObject)['response'], 'no');
  sent('subscribe', { nows: [now(1, { ...full, existing })] }).then({ replies: [{ body: ok }] });
});

test('who is not on the list, or held by a node above only, leaves at once', () => {
  sent('unsubscribe', { nows: [now(1, { holds: [onItself] })] }).then({ replies: [{ body: ok }] });
  sent('unsubscribe', { nows: [now(1, { holds: [above], existing })] }).then({
    writes: [leave],
    replies: [{ body: ok }],
  });
});

test('leaving what has gone is ok', () => {
  sent('unsubscribe', { nows: [now(1, { node: null, tombstoned: true })] }).then({
    writes: [],
    replies: [{ body: ok }],
  });
});

test.run();
