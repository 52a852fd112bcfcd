/**
 * The ledger as a store of a service: every service that takes part in consent has the ledger in
 * its journal.
 */

import { MemoryLedgerStore } from '../consent/ledger/memory/memory-ledger-store.ts';
import { ledgerSqlModule } from '../consent/ledger/sql/sql-ledger-store.ts';
import type { ServiceStore } from '../modules/service-module.ts';

export const ledgerServiceStore: ServiceStore = {
  sql: ledgerSqlModule,
  memory: () => new MemoryLedgerStore(),
};
