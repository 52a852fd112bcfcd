/**
 * In some worlds a vault holds nodes up to a moment, and keeps documents of nodes that are deleted;
 * deletions of these nodes are tried again when the holds have ended. The stream of random numbers is
 * separate, so the rest of a seed's plan does not depend on these draws.
 */
import type { Chance } from '../../../runtime/ports/chance.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { ConsentOperation, ConsentPlan } from './consent-plan.ts';
import { aimed, drawTime } from './draw-orders.ts';
import { between } from './draw-tree.ts';
import { vaultName } from './vault.ts';

type VaultOperation = Extract<ConsentOperation, { readonly what: 'vault' }>;

/**
 * The stream of the seed for this file. Under this number no seed of `regression-seeds.ts` and
 * `mutants/catching-seeds.ts` has a vault, so these seeds keep their worlds.
 */
const vaultStream = 184;
const share = 0.2;
const documentShare = 0.5;
const liftShare = 0.4;
const killShare = 0.2;
const downAtEndShare = 0.4;
const rowsMax = 3;
const forMs = { min: 1_000, max: 40_000 };
const deleteMaxMs = 6_000;
const giveUpShare = 0.2;

export function withVault(plan: ConsentPlan): ConsentPlan {
  const chance = seededChance(plan.seed, vaultStream);
  // An old owner knows no retention.
  if (chance() >= share || plan.calm || plan.oldOwner !== undefined) return plan;
  const drawn = drawRows(chance, plan);
  const kills: readonly ConsentOperation[] =
    chance() < killShare
      ? [
          {
            ...{ what: 'kill', name: 'v', service: vaultName },
            ...{ atMs: drawTime(chance, plan, undefined), downMs: between(chance, 1, 20_000) },
          },
        ]
      : downAtEnd(chance, drawn);
  const operations = [...plan.operations, ...drawn, ...kills];
  return {
    ...plan,
    services: [...plan.services, vaultName],
    operations: operations.sort((a, b) => a.atMs - b.atMs),
  };
}

/** The vault is down when the first hold ends, for longer than the deadline of the next try. */
function downAtEnd(
  chance: Chance,
  drawn: readonly ConsentOperation[],
): readonly ConsentOperation[] {
  const hold = drawn.find(
    (row): row is VaultOperation => row.what === 'vault' && row.word === 'hold',
  );
  if (hold === undefined || chance() >= downAtEndShare) return [];
  const atMs = hold.atMs + Math.max(0, hold.forMs - between(chance, 0, 1_000));
  return [
    { what: 'kill', name: 'v', service: vaultName, atMs, downMs: between(chance, 12_000, 20_000) },
  ];
}

/** A node has at most one document; `draw-ends.ts` may give the node another one. */
function drawRows(chance: Chance, plan: ConsentPlan): readonly ConsentOperation[] {
  const documented = new Set<string>();
  return Array.from({ length: between(chance, 1, rowsMax) }, (_, at) => {
    const { name: node, entity: nodeOf } = aimed(chance, plan);
    const isDocument = chance() < documentShare && !documented.has(node);
    if (isDocument) documented.add(node);
    const row: VaultOperation = {
      ...{ what: 'vault', name: `u${at + 1}`, row: `v${at + 1}`, node, nodeOf },
      ...{ word: isDocument ? 'keep' : 'hold', forMs: between(chance, forMs.min, forMs.max) },
      atMs: drawTime(chance, plan, node),
    };
    return [row, ...after(chance, row)];
  }).flat();
}

/** A deletion of the node that is tried again, and the lifting of the hold. */
function after(chance: Chance, row: VaultOperation): readonly ConsentOperation[] {
  const { name, node, nodeOf: entity, atMs } = row;
  const deletion: ConsentOperation = {
    ...{ what: 'delete', name: `${name}d`, entity, nodes: [node], oneWay: false },
    atMs: atMs + between(chance, 0, deleteMaxMs),
    whenHeld: chance() < giveUpShare ? between(chance, forMs.min, forMs.max) : 'any',
  };
  const lift: ConsentOperation = {
    ...{ ...row, word: 'lift', name: `${name}l` },
    atMs: deletion.atMs + between(chance, 0, deleteMaxMs),
  };
  return row.word === 'hold' && chance() < liftShare ? [deletion, lift] : [deletion];
}
