/**
 * The saga that is measured, as two services: `owner` asks three voters one after the other, then deletes its item and announces it;
 * `voters` answers `ok`. Five steps (three votes, a delete, a fact), four commits.
 *
 * The protocol of the product is not in it: what is measured is what a durable step costs (`deletion` measures the real thing).
 */
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../composition/exchange-configs.ts';
import type { AnswerEvent, MessageEvent } from '../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Store } from '../../runtime/ports/store.ts';
import { defineService } from '../../runtime/service.ts';
import { ask, publish, type ReplyAddress, reply, write } from '../../runtime/step/effects.ts';

interface Saga {
  readonly id: string;
  readonly votes: number;
  readonly caller: ReplyAddress | null;
}
type Delete = MessageEvent<{ id: string }, undefined, 'delete'>;
type Answer = AnswerEvent<'voted'>;
type SagaArgs = { context: Saga };

export const voterNames = ['constants', 'methods', 'tags'] as const;

/** Variables that configure the services of a measurement. */
export type BenchEnvironment = Readonly<Record<string, string>>;

export function benchConfig(name: string, env: BenchEnvironment = {}) {
  const content = {
    svc_name: name,
    publish: { main: { name, type: 'direct', routing_key: `${name}_publish` } },
    consume: {
      main: {
        name,
        type: 'direct',
        queue: `${name}_consume`,
        routing_key: [`${name}_consume`, ...(name === 'voters' ? voterNames : [])],
      },
    },
    reply_exchanges: [{ name: 'voters', type: 'direct' }],
  };
  return parseExchangeConfig(JSON.stringify(content), {
    file: `${name}.json`,
    env,
    sections: {},
  });
}

const question = ({ id, votes }: Saga) => ({
  exchange: 'voters',
  routingKey: voterNames[votes] as string,
  action: 'mayDelete',
  data: { id },
  messageId: `${id}/${votes}`,
  answer: 'voted',
});

export const sagaMachine = setup({
  types: {} as { context: Saga; events: Delete | Answer },
  actions: {
    take: assign(({ event }) => ({
      id: (event as Delete).data.id,
      caller: (event as Delete).$.message.replyTo,
    })),
    count: assign({ votes: ({ context }) => context.votes + 1 }),
    ask: ask(({ context }: SagaArgs) => question(context)),
    remove: write(({ context }: SagaArgs) => ({
      store: 'items',
      op: 'delete',
      args: { id: context.id },
    })),
    announce: publish(({ context }: SagaArgs) => ({
      exchange: 'owner',
      routingKey: 'owner_publish',
      action: 'deleted',
      data: { id: context.id },
    })),
    answer: reply(({ context }: SagaArgs) => ({ to: context.caller ?? undefined, body: {} })),
  },
  guards: { isLast: ({ context }) => context.votes === voterNames.length - 1 },
}).createMachine({
  id: 'saga',
  context: { id: '', votes: 0, caller: null },
  initial: 'new',
  states: {
    new: { on: { delete: { target: 'asking', actions: 'take' } } },
    asking: {
      entry: 'ask',
      on: {
        voted: [
          { guard: 'isLast', target: 'gone', actions: 'count' },
          { target: 'asking', reenter: true, actions: 'count' },
        ],
      },
    },
    gone: { type: 'final', entry: ['remove', 'announce', 'answer'] },
  },
});

export const voteMachine = setup({
  types: {} as { events: MessageEvent<{ id: string }, undefined, 'mayDelete'> },
  actions: {
    ok: reply(({ event }: { event: MessageEvent<{ id: string }, undefined, 'mayDelete'> }) => ({
      to: event.$.message.replyTo ?? undefined,
      body: { response: 'ok' },
    })),
  },
}).createMachine({
  id: 'vote',
  initial: 'asked',
  states: {
    asked: { on: { mayDelete: { target: 'done', actions: 'ok' } } },
    done: { type: 'final' },
  },
});

export function ownerService(
  items: Pick<Store<never>, 'name' | 'read'>,
  env: BenchEnvironment = {},
): ServiceDefinition {
  return defineService({
    config: benchConfig('owner', env),
    machines: { saga: sagaMachine },
    messages: {
      delete: {
        machine: 'saga',
        to: (message, fresh) => ({ key: message.identity ?? fresh }),
        starts: true,
      },
    },
    stores: [items],
  });
}

/** Durable where its votes have to survive as well, as between processes. */
export function voterService(durable: boolean, env: BenchEnvironment = {}): ServiceDefinition {
  return defineService({
    config: benchConfig('voters', env),
    machines: { vote: { machine: voteMachine, ephemeral: !durable } },
    messages: {
      mayDelete: {
        machine: 'vote',
        to: (message, fresh) => ({ key: message.identity ?? fresh }),
        starts: true,
      },
    },
  });
}
