/**
 * The two services in a process that kills itself: `sweep-process.ts <database url> <broker url> <file of effects> [<kill as JSON>]`.
 *
 * Its parent tells it over IPC where to die, to stop, or to look what a round has left, and what to do with a dead letter; it says
 * `ready` when it consumes, and `working` when a process that is to die as it stops has committed something.
 */
import { appendFileSync } from 'node:fs';
import { createRuntime } from '../../../composition/create-runtime.ts';
import { transportsAt } from '../../../composition/transport-schemes.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import type { FailpointName, Failpoints } from '../../../runtime/ports/failpoints.ts';
import { openDatabase } from '../../../runtime/postgres/database.ts';
import { SqlJournal } from '../../../runtime/postgres/sql-journal.ts';
import type { Kill } from './kills.ts';
import { deadLettersOf, storedTraces } from './stored-traces.ts';
import { bankService, checkoutService } from './sweep-services.ts';
import { sqlTally } from './tally-store.ts';

export type Order =
  | { readonly arm: Kill }
  | { readonly stop: true }
  | { readonly look: string }
  /** The dead letter that a message is. */
  | { readonly find: string }
  | { readonly replay: string };

const [databaseUrl = '', brokerUrl = '', effectsFile = '', given] = process.argv.slice(2);
const reached = new Map<FailpointName, number>();
let armed: Kill | undefined = given === undefined ? undefined : (JSON.parse(given) as Kill);

const failpoints: Failpoints = {
  reach(name) {
    const times = (reached.get(name) ?? 0) + 1;
    reached.set(name, times);
    if (name === 'turn.committed' && times === 1 && armed?.when === 'stop')
      process.send?.({ working: true });
    if (armed?.at === name && armed.nth === times) process.kill(process.pid, 'SIGKILL');
  },
};

/** Synchronous, so that it is there when the process is killed the moment after. */
async function onEffect(name: string, key: string): Promise<null> {
  appendFileSync(effectsFile, `${JSON.stringify([name, key])}\n`);
  await new Promise<void>((resolve) => void systemClock.after(5, resolve));
  return null;
}

const database = await openDatabase(databaseUrl, { stores: [sqlTally], failpoints });
const journal = new SqlJournal({ database, failpoints });
const deadLetters = deadLettersOf(journal, systemClock);
const stores = [...database.stores.values()];
const running = createRuntime({
  services: [checkoutService(stores, onEffect), bankService(stores)],
  journal,
  transports: await transportsAt([brokerUrl]),
  failpoints,
  heartbeatMs: 100,
  leaseMs: 300,
});

process.on('message', async (order: Order) => {
  if ('arm' in order) {
    reached.clear();
    armed = order.arm;
    process.send?.({ armed: true });
  } else if ('look' in order)
    process.send?.({ seen: await storedTraces(database, journal, order.look) });
  else if ('find' in order) process.send?.({ found: (await deadLetters.find(order.find)) ?? null });
  else if ('replay' in order) process.send?.({ replayed: await deadLetters.replay(order.replay) });
  else {
    await running.stop();
    process.disconnect();
  }
});

await running.start();
process.send?.({ ready: true });
