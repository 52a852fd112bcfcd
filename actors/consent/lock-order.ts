/**
 * Whether the writes of a commit lock their rows in the common order. When two commits lock the
 * same rows in different orders, they wait for each other, and the database aborts one of them.
 */

/** `each`: the rows that each write locks, in the order of the writes. */
export function isInLockOrder(each: readonly (readonly string[])[]): boolean {
  const held = new Set<string>();
  let last = '';
  for (const rows of each) {
    const added = [...new Set(rows)].filter((row) => !held.has(row)).sort();
    const [first = last] = added;
    if (first < last) return false;
    for (const row of added) held.add(row);
    last = added.at(-1) ?? last;
  }
  return true;
}
