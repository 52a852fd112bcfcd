/**
 * The service of `herald.ts` in a process that kills itself: `herald-process.ts <database url> <broker url> <instance> [<failpoint> <nth>]`.
 * The process says `ready` over IPC when it consumes, and ends with its parent.
 */
import { createRuntime } from '../../../composition/create-runtime.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { heraldService } from './herald.ts';
import { sqlTally } from './tally-store.ts';

const [databaseUrl = '', brokerUrl = '', instance = '', at, nth] = process.argv.slice(2);
let reached = 0;
const failpoints = {
  reach(name: string): void {
    if (name !== at) return;
    reached += 1;
    if (reached === Number(nth)) process.kill(process.pid, 'SIGKILL');
  },
};
const database = await openDatabase(databaseUrl, { stores: [sqlTally], connectionsMax: 3 });
const running = createRuntime({
  services: [heraldService([...database.stores.values()])],
  journal: new SqlJournal({ database, failpoints }),
  transports: await transportsAt([brokerUrl]),
  instance,
  failpoints,
  heartbeatMs: 100,
});
process.on('disconnect', () => process.exit());
await running.start();
process.send?.('ready');
