/** The port for chance: 0 ≤ n < 1. The only file that asks the machine for it. */
export type Chance = () => number;

/** The machine's own. */
export const systemChance: Chance = () => Math.random();
