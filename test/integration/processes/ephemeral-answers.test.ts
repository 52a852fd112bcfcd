/** Two processes of a service whose machines are ephemeral: each gets the answers to what it has asked, and no other. */
import { assign, setup } from 'xstate';
import { createRuntime, memoryTransports, rabbitmqTransports, type Transports } from '../../../create-runtime.ts';
import { ask, type ReplyAddress, reply } from '../../../runtime/effects.ts';
import type { Json } from '../../../runtime/json.ts';
import { type AnswerEvent, defineService, type MessageEvent } from '../../../runtime/service.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { configOf } from '../../unit/runtime/shop.ts';

const requests = 200;

const gateMachine = setup({
  types: {} as { context: { caller: ReplyAddress | null } },
  actions: {
    keep: assign({ caller: ({ event }) => (event as unknown as MessageEvent).message.replyTo }),
    askOn: ask(({ event }: { event: unknown }) => {
      const { data } = event as MessageEvent<Json>;
      return { exchange: 'scales', routingKey: 'scales_consume', action: 'weigh', data, answer: 'weighed' };
    }),
    answer: reply(({ context, event }: { context: { caller: ReplyAddress | null }; event: unknown }) => ({
      to: context.caller ?? undefined,
      body: (event as AnswerEvent<null, 'weighed'>).answer,
    })),
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

const scalesMachine = setup({
  actions: {
    answer: reply(({ event }: { event: unknown }) => {
      const { data, message } = event as MessageEvent<{ n: number }>;
      return { to: message.replyTo ?? undefined, body: { weight: data.n * 2 } };
    }),
  },
}).createMachine({ id: 'scales', on: { weigh: { actions: 'answer' } } });

const perMessage = (machine: string) => ({
  machine,
  to: ({ identity }: { readonly identity: string | undefined }, fresh: string) => ({ key: identity ?? fresh }),
  starts: true,
});
const gate = () =>
  defineService({
    config: configOf('gate', { reply_exchanges: [{ name: 'scales', type: 'direct' }] }),
    machines: { gate: { machine: gateMachine, ephemeral: true } },
    messages: { weigh: perMessage('gate') },
  });
const scales = () =>
  defineService({ config: configOf('scales'), machines: { scales: scalesMachine }, messages: { weigh: perMessage('scales') } });

async function eachIsAnswered(transports: Transports): Promise<void> {
  const processes = [[gate(), scales()], [gate()]].map((services) => createRuntime({ services, transports }));
  for (const process of processes) await process.start();
  const client = await (processes[0] as (typeof processes)[number]).client('shop');
  const weighed = Array.from({ length: requests }, (_, n) =>
    client.request({ exchange: 'gate', routingKey: 'gate_consume' }, { action: 'weigh', data: { n } }, { timeoutMs: 10_000 }),
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
memory.run();

const broker = suite('answers to ephemeral askers over RabbitMQ', { needs: ['rabbitmq'] });
broker('all of two hundred come to whoever asked', async () => {
  const host = await openVirtualHost('answers');
  await eachIsAnswered(rabbitmqTransports([host.url])).finally(() => host.remove());
});
broker.run();
