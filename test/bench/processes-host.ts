/**
 * A process of the benchmark `processes`: owner and voters of the measured saga over one journal that other such processes share.
 * Arguments: the URLs of broker and database. Says `{"ready":true}`; when its input ends, it stops and says what it has used
 * since then.
 */
import { once } from 'node:events';
import { createRuntime } from '../../composition/create-runtime.ts';
import { transportsAt } from '../../composition/transport-schemes.ts';
import { openDatabase } from '../../runtime/postgres/database.ts';
import { SqlJournal } from '../../runtime/postgres/sql-journal.ts';
import type { HostReport } from './host-report.ts';
import { itemsSqlStore } from './items-store.ts';
import { ownerService, voterService } from './measured-saga.ts';

const [brokerUrl = '', databaseUrl = ''] = process.argv.slice(2);
const database = await openDatabase(databaseUrl, { stores: [itemsSqlStore] });
const items = database.stores.get('items');
if (items === undefined) throw new Error('the place has no items');
let failedBatches = 0;
const running = createRuntime({
  services: [ownerService(items), voterService(true)],
  journal: new SqlJournal({ database }),
  transports: await transportsAt([brokerUrl]),
  log: (_level, message) => {
    if (message === 'a batch failed') failedBatches += 1;
  },
});

function report(content: HostReport): void {
  process.stdout.write(`${JSON.stringify(content)}\n`);
}

await running.start();
const begun = process.cpuUsage();
report({ ready: true });
process.stdin.resume();
await once(process.stdin, 'end');
await running.stop();
const { user, system } = process.cpuUsage(begun);
report({ processorMs: (user + system) / 1_000, failedBatches });
