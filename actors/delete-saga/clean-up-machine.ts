/**
 * The second phase: tells everybody that it is decided, again and again, until each has answered `ok`.
 *
 * 1. There is no way back and no deadline: resends after 1, 2, 5, 10, 30, 60, 60 … s, for ever, under the same message id.
 * 2. Only `ok` is done. A `no`, an error or a returned message is noted and asked again.
 * 3. An operator may have it stop waiting for somebody: the message goes out once more, and may still be taken.
 * 4. After two minutes it raises an alarm that names whom it waits for, after ten it says that it is stuck (protocol.md §8).
 * 5. An answer belongs to its question: one that comes late from an earlier round is nobody's in this one.
 */
import { assign, setup } from 'xstate';
import type { AnswerEvent } from '../../runtime/messages/message-events.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { ask, publish, record } from '../../runtime/step/effects.ts';
import { answererAmong } from '../consent/broadcast.ts';
import { readAnswers } from '../consent/messages.ts';
import { PairSet, pairsIn } from '../consent/pairs.ts';
import type { Done, RosterBallot } from './roster.ts';

export type CleanUpInput = {
  readonly saga: string;
  readonly action: string;
  readonly ballots: readonly RosterBallot[];
};

type Context = CleanUpInput & {
  readonly done: readonly Done[];
  readonly resends: number;
};

/** Which message an answer is to, by its id. */
type About = {
  readonly question: string;
};
type AnsweredEvent = AnswerEvent<About, 'cleaned'> | AnswerEvent<About, 'cleaned.unroutable'>;
type Events = AnsweredEvent | { readonly type: 'skip'; readonly voter: string };
type Args = { context: Context; event: Events };

const alarmMs = 120_000;
const stuckMs = 600_000;
const resendSchedule = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

function ballotOf({ ballots }: Context, { about }: AnsweredEvent): RosterBallot | undefined {
  return ballots.find(({ question }) => question.messageId === about.question);
}

function answeredBy(ballot: RosterBallot, body: Json): readonly Done[] {
  return [...readAnswers(body, ballot.nodeIds)].flatMap(([nodeId, { response, service }]) => {
    const voter = answererAmong(ballot, service);
    return response === 'ok' && voter !== undefined ? [{ voter, nodeId }] : [];
  });
}

function openBallots({ ballots, done }: Context): readonly RosterBallot[] {
  const pairs = new PairSet(done);
  return ballots.filter((ballot) => pairs.missingOf(ballot).length > 0);
}

/** Whom it waits for, each once. */
function openVoters({ ballots, done }: Context): readonly string[] {
  const pairs = new PairSet(done);
  return [...new Set(ballots.flatMap((ballot) => pairs.missingOf(ballot)))];
}

/** What an operator's word makes up for. */
function skipped({ ballots, done }: Context, voter: string): readonly Done[] {
  const all = ballots.flatMap(({ voters, nodeIds }) =>
    voters.includes(voter) ? nodeIds.map((nodeId) => ({ voter, nodeId })) : [],
  );
  return missingIn(done, all);
}

function newlyDone(context: Context, event: Events): readonly Done[] {
  if (event.type === 'skip') return skipped(context, event.voter);
  const ballot = ballotOf(context, event);
  return ballot === undefined ? [] : missingIn(context.done, answeredBy(ballot, event.answer));
}

/** Those of a few that are not among the many. */
function missingIn(done: readonly Done[], few: readonly Done[]): readonly Done[] {
  return few.filter(
    ({ voter, nodeId }) => !done.some((entry) => entry.voter === voter && entry.nodeId === nodeId),
  );
}

function isOpen({ done }: Context, ballot: RosterBallot): boolean {
  return new PairSet(done).missingOf(ballot).length > 0;
}

export const cleanUpMachine = setup({
  types: {} as {
    context: Context;
    events: Events;
    input: CleanUpInput;
    output: { readonly done: readonly Done[] };
  },
  actions: {
    tellOpen: ask(({ context }: { context: Context }) =>
      openBallots(context).map(({ question }) => ({
        ...question,
        answer: 'cleaned',
        about: { question: question.messageId ?? '' },
      })),
    ),
    recordDone: record(({ context, event }: Args) =>
      newlyDone(context, event).map(({ voter, nodeId }) => ({
        topic: context.saga,
        line: { what: 'cleaned', action: context.action, voter, nodeId },
      })),
    ),
    tellSkipped: publish(({ context, event }: Args) =>
      openBallots(context).flatMap(({ voters, question }) =>
        voters.includes((event as { voter: string }).voter) ? [question] : [],
      ),
    ),
    recordSkipped: record(({ context, event }: Args) =>
      newlyDone(context, event).map(({ voter, nodeId }) => ({
        topic: context.saga,
        line: { what: 'skipped', action: context.action, voter, nodeId },
      })),
    ),
    recordAlarm: record(({ context }: Args, level: 'alarm' | 'stuck') => ({
      topic: context.saga,
      line: { what: level, action: context.action, waitingFor: openVoters(context) },
    })),
    recordOpen: record(({ context, event }: Args) => {
      if (event.type === 'skip') return [];
      const ballot = ballotOf(context, event);
      if (ballot === undefined || newlyDone(context, event).length > 0 || !isOpen(context, ballot))
        return [];
      return {
        topic: context.saga,
        line: {
          what: 'not cleaned',
          action: context.action,
          voters: ballot.voters,
          nodeIds: ballot.nodeIds,
          answer: event.answer,
        },
      };
    }),
    noteDone: assign(({ context, event }) => ({
      done: [...context.done, ...newlyDone(context, event)],
    })),
    countResend: assign(({ context }) => ({ resends: context.resends + 1 })),
  },
  guards: { isComplete: ({ context: { ballots, done } }) => done.length === pairsIn(ballots) },
  delays: {
    resend: ({ context }) =>
      resendSchedule[Math.min(context.resends, resendSchedule.length - 1)] as number,
  },
}).createMachine({
  id: 'clean-up',
  context: ({ input }) => ({ ...input, done: [], resends: 0 }),
  initial: 'telling',
  after: {
    [alarmMs]: { actions: { type: 'recordAlarm', params: 'alarm' } },
    [stuckMs]: { actions: { type: 'recordAlarm', params: 'stuck' } },
  },
  on: {
    skip: { actions: ['tellSkipped', 'recordSkipped', 'noteDone'] },
    cleaned: { actions: ['recordDone', 'recordOpen', 'noteDone'] },
    'cleaned.unroutable': { actions: 'recordOpen' },
  },
  states: {
    telling: { entry: 'tellOpen', always: 'waiting' },
    waiting: {
      after: { resend: { target: 'telling', actions: 'countResend' } },
      always: { guard: 'isComplete', target: 'complete' },
    },
    complete: { type: 'final' },
  },
  output: ({ context }) => ({ done: context.done }),
});
