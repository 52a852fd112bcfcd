/** Two processes of a service whose machines are ephemeral: each gets the answers to what it has asked, and no other. */
import { assign, setup } from 'xstate';
import { createRuntime, memoryTransports } from '../../../composition/create-runtime.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import type { AnswerEvent, MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Transports } from '../../../runtime/ports/transport.ts';
import { defineService } from '../../../runtime/service.ts';
import { ask, type ReplyAddress, reply } from '../../../runtime/step/effects.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { configOf } from '../../unit/runtime/shop.ts';

const requests = 200;

const gateMachine = setup({
  types: {} as { context: { caller: ReplyAddress | null } },
  actions: {
    keep: assign({ caller: ({ event }) => (event as unknown as MessageEvent).$.message.replyTo }),
    askOn: ask(({ event }: { event: unknown }) => {
      const {
        data,
        $: { message, newId: fresh },
      } = event as MessageEvent<Json>;
      const messageId = `${message.identity ?? fresh}/gate`;
      return {
        exchange: 'scales',
        routingKey: 'scales_consume',
        action: 'weigh',
        data,
        messageId,
        answer: 'weighed',
      };
    }),
    answer: reply(
      ({ context, event }: { context: { caller: ReplyAddress | null }; event: unknown }) => ({
        to: context.caller ?? undefined,
        body: (event as AnswerEvent<null, 'weighed'>).answer,
      }),
    ),
  },
}).createMachine({
  id: 'gate',
  context: { caller: null },
  initial: 'open',
  states: {
    open: { on: { weigh: { target: 'asked', actions: ['keep', 'askOn'] } } },
    asked: { on: { weighed: { target: 'done', actions: 'answer' } } },
    done: { type: 'final' },
  },
});

interface Weighing {
  readonly n: number;
  readonly caller: ReplyAddress | null;
}

/** Answers after so long, milliseconds. */
const scalesMachine = (takesMs: number) =>
  setup({
    types: {} as { context: Weighing },
    actions: {
      take: assign(({ event }) => {
        const {
          data,
          $: { message },
        } = event as unknown as MessageEvent<{ n: number }>;
        return { n: data.n, caller: message.replyTo };
      }),
      answer: reply(({ context: { n, caller } }: { context: Weighing }) => ({
        to: caller ?? undefined,
        body: { weight: n * 2 },
      })),
    },
  }).createMachine({
    id: 'scales',
    context: { n: 0, caller: null },
    initial: 'open',
    states: {
      open: { on: { weigh: { target: 'weighing', actions: 'take' } } },
      weighing: { after: { [takesMs]: 'weighed' } },
      weighed: { type: 'final', entry: 'answer' },
    },
  });

const perMessage = <TMachine extends string>(machine: TMachine) => ({
  machine,
  to: ({ identity }: { readonly identity: string | null }, newId: string) => ({
    key: identity ?? newId,
  }),
  starts: true,
});
const gate = () =>
  defineService({
    config: configOf('gate', { reply_exchanges: [{ name: 'scales', type: 'direct' }] }),
    machines: { gate: { machine: gateMachine, ephemeral: true } },
    messages: { weigh: perMessage('gate') },
  });
const scales = (takesMs = 0) =>
  defineService({
    config: configOf('scales'),
    machines: { scales: scalesMachine(takesMs) },
    messages: { weigh: perMessage('scales') },
  });

async function eachIsAnswered(transports: Transports): Promise<void> {
  const processes = [[gate(), scales()], [gate()]].map((services) =>
    createRuntime({ services, transports }),
  );
  for (const process of processes) await process.start();
  const client = await (processes[0] as (typeof processes)[number]).client('shop');
  const weighed = Array.from({ length: requests }, (_, n) =>
    client.request(
      { exchange: 'gate', routingKey: 'gate_consume' },
      { action: 'weigh', data: { n } },
      { timeoutMs: 50_000 },
    ),
  );
  assert.equal(
    await Promise.all(weighed),
    Array.from({ length: requests }, (_, n) => ({ weight: n * 2 })),
  );
  await client.close();
  for (const process of processes) await process.stop();
}

const memory = suite('answers to ephemeral askers in memory');
memory('all of two hundred come to whoever asked', () => eachIsAnswered(memoryTransports()));

memory(
  'an answer to a process that has died comes to the one that was given the request in its place',
  async () => {
    const simulation = new Simulation({ services: [gate(), scales(3_000)] });
    await simulation.start();
    const client = await simulation.client('shop');
    const weighed = client.request(
      { exchange: 'gate', routingKey: 'gate_consume' },
      { action: 'weigh', data: { n: 4 } },
      { timeoutMs: 60_000 },
    );
    await simulation.advance('1 s');
    await simulation.restart('gate', '1 s');
    assert.equal(await simulation.until(weighed), { weight: 8 });
    await simulation.stop();
  },
);
memory(
  'a request that is repeated through another process while it is in progress is answered in both places',
  async () => {
    const simulation = new Simulation({
      services: [gate(), scales(3_000)],
      processes: { gate: 2 },
    });
    await simulation.start();
    const client = await simulation.client('shop');
    const request = () =>
      client.request(
        { exchange: 'gate', routingKey: 'gate_consume' },
        { action: 'weigh', data: { n: 4 } },
        { messageId: 'same', timeoutMs: 10_000 },
      );
    const both = Promise.all([request(), request()]);
    assert.equal(await simulation.until(both), [{ weight: 8 }, { weight: 8 }]);
    const asked = simulation.trace.lines.filter(
      ({ what, type }) => what === 'publish' && type === 'weigh',
    );
    assert.equal(asked.map(({ who }) => who).sort(), ['gate', 'gate#2']);
    await simulation.stop();
  },
);
memory.run();

const broker = suite('answers to ephemeral askers over RabbitMQ', {
  needs: ['rabbitmq'],
  deadlineMs: 60_000,
});
broker('all of two hundred come to whoever asked', async () => {
  const host = await openVirtualHost('answers');
  await eachIsAnswered(await transportsAt([host.url])).finally(() => host.remove());
});
broker.run();
