/** What an activity is called with when a test calls it itself. */
import type { ActivityContext } from '../../runtime/step/activity.ts';

export function activityContext(more: Partial<ActivityContext> = {}): ActivityContext {
  const signal = new AbortController().signal;
  return {
    id: 'work',
    idempotencyKey: 'key',
    attempt: 1,
    signal,
    lastProgress: undefined,
    progress: () => undefined,
    ...more,
  };
}
