/** Defects in the questions and in the count of votes. */
import { readAnswers } from '../../../../actors/consent/answers.ts';
import type { Ballot } from '../../../../actors/consent/ballot.ts';
import type { Vote } from '../../../../actors/consent/vote.ts';
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import { voteCollectionMachine } from '../../../../actors/vote-collection/vote-collection-machine.ts';
import { assigning, type Mutant, replaced } from './mutant.ts';

interface Votes {
  readonly ballots: readonly Ballot[];
  readonly votes: readonly Vote[];
  readonly action: string;
}
type Answered = {
  readonly answer: never;
  readonly about: { readonly question: string };
  readonly $: { readonly atMs: number };
};
type Args = { readonly context: Votes; readonly event: Answered };

const forEverMs = 1e12;

function ballotOf({ context, event }: Args): Ballot | undefined {
  return context.ballots.find(({ question }) => question.messageId === event.about.question);
}

/** An `ok` of every voter of the ballot about every node of the ballot. */
function consentOf({ voters, nodeIds }: Ballot, atMs: number): readonly Vote[] {
  return voters.flatMap((voter) =>
    nodeIds.map(
      (nodeId): Vote => ({
        voter,
        nodeId,
        response: 'ok',
        reason: null,
        atMs,
        refusals: [],
        silent: [],
      }),
    ),
  );
}

const waitingWithoutLimit: Mutant = {
  name: 'waiting for a reply without a limit',
  machines: {
    voteCollection: replaced(voteCollectionMachine, { delays: { deadline: forEverMs } }),
  },
};

const unroutableIsConsent: Mutant = {
  name: 'unroutable counts as consent',
  machines: {
    voteCollection: replaced(voteCollectionMachine, {
      actions: {
        noteUnreachable: assigning((args: Args) => {
          const ballot = ballotOf(args);
          return {
            votes: [
              ...args.context.votes,
              ...(ballot === undefined ? [] : consentOf(ballot, args.event.$.atMs)),
            ],
          };
        }),
      },
    }),
  },
};

const updateAnswerIgnored: Mutant = {
  name: 'the answer to mayUpdate is ignored',
  machines: {
    voteCollection: replaced(voteCollectionMachine, {
      actions: {
        count: assigning((args: Args) => {
          const { context, event } = args;
          const ballot = ballotOf(args);
          if (ballot === undefined) return {};
          if (context.action === 'mayUpdate')
            return { votes: [...context.votes, ...consentOf(ballot, event.$.atMs)] };
          return { votes: [...context.votes, ...firstVotes(args, ballot, false)] };
        }),
      },
    }),
  },
};

const firstReplyCountsForAll: Mutant = {
  name: 'only the first of several replies counts',
  machines: {
    voteCollection: replaced(voteCollectionMachine, {
      actions: {
        count: assigning((args: Args) => {
          const ballot = ballotOf(args);
          return {
            votes: [
              ...args.context.votes,
              ...(ballot === undefined ? [] : firstVotes(args, ballot, true)),
            ],
          };
        }),
      },
    }),
  },
};

/**
 * The votes of an answer. `shared`: one voter's answer to a broadcast question counts for all
 * voters.
 */
function firstVotes(
  { context, event }: Args,
  { voters, nodeIds }: Ballot,
  shared: boolean,
): readonly Vote[] {
  return [...readAnswers(event.answer, nodeIds)].flatMap(
    ([nodeId, { response, service, reason = null, refusals, silent }]) => {
      if (response === 'wait') return [];
      const from =
        shared || voters.length === 1 ? voters : voters.filter((voter) => voter === service);
      return from
        .filter(
          (voter) => !context.votes.some((vote) => vote.voter === voter && vote.nodeId === nodeId),
        )
        .map(
          (voter): Vote => ({
            voter,
            nodeId,
            response,
            reason,
            atMs: event.$.atMs,
            refusals,
            silent,
          }),
        );
    },
  );
}

const noEpochCheck: Mutant = {
  name: 'decision without the epoch check',
  machines: {
    deleteSaga: (...given) =>
      replaced(deleteSagaMachine(...given), {
        guards: {
          hasNewcomers: () => false,
          agreedAtRoot: ({ context }: { context: { role: string } }) => context.role === 'root',
        },
      }),
  },
};

export const votingMutants: readonly Mutant[] = [
  waitingWithoutLimit,
  unroutableIsConsent,
  updateAnswerIgnored,
  firstReplyCountsForAll,
  noEpochCheck,
];
