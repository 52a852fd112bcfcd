/**
 * The end of a retention, as the voter takes it: the end is refused while it comes too early, and the
 * owner sends the end again. `proofs.ts` inquires about an end, as about each unexpected decision.
 */

import { parseIsoTime } from '../../config/iso-time.ts';
import { idList } from '../consent/node-ids.ts';
import { reasonsText } from '../consent/refusal-list.ts';
import type { Retained } from '../consent/retained.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import { type Context, type Events, type QuestionEvent, questionIn } from './context.ts';
import { noBecause } from './part.ts';
import { typedActions } from './typed-actions.ts';

const { enqueueActions } = typedActions;

export function isEnd({ type, data }: QuestionEvent): boolean {
  return type === 'deleting' && data.retention_ended === true;
}

/** What this service still keeps when a message says that a retention has ended. */
function keptLonger(question: QuestionEvent): readonly Retained[] {
  const { $ } = question;
  const { retained = [] } = $.read;
  if (!isEnd(question)) return [];
  return retained
    .map((one) => one.retained)
    .filter(({ until }) => until === undefined || (parseIsoTime(until) ?? 0) > $.atMs);
}

/** Whether the service still cleans up after an earlier decision about one of the nodes. */
export function isCleaning({ nodes }: Context, ids: readonly string[]): boolean {
  const named = new Set(ids);
  return nodes.some(({ id, phase }) => phase === 'deleting' && named.has(id));
}

/**
 * Whether the end of a retention comes before a rule of this service lets its rows go, or before
 * the clean-up of an earlier decision is done: that clean-up leaves what is kept.
 */
export function isTooEarly(context: Context, event: Events): boolean {
  const question = questionIn(event);
  const isBusy = isEnd(question) && isCleaning(context, idList(question.data.id));
  return isBusy || keptLonger(question).length > 0;
}

export const cleaningStill = 'this service still cleans up after the decision';

export function retentionEnds({ service }: ConsentSettings) {
  return {
    /** The owner sends the end of the retention again, until it no longer comes too early. */
    answerTooEarly: enqueueActions(({ context, event, enqueue }) => {
      const question = questionIn(event);
      const { replyTo: to } = question.$.message;
      const kept = keptLonger(question).map(
        ({ what, until }) => `${what} until ${until ?? 'further notice'}`,
      );
      const reason = kept.length > 0 ? `this service keeps ${reasonsText(kept)}` : cleaningStill;
      const body = noBecause(service, reason);
      if (to !== null) enqueue({ type: 'answer', params: { to, body } });
      enqueue.assign({ askedAtMs: context.askedAtMs === 0 ? question.$.atMs : context.askedAtMs });
    }),
  };
}
