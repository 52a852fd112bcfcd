/**
 * The writes of one commit with fewer locks. A saga that engages, promises and removes nodes in one
 * commit locks the same nodes in each of its steps.
 *
 * Invariant: a lock directly after a lock is folded into the former, unless the two expect different
 * versions of one node. The nodes are locked in the order of their ids, as one set.
 */
import type { Write } from '../../../runtime/ports/store.ts';
import { type HierarchyWrites, hierarchyWrite } from '../store.ts';

type Expect = HierarchyWrites['lock']['expect'];

export function foldedWrites(writes: readonly Write[]): readonly Write[] {
  const folded: Write[] = [];
  for (const write of writes) {
    const before = folded.at(-1);
    const both =
      before?.op === 'lock' && write.op === 'lock' ? lockedOnce(before, write) : undefined;
    if (both === undefined) folded.push(write);
    else folded[folded.length - 1] = both;
  }
  return folded;
}

function lockedOnce(first: Write, second: Write): Write | undefined {
  const versions = { ...(first.expect as Expect).versions };
  for (const [id, version] of Object.entries((second.expect as Expect).versions)) {
    if ((versions[id] ?? version) !== version) return undefined;
    versions[id] = version;
  }
  return hierarchyWrite('lock', {}, { versions });
}
