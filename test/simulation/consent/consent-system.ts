/**
 * The consent protocol as a simulated system: the production services of a plan, old peers, and all
 * invariants.
 */

import { type EntityMachines, entityMachines } from '../../../actors/catalog.ts';
import { MemoryLedgerStore } from '../../../actors/consent/ledger/memory/memory-ledger-store.ts';
import { MemoryLedgerTables } from '../../../actors/consent/ledger/memory/memory-ledger-tables.ts';
import { ledgerStoreName } from '../../../actors/consent/ledger/store.ts';
import type { Verb } from '../../../actors/consent/verbs.ts';
import { MemoryHierarchyStore } from '../../../actors/hierarchy/memory/memory-store.ts';
import { MemoryTables } from '../../../actors/hierarchy/memory/memory-tables.ts';
import { hierarchyStoreName } from '../../../actors/hierarchy/store.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import { writesByStore } from '../../../runtime/ports/store.ts';
import { noUndo } from '../../../runtime/ports/undo-log.ts';
import type { Seams } from '../../../testing/simulation/simulation-options.ts';
import type { Database, Invariant, Parts, System } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';
import { treeWrites } from './build-tree.ts';
import { Callers } from './callers.ts';
import { CardWorld, cardServices } from './card-world.ts';
import { Chronicle } from './chronicle.ts';
import { CodeBook } from './code.ts';
import type { ConsentPlan } from './consent-plan.ts';
import type { ConsentRun } from './consent-run.ts';
import { ContractBook } from './contract-book.ts';
import { contractsName } from './contracts.ts';
import { drawWorld } from './draw-world.ts';
import { entities, type Owned, ownedKinds, serviceOf } from './entities.ts';
import { finish } from './epilogues.ts';
import { Forger } from './forger.ts';
import { GivenUp } from './given-up.ts';
import { Hook, hookName } from './hook.ts';
import { linkRules } from './links.ts';
import { liveness } from './liveness.ts';
import type { Mutant, StandIn } from './mutants/mutant.ts';
import { withNames } from './names.ts';
import { NodeFiles } from './node-files.ts';
import { OldOwner } from './old-owner.ts';
import { OldVoter } from './old-voter.ts';
import { ledgerOfOrders, OrderBook } from './order-book.ts';
import { ordersName } from './orders.ts';
import { perform } from './perform.ts';
import { contractRules } from './safety-of-contracts.ts';
import { decisionRules } from './safety-of-decisions.ts';
import { hookRules } from './safety-of-hook.ts';
import {
  onlyCommittedIsAcknowledged,
  onlyCommittedIsSent,
  plansChangeNothing,
} from './safety-of-messages.ts';
import { nodeRules } from './safety-of-nodes.ts';
import { orderRules } from './safety-of-orders.ts';
import { overridesAreRecorded } from './safety-of-overrides.ts';
import { keptUpToTheEnd } from './safety-of-vault.ts';
import {
  contractsService,
  entityService,
  ordersService,
  trustSections,
  vaultService,
  withStores,
} from './services.ts';
import { consentSituations, noteCrash, noteSituations } from './situations.ts';
import { withoutService } from './smaller-plan.ts';
import { Traces } from './traces.ts';
import { upgradeOf } from './upgrade.ts';
import { vaultName } from './vault.ts';
import { VaultBook } from './vault-book.ts';

const rules = [...decisionRules, ...nodeRules, ...orderRules, ...contractRules];

/** `mutant`: the defect to build in. */
/** `onRun` is called with each run before it begins. */
export function consentSystem(
  mutant?: Mutant,
  onRun: (run: ConsentRun) => void = () => undefined,
): System<ConsentPlan> {
  const machines =
    mutant?.machines === undefined ? entityMachines : { ...entityMachines, ...mutant.machines };
  return {
    plan: drawWorld,
    build: (plan) => {
      const run = newRun(plan, mutant);
      onRun(run);
      return build(run, machines, mutant);
    },
    named: withNames,
    without: withoutService,
    situations: consentSituations,
  };
}

