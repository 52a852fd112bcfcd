/**
 * Why the machines of cards, files and transactions wait. Pure.
 */
import { objectsIn, textIn, textOrNull } from '../consent/saga-history.ts';
import { type MachineView, numberIn, objectIn } from './machine-view.ts';
import { named, type Told } from './reason.ts';
import type { Rules } from './rules.ts';
import { ordinal } from './saga-rules.ts';

const own = (text: string) => (machine: MachineView) => ({ text, waitsFor: [machine.service] });

/** A question that is repeated until its answer arrives. */
function asked(machine: MachineView, state: string, text: string): Told {
  const attempt = numberIn(machine.context, 'attempt') ?? 0;
  const refusals = numberIn(machine.context, 'refusals') ?? 0;
  const refused = refusals === 0 ? '' : `, ${refusals} refusals so far`;
  return {
    text: `${text} (asked ${attempt + 1} times${refused})`,
    untilMs: machine.after(state).atMs,
    next: 'it asks again; the deletion waits for ever',
  };
}

function transactionOf({ context }: MachineView): string {
  return textOrNull(objectIn(context, 'card'), 'transaction') ?? 'none';
}

export const cardRules: Rules = {
  wanted: own('has begun: the first step takes the request'),
};

export const cardDeletionRules: Rules = {
  idle: own('has begun: the first step takes the request'),
  queued: (machine) => ({
    ...asked(machine, 'queued', 'waits for its own message on the queue of burns'),
    waitsFor: [machine.service],
  }),
  withdrawn: (machine) => ({
    ...asked(machine, 'withdrawn', 'the owner has called the deletion off: waits for its own burn'),
    next: 'it sends the burn again',
    waitsFor: [machine.service],
  }),
  queueing: own('reads its place in the queue of the lock'),
  waiting: (machine) => {
    const ahead = textOrNull(machine.context, 'ahead');
    const whom = ahead === null ? 'takes a ticket' : `the deletion of the card ${ahead} goes first`;
    return {
      text: `waits for its turn with the transaction ${transactionOf(machine)}: ${whom}`,
      untilMs: machine.after('waiting').atMs,
      next: 'it looks again',
    };
  },
  locking: (machine) => ({
    text: `waits for the lock of the transaction ${transactionOf(machine)}, which another program holds`,
    ...tries(machine),
  }),
  checking: (machine) =>
    asked(
      machine,
      'checking',
      'waits until the service of chains says whether the token can be burned',
    ),
  burning: (machine) =>
    asked(
      machine,
      'burning',
      'waits until the service of chains has burned the token, which takes long',
    ),
  failing: (machine) =>
    asked(
      machine,
      'failing',
      `the token cannot be burned: waits until the transaction ${transactionOf(machine)} is marked as failed`,
    ),
  marking: (machine) =>
    asked(
      machine,
      'marking',
      `waits until the transactions service marks the transaction ${transactionOf(machine)} as DELETE`,
    ),
  callingOff: own('the transactions service has refused: makes the card active again'),
  removing: own('removes the row of the card'),
  confirming: (machine) =>
    asked(
      machine,
      'confirming',
      `the row is gone: waits until the transactions service confirms the transaction ${transactionOf(machine)}`,
    ),
  releasing: (machine) => ({ text: 'gives the lock back', ...tries(machine) }),
  collecting: (machine) => {
    const urls = objectsIn(machine.context, 'files').map((file) => textIn(file, 'url'));
    return asked(
      machine,
      'collecting',
      `the row is gone: waits until the file remover has removed ${named(urls)}`,
    );
  },
  kept: (machine) => ({
    text: 'the row is gone: keeps the content of the card, which its owner can undelete',
    untilMs: machine.after('kept').atMs,
    next: 'the content goes',
  }),
  restoring: (machine) => {
    const urls = objectsIn(machine.context, 'restoring').map((file) => textIn(file, 'url'));
    return asked(
      machine,
      'restoring',
      `undeletes the card: waits until the file remover has restored ${named(urls)}`,
    );
  },
  undeleting: own('adds the new card in place of the removed card'),
};

export const fileRemovalRules: Rules = {
  waiting: own('has begun: the first step takes the request'),
  preparing: (machine) => ({
    text: `looks at the file ${textIn(machine.context, 'url')}`,
    ...tries(machine),
  }),
  held: (machine) => ({
    text: `the file ${textIn(machine.context, 'url')} is in quarantine, and can be restored`,
    untilMs: machine.after('held').atMs,
    next: 'the file is removed',
  }),
  restoring: (machine) => ({
    text: `puts the file ${textIn(machine.context, 'url')} back`,
    ...tries(machine),
  }),
  looking: own('looks whether a row lists the file'),
  returning: (machine) => ({
    text: `puts the file ${textIn(machine.context, 'url')} back, because ${textIn(machine.context, 'note')} lists it`,
    ...tries(machine),
  }),
  removing: (machine) => ({
    text: `removes the file ${textIn(machine.context, 'url')}`,
    ...tries(machine),
  }),
  pausing: (machine) => ({
    text: `the place of the file ${textIn(machine.context, 'url')} is busy or still at work`,
    untilMs: machine.after('pausing').atMs,
    next: 'it tries again',
  }),
};

export const transactionRules: Rules = {
  open: own('waits for nothing: keeps the state of its transaction and takes the next message'),
};

export const transactionCallbackRules: Rules = {
  waiting: own('has begun: the first step takes the end of the transaction'),
  telling: (machine) => ({
    text: `tells the callback that the transaction ${textIn(machine.context, 'transaction')} is ${textIn(machine.context, 'state')}`,
    ...tries(machine),
  }),
};

/** The activity of a machine: its tries, and when the next try begins. */
export function tries(machine: MachineView): Omit<Told, 'text'> {
  const [running] = machine.activities;
  if (running === undefined) return { waitsFor: [machine.service] };
  const { attempt, notBeforeMs, kind } = running;
  return {
    waitsFor: [machine.service],
    untilMs: attempt === 0 ? null : notBeforeMs,
    next: `the activity ${kind} is tried for the ${ordinal(attempt + 1)} time`,
  };
}
