/** Successive writes of one kind become one write for all their rows. */
import type { Write } from '../../runtime/ports/store.ts';

export interface Gathering {
  /** The row that the write changes; undefined: the write is of another kind, or stays alone. */
  readonly rowOf: (write: Write) => string | undefined;
  /** One write for several writes, of which no two change the same row. */
  readonly all: (writes: readonly Write[]) => Write;
}

export function gatheredWrites(
  writes: readonly Write[],
  { rowOf, all }: Gathering,
): readonly Write[] {
  const result: Write[] = [];
  let run: Write[] = [];
  let rows = new Set<string>();
  const endRun = (): void => {
    result.push(...(run.length > 1 ? [all(run)] : run));
    run = [];
    rows = new Set();
  };
  for (const write of writes) {
    const row = rowOf(write);
    if (row === undefined || rows.has(row)) endRun();
    if (row === undefined) {
      result.push(write);
      continue;
    }
    run.push(write);
    rows.add(row);
  }
  endRun();
  return result;
}
