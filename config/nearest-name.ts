/** The name of a list that a misspelt name most likely means. */

/** undefined: no name is near enough to be meant. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const near = names
    .map((name) => ({ name, distance: distanceOf(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((left, right) => left.distance - right.distance);
  return near[0]?.name;
}

/** The nearest name, in brackets, or nothing. */
export function meantName(given: string, names: readonly string[]): string {
  const near = nearestName(given, names);
  return near === undefined ? '' : ` (did you mean '${near}'?)`;
}

/**
 * The number of insertions, deletions and replacements of a character that turn one text into the
 * other.
 */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [line, character] of [...from.slice(0, textMax)].entries()) {
    const next = [line + 1];
    for (let at = 0; at < to.length; at += 1) {
      const replaced = (row[at] ?? 0) + (to[at] === character ? 0 : 1);
      next.push(Math.min((row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** A longer text is near no name; the rest of the text is not looked at. */
const textMax = 200;
