/** A service as a user would write it: an order is paid by an activity that takes five seconds, or is late after sixty. */
import { assign, setup } from 'xstate';
import { parseExchangeConfig } from '../../../composition/exchange-configs.ts';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { defineService } from '../../../runtime/service.ts';
import { activity } from '../../../runtime/step/activity.ts';
import { record, reply } from '../../../runtime/step/effects.ts';

interface Order {
  readonly amount: number;
  readonly caller: MessageEvent['$']['message']['replyTo'];
}

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'orders',
    publish: { main: { name: 'orders', type: 'direct', routing_key: 'orders_publish' } },
    consume: {
      main: {
        name: 'orders',
        type: 'direct',
        queue: 'orders_consume',
        routing_key: 'orders_consume',
      },
    },
  }),
  { file: 'orders.json', env: {}, sections: {} },
);

export const ordersPlace = { exchange: 'orders', routingKey: 'orders_consume' };

/** `silent`: the payment never answers. `onPay` is told of every try and its idempotency key. */
export function ordersService(
  clock: Clock,
  { silent = false, onPay = (_key: string): void => undefined } = {},
): ServiceDefinition {
  const order = setup({
    types: {} as { context: Order; events: MessageEvent<{ amount: number }, undefined, 'place'> },
    actors: {
      pay: activity(async ({ amount }: { amount: number }, { idempotencyKey }) => {
        onPay(idempotencyKey);
        await new Promise<void>((resolve) => {
          if (!silent) clock.after(5_000, resolve);
        });
        return amount;
      }),
    },
    actions: {
      take: assign(({ event }) => ({ amount: event.data.amount, caller: event.$.message.replyTo })),
      note: record(({ context }: { context: Order }) => ({
        topic: 'orders',
        line: { paid: context.amount },
      })),
      confirm: reply(({ context }: { context: Order }) => ({
        to: context.caller ?? undefined,
        body: { paid: context.amount },
      })),
      apologise: reply(({ context }: { context: Order }) => ({
        to: context.caller ?? undefined,
        body: { late: true },
      })),
    },
  }).createMachine({
    id: 'order',
    context: { amount: 0, caller: null },
    initial: 'open',
    states: {
      open: { on: { place: { target: 'paying', actions: 'take' } } },
      paying: {
        invoke: {
          src: 'pay',
          input: ({ context }) => ({ amount: context.amount }),
          onDone: 'paid',
        },
        after: { 60000: 'late' },
      },
      paid: { type: 'final', entry: ['note', 'confirm'] },
      late: { type: 'final', entry: 'apologise' },
    },
  });
  const to = (message: { readonly identity: string | null }, newId: string) => ({
    key: message.identity ?? newId,
  });
  return defineService({
    config,
    machines: { order },
    messages: { place: { machine: 'order', to, starts: true } },
  });
}
