/**
 * The port for crash tests: a name for each instant at which a crash matters. The product passes
 * `noFailpoints`. A test or the demo passes its own object and kills the process at an instant;
 * `npm run sweep` does so at every instant.
 *
 * Invariants:
 * - Distinct: at any two names, different things are durable, seen by others, or known in memory
 *   only.
 * - Synchronous: `reach` returns before anything else happens, so the kill hits exactly this
 *   instant.
 * - Cheap: a name is reached a few times per batch and message, never within a step. Without a
 *   test, the cost is a call of an empty function.
 */
import type { ActorAddress } from './address.ts';

/** The comment at each name says what is durable, or visible to others, at this instant. */
export const failpointNames = [
  // A message arrives.
  /** Durable: the message, at the broker only. */
  'delivery.received',
  /** Nothing of an answer. Its question was found. */
  'answer.found',
  /** The commit of one actor of a message for several actors; the others have not committed. */
  'delivery.part-done',
  /** Everything that the message asked for. The broker still holds the message. */
  'delivery.before-acknowledge',
  /** Nothing of a message that cannot be taken. Its sender has no answer. */
  'refusal.before-publish',
  /** Nothing of the message. Its sender has the refusal. */
  'refusal.published',
  /** Nothing of a message that nobody can answer. */
  'dead-letter.before-add',
  /** The dead letter. The broker still holds the message. */
  'dead-letter.added',

  // A turn.
  /** Nothing of the batch. Its actors are in memory. */
  'turn.loaded',
  /** Nothing of the batch. All its turns are computed. */
  'turn.stepped',
  /** Nothing of a batch that failed. Its first turn is about to be done alone. */
  'turn.before-redo',
  /** A turn of a failed batch; the next turn is not done yet. */
  'turn.part-redone',
  /** A message of a refused turn; the next message is not done yet. */
  'turn.message-redone',
  /** Nothing of the batch. The journal is about to be called. */
  'turn.before-commit',
  /**
   * Nothing. The transaction begins with the actors: written, on their way to the server, or in memory
   * compared. No store is written.
   */
  'commit.before-writes',
  /** Nothing. In the transaction everything is written, or on its way to the server. */
  'commit.after-writes',
  /** Nothing. The next thing is the end of the transaction. */
  'commit.before-end',
  /** The batch. Nobody was told and no work was begun. */
  'turn.committed',

  // Messages are published.
  /** The messages of a window, in the outbox. */
  'relay.before-publish',
  /** The same. One message of the window is confirmed. */
  'relay.confirmed',
  /** The same. All messages of the window are confirmed. */
  'relay.published',
  /** A message that came back, in the outbox. Its asker does not know. */
  'relay.returned',
  /** The same, with the event for the asker. */
  'relay.returned-told',
  /** Confirmed messages, still in the outbox. */
  'relay.before-forget',
  /** Confirmed messages are deleted from the outbox. */
  'relay.forgotten',

  // Timers and activities.
  /** Timers that are due. */
  'timer.before-fire',
  /** An activity's row. The activity waits until another of its kind has ended. */
  'activity.waiting',
  /** An activity's row. A try is about to begin. */
  'activity.before-start',
  /** An activity's row. The try has done its work. */
  'activity.finished',
  /** An activity's row. A try has failed and is not noted. */
  'activity.failed',
  /** The failed try. The next try waits for its time. */
  'activity.postponed',
  /** An activity's row. Only this process knows the result. */
  'activity.before-result',
  /** The row of a running activity is deleted, because its state was left. */
  'activity.before-abort',

  // Replays and housekeeping.
  /** Dead letters that this process has taken. None of them is handed in. */
  'replay.taken',
  /**
   * Everything that the message asked for, or the dead letter with a higher count. A handled dead
   * letter is still stored.
   */
  'replay.handled',
  /** Everything that the message asked for. The dead letter is deleted. */
  'replay.ended',
  /** All rows that are over and old enough. */
  'prune.before-batch',
  /** A batch of them is deleted; others may be left. */
  'prune.batch-gone',

  // A process starts and stops.
  /** PGlite: the folder's lock. */
  'open.folder-locked',
  /** PGlite: a cluster that is not yet marked as whole. */
  'open.cluster-made',
  /** PostgreSQL, PGlite: a database without our schemas. */
  'open.before-schemas',
  /**
   * PostgreSQL, PGlite: the schemas, and the migrations of an earlier start. The migrations of
   * this start are under way.
   */
  'open.migrating',
  /** PostgreSQL, PGlite: all tables. */
  'open.migrated',
  /** All rows that dead processes left. Queues may be missing at the broker. */
  'start.opened',
  /** The same. The broker has all queues. */
  'start.declared',
  /** The heartbeat of this process. Nothing is adopted. */
  'beat.noted',
  /** Adopted messages. Activities of dead processes still belong to these. */
  'adopt.half-way',
  /** All adopted rows. None of the work runs. */
  'adopt.taken',
  /** Adopted work may already be done. Nothing new is consumed. */
  'start.recovered',
  /** A message that the service gives itself at its start. The service does not consume yet. */
  'start.given',
  /** Some queues are consumed, others not yet. */
  'start.consuming',
  /** Everything under way. The process was told to stop. */
  'stop.before-cancel',
  /** The same. Nothing is consumed any more. */
  'stop.cancelled',
  /** All commits. Turns have ended, messages are being published. */
  'stop.turns-ended',
  /** Work that could not be done in time. Other processes take this process for alive. */
  'stop.before-leave',
  /** The same, free to be adopted. */
  'stop.left',
  /** The same. The broker has its messages back, and the journal is still open. */
  'stop.closed',
] as const;

/** One of `failpointNames`. */
export type FailpointName = (typeof failpointNames)[number];

/** The work under way when a failpoint is reached. */
export interface FailpointDetail {
  readonly addresses?: readonly ActorAddress[];
  /**
   * For `turn.committed`: the new state of each actor of the batch, in the order of `addresses`.
   */
  readonly states?: readonly string[];
}

/**
 * Called at every failpoint. An error that `reach` throws is an error of the step that has reached
 * the failpoint.
 */
export interface Failpoints {
  reach(name: FailpointName, detail?: FailpointDetail): void;
}

/** The default: does nothing. */
export const noFailpoints: Failpoints = { reach: () => undefined };
