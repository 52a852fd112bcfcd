/**
 * Collects the votes of one round: asks everybody, waits until all have answered or the deadline has come, counts.
 *
 * 1. Questions unanswered after a while are sent again under the same message id.
 * 2. After the first `no` it waits a short grace time for more, so that all refusals are named and not only the first.
 * 3. Its output is the verdict; late, repeated and foreign answers change nothing.
 */
import { assign, setup } from 'xstate';
import { ask, record } from '../../runtime/effects.ts';
import type { AnswerEvent } from '../../runtime/service.ts';
import { type Ballot, complete, refused, tally, type Verdict, type Vote, votesFrom } from './ballot.ts';

export interface VoteCollectionInput {
  readonly saga: string;
  readonly action: string;
  readonly ballots: readonly Ballot[];
  readonly deadlineMs: number;
  readonly graceMs: number;
}

interface Context extends VoteCollectionInput {
  readonly votes: readonly Vote[];
  readonly unreachable: readonly string[];
}

/** Which ballot an answer is about, by its place in the list. */
interface About {
  readonly ballot: number;
}

type Events = AnswerEvent<About, 'vote'> | AnswerEvent<About, 'vote.unroutable'>;

const resendMs = 3_000;

function ballotOf(context: Context, event: Events): Ballot {
  return context.ballots[event.about.ballot] as Ballot;
}

function open(context: Context): readonly number[] {
  return context.ballots.flatMap((ballot, index) => (complete([ballot], context.votes, context.unreachable) ? [] : [index]));
}

export const voteCollectionMachine = setup({
  types: {} as { context: Context; events: Events; input: VoteCollectionInput; output: Verdict },
  actions: {
    askAll: ask(({ context }: { context: Context }) =>
      open(context).map((ballot) => ({ ...(context.ballots[ballot] as Ballot).question, answer: 'vote', about: { ballot } })),
    ),
    recordAsked: record(({ context }: { context: Context }) =>
      context.ballots.map(({ voters, nodeIds }) => ({
        topic: context.saga,
        line: { what: 'asked', action: context.action, voters, nodeIds },
      })),
    ),
    count: assign(({ context, event }) => {
      const added = votesFrom(ballotOf(context, event), event.answer, context.votes, event.at);
      return { votes: [...context.votes, ...added] };
    }),
    recordVotes: record(({ context, event }: { context: Context; event: Events }) =>
      context.votes
        .filter(({ atMs, voter }) => atMs === event.at && ballotOf(context, event).voters.includes(voter))
        .map(({ voter, nodeId, response, reason }) => ({
          topic: context.saga,
          line: { what: 'voted', action: context.action, voter, nodeId, response, reason },
        })),
    ),
    noteUnreachable: assign(({ context, event }) => ({ unreachable: [...context.unreachable, ...ballotOf(context, event).voters] })),
    recordUnreachable: record(({ context, event }: { context: Context; event: Events }) => ({
      topic: context.saga,
      line: { what: 'unreachable', action: context.action, voters: ballotOf(context, event).voters },
    })),
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
  context: ({ input }) => ({ ...input, votes: [], unreachable: [] }),
  initial: 'collecting',
  on: {
    vote: { actions: ['count', 'recordVotes'] },
    'vote.unroutable': { actions: ['noteUnreachable', 'recordUnreachable'] },
  },
  states: {
    collecting: {
      entry: ['askAll', 'recordAsked'],
      initial: 'waiting',
      after: { deadline: 'counted' },
      always: [
        { guard: 'isComplete', target: 'counted' },
        { guard: 'isRefused', target: 'grace' },
      ],
      states: {
        waiting: { after: { [resendMs]: 'again' } },
        again: { entry: 'askAll', always: 'waiting' },
      },
    },
    grace: {
      after: { grace: 'counted' },
      always: { guard: 'isComplete', target: 'counted' },
    },
    counted: { type: 'final' },
  },
  output: ({ context }) => tally(context.ballots, context.votes, context.unreachable),
});
