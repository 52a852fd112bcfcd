/**
 * Why a saga waits, for each state of `delete-saga-machine.ts`: of an owner, and of a voter as its
 * inner saga. Pure.
 */
import { objectsIn, textIn, textOrNull } from '../consent/saga-history.ts';
import { type Due, type MachineView, numberIn, objectIn } from './machine-view.ts';
import { named, type Told } from './reason.ts';
import type { Rules } from './rules.ts';
import { openVoters, votersAsked, votersTold } from './voters.ts';

const refusedLate = 'the request is refused with 504, and nothing is deleted';

function pendingUntil(machine: MachineView): Pick<Told, 'sinceMs' | 'untilMs' | 'next'> {
  const { atMs, sinceMs } = machine.after('pending');
  return { sinceMs, untilMs: atMs, next: refusedLate };
}

function voting(machine: MachineView, whom: string): Told {
  const votes = machine.child('votes');
  const voters = votes === undefined ? [] : votersAsked(votes);
  const open = openVoters(voters);
  const answered = voters.filter(({ state }) => state === 'ok' || state === 'no').length;
  const { atMs: deadlineAtMs } = votes?.after('collecting') ?? { atMs: null };
  const graceAtMs = votes?.after('grace').atMs ?? null;
  const deadlineMs = numberIn(votes?.context ?? {}, 'deadlineMs');
  const verb = objectIn(machine.context, 'verb')['name'] === 'update' ? 'be changed' : 'go';
  const heard = `${answered} of ${voters.length} answers are there`;
  return {
    text:
      graceAtMs === null
        ? `asks ${whom} whether the nodes may ${verb}: ${heard}, waits for ${named(open)}`
        : `a service refuses: waits a moment for further refusals; ${heard}`,
    waitsFor: open,
    voters,
    sinceMs: deadlineAtMs === null || deadlineMs === null ? null : deadlineAtMs - deadlineMs,
    untilMs: graceAtMs ?? deadlineAtMs,
    next: 'a service without an answer is silent, and its silence calls the saga off',
  };
}

function cleaning(machine: MachineView): Told {
  const cleanUp = machine.child('clean-up');
  const voters = cleanUp === undefined ? [] : votersTold(cleanUp);
  const open = openVoters(voters);
  const resends = numberIn(cleanUp?.context ?? {}, 'resends') ?? 0;
  return {
    text: `is decided: waits until ${named(open)} ${open.length > 1 ? 'have done their' : 'has done its'} part`,
    waitsFor: open,
    voters,
    // The alarms count from the decision.
    sinceMs: cleanUp?.after('clean-up').sinceMs ?? null,
    untilMs: cleanUp?.after('waiting').atMs ?? null,
    next: `the message is sent for the ${ordinal(resends + 2)} time; the saga waits for ever`,
  };
}

/** `2nd`, for 2. */
export function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}

function obstacle({ context }: MachineView, { atMs }: Due): Pick<Told, 'error' | 'untilMs'> {
  const above = textOrNull(objectIn(context, 'refusedAbove'), 'message');
  const error = textOrNull(objectIn(context, 'blocked'), 'reason') ?? above;
  return {
    error: error ?? 'a part of the saga has failed; the record names the failure',
    untilMs: atMs,
  };
}

function blocked(machine: MachineView, state: string, what: string): Told {
  const tries = numberIn(objectIn(machine.context, 'blocked'), 'tries') ?? 1;
  return {
    text: `is decided, but ${what}; ${tries} ${tries === 1 ? 'try has' : 'tries have'} failed`,
    waitsFor: [machine.service],
    ...obstacle(machine, machine.after(state)),
    next: 'the saga tries again',
  };
}

const ownTurn = (text: string) => (machine: MachineView) => ({ text, waitsFor: [machine.service] });

export const sagaRules: Rules = {
  starting: ownTurn('begins: the first step takes the request'),
  'pending.placing': (machine) => ({
    text: 'reads the new place of the node',
    waitsFor: [machine.service],
    ...pendingUntil(machine),
  }),
  'pending.subscribing': (machine) => {
    const { text, waitsFor = [] } = subscribing(machine.child('dependency'));
    return { text, waitsFor, ...pendingUntil(machine) };
  },
  'pending.engaging': (machine) => ({
    text: 'reads whether its nodes are free',
    waitsFor: [machine.service],
    ...pendingUntil(machine),
  }),
  'pending.waiting': (machine) => ({
    text: 'waits for its turn: another operation holds one of the nodes or a node above',
    ...pendingUntil(machine),
  }),
  asking: (machine) => voting(machine, 'the subscribers'),
  askingOld: (machine) => voting(machine, 'the peers that do not speak the protocol'),
  confirming: ownTurn('all have agreed: reads the list of subscribers again before it decides'),
  placeHeld: (machine) => ({
    text: 'all have agreed, but another operation holds the new place of the node',
    untilMs: machine.after('placeHeld').atMs,
    next: 'the saga looks again',
  }),
  promised: (machine) => ({
    text: 'has agreed with all its subscribers: waits for the decision of the owner above',
    sinceMs: lastVoteAtMs(machine),
  }),
  ownStep: ownTurn('is decided: carries the decision out after another part of the saga here'),
  apart: (machine) => blocked(machine, 'apart', 'the database refuses the writes of the decision'),
  cleaning,
  removing: ownTurn('everybody has done its part: removes its nodes'),
  'leaving.committing': ownTurn('the change is written: gives back what it depended on'),
  'leaving.looking': ownTurn('the change is written: reads what it depended on'),
  blocked: (machine) => blocked(machine, 'blocked', 'something stands in the way of the removal'),
};

function lastVoteAtMs({ context }: MachineView): number | null {
  const times = objectsIn(context, 'votes').flatMap((vote) => numberIn(vote, 'atMs') ?? []);
  return times.length === 0 ? null : Math.max(...times);
}

/** Why a `dependency` waits: the owners that have not taken its subscriptions. */
function subscribing(machine: MachineView | undefined): Told {
  const questions = objectsIn(machine?.context ?? {}, 'questions');
  const taken = new Set(
    Array.isArray(machine?.context['subscribed']) ? machine.context['subscribed'] : [],
  );
  const open = questions.filter((question) => !taken.has(textIn(question, 'nodeId')));
  const owners = open.map((question) => textIn(objectIn(question, 'question'), 'exchange'));
  const ids = open.map((question) => textIn(question, 'nodeId'));
  return {
    text: `waits until the owner of ${named(ids)} takes a subscription (asked through the exchange ${named(owners)})`,
  };
}
