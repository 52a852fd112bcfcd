/** The names of operations whose message ids no other message takes. */
import type { ConsentPlan } from './consent-plan.ts';

/** The id of a message is made of the name of its operation, and a rival takes the id of another one. */
export function ownNames({ operations }: Pick<ConsentPlan, 'operations'>): ReadonlySet<string> {
  const taken = operations.map((one) => (one.what === 'rival' ? one.of : one.name));
  return new Set(
    taken.filter((name, at) => taken.indexOf(name) === at && taken.lastIndexOf(name) === at),
  );
}
