/**
 * What is on the wire and what was committed: nothing is sent before it, nothing acknowledged before it, and a question that is to
 * change nothing commits nothing but itself.
 */

import { serviceOfProcess } from '../../../testing/simulation/simulation.ts';
import type { Invariant } from '../../../testing/simulation/system.ts';
import type { TraceLine } from '../../../transports/simulated/trace.ts';
import type { Chronicle } from './chronicle.ts';
import type { ConsentPlan } from './consent-plan.ts';
import type { ConsentRun } from './consent-run.ts';

/** Messages that somebody always handles, in a commit: what clients ask for (they name no type), and subscriptions. */
const alwaysHandled: ReadonlySet<string> = new Set(['', 'subscribe', 'unsubscribe']);

/** Whether a connection is one of the services': `tags`, its second `tags/2`, or one of its second process, `tags#2`. */
function isOurs({ services }: ConsentPlan, who: string): boolean {
  return services.includes(serviceOfProcess(who.split('/')[0] as string));
}

/** S14: what is on the wire was committed by who sent it. Answers of machines without a journal are nobody's state. */
export function onlyCommittedIsSent({ chronicle, plan }: ConsentRun): Invariant {
  return {
    name: 'S14',
    carried: ({ what, who, type, messageId, outcome }: TraceLine) => {
      if (what !== 'publish' || outcome !== 'confirmed' || !isOurs(plan, who) || type === 'answer')
        return undefined;
      const saga = messageId.slice(0, messageId.indexOf('/'));
      // Whoever inquires is told again what was decided, by a machine without a journal.
      if (type.endsWith('ing') && (chronicle.sagas.get(saga)?.decisions ?? 0) > 0) return undefined;
      return chronicle.committed.has(messageId)
        ? undefined
        : `${who} sends ${messageId}, which it has not committed`;
    },
  };
}

/** Whoever asks what a deletion would do changes nothing, and leaves no trace of it. */
export function plansChangeNothing(): Invariant {
  return {
    name: 'a plan changes nothing',
    committed: (turns) => {
      const traces = turns.find(
        ({ address, writes, history }) =>
          address.machine === 'deletion-plan' && writes.length + history.length > 0,
      );
      return traces && `the plan ${traces.address.key} has written or noted something`;
    },
  };
}

/** What a service acknowledges it has committed: else a crash at that moment loses it. */
export function onlyCommittedIsAcknowledged({ chronicle, plan }: ConsentRun): Invariant {
  /** Who waited for an answer when it came: whoever asks the same after that is answered again. */
  const wanted = new Map<string, string | undefined>();
  const isDropped = (who: string, messageId: string): boolean => {
    const asker = wanted.get(`${who} ${messageId}`);
    return (
      asker !== undefined &&
      asker === askerOf(chronicle, messageId) &&
      !chronicle.handled.has(messageId)
    );
  };
  return {
    name: 'acknowledged after the commit',
    carried: ({ what, who, type, messageId, outcome }: TraceLine) => {
      if (messageId === '' || !isOurs(plan, who)) return undefined;
      if (what === 'deliver' && type === 'answer')
        wanted.set(`${who} ${messageId}`, askerOf(chronicle, messageId));
      if (what !== 'acknowledge' || outcome !== 'done') return undefined;
      if (type === 'answer')
        return isDropped(who, messageId) ? `${who} waits for ${messageId} and drops it` : undefined;
      if (!alwaysHandled.has(type) || chronicle.handled.has(messageId)) return undefined;
      return `${who} acknowledges ${type || 'a request'} ${messageId}, which it has not committed`;
    },
  };
}

/** An answer bears the identity of its question. */
function askerOf({ waiting }: Chronicle, messageId: string): string | undefined {
  return waiting.get(messageId.replace(/\/answer$/, ''));
}
