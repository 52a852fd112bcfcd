/** A scenario of the consent protocol, played on whichever bench, and what most of them begin with. */
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import type { ConsentBench } from '../bench.ts';
import type { Peer } from '../peer.ts';
import type { Placed } from './ending.ts';

export interface Scenario {
  readonly name: string;
  play(bench: ConsentBench): Promise<void>;
}

export const ok = { response: 'ok' };

/** A tag below an object; beside it, what must not be touched. */
export interface Plant {
  readonly plant: string;
  readonly tag: string;
  /** All that goes with the plant. */
  readonly below: readonly Placed[];
  readonly beside: readonly Placed[];
}

let plants = 0;

export async function buildPlant(bench: ConsentBench): Promise<Plant> {
  plants += 1;
  const hall = await bench.create('objects', { attributes: { cn: `hall ${plants}` } });
  const plant = await bench.create('objects', { parentId: hall, attributes: { cn: 'plant' } });
  const tag = await bench.create('tags', { parentId: plant, attributes: { cn: 'tag' } });
  const other = await bench.create('tags', { parentId: hall, attributes: { cn: 'other' } });
  return {
    ...{ plant, tag },
    below: [
      [plant, 'objects'],
      [tag, 'tags'],
    ],
    beside: [
      [hall, 'objects'],
      [other, 'tags'],
    ],
  };
}

/** Waits for a death that was arranged, and starts the service again. */
export async function restarted(bench: ConsentBench, service: string): Promise<void> {
  await bench.died(service);
  await bench.start(service);
}

/** Says `ok` to every question of a deletion. */
export function agrees(peer: Peer): void {
  peer.always('mayDelete', ok);
  peer.always('deleting', ok);
}

export function refuses(peer: Peer, message: string): void {
  peer.always('mayDelete', { response: 'no', message });
}

export function errorOf(answer: JsonObject): JsonObject {
  return (answer['error'] ?? {}) as JsonObject;
}

/** Resolves when the owner has recorded the vote: a refusal that comes earlier may end the collection without the vote. */
export function voted(bench: ConsentBench, voter: string, nodeId: string): Promise<void> {
  return bench.eventually(async () =>
    (await bench.history()).some(
      ({ line }) =>
        line['what'] === 'voted' && line['voter'] === voter && line['nodeId'] === nodeId,
    ),
  );
}
