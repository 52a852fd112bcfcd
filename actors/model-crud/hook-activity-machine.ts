/**
 * Runs an activity that a hook has started. The service sends itself `startActivity` in the commit
 * of the change, so the activity of a change that did not happen never runs.
 *
 * - An activity that gives up leaves a dead letter with the reason. A replay runs the activity
 *   again.
 */
import { Type } from 'typebox';
import { type AnyEventObject, assertEvent, setup } from 'xstate';
import { isJsonObject } from '../../config/json.ts';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { MessageRoute } from '../../runtime/messages/service-definition.ts';
import { errorText } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { type Destination, deadLetter } from '../../runtime/step/effects.ts';
import { byIdentity } from '../consent/route-data.ts';
import type { ServiceFragment } from '../peer/service-fragment.ts';
import type { Activities } from './entity-hooks.ts';

const StartSchema = Type.Object(
  { activity: Type.String(), input: Type.Unknown() },
  { additionalProperties: false },
);

type Started = { readonly activity: string; readonly input: Json };
type Events =
  | MessageEvent<Started, unknown, 'startActivity'>
  | { readonly type: 'xstate.done.actor.activity' }
  | { readonly type: 'xstate.error.actor.activity'; readonly error: unknown };
type Context = {
  readonly started: Started;
  readonly from: Destination & { readonly queue: string };
};

const none: Context = {
  started: { activity: '', input: null },
  from: { queue: '', exchange: '', routingKey: '' },
};

/** The error of an activity is JSON: usually with a message, but an activity may throw anything. */
function reasonOf(error: unknown): string {
  const message: unknown = isJsonObject(error) ? error['message'] : undefined;
  return typeof message === 'string' ? message : errorText(error);
}

function hookActivityMachine(activities: Activities) {
  const types = {} as { context: Context; events: Events };
  const { enqueueActions } = setup({ types, actors: activities });
  return setup({
    types,
    actors: activities,
    actions: {
      begin: enqueueActions(({ event, enqueue }) => {
        assertEvent(event, 'startActivity');
        const { queue, exchange, routingKey } = event.$.message;
        const { activity, input } = event.data;
        enqueue.assign({ started: event.data, from: { queue, exchange, routingKey } });
        enqueue.spawnChild(activity, { id: 'activity', input });
      }),
      keepDeadLetter: deadLetter(
        ({ context, event }: { context: Context; event: AnyEventObject }) => ({
          ...context.from,
          action: 'startActivity',
          data: context.started,
          reason: `the activity ${context.started.activity} has given up: ${reasonOf(event['error'])}`,
        }),
      ),
    },
  }).createMachine({
    id: 'hook-activity',
    context: none,
    initial: 'starting',
    states: {
      starting: { on: { startActivity: { target: 'running', actions: 'begin' } } },
      running: {
        on: {
          'xstate.done.actor.activity': 'done',
          'xstate.error.actor.activity': { target: 'failed', actions: 'keepDeadLetter' },
        },
      },
      done: { type: 'final' },
      failed: { type: 'final' },
    },
  });
}

/** The part of a service that runs these activities. No part without activities. */
export function hookActivityFragment(activities: Activities): Omit<ServiceFragment, 'ignored'> {
  if (Object.keys(activities).length === 0) return { machines: {}, messages: {} };
  const startActivity: MessageRoute = {
    machine: 'hook-activity',
    schema: StartSchema,
    to: byIdentity,
    starts: true,
    internal: true,
  };
  return {
    machines: { 'hook-activity': hookActivityMachine(activities) },
    messages: { startActivity },
  };
}
