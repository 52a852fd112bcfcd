/**
 * Findings that the checks of this folder still tolerate: lists and ceilings.
 *
 * Job: the lists, the ceilings, and the comparison of a list with the findings.
 *
 * - Lists shrink: a finding without an entry fails its test, and an entry without a finding too.
 *   The commit that removes a finding also removes its entry.
 * - Ceilings shrink: nobody raises a ceiling.
 */

/** Imports that the layers do not allow. */
export const arrowExceptions: readonly string[] = [];

/** Files that reach each other by imports: a list for each circle. */
export const fileCircles: readonly (readonly string[])[] = [
  [
    'test/simulation/consent/chronicle.ts',
    'test/simulation/consent/consent-run.ts',
    'test/simulation/consent/lists.ts',
    'test/simulation/consent/old-owner.ts',
  ],
];

/** Folders that reach each other by imports: a list for each circle. */
export const folderCircles: readonly (readonly string[])[] = [];

/** How many files that are not in the repository the comments may cite. */
export const missingCitationsMax = 5;

/** How many links and paths of the documents may lead nowhere. */
export const deadTargetsMax = 1;

/** A line for each finding without an entry and each entry without a finding. */
export function disagreements(found: readonly string[], listed: readonly string[]): string[] {
  const unlisted = found.filter((finding) => !listed.includes(finding));
  const stale = listed.filter((entry) => !found.includes(entry));
  return [...unlisted, ...stale.map(staleLine)];
}

/**
 * A line for each circle that is not inside a list, and for each entry that is in no circle. A
 * circle that loses members agrees with its list again when the list loses the same members.
 */
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
