/** The service under the campaign: each `add` raises its account by one and publishes the fact; the count is the state that must not change twice. */
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../../composition/exchange-configs.ts';
import type { MessageEvent } from '../../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../../runtime/messages/service-definition.ts';
import { defineService } from '../../../../runtime/service.ts';
import { publish, reply } from '../../../../runtime/step/effects.ts';

export const accountNames = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'];
export const toAccounts = { exchange: 'accounts', routingKey: 'accounts_consume' };
export const factsQueue = 'accounts_facts';
const fact = { exchange: 'accounts', routingKey: 'accounts_changed' };

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'accounts',
    publish: { main: { name: fact.exchange, type: 'direct', routing_key: fact.routingKey } },
    consume: {
      main: {
        name: toAccounts.exchange,
        type: 'direct',
        queue: 'accounts_consume',
        routing_key: toAccounts.routingKey,
      },
    },
  }),
  { file: 'accounts.json', env: {}, sections: {} },
);

/** What a collector of the facts declares beside the service's own. */
export const factsTopology = {
  exchanges: [
    {
      name: fact.exchange,
      type: 'direct' as const,
      durable: true,
      autoDelete: false,
      declare: true,
      arguments: {},
    },
  ],
  queues: [
    {
      name: factsQueue,
      durable: true,
      exclusive: false,
      autoDelete: false,
      declare: true,
      arguments: { 'x-queue-type': 'quorum' },
    },
  ],
  bindings: [
    { exchange: fact.exchange, queue: factsQueue, routingKey: fact.routingKey, arguments: {} },
  ],
};

export interface AccountFact {
  readonly of: string;
  readonly count: number;
}

interface Account {
  readonly count: number;
}

/** `add` says which message it is. */
type Asked = MessageEvent<{ account: string; of?: string }, undefined, 'add' | 'total'>;

function accountMachine() {
  return setup({
    types: {} as { context: Account; events: Asked },
    actions: {
      count: assign(({ context }) => ({ count: context.count + 1 })),
      tell: publish(({ context, event }: { context: Account; event: Asked }) => ({
        ...fact,
        action: 'changed',
        data: { of: event.data.of ?? '', count: context.count },
      })),
      answer: reply(({ context, event }: { context: Account; event: Asked }) => ({
        to: event.$.message.replyTo ?? undefined,
        body: { count: context.count },
      })),
    },
  }).createMachine({
    id: 'account',
    context: { count: 0 },
    initial: 'open',
    states: { open: { on: { add: { actions: ['count', 'tell'] }, total: { actions: 'answer' } } } },
  });
}

export function accountService(): ServiceDefinition {
  const to = ({ data }: { readonly data: unknown }) => ({
    key: (data as { account: string }).account,
  });
  return defineService({
    config,
    machines: { account: accountMachine() },
    messages: {
      add: { machine: 'account', to, starts: true },
      total: { machine: 'account', to, starts: true },
    },
  });
}
