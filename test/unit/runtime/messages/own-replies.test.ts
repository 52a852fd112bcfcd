import { setup } from 'xstate';
import { topologyOf } from '../../../../config/topology.ts';
import { ownReplyQueues, withOwnReplies } from '../../../../runtime/messages/own-replies.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { defineService } from '../../../../runtime/service.ts';
import { ask } from '../../../../runtime/step/effects.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf } from '../shop.ts';

const test = suite('reply queues of a process');

const asker = (id: string) =>
  setup({
    actions: {
      question: ask(() => ({
        exchange: 'bank',
        routingKey: 'bank',
        action: 'pay',
        answer: 'paid',
      })),
    },
  }).createMachine({
    id,
    entry: 'question',
  });
const silent = setup({}).createMachine({ id: 'silent' });
const parent = setup({ actors: { child: asker('child') } }).createMachine({
  id: 'parent',
  invoke: { src: 'child' },
});

function service(
  machine: ReturnType<typeof asker> | typeof silent | typeof parent,
  ephemeral: boolean,
  extra: object = {},
) {
  return defineService({
    config: configOf('gate', extra),
    machines: { [machine.id]: { machine, ephemeral } },
    messages: {},
  });
}

test('an ephemeral machine that asks, or whose child does, is answered in its own process', () => {
  for (const machine of [asker('asker'), parent])
    assert.equal([...ownReplyQueues([service(machine, true)], 'p1')], [['gate', 'gate_reply.p1']]);
});

test('what a journal knows, and what asks nothing, is answered where all are', () => {
  for (const one of [service(asker('asker'), false), service(silent, true)])
    assert.is(ownReplyQueues([one], 'p1').size, 0);
});

test('the queue is bound like the shared one, and goes with its process', () => {
  const gate = service(asker('asker'), true, {
    reply_exchanges: [{ name: 'bank', type: 'direct' }],
  });
  const all = topologyOf([gate.config]);
  const { exchanges, queues, bindings, processQueues } = withOwnReplies(
    all,
    [gate],
    ownReplyQueues([gate], 'p1'),
  );
  assert.equal(exchanges, all.exchanges);
  assert.equal(queues, all.queues);
  assert.equal(processQueues, [
    {
      name: 'gate_reply.p1',
      successor: 'gate_reply',
      untakenMaxMs: 5_000,
      unusedMaxMs: 600_000,
    },
  ]);
  assert.equal(
    bindings
      .slice(all.bindings.length)
      .map(({ exchange, queue, routingKey }) => [exchange, queue, routingKey]),
    [
      ['gate', 'gate_reply.p1', 'gate_reply.p1'],
      ['bank', 'gate_reply.p1', 'gate_reply.p1'],
    ],
  );
});

test('where the config declares no queues there is none', () => {
  assert.is(
    ownReplyQueues([service(asker('asker'), true, { defaults: { declare: false } })], 'p1').size,
    0,
  );
});

test('a name the broker could not carry is refused', () => {
  assert.throws(
    () => ownReplyQueues([service(asker('asker'), true)], 'p'.repeat(250)),
    (error: unknown) =>
      error instanceof Broken && /the instance 'p+' is too long/.test(error.message),
  );
});

test.run();
