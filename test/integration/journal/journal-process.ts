/**
 * A process of its own for the tests that end one: `journal-process.ts commit <url>` or `journal-process.ts lock|contend|open <folder>`.
 *
 * `commit` prints `opening`, opens the database, prints as JSON what an earlier one has left there, writes one turn after the other, the
 * messages m<n>, to one actor, and prints each `n` when it is committed;
 * `lock` takes the folder, prints `held` and stays;
 * `open` prints `ready`, with each line opens the database in the folder, and prints `opened` or what it was refused with;
 * `contend` prints `ready`, waits for a line, takes the folder again and again and gives it back, and prints a `Contention` as JSON.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { lockFolder } from '../../../runtime/postgres/folder-lock.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { add, sqlLedger } from '../../contract/journal/ledger-store.ts';
import { message, record, turn } from '../../contract/journal/samples.ts';
import { storedCommits } from './stored-commits.ts';

/** How it went for one of several that want a folder. */
export interface Contention {
  readonly held: number;
  /** Times it had the folder and somebody else was in it. */
  readonly clashes: number;
  /** What it was told when it did not get it. */
  readonly refusals: readonly string[];
}

const contendings = 1_000;

const [what, target = ''] = process.argv.slice(2);
if (what === 'lock') stayIn(target);
else if (what === 'contend') contendFor(target);
else if (what === 'open') openWhenTold(target);
else await commitForEver(target);

function stayIn(folder: string): void {
  lockFolder(folder);
  process.stdin.resume();
  process.stdout.write('held\n');
}

function openWhenTold(folder: string): void {
  process.stdin.on('data', () =>
    openDatabase(`pglite://${folder}`, { stores: [] }).then(
      () => process.stdout.write('opened\n'),
      (error: unknown) =>
        process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`),
    ),
  );
  process.stdout.write('ready\n');
}

function contendFor(folder: string): void {
  process.stdin.once('data', () => {
    const seen: { held: number; clashes: number; refusals: string[] } = {
      held: 0,
      clashes: 0,
      refusals: [],
    };
    for (let n = 0; n < contendings; n += 1) tryToTake(folder, seen);
    process.stdout.write(`${JSON.stringify(seen satisfies Contention)}\n`);
    process.stdin.pause();
  });
  process.stdout.write('ready\n');
}

/** Whoever is in leaves a mark that nobody else can leave before it is taken away. */
function tryToTake(
  folder: string,
  seen: { held: number; clashes: number; refusals: string[] },
): void {
  const mark = join(folder, 'inside');
  try {
    const lock = lockFolder(folder);
    seen.held += 1;
    try {
      writeFileSync(mark, '', { flag: 'wx' });
      rmSync(mark);
    } catch {
      seen.clashes += 1;
    }
    lock.release();
  } catch (error) {
    seen.refusals.push(error instanceof Error ? error.message : String(error));
  }
}

async function commitForEver(url: string): Promise<never> {
  process.stdout.write('opening\n');
  const database = await openDatabase(url, { stores: [sqlLedger] });
  const journal = new SqlJournal({ database });
  await journal.open();
  const found = await storedCommits(database, journal);
  process.stdout.write(`${JSON.stringify(found)}\n`);
  for (let n = found.version; ; n += 1) {
    const next = turn({
      expectedVersion: n,
      record: record(n + 1),
      inbox: [{ digest: 'd', messageId: `m${n + 1}` }],
      outbox: [message(`o${n + 1}`)],
      writes: n % 2 === 0 ? [add(`name ${n + 1}`)] : [],
    });
    await journal.commit('child', [next]);
    process.stdout.write(`${n + 1}\n`);
  }
}
