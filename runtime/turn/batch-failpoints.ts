/** Reaches a failpoint with the actors of a batch. */
import { type FailpointName, type Failpoints, noFailpoints } from '../ports/failpoints.ts';
import type { Work } from './mailbox.ts';
import type { Turn } from './turn.ts';

/** `turns`: tells the states of the actors too. */
export function reachBatch(
  failpoints: Failpoints,
  name: FailpointName,
  batch: readonly Pick<Work, 'slot'>[],
  turns?: readonly Turn[],
): void {
  if (failpoints === noFailpoints) return;
  const addresses = batch.map(({ slot }) => slot.address);
  failpoints.reach(
    name,
    turns === undefined ? { addresses } : { addresses, states: turns.map(stateOf) },
  );
}

function stateOf({ family }: Turn): string {
  return family === undefined ? '' : JSON.stringify(family.root.snapshot.value);
}
