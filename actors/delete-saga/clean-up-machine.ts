/**
 * The clean-up after a decision: sends `deleting` (`updating`) to every voter until each has answered `ok`.
 *
 * - There is no way back and no deadline. A message is sent again after 1, 2, 5, 10, 30, 60, 60 … s, for ever.
 * - Only `ok` ends the waiting for a voter. A `no`, an error and a returned message are recorded, and the message is sent again.
 * - A repeated message has the same id, and gets the same answer. So a message that was answered otherwise than `ok` is sent again under a new id.
 * - An operator may skip a voter. The message then goes out once more, and nobody waits for the answer.
 * - After 2 min an alarm names the voters without an answer, after 10 min the line `stuck` does.
 * - An answer counts for the question with its message id only.
 */
import { assertEvent, assign, setup } from 'xstate';
import type { AnswerEvent } from '../../runtime/messages/message-events.ts';
import { identityBelow } from '../../runtime/ports/identity.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { ask, publish, record } from '../../runtime/step/effects.ts';
import { readAnswers } from '../consent/answers.ts';
import {
  type AboutBallot,
  aboutBallot,
  answererOf,
  type Ballot,
  ballotOf,
} from '../consent/ballot.ts';
import { type Pair, PairSet, pairsIn } from '../consent/pairs.ts';

export type CleanUpInput = {
  readonly saga: string;
  readonly action: string;
  readonly ballots: readonly Ballot[];
};

type Context = CleanUpInput & {
  readonly done: readonly Pair[];
  readonly resends: number;
  /** The number of answers other than `ok`, by the id of the question. */
  readonly refusals: Readonly<Record<string, number>>;
};

type AnsweredEvent =
  | AnswerEvent<AboutBallot, 'cleaned'>
  | AnswerEvent<AboutBallot, 'cleaned.unroutable'>;
type SkipEvent = { readonly type: 'skip'; readonly voter: string };
type Events = AnsweredEvent | SkipEvent;
type Args = { context: Context; event: Events };

const alarmMs = 120_000;
const stuckMs = 600_000;
const lastResendMs = 60_000;
const resendSchedule = [1_000, 2_000, 5_000, 10_000, 30_000, lastResendMs];

function pairsAnswered(ballot: Ballot, body: Json): readonly Pair[] {
  return [...readAnswers(body, ballot.nodeIds)].flatMap(([nodeId, { response, service }]) => {
    const voter = answererOf(ballot, service);
    return response === 'ok' && voter !== undefined ? [{ voter, nodeId }] : [];
  });
}

function isOpen({ done }: Context, ballot: Ballot): boolean {
  return new PairSet(done).missingOf(ballot).length > 0;
}

function openBallots({ ballots, done }: Context): readonly Ballot[] {
  const pairs = new PairSet(done);
  return ballots.filter((ballot) => pairs.missingOf(ballot).length > 0);
}

function openVoters({ ballots, done }: Context): readonly string[] {
  const pairs = new PairSet(done);
  return [...new Set(ballots.flatMap((ballot) => pairs.missingOf(ballot)))];
}

/** The pairs that a skip or an answer adds. */
function newlyDone({ context: { ballots, done }, event }: Args): readonly Pair[] {
  if (event.type === 'skip') {
    const { voter } = event;
    const skipped = ballots.filter(({ voters }) => voters.includes(voter));
    const pairs = skipped.flatMap(({ nodeIds }) => nodeIds.map((nodeId) => ({ voter, nodeId })));
    return new PairSet(done).lacking(pairs);
  }
  const ballot = ballotOf(ballots, event.about);
  if (ballot === undefined) return [];
  return new PairSet(done).lacking(pairsAnswered(ballot, event.answer));
}

/** The ballot that the event's answer leaves open without adding a pair; undefined: none. */
function refusedBallot({ context, event }: Args): Ballot | undefined {
  if (event.type === 'skip') return undefined;
  const ballot = ballotOf(context.ballots, event.about);
  const hasNews = newlyDone({ context, event }).length > 0;
  return ballot === undefined || hasNews || !isOpen(context, ballot) ? undefined : ballot;
}

/** The question of a ballot, as it is sent now. */
function questionNow({ refusals }: Context, { question }: Ballot): Ballot['question'] {
  const { messageId = '' } = question;
  const count = refusals[messageId] ?? 0;
  if (count === 0) return question;
  return { ...question, messageId: identityBelow(messageId, 'again', String(count)) };
}

/** A history line for each pair that is newly done. */
function doneLines(args: Args, what: 'cleaned' | 'skipped') {
  const { saga, action } = args.context;
  return newlyDone(args).map(({ voter, nodeId }) => ({
    topic: saga,
    line: { what, action, voter, nodeId },
  }));
}

export const cleanUpMachine = setup({
  types: {} as {
    context: Context;
    events: Events;
    input: CleanUpInput;
    output: { readonly done: readonly Pair[] };
  },
  actions: {
    tellOpen: ask(({ context }: { context: Context }) =>
      openBallots(context).map((ballot) => ({
        ...questionNow(context, ballot),
        of: ballot.voters,
        answer: 'cleaned',
        about: aboutBallot(ballot),
      })),
    ),
    tellSkipped: publish('skip', ({ context, event }: { context: Context; event: SkipEvent }) =>
      openBallots(context)
        .filter(({ voters }) => voters.includes(event.voter))
        .map((ballot) => questionNow(context, ballot)),
    ),
    recordDone: record((args: Args) => doneLines(args, 'cleaned')),
    recordSkipped: record((args: Args) => doneLines(args, 'skipped')),
    recordAlarm: record(({ context }: Args, what: 'alarm' | 'stuck') => ({
      topic: context.saga,
      line: { what, action: context.action, waitingFor: openVoters(context) },
    })),
    recordOpen: record(({ context, event }: Args) => {
      assertEvent(event, ['cleaned', 'cleaned.unroutable']);
      const { saga, action } = context;
      const { answer } = event;
      const ballot = refusedBallot({ context, event });
      if (ballot === undefined) return [];
      const { voters, nodeIds } = ballot;
      return { topic: saga, line: { what: 'not cleaned', action, voters, nodeIds, answer } };
    }),
    noteDone: assign(({ context, event }) => ({
      done: [...context.done, ...newlyDone({ context, event })],
    })),
    countRefusal: assign(({ context, event }) => {
      const refused = refusedBallot({ context, event });
      if (refused === undefined) return {};
      const { messageId = '' } = refused.question;
      const { refusals } = context;
      return { refusals: { ...refusals, [messageId]: (refusals[messageId] ?? 0) + 1 } };
    }),
    countResend: assign(({ context }) => ({ resends: context.resends + 1 })),
  },
  guards: { isComplete: ({ context: { ballots, done } }) => done.length === pairsIn(ballots) },
  delays: { resend: ({ context }) => resendSchedule[context.resends] ?? lastResendMs },
}).createMachine({
  id: 'clean-up',
  context: ({ input }) => ({ ...input, done: [], resends: 0, refusals: {} }),
  initial: 'telling',
  after: {
    [alarmMs]: { actions: { type: 'recordAlarm', params: 'alarm' } },
    [stuckMs]: { actions: { type: 'recordAlarm', params: 'stuck' } },
  },
  on: {
    skip: { actions: ['tellSkipped', 'recordSkipped', 'noteDone'] },
    cleaned: { actions: ['recordDone', 'recordOpen', 'countRefusal', 'noteDone'] },
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
