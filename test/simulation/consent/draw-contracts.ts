/**
 * In some worlds an owner keeps contracts: some at the start, and some that are signed, moved, held,
 * amended and deleted while their nodes are deleted. Orders of the participant depend on contracts.
 * The stream of random numbers is separate, so the rest of a seed's plan does not depend on these
 * draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type {
  ConsentOperation,
  ConsentPlan,
  PlannedContract,
  PlannedOrder,
} from './consent-plan.ts';
import { contractsName } from './contracts.ts';
import { aimed, drawTime } from './draw-orders.ts';
import { between, oneOf } from './draw-tree.ts';
import type { Entity } from './entities.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has contracts, so these seeds keep their worlds.
 */
const contractsStream = 2_321;
const share = 0.35;
const heldShare = 0.15;
const orderShare = 0.5;
const openShare = 0.25;
const killShare = 0.15;
const contractsMax = 3;
const operationsMax = 4;
const freeMaxMs = 4_000;
const planPauseMs = 2_000;

export function withContracts(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, contractsStream);
  if (chance() >= share) return plan;
  const contracts = drawContracts(chance, plan);
  const orders = drawOrders(chance, plan, contracts);
  const operations = plan.calm ? [] : drawOperations(chance, plan, contracts);
  const several = plan.processes !== undefined && chance() < 0.6;
  return {
    ...plan,
    contracts,
    orders: { ...plan.orders, rows: [...plan.orders.rows, ...orders] },
    services: [...plan.services, contractsName],
    operations: [...plan.operations, ...operations].sort((a, b) => a.atMs - b.atMs),
    ...(several ? { processes: { ...plan.processes, [contractsName]: 2 } } : {}),
  };
}

function drawContracts(chance: Chance, { tree, calm }: ConsentPlan): readonly PlannedContract[] {
  return Array.from({ length: between(chance, 1, contractsMax) }, (_, at) => {
    const place = oneOf(chance, tree);
    return {
      name: `k${at + 1}`,
      node: place?.name ?? '',
      nodeOf: place?.entity as Entity,
      held: chance() < heldShare && !calm,
    };
  });
}

/** Orders that depend on contracts. */
function drawOrders(
  chance: Chance,
  { calm }: ConsentPlan,
  contracts: readonly PlannedContract[],
): readonly PlannedOrder[] {
  return contracts
    .filter(() => chance() < orderShare)
    .map(({ name: node }, at) => ({
      ...{ name: `q${at + 1}`, node, nodeOf: 'contracts' },
      open: chance() < openShare && !calm,
    }));
}

function drawOperations(
  chance: Chance,
  plan: ConsentPlan,
  contracts: readonly PlannedContract[],
): readonly ConsentOperation[] {
  const drawn = Array.from({ length: between(chance, 1, operationsMax) }, (_, at) => {
    const signed = `k${contracts.length + at + 1}`;
    return chance() < 0.25 ? sign(chance, plan, signed) : ofContract(chance, plan, contracts);
  });
  const kills: readonly ConsentOperation[] =
    chance() < killShare
      ? [
          {
            ...{ what: 'kill', name: '', service: contractsName },
            ...{ atMs: drawTime(chance, plan, undefined), downMs: between(chance, 1, 20_000) },
          },
        ]
      : [];
  return [...drawn.flat(), ...kills].map((operation, at) => ({ ...operation, name: `z${at + 1}` }));
}

function sign(chance: Chance, plan: ConsentPlan, contract: string): readonly ConsentOperation[] {
  const { name: node, entity: nodeOf } = aimed(chance, plan);
  const atMs = drawTime(chance, plan, node);
  return [{ what: 'contract', name: '', word: 'sign', atMs, contract, node, nodeOf }];
}

function ofContract(
  chance: Chance,
  plan: ConsentPlan,
  contracts: readonly PlannedContract[],
): readonly ConsentOperation[] {
  const { name: contract, node, held } = oneOf(chance, contracts) as PlannedContract;
  const atMs = drawTime(chance, plan, node);
  const free = {
    what: 'contract',
    name: '',
    word: 'free',
    contract,
    atMs: atMs + between(chance, 0, freeMaxMs),
  } as const;
  const draw = chance();
  if (held) return [free];
  if (draw < 0.2) return [{ ...free, word: 'hold', atMs }, free];
  if (draw < 0.35) return [{ ...free, word: 'amend', atMs }];
  if (draw < 0.5) {
    const { name: to, entity: nodeOf } = aimed(chance, plan);
    return [{ what: 'contract', name: '', word: 'move', atMs, contract, node: to, nodeOf }];
  }
  if (draw < 0.65)
    return [
      {
        ...{ what: 'order', name: '', word: 'open', order: `q${contract}`, atMs },
        ...{ node: contract, nodeOf: 'contracts' },
      },
    ];
  const about = { name: '', atMs, entity: 'contracts', nodes: [contract] } as const;
  return draw < 0.75
    ? [{ ...about, what: 'plan', pauseMs: between(chance, 0, planPauseMs) }]
    : [{ ...about, what: 'delete', oneWay: false }];
}
