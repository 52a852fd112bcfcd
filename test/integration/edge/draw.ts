/** Draws from a seed: the same seed gives the same draws in the same order. */
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';

export class Draw {
  readonly #chance: () => number;

  constructor(seed: number) {
    this.#chance = seededChance(seed);
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.#chance() * limit);
  }

  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  of<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error('an empty list was drawn from');
    return value;
  }

  /** A key of the table; a key of weight 2 is drawn twice as often as a key of weight 1. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights) as Name[];
    let left = this.below(names.reduce((sum, name) => sum + weights[name], 0));
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    throw new Error('the weights of a draw are all zero');
  }
}
