/**
 * Creates one card, and ends. The key is the card's id, or the message's identity where the message
 * gives no id.
 */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { Refused } from '../../runtime/ports/errors.ts';
import { record, refuse, reply, write } from '../../runtime/step/effects.ts';
import { callerOf, callerUnknown } from './caller.ts';
import { creationRefusal } from './card-rules.ts';
import type { CreateCard } from './messages.ts';
import { cardsWrite } from './store.ts';

type Context = Record<never, never>;
type CreateEvent = MessageEvent<CreateCard, null, 'create'>;

function idOf({ data, $ }: CreateEvent): string {
  return data.id ?? $.newId;
}

function ownerRefusal({ data, $ }: CreateEvent, header: string | null): Refused | undefined {
  const caller = callerOf($.message.headers, data.owner, header);
  if (caller === undefined) return callerUnknown(header);
  if (caller === data.owner) return undefined;
  return new Refused('not-permitted', `the caller '${caller}' may create only its own cards`, {
    at: '/data/owner',
  });
}

/** `ownerHeader`: as in the settings. `burns`: whether the config says where tokens are burned. */
export const cardMachine = (ownerHeader: string | null, burns = false) =>
  setup({
    types: {} as { context: Context; events: CreateEvent },
    actions: {
      refuseImpossible: refuse<Context, CreateEvent>(
        ({ event }) => ownerRefusal(event, ownerHeader) ?? creationRefusal(event.data, burns),
      ),
      addRow: write<Context, CreateEvent>(({ event }) => {
        const { owner, kind = 'db', transaction = null, metadata = {} } = event.data;
        const ofChain = event.data.token === undefined ? {} : { token: event.data.token };
        const id = idOf(event);
        return cardsWrite('add', { id, owner, kind, transaction, ...ofChain, metadata }, null);
      }),
      recordCreated: record<Context, CreateEvent>(({ event }) => ({
        topic: idOf(event),
        line: {
          what: 'card created',
          card: idOf(event),
          files: event.data.metadata?.must_be_deleted_files?.length ?? 0,
        },
      })),
      answerId: reply<Context, CreateEvent>(({ event }) => ({ body: { id: idOf(event) } })),
    },
  }).createMachine({
    id: 'card',
    context: {},
    initial: 'wanted',
    states: {
      wanted: {
        on: {
          create: {
            target: 'created',
            actions: ['refuseImpossible', 'addRow', 'recordCreated', 'answerId'],
          },
        },
      },
      created: { type: 'final' },
    },
  });
