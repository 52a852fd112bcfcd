/**
 * One port with a name at each place where a crash matters. The product passes `noFailpoints`; a test or the demo hands in its own and
 * kills the process where it wants to know what happens. The sweep (`npm run sweep`) does so at every one of them.
 *
 * 1. Each name is an instant of its own: what is durable, what the world has seen, or what is known in memory only, differs.
 * 2. `reach` is synchronous, so nothing happens between the instant and what is done about it.
 * 3. Reached a few times a batch and a message, never within a step: without a test it costs a call of an empty function.
 */
import type { ActorAddress } from './address.ts';

/** The remark at a name says what is durable, or what the world has seen, when it is reached. */
export const failpointNames = [
  // A message comes in.
  /** The message, at the broker only. */
  'delivery.received',
  /** An answer: nothing of it yet; the question it belongs to was found. */
  'answer.found',
  /** One of several actors the message is for has committed it; others have not. */
  'delivery.part-done',
  /** Everything the message asked for; the broker still holds it. */
  'delivery.before-acknowledge',
  /** A message that cannot be taken: nothing, and its sender has no answer. */
  'refusal.before-publish',
  /** Nothing, but its sender has the refusal. */
  'refusal.published',
  /** A message that nobody can answer: nothing. */
  'dead-letter.before-add',
  /** Its dead letter; the broker still holds the message. */
  'dead-letter.added',

  // A turn.
  /** Nothing of the batch; its actors are in memory. */
  'turn.loaded',
  /** Nothing; all its turns are computed. */
  'turn.stepped',
  /** Nothing; one turn of a batch that failed is about to be done alone. */
  'turn.before-redo',
  /** One turn of a batch that failed, and not yet the next. */
  'turn.part-redone',
  /** One message of a turn that was refused, and not yet the next. */
  'turn.message-redone',
  /** Nothing; the journal is about to be told. */
  'turn.before-commit',
  /** Nothing; in the transaction the actors are written (memory: compared), and no store is. */
  'commit.before-writes',
  /** Nothing; everything is written. */
  'commit.after-writes',
  /** Nothing; the next thing is the end of the transaction. */
  'commit.before-end',
  /** The batch; nobody was told and nothing was begun. */
  'turn.committed',

  // Messages go out.
  /** A window of messages, in the outbox. */
  'relay.before-publish',
  /** One message of a window is confirmed; its row is still in the outbox. */
  'relay.confirmed',
  /** All of a window are out; their rows may still be in the outbox. */
  'relay.published',
  /** A message came back; its row is in the outbox, and its asker does not know. */
  'relay.returned',
  /** Its asker has committed that; the row is still in the outbox. */
  'relay.returned-told',
  /** Confirmed rows, still in the outbox. */
  'relay.before-forget',
  /** They are gone from the outbox. */
  'relay.forgotten',

  // Timers and activities.
  /** Timers that are due, in the journal. */
  'timer.before-fire',
  /** An activity's row; it waits until another of its kind is through. */
  'activity.waiting',
  /** Its row; a try is about to begin. */
  'activity.before-start',
  /** Its row; the try has done what it does. */
  'activity.finished',
  /** Its row; a try has failed and is not noted. */
  'activity.failed',
  /** The failed try is noted; the next one waits for its time. */
  'activity.postponed',
  /** Its row; its end, good or bad, is known here only. */
  'activity.before-result',
  /** Its row has gone because its state was left; it still runs. */
  'activity.before-abort',

  // What is dead is handled again, what is over is taken out.
  /** Dead letters that are to be handled again, as this process's; none of them is handed in. */
  'replay.taken',
  /** What the letter asked for, or the letter with a higher count; the letter that was taken, if it was handled. */
  'replay.handled',
  /** What it asked for; the letter is gone. */
  'replay.ended',
  /** Rows that are over and old enough, all of them. */
  'prune.before-batch',
  /** A batch of them is gone; others may be left. */
  'prune.batch-gone',

  // A process begins and ends.
  /** PGlite: the folder's lock. */
  'open.folder-locked',
  /** PGlite: a cluster, not yet marked as whole. */
  'open.cluster-made',
  /** PostgreSQL, PGlite: a database, and none of our schemas in it. */
  'open.before-schemas',
  /** PostgreSQL, PGlite: the schemas, and the migrations of an earlier start; those of this one are under way. */
  'open.migrating',
  /** PostgreSQL, PGlite: all tables. */
  'open.migrated',
  /** All that was left behind; the broker's queues may be missing. */
  'start.opened',
  /** The queues as well; nothing is taken over. */
  'start.declared',
  /** That this process lives; nothing is taken over. */
  'beat.noted',
  /** Adopted messages; the activities of the dead are still theirs. */
  'adopt.half-way',
  /** All that is adopted; nothing of it runs. */
  'adopt.taken',
  /** What was adopted may already be done; nothing new is consumed. */
  'start.recovered',
  /** One message the service gives itself at start; it does not consume yet. */
  'start.given',
  /** Some of the queues are consumed, others not yet. */
  'start.consuming',
  /** Everything under way; the process was told to stop. */
  'stop.before-cancel',
  /** The same; nothing is consumed any more. */
  'stop.cancelled',
  /** What was committed; turns have ended, messages are going out. */
  'stop.turns-ended',
  /** What could not be done in time; others take this process for alive. */
  'stop.before-leave',
  /** The same, free to be taken over. */
  'stop.left',
  /** The same; the broker has its messages back, the journal is still open. */
  'stop.closed',
] as const;

/** One of `failpointNames`. */
export type FailpointName = (typeof failpointNames)[number];

/** What is under way when a failpoint is reached. */
export interface FailpointDetail {
  readonly addresses?: readonly ActorAddress[];
  /** For `turn.committed`: the state each actor of the batch is now in, in the order of `addresses`. */
  readonly states?: readonly string[];
}

/** Told of every place where a crash matters. What it throws is an error of the step that has come there. */
export interface Failpoints {
  reach(name: FailpointName, detail?: FailpointDetail): void;
}

/** Nothing happens anywhere: the default. */
export const noFailpoints: Failpoints = { reach: () => undefined };
