import assert from 'node:assert/strict';
import { type Invariant, simulate } from '../../../../testing.ts';
import { orders } from './orders.ts';

/** Looks at every commit. Called for each seed, so it counts from zero each time. */
function oneReceipt(): Invariant {
  const receipts = new Set<string>();
  return {
    name: 'one receipt an order',
    committed: (turns) => {
      const lines = turns.flatMap(({ history }) => history.map(({ line }) => line));
      for (const { order } of lines) {
        if (receipts.has(String(order))) return `${order} has a second receipt`;
        receipts.add(String(order));
      }
      return undefined;
    },
  };
}

const report = await simulate({
  services: () => ({ services: [orders], invariants: [oneReceipt()] }),
  invariants: [],
  scenario: {
    operations: (chance) => [
      { atMs: Math.floor(chance() * 3_000), order: 'o1' },
      { atMs: Math.floor(chance() * 3_000), order: 'o2' },
    ],
    perform: async ({ order }, world) => {
      await world.ask(orders, { action: 'place', data: { order, amount: 12, withinMs: 60_000 } });
    },
  },
  seeds: 5,
});
assert.deepEqual(report.violations, []);
