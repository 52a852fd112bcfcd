/**
 * Holds that end, and documents that are kept: a document is kept up to its end and removed then, and
 * a held deletion is tried no earlier than its hold ends or is lifted.
 */
import type { Invariant } from '../../../testing/simulation/system.ts';
import type { ConsentRun } from './consent-run.ts';

export function keptUpToTheEnd(run: ConsentRun): Invariant {
  const { vaultBook, chronicle } = run;
  return {
    name: 'ends are kept',
    committed: (turns, world) =>
      vaultBook.take(turns, world.simulation.clock.now(), (id) => chronicle.isThere(id)),
    atEnd: () => {
      const left = [...vaultBook.rows.values()].find(({ nodeId }) => !chronicle.isThere(nodeId));
      return left && `the ${left.kind} ${left.id} of ${left.nodeId} is left: its end was forgotten`;
    },
  };
}
