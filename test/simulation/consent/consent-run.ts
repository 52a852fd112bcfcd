/** What one run of the consent simulation consists of; operations and invariants share it. */
import type { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import type { MemoryTables } from '../../../actors/hierarchy/memory/memory-tables.ts';
import type { CardYard } from './card-yard.ts';
import type { Chronicle } from './chronicle.ts';
import type { ConsentPlan } from './consent-plan.ts';
import type { OldOwner } from './old-owner.ts';
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
  /** Undefined: no cards services run. */
  readonly cards: CardYard | undefined;
  /** By name; there once the run is prepared. */
  readonly peers: Map<string, OldVoter>;
  /** Once the run is prepared, where there is one. */
  oldOwner: OldOwner | undefined;
  /** By the operation's name. */
  readonly results: Map<string, Result>;
  /** Identities of deletes nobody waits for. */
  readonly oneWay: Set<string>;
  /** Bodies sent to be refused. */
  poisoned: number;
}
