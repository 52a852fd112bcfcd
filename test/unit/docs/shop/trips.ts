import { scheduler } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { assign, setup } from 'xstate';
import {
  activity,
  defineService,
  type MessageEvent,
  parseExchangeConfig,
  type ReplyAddress,
  record,
  reply,
} from '../../../../index.ts';

const BookSchema = Type.Object({ trip: Type.String({ minLength: 1 }) });
type Book = MessageEvent<Static<typeof BookSchema>, undefined, 'book'>;
interface Trip {
  trip: string;
  flight: string;
  hotel: string;
  caller: ReplyAddress | null;
}

const booking = setup({
  types: {} as {
    context: { what: string; reference: string };
    input: { what: string };
    output: string;
  },
  actors: {
    reserve: activity(async ({ what }: { what: string }, { idempotencyKey, signal }) => {
      await scheduler.wait(150, { signal });
      return `${what} reserved under ${idempotencyKey}`;
    }),
  },
}).createMachine({
  id: 'booking',
  context: ({ input }) => ({ what: input.what, reference: '' }),
  initial: 'reserving',
  states: {
    reserving: {
      invoke: {
        src: 'reserve',
        input: ({ context }) => ({ what: context.what }),
        onDone: { target: 'reserved', actions: assign({ reference: ({ event }) => event.output }) },
      },
    },
    reserved: { type: 'final' },
  },
  output: ({ context }) => context.reference,
});

const trip = setup({
  types: {} as { context: Trip; events: Book },
  actors: { booking },
  actions: {
    take: assign(({ event }) => ({ trip: event.data.trip, caller: event.$.message.replyTo })),
    note: record(({ context }: { context: Trip }) => ({
      topic: 'trips',
      line: { trip: context.trip },
    })),
    confirm: reply(({ context: { caller, flight, hotel } }: { context: Trip }) => ({
      to: caller,
      body: { flight, hotel },
    })),
  },
}).createMachine({
  id: 'trip',
  context: { trip: '', flight: '', hotel: '', caller: null },
  initial: 'planned',
  states: {
    planned: { on: { book: { target: 'booking', actions: 'take' } } },
    booking: {
      type: 'parallel', // two children at once; each is stored and stepped with its parent
      on: { book: { actions: 'take' } },
      states: {
        flight: {
          initial: 'open',
          states: {
            open: {
              invoke: {
                src: 'booking',
                input: { what: 'flight' },
                onDone: {
                  target: 'done',
                  actions: assign({ flight: ({ event }) => event.output }),
                },
              },
            },
            done: { type: 'final' },
          },
        },
        hotel: {
          initial: 'open',
          states: {
            open: {
              invoke: {
                src: 'booking',
                input: { what: 'hotel' },
                onDone: { target: 'done', actions: assign({ hotel: ({ event }) => event.output }) },
              },
            },
            done: { type: 'final' },
          },
        },
      },
      onDone: 'booked',
    },
    booked: { entry: ['note', 'confirm'], on: { book: { actions: ['take', 'confirm'] } } },
  },
});

const config = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'trips',
    publish: { main: { name: 'trips', type: 'direct', routing_key: 'trips_publish' } },
    consume: {
      main: { name: 'trips', type: 'direct', queue: 'trips_consume', routing_key: 'trips_consume' },
    },
  }),
  { file: 'trips.json', env: process.env, sections: {} },
);

export const trips = defineService({
  config,
  machines: { trip },
  messages: {
    book: {
      machine: 'trip',
      schema: BookSchema,
      to: ({ data }) => ({ key: data.trip }),
      starts: true,
    },
  },
});
