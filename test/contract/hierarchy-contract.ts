/**
 * What every hierarchy store and every ledger must do, as tests. Run on memory, PGlite and PostgreSQL; the numbers are those
 * of `actors/hierarchy/store.ts`.
 */
import type { SuiteOptions } from '../support/suite.ts';
import { consentContract } from './hierarchy-consent-contract.ts';
import { ldapContract } from './hierarchy-ldap-contract.ts';
import { linksContract } from './hierarchy-links-contract.ts';
import { nodesContract } from './hierarchy-nodes-contract.ts';
import { pagesContract } from './hierarchy-pages-contract.ts';
import { removalContract } from './hierarchy-removal-contract.ts';
import { searchContract } from './hierarchy-search-contract.ts';
import type { HierarchyBench } from './hierarchy-world.ts';
import { ledgerContract } from './ledger-contract.ts';

export function hierarchyContract(
  kind: string,
  bench: HierarchyBench,
  options: SuiteOptions = {},
): void {
  searchContract(kind, bench, options);
  pagesContract(kind, bench, options);
  nodesContract(kind, bench, options);
  consentContract(kind, bench, options);
  ldapContract(kind, bench, options);
  removalContract(kind, bench, options);
  linksContract(kind, bench, options);
  ledgerContract(kind, bench, options);
}
