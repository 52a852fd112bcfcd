/**
 * `npm run housekeeping -- --turns 100000 [--database postgresql://…] [--json]`: many turns, everything kept for a minute, and what is left.
 * The last line is one JSON object. Memory without `--database`. Exits 1 when more is left than a minute of turns leaves.
 */
import { parseArgs } from 'node:util';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { dropSchemas } from '../journal/benches.ts';
import { excessOf } from './bounds.ts';
import { type LongRun, longRun } from './long-run.ts';
import { heapBytes, inVirtualTime, settledInMemory, tableBytes, vacuumed } from './surroundings.ts';

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '100000' },
    database: { type: 'string' },
    json: { type: 'boolean' },
  },
});

async function onDatabase(
  url: string,
  turns: number,
): Promise<LongRun & { readonly tableBytes: number }> {
  const database = await openDatabase(
    `${url}${url.includes('?') ? '&' : '?'}schema=housekeeping_${process.pid}`,
    { stores: [] },
  );
  try {
    const { journal, settled } = inVirtualTime(new SqlJournal({ database }));
    const run = await longRun(journal, turns, settled);
    await vacuumed(database);
    return { ...run, tableBytes: await tableBytes(database) };
  } finally {
    await dropSchemas(database);
    await database.close();
  }
}

const beganMs = performance.now();
const heapBefore = heapBytes();
const turns = Number(values.turns);
const run =
  values.database === undefined
    ? await longRun(new MemoryJournal({ stores: [] }), turns, settledInMemory)
    : await onDatabase(values.database, turns);
const seconds = Math.round((performance.now() - beganMs) / 100) / 10;
const result = { ...run, seconds, heapGrowthBytes: heapBytes() - heapBefore };
if (values.json !== true)
  process.stdout.write(
    `most ${JSON.stringify(result.most)}\nleft ${JSON.stringify(result.left)}\n`,
  );
process.stdout.write(`${JSON.stringify(result)}\n`);
const excess = excessOf(run);
for (const line of excess) process.stderr.write(`${line}\n`);
process.exitCode = excess.length === 0 ? 0 : 1;
