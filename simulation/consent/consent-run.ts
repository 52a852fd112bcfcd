/** What one run of the consent simulation consists of; operations and invariants share it. */
import type { MemoryHierarchyStore } from '../../actors/hierarchy/memory-store.ts';
import type { MemoryTables } from '../../actors/hierarchy/memory-tables.ts';
import type { Chronicle } from './chronicle.ts';
import type { ConsentPlan } from './consent-plan.ts';
import type { OldVoter } from './old-voter.ts';

/** What came of an operation. */
export interface Result {
  readonly ok: boolean;
  readonly error: string;
}

export interface ConsentRun {
  readonly plan: ConsentPlan;
  readonly tables: MemoryTables;
  readonly store: MemoryHierarchyStore;
  readonly chronicle: Chronicle;
  /** By name; there once the run is prepared. */
  readonly peers: Map<string, OldVoter>;
  /** By the operation's name. */
  readonly results: Map<string, Result>;
  /** Identities of deletes nobody waits for. */
  readonly oneWay: Set<string>;
  /** Bodies sent to be refused. */
  poisoned: number;
}
