/** A plan without one of its services, for the search of a smaller world that fails alike. */
import { cardServices } from './card-world.ts';
import type { ConsentOperation, ConsentPlan, PlannedNode } from './consent-plan.ts';
import { contractsName } from './contracts.ts';
import { type Entity, entities, serviceOf } from './entities.ts';
import { hookName } from './hook.ts';
import { removerName } from './node-files.ts';
import { ordersName } from './orders.ts';
import { vaultName } from './vault.ts';

/** The plan without the service, what the service keeps, and the operations on that. */
export function withoutService(plan: ConsentPlan, service: string): ConsentPlan {
  const services = plan.services.filter((name) => name !== service);
  if (isCards(service) && plan.files === undefined) return withoutCards(plan);
  if (isCards(service) && plan.files?.ofCards) return withoutFiles(withoutCards(plan));
  if (service === ordersName)
    return {
      ...{ ...plan, services, orders: { ...plan.orders, rows: [] } },
      operations: plan.operations.filter((one) => one.what !== 'order' && !isAt(one, service)),
    };
  if (service === vaultName)
    return {
      ...{ ...plan, services },
      operations: plan.operations.filter((one) => one.what !== 'vault' && !isAt(one, service)),
    };
  if (service === hookName) return withoutHook(plan);
  if (service === removerName && plan.files !== undefined) return withoutFiles(plan);
  if (service === contractsName) return { ...withoutContracts(plan), services };
  const entity = entities.find((one) => serviceOf(one) === service);
  return entity === undefined
    ? { ...plan, services }
    : { ...withoutEntity(plan, entity), services };
}

function isCards(name: string): boolean {
  return cardServices.some((one) => one === name);
}

function isAt(operation: ConsentOperation, service: string): boolean {
  return 'service' in operation && operation.service === service;
}

function withoutCards(plan: ConsentPlan): ConsentPlan {
  return {
    ...plan,
    services: plan.services.filter((name) => !isCards(name)),
    operations: plan.operations.filter(({ what }) => what !== 'card' && what !== 'undelete'),
  };
}

function withoutHook({ hook: _hook, ...plan }: ConsentPlan): ConsentPlan {
  return {
    ...plan,
    services: plan.services.filter((name) => name !== hookName),
    operations: plan.operations.filter((one) => !isAt(one, hookName)),
  };
}

function withoutFiles({ files: _files, ...plan }: ConsentPlan): ConsentPlan {
  return {
    ...plan,
    services: plan.services.filter((name) => name !== removerName),
    operations: plan.operations.filter((one) => !isAt(one, removerName)),
  };
}

function withoutContracts(plan: ConsentPlan): ConsentPlan {
  const isLeft = (operation: ConsentOperation): boolean => {
    if (operation.what === 'contract' || isAt(operation, contractsName)) return false;
    if ('entity' in operation && operation.entity === 'contracts') return false;
    return !(operation.what === 'order' && operation.nodeOf === 'contracts');
  };
  const rows = plan.orders.rows.filter(({ nodeOf }) => nodeOf !== 'contracts');
  return {
    ...{ ...plan, contracts: [], orders: { ...plan.orders, rows } },
    operations: plan.operations.filter(isLeft),
  };
}

function withoutEntity(plan: ConsentPlan, entity: Entity): ConsentPlan {
  const { links, code, ...rest } = plan;
  const peers = plan.peers.filter((peer) => peer.entity !== entity);
  const contracts = plan.contracts.filter(({ nodeOf }) => nodeOf !== entity);
  const isKept = (contract: string): boolean =>
    !plan.contracts.some(({ name, nodeOf }) => name === contract && nodeOf === entity);
  const isLeft = (operation: ConsentOperation): boolean => {
    if ('entity' in operation && operation.entity === entity) return false;
    if (isAt(operation, serviceOf(entity))) return false;
    if ('nodeOf' in operation && operation.nodeOf === entity) return false;
    if (operation.what === 'link' && links?.to === entity) return false;
    if (operation.what === 'contract' && !isKept(operation.contract)) return false;
    return !('peer' in operation) || peers.some(({ name }) => name === operation.peer);
  };
  const rows = plan.orders.rows.filter(({ nodeOf, node }) =>
    nodeOf === 'contracts' ? isKept(node) : nodeOf !== entity,
  );
  const isLinked = links !== undefined && links.from !== entity && links.to !== entity;
  return {
    ...{ ...rest, peers, contracts, orders: { ...plan.orders, rows } },
    ...(isLinked ? { links } : {}),
    ...(code === undefined || code === entity ? {} : { code }),
    tree: treeWithout(plan.tree, entity),
    operations: plan.operations.filter(isLeft),
  };
}

function treeWithout(tree: readonly PlannedNode[], entity: Entity): readonly PlannedNode[] {
  const gone = new Set(tree.filter((node) => node.entity === entity).map(({ name }) => name));
  const kept = (references: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(references).filter(([, name]) => !gone.has(name)));
  return tree
    .filter(({ name }) => !gone.has(name))
    .map(({ parent, ...node }) => ({
      ...{ ...node, references: kept(node.references), later: kept(node.later) },
      ...(parent === undefined || gone.has(parent) ? {} : { parent }),
    }));
}
