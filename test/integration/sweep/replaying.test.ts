/**
 * A dead letter that one process has kept is asked for in another (this one) and handled by a third; where that is killed meanwhile, by
 * a fourth. It is handled once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { FailpointName } from '../../../runtime/ports/failpoints.ts';
import { systemIds } from '../../../runtime/ports/ids.ts';
import { type Database, openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import { programAt } from '../../support/program.ts';
import { assert, suite } from '../../support/suite.ts';
import { openVirtualHost, type VirtualHost } from '../../support/virtual-host.ts';
import { dropSchemas, ownPrefix, postgresUrl } from '../journal/benches.ts';
import { insistentCallers } from './insistent-callers.ts';
import { deadLettersOf } from './stored-traces.ts';
import { bankService, checkoutService, toCheckout } from './sweep-services.ts';
import { memoryTally, sqlTally, tallyStore } from './tally-store.ts';
import type { Callers } from './workload.ts';

const test = suite('a replay asked for elsewhere', {
  needs: ['postgres', 'rabbitmq', 'rabbitmqctl'],
  deadlineMs: 60_000,
});
const url = postgresUrl(ownPrefix());
const { options, file } = programAt(new URL('./sweep-process.ts', import.meta.url));
const momentMs = 50;

let host: VirtualHost;
let database: Database;
let journal: SqlJournal;
let client: Client;
let callers: Callers;
let last: ChildProcess | undefined;

test.before(async () => {
  host = await openVirtualHost('replay');
  database = await openDatabase(url, { stores: [sqlTally], connectionsMax: 2 });
  journal = new SqlJournal({ database });
  await journal.open();
  client = new Client({
    transport: (await transportsAt([host.url]))(),
    name: 'caller',
    clock: systemClock,
    ids: systemIds(systemClock),
  });
  const services = [
    checkoutService([memoryTally()], async () => null),
    bankService([memoryTally()]),
  ];
  await client.open(topologyOf(services.map(({ config }) => config)));
  callers = insistentCallers(client, deadLettersOf(journal, systemClock), moment);
});
test.after.each(() => last?.kill('SIGKILL'));
test.after(async () => {
  await client.close();
  await dropSchemas(database);
  await database.close();
  await host.remove();
});

function moment(): Promise<void> {
  return new Promise((resolve) => void systemClock.after(momentMs, resolve));
}

function start(at?: FailpointName): ChildProcess {
  const kill = at === undefined ? [] : [JSON.stringify({ at, nth: 1, when: 'start' })];
  last = spawn(process.execPath, [...options, file, url, host.url, '/dev/null', ...kill], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return last;
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** A process redeems a voucher too early, issues it, and is gone. Gives the id of the letter. */
async function deadLettered(key: string): Promise<string> {
  const child = start();
  await callers.send(toCheckout, { action: 'redeem', data: { key } }, `${key} redeem`);
  const deadLetter = await callers.deadLettered(`${key} redeem`);
  assert.equal(await callers.ask(toCheckout, { action: 'issue', data: { key } }, `${key} issue`), {
    issued: true,
  });
  await killed(child);
  return deadLetter;
}

async function expectHandledOnce(key: string, deadLetter: string): Promise<void> {
  while ((await journal.deadLetter(deadLetter)) !== undefined) await moment();
  assert.is(await database.stores.get(tallyStore)?.read('times', `${key} redeemed`), 1);
}

test('it is marked here, and the process that runs the service takes it', async () => {
  const deadLetter = await deadLettered('first');
  await callers.replay(deadLetter);
  assert.is((await journal.deadLetter(deadLetter))?.replayRequested, true);
  start();
  await expectHandledOnce('first', deadLetter);
});

for (const at of ['replay.taken', 'replay.handled'] as const) {
  test(`the process that has taken it is killed at ${at}: the next one ends it`, async () => {
    const deadLetter = await deadLettered(at);
    await callers.replay(deadLetter);
    const [, signal] = await once(start(at), 'exit');
    assert.is(signal, 'SIGKILL');
    assert.is((await journal.deadLetter(deadLetter))?.id, deadLetter);
    start();
    await expectHandledOnce(at, deadLetter);
  });
}

test.run();
