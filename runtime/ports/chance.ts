/** The port for random numbers: 0 ≤ n < 1. No other file calls `Math.random`. */
export type Chance = () => number;

/** The random numbers of this machine. */
export const systemChance: Chance = () => Math.random();
