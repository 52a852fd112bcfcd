/**
 * The clean-up of rows that a store has refused, or for which a rule has given no writes. The
 * decision stands, so the clean-up is tried again, without limit.
 */
import type { ErrorBody } from '../../runtime/ports/errors.ts';
import type { Stamp } from '../../runtime/step/step-effect.ts';
import type { RestartEvent } from './context.ts';
import type { typedActions } from './typed-actions.ts';

export const restartMs = 5_000;

type Enqueue = Parameters<Parameters<typeof typedActions.enqueueActions>[0]>[0]['enqueue'];

/** The groups of rows whose clean-up has failed, and why. */
type Failed = {
  readonly service: string;
  readonly failure: ErrorBody;
  readonly groups: readonly string[];
  readonly $: Stamp;
};

/** Raises an alarm, and begins the clean-up of the groups again after a while. */
export function cleanLater(enqueue: Enqueue, { service, failure, groups, $ }: Failed): void {
  if (groups.length === 0) return;
  const reason = `its rows could not be cleaned up: ${failure.message}`;
  enqueue({ type: 'note', params: { what: 'alarm', waitingFor: [service], reason } });
  const { atMs, newId } = $;
  for (const group of groups) {
    const restart: RestartEvent = { type: 'restart', group, failure, $: { atMs, newId } };
    enqueue.raise(restart, { id: `restart ${group}`, delay: restartMs });
  }
}
