/**
 * The findings of the checks in this folder that the project still has: lists and ceilings that only shrink.
 *
 * Job: the lists, the ceilings, and the comparison of a list with the findings.
 *
 * - A finding that is not listed fails its test. So does an entry without a finding, so the commit that removes the finding removes
 *   the entry.
 * - A ceiling is only ever lowered.
 */

/** Imports that the layers do not allow. */
export const arrowExceptions: readonly string[] = [
  'runtime/messages/input.ts → xstate',
  'runtime/service.ts → xstate',
  'runtime/turn/turn.ts → xstate',
];

/** Files that reach one another by imports, one list a circle. */
export const fileCircles: readonly (readonly string[])[] = [
  ['config/exchange-config.ts', 'config/topology.ts'],
  ['test/support/companion-machine.ts', 'test/support/random-machine.ts'],
  ['transports/memory/binding-table.ts', 'transports/memory/memory-exchange.ts'],
  ['transports/simulated/simulated-broker.ts', 'transports/simulated/simulated-transport.ts'],
  [
    'test/simulation/consent/chronicle.ts',
    'test/simulation/consent/consent-run.ts',
    'test/simulation/consent/lists.ts',
    'test/simulation/consent/old-owner.ts',
  ],
  [
    'transports/memory/broker-channel.ts',
    'transports/memory/broker-consumer.ts',
    'transports/memory/consumer-rotation.ts',
    'transports/memory/dead-letter.ts',
    'transports/memory/delivery-scheduler.ts',
    'transports/memory/memory-queue.ts',
    'transports/memory/queue-entry.ts',
    'transports/memory/ready-messages.ts',
    'transports/memory/unsettled-list.ts',
  ],
];

/** Folders that reach one another by imports, one list a circle. */
export const folderCircles: readonly (readonly string[])[] = [
  ['test/contract', 'test/contract/journal'],
  ['test/integration/consent', 'test/integration/consent/scenarios'],
  ['test/integration/journal', 'test/integration/sweep'],
];

/** How many files may use a metaphor of `words.ts` in an identifier or in their name. */
export const metaphorCeilings: ReadonlyMap<string, number> = new Map([
  ['bury', 15],
  ['desk', 7],
  ['door', 1],
  ['grave', 1],
  ['knock', 1],
  ['letter', 28],
  ['shelf', 8],
  ['theatre', 4],
  ['yard', 4],
]);

/** How many citations of files that are not there, and of rules by their numbers, comments and titles may have. */
export const citationCeilings = { missingFiles: 55, positions: 144 };

/** One line for each finding that is not listed and each entry that no longer has a finding; empty if the two agree. */
export function disagreements(found: readonly string[], listed: readonly string[]): string[] {
  const unlisted = found.filter((finding) => !listed.includes(finding));
  const stale = listed.filter((entry) => !found.includes(entry));
  return [...unlisted, ...stale.map(staleLine)];
}

/** The same for circles: a circle that lost some of its members agrees once these are off its list. */
export function circleDisagreements(
  found: readonly (readonly string[])[],
  listed: readonly (readonly string[])[],
): string[] {
  const isListed = (circle: readonly string[]) =>
    listed.some((list) => circle.every((node) => list.includes(node)));
  const unlisted = found.filter((circle) => !isListed(circle));
  const inCircles = new Set(found.flat());
  const stale = listed.flat().filter((node) => !inCircles.has(node));
  return [...unlisted.map((circle) => `circle: ${circle.join(' ↔ ')}`), ...stale.map(staleLine)];
}

function staleLine(entry: string): string {
  return `take this entry out of test/tidy/exceptions.ts, its finding is gone: ${entry}`;
}
