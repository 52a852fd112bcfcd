/**
 * In some worlds with two processes of a service, newer code of the service comes up in one of them
 * beside the older code in the other: the newer process dies, stays, or is followed by the other.
 * The stream of random numbers is separate, so the rest of a seed's plan does not depend on these
 * draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { cardServices } from './card-world.ts';
import type { ConsentOperation, ConsentPlan, UpgradeWay } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';
import { serviceOf } from './entities.ts';
import { hookName } from './hook.ts';
import { seedsBeforeForgers } from './regression-seeds.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `mutants/catching-seeds.ts` that
 * was there before has newer code, so these seeds keep their worlds.
 */
const upgradeStream = 124;
const share = 0.7;
const windowMs = 8_000;
const downMaxMs = 2_000;
/** Until the newer process dies: often before the process has stored anything. */
const soonMs = 3_500;
const lateMs = 20_000;
const soonShare = 0.6;
const ways: readonly UpgradeWay[] = ['migrates', 'migrates', 'keeps', 'writes', 'writes'];
/** The share of the fates; the newer process of all others stays beside the older one. */
const fates = { dies: 0.45, replaces: 0.7 };
const releasedShare = 0.8;
/** The share of the worlds with newer code of a service that has activities, if there is one. */
const activeShare = 0.7;

export function withUpgrade(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, upgradeStream);
  if (chance() >= share || plan.calm || plan.handOver !== undefined) return plan;
  if (seedsBeforeForgers.has(plan.seed)) return plan;
  if (plan.processes === undefined) return plan;
  const active = chance() < activeShare ? plan.services.filter((name) => isActive(plan, name)) : [];
  const service = oneOf(chance, active.length > 0 ? active : plan.services);
  const way = oneOf(chance, ways);
  if (service === undefined || way === undefined) return plan;
  const atMs = between(chance, 0, windowMs);
  const downMs = between(chance, 0, downMaxMs);
  const upgrade: ConsentOperation = { what: 'upgrade', name: 'v1', service, way, downMs, atMs };
  const later = [
    ...released(chance, service, way, atMs + downMs),
    ...fate(chance, service, atMs + downMs),
  ];
  const operations = [...plan.operations, upgrade, ...later].sort((a, b) => a.atMs - b.atMs);
  // The other epilogues kill the first process of a service, and expect that nobody else works.
  const epilogue = plan.epilogue === 'conflict' ? plan.epilogue : 'retry';
  return { ...plan, operations, epilogue, processes: { ...plan.processes, [service]: 2 } };
}

/** Whether the service has activities. */
function isActive({ code }: ConsentPlan, service: string): boolean {
  const isOfCode = code !== undefined && service === serviceOf(code);
  return isOfCode || service === hookName || cardServices.some((name) => name === service);
}

function released(
  chance: Chance,
  service: string,
  way: UpgradeWay,
  fromMs: number,
): readonly ConsentOperation[] {
  if (way !== 'writes' || chance() >= releasedShare) return [];
  const atMs = fromMs + between(chance, 0, windowMs);
  return [{ what: 'newer code', name: 'v2', service, word: 'is released', atMs }];
}

function fate(chance: Chance, service: string, fromMs: number): readonly ConsentOperation[] {
  const drawn = chance();
  const atMs = fromMs + between(chance, 0, chance() < soonShare ? soonMs : lateMs);
  if (drawn >= fates.replaces) return [];
  const word = drawn < fates.dies ? 'dies' : 'replaces';
  return [{ what: 'newer code', name: 'v3', service, word, atMs }];
}
