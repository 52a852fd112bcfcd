/**
 * Answers `wouldDelete` for a plan: asks the system outside without effect (`dryRun`). Stands in
 * the place of the machine that makes plans.
 */
import { assertEvent, assign, setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { type ReplyAddress, reply } from '../../runtime/step/effects.ts';
import { noBody, okBody } from '../consent/answers.ts';
import { idList } from '../consent/node-ids.ts';
import type { WouldDeleteData } from '../consent/plan-question.ts';
import { sagaHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import type { OutsideActivities } from './activities.ts';
import { type OutsideAnswer, outsideRequest, type Told } from './messages.ts';

type Events =
  | MessageEvent<WouldDeleteData, unknown, 'wouldDelete'>
  | { readonly type: 'xstate.done.actor.question'; readonly output: OutsideAnswer }
  | { readonly type: 'xstate.error.actor.question'; readonly error: unknown };
type Context = {
  readonly told: Told;
  readonly deadlineMs: number;
  readonly to: ReplyAddress | null;
};
type Args = { readonly context: Context; readonly event: Events };

const nobody: Context = {
  told: { action: '', saga: '', entity: '', ids: [] },
  deadlineMs: 0,
  to: null,
};

export function outsideForecastMachine(
  { service, upstreams, voteDeadlineMs }: ConsentSettings,
  { askOutside }: Pick<OutsideActivities, 'askOutside'>,
) {
  const entityOf = (exchange: string) =>
    upstreams.find((upstream) => upstream.exchange === exchange)?.entity ?? '';
  return setup({
    types: {} as { context: Context; events: Events },
    actors: { askOutside },
    actions: {
      take: assign(({ event }) => {
        assertEvent(event, 'wouldDelete');
        const { headers, exchange, replyTo } = event.$.message;
        const { saga = '', deadlineMs } = sagaHeaders(headers) ?? {};
        const told = { saga, ids: idList(event.data.id), entity: entityOf(exchange) };
        return {
          told: { action: 'mayDelete', ...told },
          deadlineMs: Math.min(deadlineMs ?? voteDeadlineMs, voteDeadlineMs),
          to: replyTo,
        };
      }),
      answer: reply(({ context, event }: Args) => ({
        to: context.to ?? undefined,
        body: bodyOf(service, event),
      })),
    },
  }).createMachine({
    id: 'deletion-plan',
    context: nobody,
    initial: 'starting',
    states: {
      starting: { on: { wouldDelete: { target: 'asking', actions: 'take' } } },
      asking: {
        invoke: {
          id: 'question',
          src: 'askOutside',
          input: ({ context: { told, deadlineMs } }) => ({
            request: outsideRequest(service, told, true),
            withinMs: deadlineMs,
          }),
          onDone: { target: 'answered', actions: 'answer' },
          onError: { target: 'answered', actions: 'answer' },
        },
      },
      answered: { type: 'final' },
    },
  });
}

/** An error makes the service unknown in the plan. */
function bodyOf(service: string, event: Events): Json {
  if (event.type === 'xstate.done.actor.question') {
    const { allowed, reason } = event.output;
    return allowed ? { ...okBody, service } : noBody(service, reason ?? 'no reason given');
  }
  const error = 'error' in event ? (event.error as { readonly message?: unknown } | null) : null;
  const message =
    typeof error?.message === 'string' ? error.message : 'the system outside has no answer';
  return { error: { code: 503, name: 'not-reachable', message } };
}
