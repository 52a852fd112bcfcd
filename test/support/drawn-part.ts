/**
 * The part of a list that one run of the suite tries, drawn by the seed of the run: over many runs every item has its turn.
 */
import { seededChance } from '../../runtime/simulated/seeded-chance.ts';

/** `count` of the items, or all when there are no more, in the order of the list. The same seed draws the same part. */
export function drawnPart<Item>(
  items: readonly Item[],
  count: number,
  seed: number,
): readonly Item[] {
  return drawnOfEach([items], count, seed);
}

/** As `drawnPart`, with at least one item of each kind as long as `count` allows it. */
export function drawnOfEach<Item>(
  kinds: readonly (readonly Item[])[],
  count: number,
  seed: number,
): readonly Item[] {
  const chance = seededChance(seed);
  const shuffled = kinds.map((items) => shuffledBy(chance, items));
  const firsts = shuffledBy(
    chance,
    shuffled.flatMap((items) => items.slice(0, 1)),
  );
  const others = shuffledBy(
    chance,
    shuffled.flatMap((items) => items.slice(1)),
  );
  const drawn = new Set([...firsts, ...others].slice(0, count));
  return kinds.flat().filter((item) => drawn.has(item));
}

function shuffledBy<Item>(chance: () => number, items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, rank: chance() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item);
}
