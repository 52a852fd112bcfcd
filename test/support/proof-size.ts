/**
 * How often a test repeats what it proves by repetition: kills, cuts, random scripts. In full by default; `PROOFS=short` is for a second
 * run of the suite on the same commit, on another version of Node, on which these counts do not depend.
 */
export function timesOf({
  full,
  short,
}: {
  readonly full: number;
  readonly short: number;
}): number {
  const size = process.env['PROOFS'] ?? 'full';
  if (size !== 'full' && size !== 'short')
    throw new Error(`PROOFS=${size}: expected full or short`);
  return size === 'full' ? full : short;
}
