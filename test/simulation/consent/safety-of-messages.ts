/**
 * Messages and commits: no message is sent or acknowledged before its commit, and a question
 * without effects commits only itself.
 */

import { partsOf } from '../../../runtime/ports/identity.ts';
import { serviceOfProcess } from '../../../testing/simulation/process-layout.ts';
import type { Invariant } from '../../../testing/simulation/system.ts';
import type { TraceLine } from '../../../transports/simulated/trace.ts';
import type { Chronicle } from './chronicle.ts';
import { isRefusedByCode } from './code.ts';
import type { ConsentPlan } from './consent-plan.ts';
import type { ConsentRun } from './consent-run.ts';
import { idOnWire } from './id-on-wire.ts';

/** Messages that a commit always handles: clients' requests (without a type) and subscriptions. */
const alwaysHandled: ReadonlySet<string> = new Set(['', 'subscribe', 'unsubscribe']);

/**
 * Whether a connection belongs to a service: `tags`, the second connection `tags/2`, or the second
 * process `tags#2`.
 */
function isOurs({ services }: ConsentPlan, who: string): boolean {
  return services.includes(serviceOfProcess(who.split('/')[0] as string));
}

/**
 * `committed together`: the sender has committed every sent message. Answers of machines without a journal are
 * exempt.
 */
export function onlyCommittedIsSent({ chronicle, plan }: ConsentRun): Invariant {
  return {
    name: 'committed together',
    carried: ({ what, who, type, messageId, outcome }: TraceLine) => {
      if (what !== 'publish' || outcome !== 'confirmed' || !isOurs(plan, who) || type === 'answer')
        return undefined;
      const saga = messageId.slice(0, messageId.indexOf('/'));
      // An ephemeral machine repeats the decision to an inquiring voter.
      if (type.endsWith('ing') && (chronicle.sagas.get(saga)?.decisions ?? 0) > 0) return undefined;
      return chronicle.committed.has(messageId)
        ? undefined
        : `${who} sends ${messageId}, which it has not committed`;
    },
  };
}

/** A plan changes nothing and leaves no rows. */
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

/** A service has committed every acknowledged message: otherwise a crash loses the message. */
export function onlyCommittedIsAcknowledged(run: ConsentRun): Invariant {
  const { chronicle, plan } = run;
  /**
   * The askers at the arrival of an answer: a later asker of the same question is answered again.
   */
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
      // A forged message under a true id is acknowledged without a commit.
      if (run.forger?.ids.has(messageId) === true) return undefined;
      // A message whose caller is not proved is refused without a commit.
      if (run.callers?.wrong.has(messageId) === true) return undefined;
      if (what === 'deliver' && type === 'answer')
        wanted.set(`${who} ${messageId}`, askerOf(chronicle, messageId));
      if (what !== 'acknowledge' || outcome !== 'done') return undefined;
      if (type === 'answer')
        return isDropped(who, messageId) ? `${who} waits for ${messageId} and drops it` : undefined;
      if (!alwaysHandled.has(type) || chronicle.handled.has(messageId)) return undefined;
      if (isRefusedByCode(plan, messageId)) return undefined;
      return `${who} acknowledges ${type || 'a request'} ${messageId}, which it has not committed`;
    },
  };
}

/** The identity of an answer contains the identity of its question. */
function askerOf({ waiting }: Chronicle, messageId: string): string | undefined {
  const [question = ''] = partsOf(messageId);
  return waiting.get(idOnWire(question));
}
