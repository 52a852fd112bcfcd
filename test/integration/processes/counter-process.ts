/**
 * One of several processes over the same service: `counter-process.ts <broker url> <database url>`.
 *
 * Prints `ready` when it consumes. Ends when its input ends, and prints how many turns it has committed.
 */
import { once } from 'node:events';
import { createRuntime } from '../../../composition/create-runtime.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import type { Failpoints } from '../../../runtime/ports/failpoints.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { sqlLedger } from '../../contract/journal/ledger-store.ts';
import { countersService } from './counters.ts';

const [brokerUrl = '', databaseUrl = ''] = process.argv.slice(2);
let turns = 0;
const counting: Failpoints = {
  reach(name, detail) {
    if (name === 'turn.committed') turns += detail?.addresses?.length ?? 0;
  },
};
const database = await openDatabase(databaseUrl, { stores: [sqlLedger], connectionsMax: 4 });
const ledger = database.stores.get('ledger');
if (ledger === undefined) throw new Error('the database has no ledger');
const running = createRuntime({
  services: [countersService(ledger)],
  journal: new SqlJournal({ database }),
  transports: await transportsAt([brokerUrl]),
  failpoints: counting,
  prefetch: 32,
});
await running.start();
process.stdout.write('ready\n');
process.stdin.resume();
await once(process.stdin, 'end');
await running.stop();
process.stdout.write(`${turns}\n`);
