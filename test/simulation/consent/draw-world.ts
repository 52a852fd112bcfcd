/** The whole plan of a seed: `drawPlan`, and the draws beside `drawPlan` in their order. */
import type { ConsentPlan } from './consent-plan.ts';
import { withCallback } from './draw-callback.ts';
import { withCallers } from './draw-callers.ts';
import { withCode } from './draw-code.ts';
import { withContracts } from './draw-contracts.ts';
import { withCopies } from './draw-copies.ts';
import { withDeadlines } from './draw-deadlines.ts';
import { withEnds } from './draw-ends.ts';
import { withForger } from './draw-forger.ts';
import { withHandOver } from './draw-hand-over.ts';
import { withHook } from './draw-hook.ts';
import { withLeavings } from './draw-leavings.ts';
import { withLinks } from './draw-links.ts';
import { withNodeFiles } from './draw-node-files.ts';
import { withOldOwner } from './draw-old-owner.ts';
import { withOrders } from './draw-orders.ts';
import { withParts } from './draw-parts.ts';
import { drawPlan } from './draw-plan.ts';
import { withProcesses } from './draw-processes.ts';
import { withRivals } from './draw-rivals.ts';
import { withRules } from './draw-rules.ts';
import { withSharedFiles } from './draw-shared-files.ts';
import { withStrays } from './draw-strays.ts';
import { withStrikes } from './draw-strikes.ts';
import { withTraces } from './draw-traces.ts';
import { withUndeletions } from './draw-undeletions.ts';
import { withUpgrade } from './draw-upgrade.ts';
import { withVault } from './draw-vault.ts';
import { waveringInOrder } from './wavering.ts';

/** The draws beside `drawPlan`, in this order. */
const drawings: readonly ((plan: ConsentPlan) => ConsentPlan)[] = [
  withOldOwner,
  withProcesses,
  withStrays,
  withRivals,
  withRules,
  withParts,
  withOrders,
  withStrikes,
  withContracts,
  withLeavings,
  withVault,
  withUndeletions,
  withHook,
  withDeadlines,
  waveringInOrder,
  withForger,
  withHandOver,
  withCopies,
  withNodeFiles,
  withSharedFiles,
  withLinks,
  withCode,
  withCallback,
  withUpgrade,
  withCallers,
  withTraces,
  withEnds,
];

export function drawWorld(seed: number): ConsentPlan {
  return drawings.reduce((plan, draw) => draw(plan), drawPlan(seed));
}
