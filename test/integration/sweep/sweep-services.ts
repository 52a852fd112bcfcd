/**
 * Two services that use everything the runtime has: `checkout` takes orders and asks `bank`, which keeps accounts.
 *
 * An order is paid (a question to the bank), packed (an activity that fails at first), rests (a timer), is sent by a child machine (an
 * activity, one that is stopped, a timer of its own) and ends: it answers, tells the bank as a fact, and leaves a line of history.
 * Every step of it counts in the store `tally`; every activity tells `onEffect` its name and idempotency key.
 */
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { ExchangeConfig } from '../../../config/exchange-config.ts';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type {
  IncomingMessage,
  ServiceDefinition,
} from '../../../runtime/messages/service-definition.ts';
import type { Store, Write } from '../../../runtime/ports/store.ts';
import { defineService } from '../../../runtime/service.ts';
import { activity } from '../../../runtime/step/activity.ts';
import { ask, publish, record, reply, write } from '../../../runtime/step/effects.ts';
import { tallyStore } from './tally-store.ts';

export const toCheckout = { exchange: 'checkout', routingKey: 'checkout_consume' };
export const toBank = { exchange: 'bank', routingKey: 'bank_consume' };
const nowhere = { exchange: 'bank', routingKey: 'nowhere' };

/** What an activity does to the world; it takes a moment. */
export type Effects = (name: string, idempotencyKey: string) => Promise<null>;

type Data = { readonly key: string };
type Caller = MessageEvent['$']['message']['replyTo'];
interface Context {
  readonly key: string;
  readonly caller: Caller;
}
interface Args {
  readonly context: Context;
  readonly event: unknown;
}

const messageOf = ({ event }: Pick<Args, 'event'>): MessageEvent<Data, number> =>
  event as MessageEvent<Data, number>;
const add = (name: string, expect?: number): Write => ({
  ...{ store: tallyStore, op: 'add', args: { name } },
  ...(expect === undefined ? {} : { expect }),
});
const callerOf = (args: Args) => messageOf(args).$.message.replyTo ?? undefined;
const nobody: Context = { key: '', caller: null };
const taken = (args: Pick<Args, 'event'>): Context => ({
  key: messageOf(args).data.key,
  caller: messageOf(args).$.message.replyTo,
});

function configOf(name: string, more: object): ExchangeConfig {
  const content = {
    svc_name: name,
    publish: { main: { name, type: 'direct', routing_key: `${name}_publish` } },
    consume: {
      main: { name, type: 'direct', queue: `${name}_consume`, routing_key: [`${name}_consume`] },
    },
    ...more,
  };
  return parseExchangeConfig(JSON.stringify(content), {
    file: `${name}.json`,
    env: {},
    sections: {},
  });
}

/** Goes to the end by itself: one activity, one that is stopped half-way, a timer. */
function parcelMachine(onEffect: Effects) {
  const work = activity(async ({ key }: Data, { idempotencyKey }) =>
    onEffect(`${key} label`, idempotencyKey),
  );
  const weigh = activity(async (_input: Data, { signal }) => {
    await new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    return null;
  });
  return setup({
    types: {} as { context: Data; input: Data },
    actors: { work, weigh },
  }).createMachine({
    id: 'parcel',
    context: ({ input }) => ({ key: input.key }),
    initial: 'labelling',
    states: {
      labelling: {
        invoke: { src: 'work', input: ({ context }) => ({ key: context.key }), onDone: 'weighing' },
      },
      weighing: {
        invoke: { src: 'weigh', input: ({ context }) => ({ key: context.key }) },
        after: { 40: 'sent' },
      },
      sent: { type: 'final' },
    },
  });
}

function orderMachine(onEffect: Effects) {
  const pack = activity(
    async ({ key }: Data, { idempotencyKey, attempt }) => {
      await onEffect(`${key} pack`, idempotencyKey);
      if (attempt === 1) throw new Error('the tape has run out');
      return null;
    },
    { firstDelayMs: 20, concurrencyMax: 1 },
  );
  return setup({
    types: {} as { context: Context },
    actors: { pack, parcel: parcelMachine(onEffect) },
    actions: {
      take: assign((args) => taken(args)),
      placed: write(({ context }: Args) => add(`${context.key} placed`)),
      sent: write(({ context }: Args) => add(`${context.key} sent`)),
      pay: ask(({ context }: Args) => ({
        ...toBank,
        action: 'pay',
        data: { key: context.key },
        answer: 'paid',
      })),
      confirm: reply(({ context }: Args) => ({
        to: context.caller ?? undefined,
        body: { sent: context.key },
      })),
      tell: publish(({ context }: Args) => ({
        ...toBank,
        action: 'shipped',
        data: { key: context.key },
      })),
      note: record(({ context }: Args) => ({ topic: context.key, line: { sent: true } })),
    },
  }).createMachine({
    id: 'order',
    context: nobody,
    initial: 'open',
    states: {
      open: { on: { place: { target: 'paying', actions: ['take', 'placed'] } } },
      paying: { entry: 'pay', on: { paid: 'packing' } },
      packing: {
        invoke: { src: 'pack', input: ({ context }) => ({ key: context.key }), onDone: 'resting' },
      },
      resting: { after: { 30: 'sending' } },
      sending: {
        invoke: { src: 'parcel', input: ({ context }) => ({ key: context.key }), onDone: 'sent' },
      },
      sent: { type: 'final', entry: ['sent', 'note', 'tell', 'confirm'] },
    },
  });
}

