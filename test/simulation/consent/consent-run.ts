/** The parts of one run of the consent simulation, shared by operations and invariants. */
import type { MemoryLedgerStore } from '../../../actors/consent/ledger/memory/memory-ledger-store.ts';
import type { MemoryLedgerTables } from '../../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import type { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import type { MemoryTables } from '../../../actors/hierarchy/memory/memory-tables.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import type { Callers } from './callers.ts';
import type { CardWorld } from './card-world.ts';
import type { Chronicle } from './chronicle.ts';
import type { CodeBook } from './code.ts';
import type { ConsentPlan } from './consent-plan.ts';
import type { ContractBook } from './contract-book.ts';
import type { Forger } from './forger.ts';
import type { GivenUp } from './given-up.ts';
import type { Hook } from './hook.ts';
import type { NodeFiles } from './node-files.ts';
import type { OldOwner } from './old-owner.ts';
import type { OldVoter } from './old-voter.ts';
import type { OrderBook } from './order-book.ts';
import type { Traces } from './traces.ts';
import type { Upgrade } from './upgrade.ts';
import type { VaultBook } from './vault-book.ts';

/** The result of an operation. */
export interface Result {
  readonly ok: boolean;
  readonly error: string;
}

export function resultOf(answer: Json): Result {
  const error = (answer as JsonObject)['error'];
  return {
    ok: error === undefined || error === null,
    error: error === undefined ? '' : JSON.stringify(error),
  };
}

export interface ConsentRun {
  readonly plan: ConsentPlan;
  readonly tables: MemoryTables;
  readonly store: MemoryHierarchyStore;
  readonly ledger: MemoryLedgerTables;
  readonly ledgerStore: MemoryLedgerStore;
  /** The ledger of the participant; maybe that of all. */
  readonly ordersLedger: MemoryLedgerTables;
  readonly ordersLedgerStore: MemoryLedgerStore;
  readonly orderBook: OrderBook;
  readonly contractBook: ContractBook;
  readonly vaultBook: VaultBook;
  readonly chronicle: Chronicle;
  readonly givenUp: GivenUp;
  /** Undefined where no node lists files. */
  readonly files: NodeFiles | undefined;
  /** Undefined where no service has code of somebody's own. */
  readonly code: CodeBook | undefined;
  /** Undefined without a webhook. */
  readonly hook: Hook | undefined;
  /** Undefined when no cards services run. */
  readonly cards: CardWorld | undefined;
  /** Undefined without telemetry. */
  readonly traces: Traces | undefined;
  /** Undefined where callers are not signed. */
  readonly callers: Callers | undefined;
  /** Undefined where no service gets newer code. */
  readonly upgrade: Upgrade | undefined;
  /** Old voters by name, after the preparation. */
  readonly peers: Map<string, OldVoter>;
  /** The old owner, after the preparation; undefined without one. */
  oldOwner: OldOwner | undefined;
  /** After the preparation; undefined where nothing is forged. */
  forger: Forger | undefined;
  /** Results by the operation's name. */
  readonly results: Map<string, Result>;
  /** Identities of deletes without a waiting caller. */
  readonly oneWay: Set<string>;
  /** Bodies that must be refused. */
  poisoned: number;
}
