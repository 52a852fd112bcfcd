/**
 * Collects the votes of one round: asks all voters, waits for all answers or the deadline, and
 * counts.
 *
 * - An unanswered question is sent again every 3 s under the same message id, with the time that
 *   remains.
 * - After the first `no` or returned question the machine waits a short time for further refusals,
 *   so that the verdict names all.
 * - The output is the verdict. Late and repeated answers change nothing: an answer counts for the
 *   question with its message id only.
 *
 * Boundary: counts one round. The saga decides whom to ask and what a verdict means.
 */
import { assign, setup } from 'xstate';
import type { AnswerEvent } from '../../runtime/messages/message-events.ts';
import { type Ask, ask, record } from '../../runtime/step/effects.ts';
import { type AboutBallot, aboutBallot, type Ballot, ballotOf } from '../consent/ballot.ts';
import { retainsMember } from '../consent/retained.ts';
import type { Malformed, Verdict, Vote } from '../consent/vote.ts';
import {
  isComplete,
  isRefused,
  malformedFrom,
  openBallots,
  type RoundEnd,
  tally,
  votesFrom,
} from './tally.ts';

export type VoteCollectionInput = {
  readonly saga: string;
  readonly action: string;
  readonly ballots: readonly Ballot[];
  readonly deadlineMs: number;
  readonly graceMs: number;
};

type Context = VoteCollectionInput &
  RoundEnd & {
    readonly votes: readonly Vote[];
    readonly resends: number;
  };

type Events = AnswerEvent<AboutBallot, 'vote'> | AnswerEvent<AboutBallot, 'vote.unroutable'>;
type Args = { context: Context; event: Events };

const resendMs = 3_000;

function newVotes({ context, event }: Args): readonly Vote[] {
  const ballot = ballotOf(context.ballots, event.about);
  return ballot === undefined ? [] : votesFrom(ballot, event.answer, context.votes, event.$.atMs);
}

/** The malformed answer in the event; undefined: the answer is well-formed, or tells no voter. */
function malformedIn({ context, event }: Args): Malformed | undefined {
  const ballot = ballotOf(context.ballots, event.about);
  return ballot === undefined ? undefined : malformedFrom(ballot, event.answer);
}

/** The members of a malformed answer that its history line shows. */
function spokenIn({ service: _, ...spoken }: Malformed): Omit<Malformed, 'service'> {
  return spoken;
}

/** The question with the time that remains. */
function questionNow({ deadlineMs, resends }: Context, ballot: Ballot): Ask {
  const { question } = ballot;
  const leftMs = Math.max(0, Math.round(deadlineMs - resends * resendMs));
  const headers = { ...question.headers, 'consent-deadline-ms': leftMs };
  return { ...question, headers, of: ballot.voters, answer: 'vote', about: aboutBallot(ballot) };
}

export const voteCollectionMachine = setup({
  types: {} as { context: Context; events: Events; input: VoteCollectionInput; output: Verdict },
  actions: {
    askOpen: ask(({ context }: { context: Context }) =>
      openBallots(context.ballots, context.votes, context.unreachable).map((ballot) =>
        questionNow(context, ballot),
      ),
    ),
    recordAsked: record(({ context: { saga, action, ballots } }: { context: Context }) =>
      ballots.map(({ voters, nodeIds }) => ({
        topic: saga,
        line: { what: 'asked', action, voters, nodeIds },
      })),
    ),
    count: assign(({ context, event }) => ({
      votes: [...context.votes, ...newVotes({ context, event })],
    })),
    recordVotes: record((args: Args) =>
      newVotes(args).map(({ voter, nodeId, response, reason, until, retains = [] }) => ({
        topic: args.context.saga,
        line: {
          what: 'voted',
          action: args.context.action,
          voter,
          nodeId,
          response,
          reason,
          ...(until === undefined ? {} : { until }),
          ...retainsMember(retains),
        },
      })),
    ),
    noteMalformed: assign(({ context, event }) => {
      const found = malformedIn({ context, event });
      if (found === undefined) return {};
      const others = context.malformed ?? [];
      return {
        malformed: [...others.filter(({ service }) => service !== found.service), found],
      };
    }),
    recordMalformed: record((args: Args) => {
      const found = malformedIn(args);
      const { saga, action } = args.context;
      return found === undefined
        ? []
        : {
            topic: saga,
            line: { what: 'malformed', action, voter: found.service, ...spokenIn(found) },
          };
    }),
    noteUnreachable: assign(({ context, event }) => ({
      unreachable: [
        ...context.unreachable,
        ...(ballotOf(context.ballots, event.about)?.voters ?? []),
      ],
    })),
    recordUnreachable: record(({ context: { saga, action, ballots }, event }: Args) => {
      const ballot = ballotOf(ballots, event.about);
      if (ballot === undefined) return [];
      const { voters, nodeIds } = ballot;
      return { topic: saga, line: { what: 'unreachable', action, voters, nodeIds } };
    }),
    countResend: assign({ resends: ({ context }) => context.resends + 1 }),
    noteExpired: assign({ expired: true }),
  },
  guards: {
    isComplete: ({ context }) => isComplete(context.ballots, context.votes, context.unreachable),
    isRefused: ({ context }) => isRefused(context.votes) || context.unreachable.length > 0,
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
    vote: { actions: ['recordVotes', 'recordMalformed', 'noteMalformed', 'count'] },
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
