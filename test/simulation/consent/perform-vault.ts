/** A client places or lifts a hold of the vault, or hands in a document that the vault keeps. */
import type { World } from '../../../testing/simulation/world.ts';
import type { ConsentOperation } from './consent-plan.ts';
import { type ConsentRun, type Result, resultOf } from './consent-run.ts';
import { idOf } from './names.ts';
import { vaultName } from './vault.ts';

type VaultOperation = Extract<ConsentOperation, { readonly what: 'vault' }>;

export const vaultPlace = { exchange: vaultName, routingKey: vaultName };

/** The time as the vault and the owner write times. */
export function timeAfter(world: World, ms: number): string {
  return new Date(world.simulation.clock.now() + ms).toISOString();
}

export async function requestVault(
  run: ConsentRun,
  { name, word, row: id, node, nodeOf: entity, forMs }: VaultOperation,
  world: World,
): Promise<void> {
  const data = { id, entity, nodeId: idOf(node) };
  const until = word === 'lift' ? {} : { until: timeAfter(world, forMs) };
  const body = { action: word, data: { ...data, ...until } };
  const result = resultOf(await world.ask(vaultPlace, body, idOf(name)));
  run.results.set(name, result);
  if (result.ok) world.note(`the vault: ${word}`);
}

/** Lifts a hold. */
export async function lift(
  world: World,
  { id, nodeId, entity }: { readonly id: string; readonly nodeId: string; readonly entity: string },
): Promise<Result> {
  return resultOf(await world.ask(vaultPlace, { action: 'lift', data: { id, entity, nodeId } }));
}
