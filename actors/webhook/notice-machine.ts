/**
 * Tells a webhook that a saga was called off, until the webhook has taken the message: the webhook
 * may have agreed, and keeps its word until then.
 */
import { assertEvent, assign, setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { record } from '../../runtime/step/effects.ts';
import type { WebhookActivities } from './activities.ts';
import { type Told, type WebhookOff, webhookRequest } from './messages.ts';

type Events = MessageEvent<WebhookOff, unknown, 'webhookOff'>;
type Context = { readonly told: Told };

const againMs = 60_000;

export function webhookNoticeMachine(
  service: string,
  { tellWebhook }: Pick<WebhookActivities, 'tellWebhook'>,
) {
  return setup({
    types: {} as { context: Context; events: Events },
    actors: { tellWebhook },
    actions: {
      take: assign(({ event }) => {
        assertEvent(event, 'webhookOff');
        return { told: event.data };
      }),
      recordUntold: record(({ context: { told } }: { readonly context: Context }) => ({
        topic: told.saga,
        line: {
          what: 'alarm',
          waitingFor: [service],
          reason: `its webhook has not taken ${told.action}`,
        },
      })),
    },
  }).createMachine({
    id: 'webhook-notice',
    context: { told: { action: '', saga: '', entity: '', ids: [] } },
    initial: 'starting',
    states: {
      starting: { on: { webhookOff: { target: 'telling', actions: 'take' } } },
      telling: {
        invoke: {
          id: 'notice',
          src: 'tellWebhook',
          input: ({ context: { told } }) => ({ request: webhookRequest(service, told) }),
          onDone: 'taken',
          onError: { target: 'waiting', actions: 'recordUntold' },
        },
        on: { webhookOff: {} },
      },
      waiting: { after: { [againMs]: 'telling' }, on: { webhookOff: {} } },
      taken: { type: 'final' },
    },
  });
}
