/**
 * What every hierarchy store and every ledger must do, as tests. Run on memory, PGlite and PostgreSQL; the numbers are those
 * of `actors/hierarchy/store.ts`.
 *
 * - The suites share one database, because an opening takes more than a second of processor time. Each test begins with
 *   empty stores.
 */
import type { SuiteOptions } from '../support/suite.ts';
import { changesContract } from './hierarchy-changes-contract.ts';
import { dependantsContract } from './hierarchy-dependants-contract.ts';
import { holdsContract } from './hierarchy-holds-contract.ts';
import { ldapContract } from './hierarchy-ldap-contract.ts';
import { linksContract } from './hierarchy-links-contract.ts';
import { nodesContract } from './hierarchy-nodes-contract.ts';
import { pagesContract } from './hierarchy-pages-contract.ts';
import { promisesContract } from './hierarchy-promises-contract.ts';
import { removalContract } from './hierarchy-removal-contract.ts';
import { searchContract } from './hierarchy-search-contract.ts';
import { subscriptionsContract } from './hierarchy-subscriptions-contract.ts';
import type { HierarchyBench } from './hierarchy-world.ts';
import { ledgerContract } from './ledger-contract.ts';

export function hierarchyContract(
  kind: string,
  bench: HierarchyBench,
  options: SuiteOptions = {},
): void {
  const kept: HierarchyBench = { fresh: () => bench.fresh(), end: async () => undefined };
  searchContract(kind, kept, options);
  pagesContract(kind, kept, options);
  nodesContract(kind, kept, options);
  changesContract(kind, kept, options);
  holdsContract(kind, kept, options);
  subscriptionsContract(kind, kept, options);
  promisesContract(kind, kept, options);
  dependantsContract(kind, kept, options);
  ldapContract(kind, kept, options);
  removalContract(kind, kept, options);
  linksContract(kind, kept, options);
  // The last suite closes the database.
  ledgerContract(kind, bench, options);
}
