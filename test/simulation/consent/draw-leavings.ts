/**
 * In some worlds orders leave their nodes by requests: the last order of a node is dropped or moved
 * while another order of the node is on its way, or two requests take the last two orders away. The
 * stream of random numbers is separate, so the rest of a seed's plan does not depend on these draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan, PlannedOrder } from './consent-plan.ts';
import { drawTime } from './draw-orders.ts';
import { between, oneOf } from './draw-tree.ts';
import type { Entity } from './entities.ts';

type OrderOperation = Extract<ConsentOperation, { readonly what: 'order' }>;
type Scene = {
  readonly rows: readonly PlannedOrder[];
  readonly operations: readonly OrderOperation[];
};

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has these orders, so these seeds keep their worlds.
 */
const leavingsStream = 2_633;
const share = 0.25;
const bothShare = 0.3;
const moveShare = 0.25;
const endShare = 0.4;
/** The round trip of a subscription, with most of the drawn delays. */
const roundTripMs = 150;
const bothWithinMs = 30;
const endMaxMs = 4_000;

export function withLeavings(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, leavingsStream);
  if (chance() >= share || plan.calm) return plan;
  const { rows, operations } = drawScene(chance, plan);
  const named = operations.map((operation, at) => ({ ...operation, name: `j${at + 1}` }));
  return {
    ...plan,
    orders: { ...plan.orders, rows: [...plan.orders.rows, ...rows] },
    operations: [...plan.operations, ...named].sort((a, b) => a.atMs - b.atMs),
  };
}

function drawScene(chance: Chance, plan: ConsentPlan): Scene {
  const node = oneOf(chance, plan.tree);
  const place = { node: node?.name ?? '', nodeOf: node?.entity as Entity };
  const atMs = drawTime(chance, plan, place.node);
  const last = { name: 'l1', open: false, ...place };
  const drop = { what: 'order', name: '', word: 'drop', order: 'l1', atMs, ...place } as const;
  if (chance() < bothShare)
    return {
      rows: [last, { ...last, name: 'l2' }],
      operations: [drop, { ...drop, order: 'l2', atMs: atMs + between(chance, 0, bothWithinMs) }],
    };
  const to = oneOf(chance, plan.tree);
  const leaves =
    chance() < moveShare
      ? ({ ...drop, word: 'move', node: to?.name ?? '', nodeOf: to?.entity as Entity } as const)
      : drop;
  const open = { ...drop, word: 'open', order: 'l2' } as const;
  const within = between(chance, 0, roundTripMs);
  const ends =
    chance() < endShare
      ? [{ ...drop, order: 'l2', atMs: atMs + between(chance, roundTripMs, endMaxMs) }]
      : [];
  return { rows: [last], operations: [open, { ...leaves, atMs: atMs + within }, ...ends] };
}
