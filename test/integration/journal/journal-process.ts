/**
 * A process of its own for the tests that end one: `journal-process.ts commit <url>` or `journal-process.ts lock <folder>`.
 *
 * `commit` prints `opening`, opens the database, prints as JSON what an earlier one has left there, writes one turn after the other, the
 * messages m<n>, to one actor, and prints each `n` when it is committed;
 * `lock` takes the folder, prints `held` and stays.
 */
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { lockFolder } from '../../../runtime/postgres/folder-lock.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { message, record, turn } from '../../contract/journal/samples.ts';
import { add, sqlLedger } from '../../contract/ledger-store.ts';
import { storedCommits } from './stored-commits.ts';

const [what, target = ''] = process.argv.slice(2);
if (what === 'lock') stayIn(target);
else await commitForEver(target);

function stayIn(folder: string): void {
  lockFolder(folder);
  process.stdin.resume();
  process.stdout.write('held\n');
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
      inbox: [{ messageId: `m${n + 1}` }],
      outbox: [message(`o${n + 1}`)],
      writes: n % 2 === 0 ? [add(`name ${n + 1}`)] : [],
    });
    await journal.commit('child', [next]);
    process.stdout.write(`${n + 1}\n`);
  }
}
