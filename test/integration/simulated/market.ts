/**
 * Services whose messages have every shape of a chain: questions to actors that live on, that end, and that are ephemeral; questions of a
 * child; ids that the runtime makes and ids that a machine chooses; a fact for several services; a message of a service to itself; reads
 * and writes of one store, with an expectation, a read of what the chain has written, and a write that is refused; a timer and an activity between two messages.
 */
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { AnswerEvent, MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import type { UndoLog } from '../../../runtime/ports/undo-log.ts';
import { defineService } from '../../../runtime/service.ts';
import { activity } from '../../../runtime/step/activity.ts';
import {
  ask,
  publish,
  type ReplyAddress,
  record,
  reply,
  write,
} from '../../../runtime/step/effects.ts';
import { tallyStore } from '../sweep/tally-store.ts';

/** What a purchase does beside asking depot and till. */
export const ways = ['plain', 'slow', 'checked', 'refused', 'twice'] as const;
export type Way = (typeof ways)[number];

export const toMarket = { exchange: 'market', routingKey: 'market_consume' };

type Order = { readonly key: string; readonly item: string; readonly way: Way };
type Buy = MessageEvent<Order, undefined, 'buy'>;
interface Context extends Order {
  readonly caller: ReplyAddress | null;
  readonly paid: number;
}
type Args = { readonly context: Context; readonly event: unknown };
type Asked = MessageEvent<{ key: string }, number>;

const at = (name: string) => ({ exchange: name, routingKey: `${name}_consume` });
const add = (name: string, expect?: number) => ({
  store: tallyStore,
  op: 'add',
  args: { name },
  ...(expect === undefined ? {} : { expect }),
});
const answer = (body: string) =>
  reply(({ event }: { event: unknown }) => ({
    to: (event as Asked).$.message.replyTo ?? undefined,
    body: { [body]: (event as Asked).data.key },
  }));

/** A child that asks an ephemeral machine, under an id of the runtime. */
const checkMachine = setup({
  types: {} as { context: { key: string }; input: { key: string } },
  actions: {
    ask: ask(({ context: { key } }: { context: { key: string } }) => ({
      ...at('till'),
      action: 'check',
      data: { key },
      answer: 'checked',
    })),
  },
}).createMachine({
  id: 'check',
  context: ({ input }) => ({ key: input.key }),
  initial: 'asking',
  states: { asking: { entry: 'ask', on: { checked: 'over' } }, over: { type: 'final' } },
});

const purchaseMachine = setup({
  types: {} as { context: Context; events: Buy | AnswerEvent<'reserved' | 'paid' | 'claimed'> },
  actors: { check: checkMachine },
  actions: {
    take: assign(({ event }) => ({
      ...(event as Buy).data,
      caller: (event as Buy).$.message.replyTo,
    })),
    pays: assign({ paid: ({ context }) => context.paid + 1 }),
    reserve: ask(({ context: { item, key } }: Args) => ({
      ...at('depot'),
      action: 'reserve',
      data: { key, item },
      answer: 'reserved',
    })),
    pay: ask(({ context: { key, paid } }: Args) => ({
      ...at('till'),
      action: 'pay',
      data: { key },
      answer: 'paid',
      messageId: `${key}/pay/${paid}`,
    })),
    claim: ask(({ context: { key } }: Args) => ({
      ...at('depot'),
      action: 'claim',
      data: { key },
      answer: 'claimed',
    })),
    bought: write(({ context }: Args) => add(`${context.key} bought`)),
    note: record(({ context }: Args) => ({ topic: context.key, line: { bought: context.item } })),
    tell: publish(({ context: { key } }: Args) => ({
      exchange: 'market',
      routingKey: 'market_publish',
      action: 'sold',
      data: { key },
    })),
    store: publish(({ context: { item, key } }: Args) => ({
      ...toMarket,
      action: 'store',
      data: { item, key },
    })),
    answer: reply(({ context: { key, caller } }: Args) => ({
      to: caller ?? undefined,
      body: { bought: key },
    })),
  },
  guards: {
    isSlow: ({ context }) => context.way === 'slow',
    isChecked: ({ context }) => context.way === 'checked',
    isRefused: ({ context }) => context.way === 'refused',
    paysAgain: ({ context }) => context.way === 'twice' && context.paid === 0,
  },
}).createMachine({
  id: 'purchase',
  context: { key: '', item: '', way: 'plain', caller: null, paid: 0 },
  initial: 'new',
  states: {
    new: { on: { buy: { target: 'reserving', actions: 'take' } } },
    reserving: { entry: 'reserve', on: { reserved: 'chosen' } },
    chosen: {
      always: [
        { guard: 'isSlow', target: 'resting' },
        { guard: 'isChecked', target: 'checking' },
        { guard: 'isRefused', target: 'claiming' },
        { target: 'paying' },
      ],
    },
    resting: { after: { 20: 'paying' } },
    checking: {
      invoke: { src: 'check', input: ({ context: { key } }) => ({ key }), onDone: 'paying' },
    },
    claiming: { entry: 'claim', on: { claimed: 'paying' } },
    paying: {
      entry: 'pay',
      on: {
        paid: [
          { guard: 'paysAgain', target: 'paying', reenter: true, actions: 'pays' },
          { target: 'over' },
        ],
      },
    },
    over: { type: 'final', entry: ['bought', 'note', 'tell', 'store', 'answer'] },
  },
});

const countMachine = setup({
  types: {} as { context: { count: number } },
  actions: { count: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  id: 'count',
  context: { count: 0 },
  on: { store: { actions: 'count' } },
});

/** Lives on, and counts in one row with all others. */
const itemMachine = setup({
  types: {} as { context: { count: number } },
  actions: {
    count: assign({ count: ({ context }) => context.count + 1 }),
    write: write(({ event }: { event: unknown }) => {
      const { data, $ } = event as Asked;
      return [add(`${data.key} reserved`), add('reservations', $.read)];
    }),
    answer: answer('reserved'),
  },
}).createMachine({
  id: 'item',
  context: { count: 0 },
  on: { reserve: { actions: ['count', 'write', 'answer'] } },
});

/** Only the first write of a name is not refused. */
const claimMachine = setup({
  actions: {
    claim: write(() => ({ store: tallyStore, op: 'claim', args: { name: 'the claim' } })),
    grant: answer('granted'),
    deny: reply(({ event }: { event: unknown }) => ({
      to: (event as { cause: Asked }).cause.$.message.replyTo ?? undefined,
      body: 'denied',
    })),
  },
}).createMachine({
  id: 'claim',
  on: { claim: { actions: ['claim', 'grant'] }, 'error.write': { actions: 'deny' } },
});

const payMachine = setup({
  actions: { answer: answer('paid') },
}).createMachine({
  id: 'pay',
  initial: 'open',
  states: { open: { on: { pay: { target: 'over', actions: 'answer' } } }, over: { type: 'final' } },
});

const tillMachine = setup({
  actions: { answer: answer('fine') },
}).createMachine({
  id: 'till',
  initial: 'open',
  states: {
    open: { on: { check: { target: 'over', actions: 'answer' } } },
    over: { type: 'final' },
  },
});

const auditMachine = setup({
  types: {} as { context: { key: string } },
  actors: { file: activity(async () => null) },
  actions: {
    take: assign({ key: ({ event }) => (event as unknown as Asked).data.key }),
    write: write(({ context }: { context: { key: string } }) => add(`${context.key} audited`)),
  },
}).createMachine({
  id: 'audit',
  context: { key: '' },
  initial: 'new',
  states: {
    new: { on: { sold: { target: 'filing', actions: 'take' } } },
    filing: { invoke: { src: 'file', input: null, onDone: 'over' } },
    over: { type: 'final', entry: 'write' },
  },
});

const mailMachine = setup({
  actions: {
    note: record(({ event }: { event: unknown }) => ({
      topic: (event as Asked).data.key,
      line: { mailed: true, bought: (event as Asked).$.read },
    })),
    write: write(({ event }: { event: unknown }) => add(`${(event as Asked).data.key} mailed`, 0)),
  },
}).createMachine({
  id: 'mail',
  initial: 'new',
  states: {
    new: { on: { sold: { target: 'over', actions: ['note', 'write'] } } },
    over: { type: 'final' },
  },
});

function configOf(name: string, extra: object = {}) {
  const content = {
    svc_name: name,
    publish: { main: { name, type: 'direct', routing_key: `${name}_publish` } },
    consume: {
      main: { name, type: 'direct', queue: `${name}_consume`, routing_key: `${name}_consume` },
    },
    ...extra,
  };
  return parseExchangeConfig(JSON.stringify(content), {
    file: `${name}.json`,
    env: {},
    sections: {},
  });
}

const toSales = {
  subscribe: {
    market: {
      publish: { name: 'market', type: 'direct', routing_key: 'market_consume' },
      consume: { name: 'market', type: 'direct', routing_key: 'market_publish' },
    },
  },
};
const byKey = ({ data }: { data: unknown }) => ({ key: (data as { key: string }).key });
const byItem = ({ data }: { data: unknown }) => ({ key: (data as { item: string }).item });

export function marketServices(store: Store<UndoLog>): readonly ServiceDefinition[] {
  const stores = [store];
  const replies = ['depot', 'till'].map((name) => ({ name, type: 'direct' }));
  return [
    defineService({
      config: configOf('market', { reply_exchanges: replies }),
      machines: { purchase: purchaseMachine, count: countMachine },
      messages: {
        buy: { machine: 'purchase', to: byKey, starts: true },
        store: { machine: 'count', to: byItem, starts: true, internal: true },
      },
      stores,
    }),
    defineService({
      config: configOf('depot'),
      machines: { item: itemMachine, claim: claimMachine },
      messages: {
        reserve: {
          machine: 'item',
          to: byItem,
          starts: true,
          read: () => ({ store: tallyStore, op: 'times', args: 'reservations' }),
        },
        claim: { machine: 'claim', to: byKey, starts: true },
      },
      stores,
    }),
    defineService({
      config: configOf('till'),
      machines: { pay: payMachine, till: { machine: tillMachine, ephemeral: true } },
      messages: {
        pay: {
          machine: 'pay',
          to: ({ identity }, fresh) => ({ key: identity ?? fresh }),
          starts: true,
        },
        check: { machine: 'till', to: (_message, fresh) => ({ key: fresh }), starts: true },
      },
    }),
    defineService({
      config: configOf('audit', toSales),
      machines: { audit: auditMachine },
      messages: { sold: { machine: 'audit', to: byKey, starts: true } },
      stores,
    }),
    defineService({
      config: configOf('mail', toSales),
      machines: { mail: mailMachine },
      messages: {
        sold: {
          machine: 'mail',
          to: byKey,
          starts: true,
          read: ({ data }) => ({
            store: tallyStore,
            op: 'times',
            args: `${(data as { key: string }).key} bought`,
          }),
        },
      },
      stores,
    }),
  ];
}
