/** Processes are killed one after the other while the messages of one turn are stored in packs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { FailpointName } from '../../../runtime/ports/failpoints.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { tableCounts } from '../../../runtime/postgres/table-counts.ts';
import { programAt } from '../../support/program.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { leftWork } from '../journal/left-work.ts';
import { heraldService, newsCount, toHerald } from './herald.ts';
import { memoryTally, sqlTally, tallyStore } from './tally-store.ts';

const test = suite('packs of messages and killed processes', {
  needs: ['postgres', 'rabbitmq', 'rabbitmqctl'],
  deadlineMs: 200_000,
});
const { options, file } = programAt(new URL('./herald-process.ts', import.meta.url));
const momentMs = 50;
const patienceMs = 60_000;
const news = Object.fromEntries(Array.from({ length: newsCount }, (_, n) => [`news ${n}`, 1]));

/** Each process takes the packs over from the one before, up to its own end. */
const kills: readonly (readonly [at: FailpointName, nth: number])[] = [
  ['turn.committed', 1],
  ['adopt.half-way', 1],
  ['relay.confirmed', 100],
  ['relay.published', 1],
];

const moment = () => new Promise<void>((resolve) => void systemClock.after(momentMs, resolve));

test('every message of a run comes once and in order, whatever process is killed, and no pack stays', async () => {
  const url = postgresUrl(ownPrefix());
  const host = await openVirtualHost('packs');
  const database = await openDatabase(url, { stores: [sqlTally], connectionsMax: 2 });
  const journal = new SqlJournal({ database });
  await journal.open();
  const transport = (await transportsAt([host.url]))();
  const ids = systemIds(systemClock);
  const client = new Client({ transport, name: 'crier', clock: systemClock, ids });
  await client.open(topologyOf([heraldService([memoryTally()]).config]));
  await client.send(toHerald, { action: 'tell', data: {} });
  let last: ChildProcess | undefined;
  const start = (instance: string, kill: readonly (string | number)[] = []): ChildProcess => {
    const own = [url, host.url, instance, ...kill.map(String)];
    last = spawn(process.execPath, [...options, file, ...own], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return last;
  };
  try {
    for (const kill of kills) {
      const instance = `killed at ${kill[0]}`;
      const [, signal] = await once(start(instance, kill), 'exit');
      assert.is(signal, 'SIGKILL', instance);
      assert.ok(((await tableCounts(database))['journal.outbox_packs'] ?? 0) > 0, instance);
      // Its lease need not run out.
      await journal.leave(instance);
    }
    start('the last');
    const heard = () => database.stores.get(tallyStore)?.read('all', 'news');
    const untilMs = systemClock.now() + patienceMs;
    while (systemClock.now() < untilMs) {
      const hasAll = Object.keys((await heard()) as object).length === newsCount;
      if (hasAll && (await leftWork(database)).length === 0) break;
      await moment();
    }
    assert.equal(await leftWork(database), []);
    assert.equal(await heard(), news);
    assert.is((await journal.counts()).deadLetters, 0);
  } finally {
    last?.kill('SIGKILL');
    await client.close();
    await dropSchemas(database);
    await database.close();
    await host.remove();
  }
});

test.run();
