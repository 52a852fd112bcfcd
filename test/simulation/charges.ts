/**
 * A service that charges orders, in a user's style, and the same service with a mistake that only a
 * repeated message shows.
 */
import { setup } from 'xstate';
import { parseExchangeConfig } from '../../composition/exchange-configs.ts';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { MessageRoute, ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import { defineService } from '../../runtime/service.ts';
import { record, reply } from '../../runtime/step/effects.ts';
import type { Invariant, Operation, Scenario } from '../../testing.ts';

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'charges',
    publish: { main: { name: 'charges', type: 'direct', routing_key: 'charges_publish' } },
    consume: {
      main: {
        name: 'charges',
        type: 'direct',
        queue: 'charges_consume',
        routing_key: 'charges_consume',
      },
    },
  }),
  { file: 'charges.json', env: {}, sections: {} },
);

type Charge = MessageEvent<{ readonly order: string }, undefined, 'charge'>;

const charge = setup({
  types: {} as { events: Charge },
  actions: {
    note: record(({ event }: { event: Charge }) => ({
      topic: event.data.order,
      line: { charged: event.data.order },
    })),
    confirm: reply(({ event }: { event: Charge }) => ({
      to: event.$.message.replyTo ?? undefined,
      body: { charged: event.data.order },
    })),
  },
}).createMachine({
  id: 'charge',
  initial: 'open',
  states: {
    open: { on: { charge: { target: 'charged', actions: ['note', 'confirm'] } } },
    charged: { type: 'final' },
  },
});

function service(to: MessageRoute['to']): ServiceDefinition {
  return defineService({
    config,
    machines: { charge },
    messages: { charge: { machine: 'charge', to, starts: true } },
  });
}

/** One actor for each order, so a repeated message finds its actor. */
export const charges = service(({ data }) => ({ key: (data as { order: string }).order }));

/** A new actor for every message, so a repeated message charges again. */
export const wrongCharges = service((_, fresh) => ({ key: fresh }));

interface ChargeOperation extends Operation {
  readonly order: string;
}

export const scenario: Scenario<ChargeOperation> = {
  operations: (chance) =>
    Array.from({ length: 5 }, (_, at) => ({
      atMs: Math.floor(chance() * 3_000),
      order: `order ${at + 1}`,
    })),
  perform: async ({ order }, world) => {
    await world.ask(
      { exchange: 'charges', routingKey: 'charges_consume' },
      { action: 'charge', data: { order } },
    );
    world.note('an order is charged');
  },
};

/** Counts charges in commits; new for every run. */
export function chargedOnce(): Invariant {
  const charged = new Set<string>();
  return {
    name: 'an order is charged once',
    committed: (turns) => {
      for (const { topic } of turns.flatMap(({ history }) => history)) {
        if (charged.has(topic)) return `${topic} is charged again`;
        charged.add(topic);
      }
      return undefined;
    },
  };
}
