/**
 * The voters of a running vote collection or clean-up, with what each has answered. Pure.
 *
 * - One line for each voter and question, however many nodes the question names.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import { type Pair, PairSet } from '../consent/pairs.ts';
import { objectsIn, textIn, textOrNull, textsIn } from '../consent/saga-history.ts';
import { malformedText } from '../consent/vote.ts';
import { type MachineView, numberIn } from './machine-view.ts';
import type { VoterState, WaitingVoter } from './reason.ts';

type Answered = Pick<WaitingVoter, 'state' | 'reason' | 'atMs'>;

/** The voters of a `vote-collection`. */
export function votersAsked({ context }: MachineView): readonly WaitingVoter[] {
  const votes = objectsIn(context, 'votes');
  const unreachable = textsIn(context, 'unreachable');
  const malformed = objectsIn(context, 'malformed');
  return ballotLines(context, (service, nodeIds) => {
    const own = votes.filter(
      (vote) => textIn(vote, 'voter') === service && nodeIds.includes(textIn(vote, 'nodeId')),
    );
    const no = own.find((vote) => textIn(vote, 'response') === 'no');
    if (no !== undefined) return answered('no', no);
    if (own.length >= nodeIds.length) return answered('ok', own.at(-1) ?? {});
    if (unreachable.includes(service)) return { state: 'unreachable', reason: null, atMs: null };
    const misspoke = malformed.find((answer) => textIn(answer, 'service') === service);
    return misspoke === undefined ? unanswered : spoken(misspoke);
  });
}

/** The services of a `clean-up` that must still do their part. */
export function votersTold({ context }: MachineView): readonly WaitingVoter[] {
  const pairs: readonly Pair[] = objectsIn(context, 'done').map((pair) => ({
    voter: textIn(pair, 'voter'),
    nodeId: textIn(pair, 'nodeId'),
  }));
  const done = new PairSet(pairs);
  return ballotLines(context, (service, nodeIds) => {
    const isOpen = done.missingOf({ voters: [service], nodeIds }).length > 0;
    return isOpen ? unanswered : { state: 'done', reason: null, atMs: null };
  });
}

/** The voters that are still waited for. */
export function openVoters(voters: readonly WaitingVoter[]): readonly string[] {
  const open: readonly VoterState[] = ['asked', 'malformed'];
  return [
    ...new Set(voters.flatMap(({ service, state }) => (open.includes(state) ? [service] : []))),
  ];
}

const unanswered: Answered = { state: 'asked', reason: null, atMs: null };

function answered(state: VoterState, vote: JsonObject): Answered {
  return { state, reason: textOrNull(vote, 'reason'), atMs: numberIn(vote, 'atMs') };
}

function spoken(answer: JsonObject): Answered {
  const name = textOrNull(answer, 'named');
  const said = { service: textIn(answer, 'service'), said: textIn(answer, 'said') };
  const text = malformedText(name === null ? said : { ...said, named: name }, 'answered');
  return { state: 'malformed', reason: text, atMs: null };
}

function ballotLines(
  context: JsonObject,
  answerOf: (service: string, nodeIds: readonly string[]) => Answered,
): readonly WaitingVoter[] {
  const question = textIn(context, 'action');
  return objectsIn(context, 'ballots').flatMap((ballot) => {
    const nodeIds = textsIn(ballot, 'nodeIds');
    return textsIn(ballot, 'voters').map((service) => ({
      service,
      question,
      nodeIds,
      ...answerOf(service, nodeIds),
    }));
  });
}
