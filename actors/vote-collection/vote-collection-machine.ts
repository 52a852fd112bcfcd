/**
 * Collects the votes of one round: asks everybody, waits until all have answered or the deadline has come, counts.
 *
 * 1. Questions unanswered after a while are sent again under the same message id, with the time that is left.
 * 2. After the first `no` it waits a short grace time for more, so that all refusals are named and not only the first.
 * 3. Its output is the verdict; late, repeated and foreign answers change nothing. An answer belongs to its question and to no other:
 *    one that comes late from an earlier round is nobody's vote in this one.
 */
import { assign, setup } from 'xstate';
import type { AnswerEvent } from '../../runtime/messages/message-events.ts';
import { type Ask, ask, record } from '../../runtime/step/effects.ts';
import {
  type Ballot,
  complete,
  type Ending,
  openBallots,
  refused,
  tally,
  type Verdict,
  type Vote,
  votesFrom,
} from './ballot.ts';

export type VoteCollectionInput = {
  readonly saga: string;
  readonly action: string;
  readonly ballots: readonly Ballot[];
  readonly deadlineMs: number;
  readonly graceMs: number;
};

type Context = VoteCollectionInput &
  Ending & {
    readonly votes: readonly Vote[];
    readonly resends: number;
  };

/** Which question an answer is to, by its message id. */
type About = {
  readonly question: string;
};

type Events = AnswerEvent<About, 'vote'> | AnswerEvent<About, 'vote.unroutable'>;

const resendMs = 3_000;

type Args = { context: Context; event: Events };

function ballotOf({ ballots }: Context, { about }: Events): Ballot | undefined {
  return ballots.find(({ question }) => question.messageId === about.question);
}

function newVotes(context: Context, event: Events): readonly Vote[] {
  const ballot = ballotOf(context, event);
  return ballot === undefined ? [] : votesFrom(ballot, event.answer, context.votes, event.$.atMs);
}

/** The question as it is sent now: with the time that is left. */
function questionNow({ deadlineMs, resends }: Context, { question }: Ballot): Ask {
  const leftMs = Math.max(0, Math.round(deadlineMs - resends * resendMs));
  const headers = { ...question.headers, 'consent-deadline-ms': leftMs };
  return { ...question, headers, answer: 'vote', about: { question: question.messageId ?? '' } };
}

export const voteCollectionMachine = setup({
  types: {} as { context: Context; events: Events; input: VoteCollectionInput; output: Verdict },
  actions: {
    askOpen: ask(({ context }: { context: Context }) =>
      openBallots(context.ballots, context.votes, context.unreachable).map((ballot) =>
        questionNow(context, ballot),
      ),
    ),
    recordAsked: record(({ context }: { context: Context }) =>
      context.ballots.map(({ voters, nodeIds }) => ({
        topic: context.saga,
        line: { what: 'asked', action: context.action, voters, nodeIds },
      })),
    ),
    count: assign(({ context, event }) => ({
      votes: [...context.votes, ...newVotes(context, event)],
    })),
    recordVotes: record(({ context, event }: Args) =>
      newVotes(context, event).map(({ voter, nodeId, response, reason }) => ({
        topic: context.saga,
        line: { what: 'voted', action: context.action, voter, nodeId, response, reason },
      })),
    ),
    noteUnreachable: assign(({ context, event }) => ({
      unreachable: [...context.unreachable, ...(ballotOf(context, event)?.voters ?? [])],
    })),
    recordUnreachable: record(({ context, event }: Args) => {
      const voters = ballotOf(context, event)?.voters;
      return voters === undefined
        ? []
        : {
            topic: context.saga,
            line: {
              what: 'unreachable',
              action: context.action,
              voters,
              nodeIds: ballotOf(context, event)?.nodeIds ?? [],
            },
          };
    }),
    countResend: assign({ resends: ({ context }) => context.resends + 1 }),
    noteExpired: assign({ expired: true }),
  },
  guards: {
    isComplete: ({ context }) => complete(context.ballots, context.votes, context.unreachable),
    isRefused: ({ context }) => refused(context.votes) || context.unreachable.length > 0,
  },
  delays: {
    deadline: ({ context }) => context.deadlineMs,
    grace: ({ context }) => context.graceMs,
  },
}).createMachine({
  id: 'vote-collection',
  context: ({ input }) => ({ ...input, votes: [], unreachable: [], resends: 0, expired: false }),
  initial: 'collecting',
  on: {
    vote: { actions: ['recordVotes', 'count'] },
    'vote.unroutable': { actions: ['noteUnreachable', 'recordUnreachable'] },
  },
  states: {
    collecting: {
      entry: ['askOpen', 'recordAsked'],
      initial: 'waiting',
      after: { deadline: { target: 'counted', actions: 'noteExpired' } },
      always: [
        { guard: 'isComplete', target: 'counted' },
        { guard: 'isRefused', target: 'grace' },
      ],
      states: {
        waiting: { after: { [resendMs]: 'again' } },
        again: { entry: ['countResend', 'askOpen'], always: 'waiting' },
      },
    },
    grace: {
      after: { grace: 'counted' },
      always: { guard: 'isComplete', target: 'counted' },
    },
    counted: { type: 'final' },
  },
  output: ({ context }) => tally(context.ballots, context.votes, context),
});
