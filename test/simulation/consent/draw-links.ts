/**
 * In some worlds the config of one entity has links to nodes of an entity; clients link and unlink
 * about the time of deletions of either end. The stream of random numbers is separate, so the rest of
 * a seed's plan does not depend on these draws.
 */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan, PlannedNode } from './consent-plan.ts';
import { drawTime } from './draw-orders.ts';
import { between, oneOf } from './draw-tree.ts';
import { entities, serviceOf } from './entities.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has links, so these seeds keep their worlds.
 */
const linksStream = 5_713;
const share = 0.15;
const linksMax = 4;
const atStartShare = 0.5;
const unlinkShare = 0.3;
const unlinkMs = 4_000;

export function withLinks(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, linksStream);
  if (chance() >= share) return plan;
  const cast = entities.filter(
    (one) => plan.services.includes(serviceOf(one)) && one !== plan.oldOwner,
  );
  const [from, to] = [oneOf(chance, cast), oneOf(chance, cast)];
  if (from === undefined || to === undefined) return plan;
  const ofEntity = (wanted: string): readonly PlannedNode[] =>
    plan.tree.filter(({ entity }) => entity === wanted);
  const rows = new Map<string, { readonly node: string; readonly to: string }>();
  for (let at = between(chance, 1, linksMax); at > 0; at -= 1) {
    const [node, linked] = [oneOf(chance, ofEntity(from)), oneOf(chance, ofEntity(to))];
    if (node !== undefined && linked !== undefined)
      rows.set(`${node.name} ${linked.name}`, { node: node.name, to: linked.name });
  }
  const drawn = [...rows.values()].map((row) => ({ ...row, isThere: chance() < atStartShare }));
  const operations = drawn.flatMap(({ isThere, ...row }, at): readonly ConsentOperation[] => {
    const about = { what: 'link', entity: from, ...row } as const;
    const atMs = drawTime(chance, plan, chance() < 0.5 ? row.node : row.to);
    const unlinks = chance() < unlinkShare;
    const unlinkAtMs = atMs + between(chance, 0, unlinkMs);
    return [
      ...(isThere ? [] : [{ ...about, word: 'link', name: `y${at + 1}`, atMs } as const]),
      ...(unlinks
        ? [{ ...about, word: 'unlink', name: `z${at + 1}`, atMs: unlinkAtMs } as const]
        : []),
    ];
  });
  const links = drawn
    .filter(({ isThere }) => isThere)
    .map(({ node, to: end }) => ({ node, to: end }));
  return {
    ...plan,
    links: { from, to, rows: links },
    operations: [...plan.operations, ...operations].sort((a, b) => a.atMs - b.atMs),
  };
}
