/**
 * A service whose turn publishes a run of alike messages, which the journal stores in packs. Another actor of the service takes the
 * messages in the order of their numbers, and counts each in the store `tally`; any other order is a dead letter.
 */
import { assign, setup } from 'xstate';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Store } from '../../../runtime/ports/store.ts';
import { defineService } from '../../../runtime/service.ts';
import { publish, write } from '../../../runtime/step/effects.ts';
import { configOf } from '../../unit/runtime/shop.ts';
import { tallyStore } from './tally-store.ts';

export const toHerald = { exchange: 'herald', routingKey: 'herald_consume' };
/** Several packs; messages of different milliseconds share none. */
export const newsCount = 1_000;

type News = { readonly n: number };

const heraldMachine = setup({
  actions: {
    tellAll: publish(() =>
      Array.from({ length: newsCount }, (_, n) => ({ ...toHerald, action: 'news', data: { n } })),
    ),
  },
}).createMachine({
  id: 'herald',
  initial: 'waiting',
  states: { waiting: { on: { tell: 'told' } }, told: { entry: 'tellAll' } },
});

const listenerMachine = setup({
  types: {} as { context: News; events: MessageEvent<News, undefined, 'news'> },
  guards: { isNext: ({ context, event }) => event.data.n === context.n },
  actions: {
    hear: assign({ n: ({ context }) => context.n + 1 }),
    count: write(({ event }: { event: MessageEvent<News> }) => ({
      ...{ store: tallyStore, op: 'add' },
      args: { name: `news ${event.data.n}` },
    })),
  },
}).createMachine({
  id: 'listener',
  context: { n: 0 },
  on: { news: { guard: 'isNext', actions: ['hear', 'count'] } },
});

export function heraldService(
  stores: readonly Pick<Store<never>, 'name' | 'read'>[],
): ServiceDefinition {
  return defineService({
    config: configOf('herald'),
    machines: { herald: heraldMachine, listener: listenerMachine },
    messages: {
      tell: { machine: 'herald', to: () => ({ key: 'all' }), starts: true },
      news: { machine: 'listener', to: () => ({ key: 'all' }), starts: true },
    },
    stores,
  });
}
