/**
 * Ends of retentions: in some worlds with a webhook the webhook keeps something of nodes that go, and
 * somebody forges the ends; in some worlds with a vault the vault is down while what it keeps ends,
 * until the tombstones of the deletion are old, or keeps two documents of one node. The stream of random numbers is separate, so the rest
 * of a seed's plan does not depend on these draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between } from './draw-tree.ts';
import { seedsBeforeEnds } from './regression-seeds.ts';
import { vaultName } from './vault.ts';

const endsStream = 8_101;
const outlastsShare = 0.5;
const keepsShare = 0.8;
const keptShare = 0.5;
const forgedShare = 0.6;
const keptMs = { min: 1_000, max: 40_000 };
const secondShare = 0.4;
const forgedMs = { min: 10_000, max: 40_000 };

export function withEnds(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, endsStream);
  if (seedsBeforeEnds.has(plan.seed)) return plan;
  const outlasts = chance() < outlastsShare && plan.services.includes(vaultName);
  const outlasting: ConsentPlan = outlasts ? { ...plan, outlasts: true } : plan;
  const { hook } = plan;
  const kept =
    hook === undefined || hook.isRead === true || chance() >= keepsShare
      ? outlasting
      : withKept(chance, { ...outlasting, hook });
  return { ...kept, operations: kept.operations.flatMap((one) => twice(chance, one)) };
}

/** A document of the vault, in some cases with another one of the same node that ends otherwise. */
function twice(chance: Chance, operation: ConsentOperation): readonly ConsentOperation[] {
  if (operation.what !== 'vault' || operation.word !== 'keep') return [operation];
  if (chance() >= secondShare) return [operation];
  const { name, row } = operation;
  const forMs = between(chance, keptMs.min, keptMs.max);
  return [operation, { ...operation, name: `${name}b`, row: `${row}b`, forMs }];
}

function withKept(
  chance: Chance,
  plan: ConsentPlan & Required<Pick<ConsentPlan, 'hook'>>,
): ConsentPlan {
  const kept = plan.tree
    .filter(() => chance() < keptShare)
    .map(({ name }) => [name, between(chance, keptMs.min, keptMs.max)] as const);
  const forging: ConsentOperation = {
    ...{ what: 'forge', name: 'f2', kinds: 'ends', atMs: 0 },
    forMs: between(chance, forgedMs.min, forgedMs.max),
  };
  // Where users are checked, or somebody forges other messages, the ends are left alone.
  const isForged =
    chance() < forgedShare &&
    plan.trust === undefined &&
    plan.operations.every(({ what }) => what !== 'forge');
  return {
    ...plan,
    hook: { ...plan.hook, keeps: Object.fromEntries(kept) },
    operations: isForged ? [forging, ...plan.operations] : plan.operations,
  };
}
