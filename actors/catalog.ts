/**
 * Which service a config describes. A config hosts the service of its only section: `hierarchy`,
 * `api_crud`, `cards`, `transactions`, `chains`, `file_remover` or `webhook`.
 */

import type { AnyStateMachine } from 'xstate';
import { ConfigError, type ConfigIssue } from '../config/config-error.ts';
import type { ExchangeConfig } from '../config/exchange-config.ts';
import { shown } from '../config/shown.ts';
import { openJsonRpc } from '../runtime/ethereum/open-json-rpc.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import type { Store } from '../runtime/ports/store.ts';
import { defineApiCrudService } from './api-crud/service.ts';
import { cardLister } from './cards/card-lister.ts';
import { MemoryCardsStore } from './cards/memory-store.ts';
import { defineCardsService } from './cards/service.ts';
import { cardsSqlStore } from './cards/sql-store.ts';
import { cardsStoreName } from './cards/store.ts';
import { MemoryChainStore } from './chain/memory-store.ts';
import { chainsSettings } from './chain/section.ts';
import { defineChainsService } from './chain/service.ts';
import { chainSqlStore } from './chain/sql-store.ts';
import { chainStoreName } from './chain/store.ts';
import { openNetworks } from './chain/viem/open-networks.ts';
import { ledgerStoreName } from './consent/ledger/store.ts';
import type { ConsentSettings } from './consent/settings.ts';
import { deletionPlanMachine } from './deletion-plan/deletion-plan-machine.ts';
import { MemoryFilesStore } from './file-remover/memory-store.ts';
import { defineFileRemoverService } from './file-remover/service.ts';
import { filesSqlStore } from './file-remover/sql-store.ts';
import { filesStoreName } from './file-remover/store.ts';
import { MemoryHierarchyStore } from './hierarchy/memory/memory-store.ts';
import { hierarchySqlModule } from './hierarchy/sql/sql-store.ts';
import { hierarchyStoreName } from './hierarchy/store.ts';
import { nodeCreationMachine } from './model-crud/node-creation-machine.ts';
import type { HookedEntity } from './model-crud/node-hooks.ts';
import { nodeLister } from './model-crud/node-lister.ts';
import { defineModelCrudService } from './model-crud/service.ts';
import type { ServiceKind, ServiceStore } from './modules/service-module.ts';
import {
  type ConsentMachines,
  consentMachines,
  ownerMachinesOf,
  voterOf,
} from './peer/consent-machines.ts';
import { ledgerServiceStore } from './peer/ledger-service-store.ts';
import { MemoryTransactionsStore } from './transactions/memory-store.ts';
import { defineTransactionsService } from './transactions/service.ts';
import { transactionsSqlStore } from './transactions/sql-store.ts';
import { webhookPost } from './webhook/post.ts';
import { defineWebhookService } from './webhook/service.ts';

export { sections } from './sections.ts';

/** The machines of a service of the hierarchy. Tests replace some of them. */
export interface EntityMachines extends ConsentMachines {
  readonly nodeCreation: (settings: ConsentSettings, hooked: HookedEntity) => AnyStateMachine;
}

export const entityMachines: EntityMachines = {
  ...consentMachines,
  nodeCreation: nodeCreationMachine,
};

/** A service for the nodes of an entity, with these machines and these hooks. */
export function modelCrudService(
  config: ExchangeConfig,
  stores: readonly Pick<Store<never>, 'name' | 'read'>[],
  machines: EntityMachines = entityMachines,
  hooked?: HookedEntity,
): ServiceDefinition {
  return defineModelCrudService({
    config,
    ...(hooked === undefined ? {} : { hooked }),
    stores,
    nodeCreation: machines.nodeCreation,
    owner: (settings, nodes) => ownerMachinesOf(machines, settings, nodes),
    voter: (settings, nodes, { detachment }) => voterOf(machines, settings, nodes, [], detachment),
    deletionPlan: deletionPlanMachine,
  });
}

const hierarchyStore: ServiceStore = {
  sql: hierarchySqlModule,
  memory: () => new MemoryHierarchyStore(),
};
const cardsStore: ServiceStore = { sql: cardsSqlStore, memory: () => new MemoryCardsStore() };

/** The stores of a service that keeps nodes. */
export const entityStores: ServiceKind['stores'] = [hierarchyStore, ledgerServiceStore];

const kinds: Readonly<Record<string, ServiceKind>> = {
  hierarchy: {
    stores: entityStores,
    define: (config, { store }) =>
      modelCrudService(config, [store(hierarchyStoreName), store(ledgerStoreName)]),
  },
  api_crud: { stores: [], define: (config) => defineApiCrudService(config) },
  cards: {
    stores: [cardsStore],
    define: (config, { store, locks }) =>
      defineCardsService({ config, locks, store: store(cardsStoreName) }),
  },
  transactions: {
    stores: [{ sql: transactionsSqlStore, memory: () => new MemoryTransactionsStore() }],
    define: (config, { store }) =>
      defineTransactionsService({ config, store: store('transactions'), clock: systemClock }),
  },
  chains: {
    stores: [{ sql: chainSqlStore, memory: () => new MemoryChainStore() }],
    define: (config, { store }) =>
      defineChainsService({
        config,
        store: store(chainStoreName),
        web3: openNetworks(chainsSettings(config).networks, process.env, openJsonRpc),
      }),
  },
  webhook: {
    stores: [ledgerServiceStore],
    define: (config, { store }) =>
      defineWebhookService({
        config,
        store: store(ledgerStoreName),
        post: webhookPost(config),
        clock: systemClock,
      }),
  },
  file_remover: {
    // The tables of cards and nodes are read only, and are empty where other databases have them.
    stores: [
      { sql: filesSqlStore, memory: () => new MemoryFilesStore() },
      cardsStore,
      hierarchyStore,
    ],
    define: (config, { store }, configs = []) =>
      defineFileRemoverService({
        config,
        store: store(filesStoreName),
        listers: [
          cardLister(store(cardsStoreName)),
          nodeLister(store(hierarchyStoreName), configs),
        ],
      }),
  },
};

function sectionsOf(config: ExchangeConfig): readonly string[] {
  return [
    ...(config.hierarchy === undefined ? [] : ['hierarchy']),
    ...Object.keys(config.sections),
  ];
}

/** Why a config describes no service of the package: no section of one, or several. */
export function serviceKindIssues(config: ExchangeConfig): readonly ConfigIssue[] {
  const found = sectionsOf(config);
  if (found.length === 1 && Object.hasOwn(kinds, found[0] ?? '')) return [];
  const own = `or a service of your own under the name ${shown(config.svcName)}, which the command takes with --module`;
  return [
    {
      file: config.file,
      pointer: '',
      found: found.length === 0 ? 'none of them' : found.join(', '),
      allowed: `exactly one of the sections ${Object.keys(kinds).join(', ')}; ${own}`,
    },
  ];
}

/** The kind of service of the package that a config describes. Throws `ConfigError` for none. */
export function serviceKindOf(config: ExchangeConfig): ServiceKind {
  const kind = kinds[sectionsOf(config)[0] ?? ''];
  const issues = serviceKindIssues(config);
  if (kind === undefined || issues.length > 0) throw new ConfigError(issues);
  return kind;
}