function newRun(plan: ConsentPlan, mutant: Mutant | undefined): ConsentRun {
  const tables = new MemoryTables();
  const ledger = new MemoryLedgerTables();
  const ledgerStore = new MemoryLedgerStore(ledger);
  const contractBook = new ContractBook();
  const store = new MemoryHierarchyStore(tables);
  const cards = plan.services.includes(cardServices[0])
    ? new CardWorld(plan, { tables, store }, mutant?.callback)
    : undefined;
  const ofOrders = ledgerOfOrders(plan.orders.apart, ledger, ledgerStore);
  const chronicle = new Chronicle(tables, ledger, contractBook.contracts);
  const isDecided = {
    saga: (saga: string) => chronicle.story(saga).decisions > 0,
    node: (nodeId: string, verb: Verb['name']) =>
      [...chronicle.sagas.values()].some(
        (story) =>
          story.verb === verb &&
          story.decisions > 0 &&
          [...story.engaged.values()].some((nodes) => nodes.has(nodeId)),
      ),
  };
  return {
    ...{ plan, tables, ledger, contractBook, chronicle },
    files: plan.files && new NodeFiles(plan.files, tables, cards?.withFiles),
    code: plan.code && new CodeBook(plan.code, tables),
    hook: plan.hook && new Hook(plan.hook, plan.seed, isDecided),
    givenUp: new GivenUp(),
    ...{ store, ledgerStore, cards },
    ...{ ordersLedger: ofOrders.tables, ordersLedgerStore: ofOrders.store },
    orderBook: new OrderBook(),
    vaultBook: new VaultBook(),
    upgrade: upgradeOf(plan),
    callers: plan.trust?.callers && new Callers(),
    traces: plan.traces && new Traces(plan.traces, plan),
    ...{
      peers: new Map(),
      results: new Map(),
      oneWay: new Set(),
      poisoned: 0,
      oldOwner: undefined,
      forger: undefined,
    },
  };
}

function build(
  run: ConsentRun,
  machines: EntityMachines,
  mutant: Mutant | undefined,
): Parts<ConsentPlan> {
  const { plan } = run;
  const stores = [
    ...(mutant?.stores?.(run) ?? [run.store, run.ledgerStore]),
    ...(run.code === undefined ? [] : [run.code.store]),
  ];
  const cast = entities.filter((entity) => plan.services.includes(serviceOf(entity)));
  const orders = participantOf(run, stores, mutant);
  const files = plan.files?.ofCards ? undefined : run.files;
  const changed = mutant?.owners ?? ((service: ServiceDefinition) => service);
  return {
    services: [
      ...cast.map((entity) => changed(entityService(entity, plan, stores, machines))),
      ...contractsOf(run, stores, machines),
      ...vaultOf(run, stores),
      ...hookOf(run, stores, mutant),
      ...orders.services,
      ...(run.cards?.services ?? []).map(mutant?.cards ?? ((service) => service)),
      ...(files === undefined ? [] : [files.service]),
    ],
    databases: [
      { stores: [...stores, ...besideNodes(run), ...orders.stores] },
      ...orders.databases,
      ...(run.cards?.databases ?? []),
      ...(files === undefined ? [] : [files.database]),
    ],
    activities: {
      ...run.cards?.activities,
      ...files?.activities,
      ...run.code?.activities,
    },
    invariants: [
      ...[
        safety(run),
        onlyCommittedIsSent(run),
        onlyCommittedIsAcknowledged(run),
        plansChangeNothing(),
        overridesAreRecorded(),
        keptUpToTheEnd(run),
      ],
      ...[...(run.cards?.invariants ?? []), ...(run.files?.invariants ?? [])],
      ...[...linkRules(run), ...(run.code?.invariants ?? []), ...hookRules(run), ...liveness(run)],
      ...[...(run.upgrade?.invariants ?? []), ...(run.callers?.invariants ?? [])],
      ...(run.traces?.invariants ?? []),
    ],
    isGone: (process) => run.upgrade?.isGone(process) ?? false,
    onCrash: (service, world) => noteCrash(run, service, world),
    finish: (world) => finish(run, world),
    prepare: (world) => prepare(run, world),
    perform: (operation, world) => perform(run, operation, world),
    ...(run.traces === undefined ? {} : { tracer: run.traces.tracer }),
    ...throughOf(run, mutant),
  };
}

/** Stores of services of other kinds in the database of the hierarchy. */
function besideNodes({ contractBook, vaultBook, cards }: ConsentRun): readonly StandIn[] {
  return [contractBook.store, vaultBook.store, ...(cards?.storesBesideNodes ?? [])];
}

/** The code of the processes, and the ports of the mutant around those that are watched. */
function throughOf(
  { upgrade, traces }: ConsentRun,
  mutant: Mutant | undefined,
): Pick<Parts<ConsentPlan>, 'through'> {
  const given = mutant?.through;
  if (upgrade === undefined && traces === undefined)
    return given === undefined ? {} : { through: given };
  const through: Seams = {
    transport: (own, who) => {
      const watched = traces?.watched(own, who) ?? own;
      return given?.transport?.(watched, who) ?? watched;
    },
    journal: (own, who) => {
      const watched = upgrade?.watched(own) ?? own;
      return given?.journal?.(watched, who) ?? watched;
    },
    service: (service, who) => upgrade?.code(service, who) ?? service,
  };
  return { through };
}

