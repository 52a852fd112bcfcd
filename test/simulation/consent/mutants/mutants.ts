/** The known defects. The simulation must catch each of them. */
import { callerMutants } from './caller-mutants.ts';
import { cardMutants } from './card-mutants.ts';
import { endMutants } from './end-mutants.ts';
import { endingMutants } from './ending-mutants.ts';
import { forgerMutants } from './forger-mutants.ts';
import { hookMutants } from './hook-mutants.ts';
import type { Mutant } from './mutant.ts';
import { nodeMutants } from './node-mutants.ts';
import { orderMutants } from './order-mutants.ts';
import { overrideMutants } from './override-mutants.ts';
import { participantMutants } from './participant-mutants.ts';
import { portMutants } from './port-mutants.ts';
import { storeMutants } from './store-mutants.ts';
import { traceMutants } from './trace-mutants.ts';
import { upgradeMutants } from './upgrade-mutants.ts';
import { votingMutants } from './voting-mutants.ts';

const inOrder = [
  'acknowledging before handling',
  'waiting for a reply without a limit',
  'registering for the reply after publishing the question',
  'unroutable counts as consent',
  'the answer to mayUpdate is ignored',
  'an error in answer to deleting counts as done',
  'children listed once, subtree deleted later',
  'only the first of several replies counts',
  'create first, subscribe second',
  'queues that vanish with their consumer',
  'promise expires by clock',
  'decision without the epoch check',
  'deleting not sent again',
  'calling off after the decision',
  'no tombstone check',
  'second arrival waits',
  'a copy looks at its first node only',
  'a decision over a foreign child',
  'a participant creates before its ok',
  'a participant reopens under its promise',
  'a participant cleans before the decision',
  'a participant answers for a wrong round',
  'an adoption leaves the former service on a list',
  'an adoption takes a reference to what goes',
  'a retirement forgets its line in the record',
  'a retention is forgotten',
  'the end of a retention counts without an inquiry',
  'a decision confirms the end of what is kept',
  'a refused end is told again under its id',
  'promises in a circle confirm each other',
  'tombstones go while a retention is open',
  'a retry starts before its hold has ended',
  'silence gives a held deletion up',
  'a webhook whose key changes between tries',
  'an answer counts as of the service that it names',
  'a decision counts without an inquiry',
  'a retirement of a nobody counts',
  'an undeletion succeeds without its file',
  'the file remover does not ask who lists a file',
  'a participant unsubscribes without noting the end',
  'a file of a node goes before its row',
  'a file goes with the first of two nodes',
  "a hook's write is outside the commit",
  'a link outlives its end',
  'a callback whose key changes between tries',
  'an open commit loses its last writes',
  'an old process goes on beside newer code',
  'a process forgets that the newer one has died',
  'an outcome that is kept for newer code is run again',
  'a service connects as another user than its own',
  'a caller counts without its signature',
  'an old signature of a caller counts',
  'a message that is published after a crash loses its trace',
  'a timer forgets its trace',
];

const all = [
  ...votingMutants,
  ...endingMutants,
  ...portMutants,
  ...orderMutants,
  ...storeMutants,
  ...participantMutants,
  ...overrideMutants,
  ...endMutants,
  ...hookMutants,
  ...forgerMutants,
  ...cardMutants,
  ...nodeMutants,
  ...upgradeMutants,
  ...callerMutants,
  ...traceMutants,
];

export const mutants: readonly Mutant[] = inOrder.map((name) => {
  const found = all.find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`there is no mutant '${name}'`);
  return found;
});
