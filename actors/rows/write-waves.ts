/**
 * The writes of a commit in waves: a wave has at most one write of each row, so all writes of a wave
 * may be performed together. The writes of one row stay in their order.
 */

/** `rowOf`: the key of the row that a write is about. */
export function wavesOf<Write>(
  writes: readonly Write[],
  rowOf: (write: Write) => string,
): readonly (readonly Write[])[] {
  const waves: Write[][] = [];
  const nextOf = new Map<string, number>();
  for (const write of writes) {
    const row = rowOf(write);
    const at = nextOf.get(row) ?? 0;
    nextOf.set(row, at + 1);
    const wave = waves[at];
    if (wave === undefined) waves.push([write]);
    else wave.push(write);
  }
  return waves;
}

/** The writes of one kind. */
export function ofKind<Write extends { readonly op: string }, Op extends Write['op']>(
  writes: readonly Write[],
  op: Op,
): readonly Extract<Write, { readonly op: Op }>[] {
  return writes.filter((write): write is Extract<Write, { readonly op: Op }> => write.op === op);
}