/** The owner, in the database of the hierarchy. */
function contractsOf(
  { plan, contractBook }: ConsentRun,
  stores: readonly StandIn[],
  machines: EntityMachines,
): readonly ServiceDefinition[] {
  if (!plan.services.includes(contractsName)) return [];
  const cast = entities.filter((entity) => isInWorld(plan, entity));
  return [contractsService(cast, plan, [...stores, contractBook.store], machines)];
}

/** The participant with ends, in the database of the hierarchy. */
function vaultOf(
  { plan, vaultBook }: ConsentRun,
  stores: readonly StandIn[],
): readonly ServiceDefinition[] {
  if (!plan.services.includes(vaultName)) return [];
  const cast = entities.filter((entity) => isInWorld(plan, entity));
  return [vaultService(cast, plan, [...stores, vaultBook.store])];
}

/** The webhook, with its promises in the database of the hierarchy. */
function hookOf(
  { plan, hook, ledgerStore }: ConsentRun,
  stores: readonly StandIn[],
  mutant: Mutant | undefined,
): readonly ServiceDefinition[] {
  if (hook === undefined) return [];
  const cast = ownedKinds.filter((kind) => isInWorld(plan, kind));
  const given = trustSections(plan, hookName);
  const service = hook.service(cast, ledgerStore, given, mutant?.post);
  return [withStores(mutant?.hook?.(service) ?? service, stores)];
}

/** The participant, in the database of the hierarchy or in one of its own. */
function participantOf(
  { plan, orderBook, ordersLedgerStore }: ConsentRun,
  stores: readonly StandIn[],
  mutant: Mutant | undefined,
): {
  readonly services: readonly ServiceDefinition[];
  readonly stores: readonly StandIn[];
  readonly databases: readonly Database[];
} {
  if (!plan.services.includes(ordersName)) return { services: [], stores: [], databases: [] };
  const own = [orderBook.store];
  const used = [...(plan.orders.apart ? [ordersLedgerStore] : stores), ...own];
  const cast = ownedKinds.filter((kind) => isInWorld(plan, kind));
  const service = ordersService(cast, plan, used, mutant?.participant?.machines);
  const services = [mutant?.participant?.service?.(service) ?? service];
  return plan.orders.apart
    ? { services, stores: [], databases: [{ services: [ordersName], stores: used }] }
    : { services, stores: own, databases: [] };
}

function isInWorld({ services, oldOwner }: ConsentPlan, entity: Owned): boolean {
  return services.includes(serviceOf(entity)) || oldOwner === entity;
}

async function prepare(run: ConsentRun, world: World): Promise<void> {
  const { simulation } = world;
  const byStore = writesByStore(treeWrites(run.plan));
  await run.store.apply(noUndo, byStore.get(hierarchyStoreName) ?? []);
  await run.ledgerStore.apply(noUndo, byStore.get(ledgerStoreName) ?? []);
  await run.contractBook.begin(run.plan.contracts, run.ledgerStore);
  await run.orderBook.begin(run.plan.orders.rows, run.ordersLedgerStore);
  await run.cards?.open(simulation.clock);
  run.chronicle.begin();
  run.files?.begin();
  await run.code?.begin();
  run.hook?.begin(simulation.clock);
  run.upgrade?.open(simulation.clock);
  for (const plan of run.plan.peers) run.peers.set(plan.name, new OldVoter(plan, simulation));
  const present = run.plan.peers.filter(({ absent }) => !absent);
  run.oldOwner = run.plan.oldOwner && new OldOwner(run.plan.oldOwner, run, world);
  const isForged = run.plan.operations.some(({ what }) => what === 'forge');
  run.forger = isForged ? new Forger(run.plan, world, run.callers?.wrong) : undefined;
  await run.callers?.open(simulation);
  const others = [run.oldOwner?.open(), run.forger?.open()];
  await simulation.until(
    Promise.all([...others, ...present.map(({ name }) => run.peers.get(name)?.open())]),
  );
}

/** Checks every rule for every event of a commit. */
function safety(run: ConsentRun): Invariant {
  return {
    name: 'safety',
    committed: (turns, world) => {
      run.givenUp.take(turns);
      // The chronicle looks at the contracts that are there after the commit.
      const ofContracts = run.contractBook.take(turns);
      const events = [...run.chronicle.take(turns), ...ofContracts, ...run.orderBook.take(turns)];
      noteSituations(run, turns, events, world);
      for (const event of events) {
        for (const { name, holds } of rules) {
          const problem = holds(event, run);
          if (problem !== undefined) world.fail(name, problem);
        }
      }
      return undefined;
    },
  };
}
