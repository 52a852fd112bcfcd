/**
 * One process of the service: `bank-process.ts <release> <broker url> <database url>`. Prints `ready` when it consumes, and stops
 * at SIGTERM.
 */
import { createRuntime } from '../../../composition/create-runtime.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { bankService, type Release } from './bank.ts';

const [release = '1', brokerUrl = '', databaseUrl = ''] = process.argv.slice(2);
const database = await openDatabase(databaseUrl, { stores: [], connectionsMax: 4 });
const running = createRuntime({
  services: [bankService(release as Release)],
  journal: new SqlJournal({ database }),
  transports: await transportsAt([brokerUrl]),
});
process.once('SIGTERM', () => void running.stop());
await running.start();
process.stdout.write('ready\n');
