/** What no transport asks for, but AMQP has: on the memory broker as written here, and the same on RabbitMQ. */
import { assert, suite } from '../../support/suite.ts';
import { memoryDoes, partingFromMemory } from './fuzz/compare.ts';
import type { Step } from './fuzz/script.ts';
import { bind, consume, declareExchange, declareQueue, publish, settle } from './fuzz/steps.ts';

interface Case {
  readonly title: string;
  readonly steps: readonly Step[];
  /** What the last step answers, and the bodies each slot has received by then: the number of the step times ten. */
  readonly result?: string;
  readonly received?: readonly (readonly string[])[];
  /** Ready messages and consumers of `q0`. */
  readonly q0?: string;
}

const cases: readonly Case[] = [
  {
    title: 'ack multiple settles everything up to its delivery',
    steps: [declareQueue('q0'), publish(4), consume(0, 'q0', 3), settle(0, 1, 'ack', true)],
    received: [['10', '11', '12', '13']],
    q0: '0/1',
  },
  {
    title: 'nack multiple with requeue puts everything up to its delivery back',
    steps: [declareQueue('q0'), publish(3), consume(0, 'q0', 3), settle(0, 1, 'requeue', true)],
    received: [['10', '11', '12', '10 again', '11 again']],
  },
  {
    title: 'an exchange bound to an exchange passes on what the binding matches',
    steps: [
      declareExchange('x0', 'topic'),
      declareExchange('x1', 'fanout'),
      declareQueue('q0'),
      bind('bindExchange', 'x0', 'x1', 'a.#'),
      bind('bindQueue', 'x1', 'q0', ''),
      consume(0, 'q0', 0),
      publish(1, { exchange: 'x0', routingKey: 'a.b' }),
      publish(1, { exchange: 'x0', routingKey: 'b', mandatory: true }),
    ],
    result: 'returned 312',
    received: [['60']],
  },
  {
    title: 'unbind ends a binding',
    steps: [
      declareExchange('x0', 'direct'),
      declareQueue('q0'),
      bind('bindQueue', 'x0', 'q0', 'a'),
      bind('unbindQueue', 'x0', 'q0', 'a'),
      publish(1, { exchange: 'x0', routingKey: 'a', mandatory: true }),
    ],
    result: 'returned 312',
    q0: '0/0',
  },
  {
    title: 'a queue that is deleted cancels its consumers',
    steps: [declareQueue('q0'), consume(0, 'q0', 1), { op: 'deleteQueue', name: 'q0' }],
    received: [['cancelled']],
    q0: 'none',
  },
  {
    title: 'consuming from a queue that is not there: 404',
    steps: [consume(0, 'q0', 1)],
    result: "404 NOT_FOUND - no queue 'q0' in vhost '/'",
  },
  {
    title: 'an exchange of another type: 406',
    steps: [declareExchange('x0', 'direct'), declareExchange('x0', 'topic')],
    result:
      "406 PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x0' in vhost '/': received 'topic' but current is 'direct'",
  },
  {
    title: 'an exclusive queue of another connection: 405',
    steps: [
      {
        op: 'declareQueue',
        queue: {
          name: 'q0',
          durable: false,
          exclusive: true,
          autoDelete: false,
          declare: true,
          arguments: {},
        },
      },
      consume(0, 'q0', 1),
    ],
    result:
      "405 RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q0' in vhost '/'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.",
  },
];

const onMemory = suite('broker commands on memory');
const onRabbitmq = suite('broker commands on RabbitMQ', {
  needs: ['rabbitmq'],
  deadlineMs: 20_000,
});

/** `10 through '' under …`: the body, and whether it came again. */
function shortly(delivery: string): string {
  return delivery.replace(/ through .*/, '');
}

for (const { title, steps, result, received, q0 } of cases) {
  onMemory(title, async () => {
    const last = (await memoryDoes(steps)).at(-1);
    if (result !== undefined) assert.is(last?.result, result);
    for (const [slot, bodies] of (received ?? []).entries())
      assert.equal(last?.received[slot]?.map(shortly), bodies);
    if (q0 !== undefined) assert.is(last?.queues['q0'], q0);
  });

  onRabbitmq(title, async () => {
    assert.is(JSON.stringify(await partingFromMemory(steps), null, 2), undefined);
  });
}

onMemory.run();
onRabbitmq.run();
