/**
 * Draws the orders of a participant in every world: some at the start, and some that are opened,
 * closed and opened again while deletions run. The stream of random numbers is separate, so the rest
 * of a seed's plan does not depend on these draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan, PlannedOrder } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';
import type { Entity } from './entities.ts';
import { ordersName } from './orders.ts';

type Operations = readonly ConsentOperation[];
type Node = { readonly name: string; readonly entity: Entity };

/** The stream of the seed for this file; other parts of a plan use the streams before it. */
const ordersStream = 13;
/** The stream of the updates of nodes with an open order. */
const updatesStream = 304;
const apartShare = 0.3;
const openShare = 0.25;
const closeShare = 0.6;
const killShare = 0.2;
const aimedShare = 0.6;
const ordersMax = 2;
const operationsMax = 2;
const windowMs = 8_000;
const nearMs = { before: 50, after: 500 };
const openMaxMs = 4_000;
const updateShare = 0.3;
const updateMaxMs = 1_000;

export function withOrders(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, ordersStream);
  const apart = chance() < apartShare;
  const rows = drawRows(chance, plan);
  const operations = plan.calm ? [] : drawOperations(chance, plan, rows);
  const updates = drawUpdates(seededChance(plan.seed, updatesStream), plan, rows);
  const several = plan.processes !== undefined && chance() < 0.6;
  return {
    ...plan,
    orders: { apart, rows },
    services: [...plan.services, ordersName],
    operations: [...plan.operations, ...operations, ...updates].sort((a, b) => a.atMs - b.atMs),
    ...(several ? { processes: { ...plan.processes, [ordersName]: 2 } } : {}),
  };
}

function drawRows(chance: Chance, { tree, calm }: ConsentPlan): readonly PlannedOrder[] {
  return Array.from({ length: between(chance, 0, ordersMax) }, (_, at) => {
    const { name: node, entity } = oneOf(chance, tree) as Node;
    return { name: `r${at + 1}`, node, nodeOf: entity, open: chance() < openShare && !calm };
  });
}

function drawOperations(
  chance: Chance,
  plan: ConsentPlan,
  rows: readonly PlannedOrder[],
): Operations {
  const drawn = Array.from({ length: between(chance, 0, operationsMax) }, (_, at) =>
    rows.length > 0 && chance() < 0.6
      ? ofRow(chance, plan, oneOf(chance, rows) as PlannedOrder)
      : ofNewRow(chance, plan, `r${rows.length + at + 1}`),
  );
  const kill: Operations =
    chance() < killShare
      ? [
          {
            what: 'kill',
            name: '',
            atMs: drawTime(chance, plan, undefined),
            service: ordersName,
            downMs: between(chance, 1, 20_000),
          },
        ]
      : [];
  return [...drawn.flat(), ...kill].map((operation, at) => ({ ...operation, name: `w${at + 1}` }));
}

/** An update of a node with an open order, mostly before the order is closed. */
function drawUpdates(
  chance: Chance,
  { oldOwner }: ConsentPlan,
  rows: readonly PlannedOrder[],
): Operations {
  const open = rows.find((row) => row.open);
  if (open === undefined || chance() >= updateShare) return [];
  const { node, nodeOf: entity } = open;
  if (entity === 'contracts' || entity === oldOwner) return [];
  const atMs = between(chance, 0, updateMaxMs);
  return [{ what: 'update', name: 'wu1', atMs, entity, node }];
}

/** An order of the start is closed, and opened again. */
function ofRow(
  chance: Chance,
  plan: ConsentPlan,
  { name: order, node, nodeOf, open }: PlannedOrder,
): Operations {
  const atMs = drawTime(chance, plan, node);
  const close = { what: 'order', name: '', atMs, word: 'close', order, node, nodeOf } as const;
  if (open) return [close];
  const closeAtMs = atMs + between(chance, 0, openMaxMs);
  const closes = chance() < closeShare ? [{ ...close, atMs: closeAtMs }] : [];
  return [{ ...close, word: 'reopen' }, ...closes];
}

function ofNewRow(chance: Chance, plan: ConsentPlan, order: string): Operations {
  const { name: node, entity: nodeOf } = aimed(chance, plan);
  const atMs = drawTime(chance, plan, node);
  const open = { what: 'order', name: '', atMs, word: 'open', order, node, nodeOf } as const;
  const closeAtMs = atMs + between(chance, 0, openMaxMs);
  if (chance() >= closeShare) return [open];
  return [open, { ...open, word: 'close', atMs: closeAtMs }];
}

/** Mostly a node that a deletion names. */
export function aimed(chance: Chance, { tree, operations }: ConsentPlan): Node {
  const named = new Set(
    operations.flatMap((operation) => (operation.what === 'delete' ? operation.nodes : [])),
  );
  const created = operations.filter((operation) => operation.what === 'create');
  const all: readonly Node[] = [...tree, ...created];
  const wanted = all.filter(({ name }) => named.has(name));
  return (
    chance() < aimedShare && wanted.length > 0 ? oneOf(chance, wanted) : oneOf(chance, all)
  ) as Node;
}

/** Mostly near the beginning of a deletion or update, and of the node's own before others. */
export function drawTime(
  chance: Chance,
  { operations }: ConsentPlan,
  node: string | undefined,
): number {
  const near = operations.filter(({ what }) => what === 'delete' || what === 'update');
  const own = near.filter(
    (operation) =>
      (operation.what === 'delete' && operation.nodes.some((name) => name === node)) ||
      (operation.what === 'update' && operation.node === node),
  );
  const about = oneOf(chance, own.length > 0 ? own : near);
  if (about === undefined || chance() >= aimedShare) return between(chance, 0, windowMs);
  return Math.max(0, about.atMs + between(chance, -nearMs.before, nearMs.after));
}