/** Asks where nobody is. */
const probeMachine = setup({
  types: {} as { context: Context },
  actions: {
    take: assign((args) => taken(args)),
    askNobody: ask(({ context }: Args) => ({
      ...nowhere,
      action: 'hello',
      data: { key: context.key },
      answer: 'heard',
    })),
    give: reply(({ context }: Args) => ({
      to: context.caller ?? undefined,
      body: { nobody: context.key },
    })),
  },
}).createMachine({
  id: 'probe',
  context: nobody,
  initial: 'open',
  states: {
    open: { on: { probe: { target: 'asking', actions: 'take' } } },
    asking: {
      entry: 'askNobody',
      on: { heard: 'over', 'heard.unroutable': { target: 'over', actions: 'give' } },
    },
    over: { type: 'final' },
  },
});

/** One name is claimed by several, and only one gets it. */
const claimMachine = setup({
  types: {} as { context: Context },
  actions: {
    claim: write((args: Args) => ({
      store: tallyStore,
      op: 'claim',
      args: { name: `${messageOf(args).data.key} claimed` },
    })),
    grant: reply((args: Args) => ({ to: callerOf(args), body: { claimed: true } })),
    deny: reply(({ event }: Args) => ({
      to: (event as unknown as { cause: MessageEvent }).cause.$.message.replyTo ?? undefined,
      body: { claimed: false },
    })),
  },
}).createMachine({
  id: 'claim',
  context: nobody,
  initial: 'open',
  states: {
    open: { on: { claim: { actions: ['claim', 'grant'] }, 'error.write': { actions: 'deny' } } },
  },
});

const lookMachine = setup({
  types: {} as { context: Context },
  actions: {
    give: reply((args: Args) => ({ to: callerOf(args), body: { times: messageOf(args).$.read } })),
  },
}).createMachine({
  id: 'look',
  context: nobody,
  initial: 'open',
  states: { open: { on: { look: { target: 'over', actions: 'give' } } }, over: { type: 'final' } },
});

/** What comes too early is a dead letter, and can be handled later. */
const voucherMachine = setup({
  types: {} as { context: Context },
  actions: {
    confirm: reply((args: Args) => ({ to: callerOf(args), body: { issued: true } })),
    redeem: write((args: Args) => add(`${messageOf(args).data.key} redeemed`)),
  },
}).createMachine({
  id: 'voucher',
  context: nobody,
  initial: 'unknown',
  states: {
    unknown: { on: { issue: { target: 'issued', actions: 'confirm' } } },
    issued: { on: { redeem: { actions: 'redeem' } } },
  },
});

const clockMachine = setup({}).createMachine({
  id: 'opening',
  initial: 'open',
  states: { open: { on: { opened: {} } } },
});

const byKey = ({ data }: IncomingMessage) => ({ key: (data as unknown as Data).key });

export function checkoutService(
  stores: readonly Pick<Store<never>, 'name' | 'read'>[],
  onEffect: Effects,
): ServiceDefinition {
  return defineService({
    config: configOf('checkout', { reply_exchanges: [{ name: 'bank', type: 'direct' }] }),
    machines: {
      order: orderMachine(onEffect),
      probe: probeMachine,
      claim: claimMachine,
      voucher: voucherMachine,
      look: { machine: lookMachine, ephemeral: true },
      opening: clockMachine,
    },
    messages: {
      place: { machine: 'order', to: byKey, starts: true },
      mislaid: { machine: 'order', to: byKey, starts: true },
      probe: { machine: 'probe', to: byKey, starts: true },
      claim: { machine: 'claim', to: byKey, starts: true },
      issue: { machine: 'voucher', to: byKey, starts: true },
      redeem: { machine: 'voucher', to: byKey, starts: true },
      look: {
        machine: 'look',
        to: (_message, fresh) => ({ key: fresh }),
        starts: true,
        read: ({ data }) => ({
          store: tallyStore,
          op: 'times',
          args: (data as unknown as Data).key,
        }),
      },
      opened: { machine: 'opening', to: () => ({ key: 'every start' }), starts: true },
    },
    atStart: [{ action: 'opened', data: {} }],
    stores,
  });
}

/** All accounts count payments in one row as well, so that those of one batch are in each other's way. */
const accountMachine = setup({
  types: {} as { context: Context },
  actions: {
    count: write((args: Args) => {
      const {
        data,
        $: { read },
      } = messageOf(args);
      return [add(`${data.key} paid`), add('payments', read)];
    }),
    receipt: reply((args: Args) => ({ to: callerOf(args), body: 'paid' })),
    remember: write((args: Args) => add(`${messageOf(args).data.key} ${messageOf(args).type}`)),
  },
}).createMachine({
  id: 'account',
  context: nobody,
  initial: 'open',
  states: {
    open: {
      on: {
        pay: { actions: ['count', 'receipt'] },
        shipped: { actions: 'remember' },
        closing: { actions: 'remember' },
      },
    },
  },
});

const shared = () => ({ store: tallyStore, op: 'times', args: 'payments' });

export function bankService(
  stores: readonly Pick<Store<never>, 'name' | 'read'>[],
): ServiceDefinition {
  return defineService({
    config: configOf('bank', {}),
    machines: { account: accountMachine },
    messages: {
      pay: { machine: 'account', to: byKey, starts: true, read: shared },
      shipped: { machine: 'account', to: byKey, starts: true },
      closing: {
        machine: 'account',
        to: ({ data }) =>
          ['left', 'right'].map((side) => ({
            key: side,
            data: { key: `${(data as unknown as Data).key} ${side}` },
          })),
        starts: true,
      },
    },
    stores,
  });
}
