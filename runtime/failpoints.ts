/**
 * One port with a name at each place where a crash matters. The product passes `noFailpoints`; a test or the demo hands
 * in its own and stops the process, or throws, where it wants to know what happens.
 */
import type { ActorAddress } from './address.ts';

export const failpointNames = [
  'delivery.received',
  'turn.loaded',
  'turn.stepped',
  'turn.before-commit',
  'commit.before-writes',
  'commit.after-writes',
  'commit.before-end',
  'turn.committed',
  'delivery.before-acknowledge',
  'relay.before-publish',
  'relay.published',
  'relay.before-forget',
  'relay.forgotten',
  'timer.before-fire',
  'activity.before-start',
  'activity.finished',
  'activity.before-result',
] as const;

export type FailpointName = (typeof failpointNames)[number];

/** What is under way when a failpoint is reached. */
export interface FailpointDetail {
  readonly addresses?: readonly ActorAddress[];
  /** For `turn.committed`: the state each actor of the batch is now in, in the order of `addresses`. */
  readonly states?: readonly string[];
}

export interface Failpoints {
  reach(name: FailpointName, detail?: FailpointDetail): void;
}

export const noFailpoints: Failpoints = { reach: () => undefined };
