/**
 * In worlds with the section `trust` services have users of their own, or one user for several of
 * them; and in some the callers of deletions are signed: with the key, without one, with another
 * key, or long ago. The stream of random numbers is separate, so the rest of a seed's plan does not
 * depend on these draws.
 */
import type { TrustOptions } from '../../../config/trust-schema.ts';
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { oneOf } from './draw-tree.ts';
import { ownNames } from './own-names.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `mutants/catching-seeds.ts` that
 * was there before has users or callers, so these seeds keep their worlds.
 */
const callersStream = 206;
const usersShare = 0.6;
const sharedShare = 0.5;
const callersShare = 0.6;
const signedShare = 0.5;
const wrong = ['unsigned', 'wrong key', 'expired'] as const;
export const callerKey = 'k1';

export function withCallers(plan: ConsentPlan): ConsentPlan {
  const { trust } = plan;
  if (trust === undefined) return plan;
  const chance = seededChance(plan.seed, callersStream);
  const [hasUsers, hasCallers] = [chance() < usersShare, chance() < callersShare];
  const named = hasUsers ? withUsers(chance, plan, trust) : plan;
  return hasCallers ? withSignatures(chance, named) : named;
}

function withUsers(chance: Chance, plan: ConsentPlan, trust: TrustOptions): ConsentPlan {
  const users = Object.fromEntries(
    plan.services.map((name) => [name, chance() < sharedShare ? 'plant' : `user-${name}`]),
  );
  const own = Object.fromEntries(Object.entries(users).map(([name, user]) => [name, [user]]));
  return { ...plan, users, trust: { ...trust, services: { ...trust.services, ...own } } };
}

/** A deletion whose id another message takes too names no caller. */
function withSignatures(chance: Chance, plan: ConsentPlan): ConsentPlan {
  const alone = ownNames(plan);
  const operations = plan.operations.map((one): ConsentOperation => {
    if (one.what !== 'delete' || one.oneWay || !alone.has(one.name)) return one;
    const caller = chance() < signedShare ? 'signed' : (oneOf(chance, wrong) ?? 'signed');
    return { ...one, caller };
  });
  return { ...plan, operations, trust: { ...plan.trust, callers: { sign_with: callerKey } } };
}
