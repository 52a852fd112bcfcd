/**
 * Tells a system outside that a saga was called off, until the system has taken the message: the
 * system may have agreed, and keeps its word until then.
 */
import { assertEvent, assign, setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import { record } from '../../runtime/step/effects.ts';
import type { OutsideActivities } from './activities.ts';
import { type OutsideOff, outsideRequest, type Told } from './messages.ts';

type Events = MessageEvent<OutsideOff, unknown, 'outsideOff'>;
type Context = { readonly told: Told };

const againMs = 60_000;

export function outsideNoticeMachine(
  service: string,
  { tellOutside }: Pick<OutsideActivities, 'tellOutside'>,
) {
  return setup({
    types: {} as { context: Context; events: Events },
    actors: { tellOutside },
    actions: {
      take: assign(({ event }) => {
        assertEvent(event, 'outsideOff');
        return { told: event.data };
      }),
      recordUntold: record(({ context: { told } }: { readonly context: Context }) => ({
        topic: told.saga,
        line: {
          what: 'alarm',
          waitingFor: [service],
          reason: `its system outside has not taken ${told.action}`,
        },
      })),
    },
  }).createMachine({
    id: 'outside-notice',
    context: { told: { action: '', saga: '', entity: '', ids: [] } },
    initial: 'starting',
    states: {
      starting: { on: { outsideOff: { target: 'telling', actions: 'take' } } },
      telling: {
        invoke: {
          id: 'notice',
          src: 'tellOutside',
          input: ({ context: { told } }) => ({ request: outsideRequest(service, told) }),
          onDone: 'taken',
          onError: { target: 'waiting', actions: 'recordUntold' },
        },
        on: { outsideOff: {} },
      },
      waiting: { after: { [againMs]: 'telling' }, on: { outsideOff: {} } },
      taken: { type: 'final' },
    },
  });
}
