/**
 * In some seeds a service is retired while it has nodes, and adopts its own nodes later, in some of
 * them while a node goes that its nodes refer to and would not let go. In some the epilogue lets another service adopt the nodes of a service that is gone. The stream of random
 * numbers is separate, so the rest of a seed's plan does not depend on these draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { between, oneOf } from './draw-tree.ts';
import { type Entity, referencesOf } from './entities.ts';

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` is concerned, so these seeds keep their worlds.
 */
const strikesStream = 155;
const share = 0.25;
const windowMs = 8_000;
const adoptMaxMs = 15_000;
const meetingShare = 0.6;
/** A decision and a removal take about this time. */
const meetingMs = 800;

export function withStrikes(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, strikesStream);
  if (chance() >= share || plan.calm || plan.oldOwner !== undefined) return plan;
  const isEpilogue = chance() < 0.5;
  if (isEpilogue) return { ...plan, epilogue: 'successor' };
  // A node that depends on no other service cannot be struck off a list.
  const below = plan.tree.filter(({ parent, references }) => {
    return parent !== undefined || Object.keys(references).length > 0;
  });
  const node = oneOf(chance, below);
  if (node === undefined) return plan;
  const strike: ConsentOperation = {
    ...{ what: 'strike', name: 'i1', entity: node.entity },
    ...{ atMs: between(chance, 0, windowMs), adoptAfterMs: between(chance, 0, adoptMaxMs) },
  };
  const adoptAtMs = strike.atMs + strike.adoptAfterMs;
  const meeting = chance() < meetingShare ? drawMeeting(chance, plan, node.entity, adoptAtMs) : [];
  const operations = [...plan.operations, strike, ...meeting].sort((a, b) => a.atMs - b.atMs);
  return { ...plan, operations };
}

/** The deletion of a node that the adopted nodes need, shortly before the adoption. */
function drawMeeting(
  chance: Chance,
  { tree, shape }: ConsentPlan,
  entity: Entity,
  adoptAtMs: number,
): readonly ConsentOperation[] {
  const refusing = referencesOf(shape).filter(
    ({ from, onDelete }) => from === entity && onDelete === 'refuse',
  );
  const needed = tree.flatMap((node) =>
    refusing.flatMap(({ attribute, to }) => {
      const name = node.entity === entity ? node.references[attribute] : undefined;
      return name === undefined ? [] : [{ name, to }];
    }),
  );
  const going = oneOf(chance, needed);
  if (going === undefined) return [];
  const atMs = Math.max(0, adoptAtMs - between(chance, 0, meetingMs));
  return [
    { what: 'delete', name: 'i2', atMs, entity: going.to, nodes: [going.name], oneWay: false },
  ];
}
