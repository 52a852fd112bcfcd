import type { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import {
  type FailpointName,
  type Failpoints,
  failpointNames,
} from '../../../runtime/ports/failpoints.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { prunables } from '../../../runtime/ports/retention.ts';
import { Simulation } from '../../../testing/simulation/simulation.ts';
import type { SimulationOptions } from '../../../testing/simulation/simulation-options.ts';
import { noFaults } from '../../../transports/simulated/faults.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { ordersPlace, ordersService } from './orders.ts';

const test = suite('simulation');

interface World {
  readonly simulation: Simulation;
  readonly client: Client;
  readonly journal: MemoryJournal;
  /** Virtual times, in milliseconds since the start, at which a payment was tried. */
  readonly payments: number[];
  /** The idempotency key of each try. */
  readonly keys: string[];
}

/** One service, started, with a caller. */
async function open(
  options: Partial<SimulationOptions> & { readonly silent?: boolean } = {},
): Promise<World> {
  const journal = new MemoryJournal({ stores: [] });
  const payments: number[] = [];
  const keys: string[] = [];
  const clock = {
    now: (): number => simulation.clock.now(),
    after: (ms: number, ring: () => void) => simulation.clock.after(ms, ring),
  };
  const service = ordersService(clock, {
    silent: options.silent ?? false,
    onPay: (key) => {
      payments.push(sinceStart());
      keys.push(key);
    },
  });
  const simulation = new Simulation({ services: [service], seed: seed(), journal, ...options });
  const startMs = simulation.clock.now();
  const sinceStart = (): number => simulation.clock.now() - startMs;
  await simulation.start();
  return { simulation, journal, payments, keys, client: await simulation.client('shop') };
}

function place(client: Client, timeoutMs = 300_000, messageId?: string): Promise<Json> {
  const named = messageId === undefined ? {} : { messageId };
  const body = { action: 'place', data: { amount: 12 } };
  return client.request(ordersPlace, body, { timeoutMs, ...named });
}

/** Kills the service's process where it is for the first time at this failpoint after the start. */
function killAt(name: FailpointName): {
  readonly failpoints: Failpoints;
  arm(simulation: Simulation): void;
  readonly done: () => boolean;
} {
  let victim: Simulation | undefined;
  let killed = false;
  const reach = (reached: FailpointName): void => {
    if (victim === undefined || reached !== name) return;
    victim.crash('orders');
    victim = undefined;
    killed = true;
  };
  const arm = (simulation: Simulation): void => {
    victim = simulation;
  };
  return { failpoints: { reach }, arm, done: () => killed };
}

test('an answer that takes five seconds is there when virtual time has come so far', async () => {
  const { simulation, client } = await open();
  const startMs = simulation.clock.now();
  assert.equal(await simulation.until(place(client)), { paid: 12 });
  assert.is(simulation.clock.now() - startMs, 5_000);
  await simulation.stop();
});

test("a machine's timer fires when time is advanced to it", async () => {
  const { simulation, client } = await open({ silent: true });
  const answers: Json[] = [];
  void place(client).then((answer) => answers.push(answer));
  await simulation.advance(59_999);
  assert.equal(answers, []);
  await simulation.advance(1);
  assert.equal(answers, [{ late: true }]);
  await simulation.stop();
});

test('settle moves time until nothing is under way, and not to timers that are not due', async () => {
  const { simulation, client, journal } = await open();
  const startMs = simulation.clock.now();
  await simulation.until(client.send(ordersPlace, { action: 'place', data: { amount: 1 } }));
  assert.is(simulation.isIdle, false);
  await simulation.settle();
  assert.is(simulation.clock.now() - startMs, 5_000);
  assert.is((await journal.history('orders')).length, 1);
  await simulation.stop();
});

test('settle says so when things do not become idle in time', async () => {
  const { simulation, client } = await open({ silent: true });
  const answer = place(client);
  await assert.rejects(simulation.settle(30_000), /waited 30000 ms for everything to be idle/);
  assert.equal(await simulation.until(answer), { late: true });
  await simulation.stop();
});

test('until gives the rejection of what it waits for', async () => {
  const { simulation, client } = await open({ silent: true });
  await assert.rejects(simulation.until(place(client, 1_000)), /no answer from .* within 1000 ms/);
  await simulation.stop();
});

test('until says so when what it waits for cannot happen any more', async () => {
  const simulation = new Simulation({ services: [], seed: 1 });
  await assert.rejects(
    simulation.until(new Promise(() => undefined)),
    /nothing can happen any more/,
  );
});

test('a service that was killed does nothing, and what it had committed goes on when it is started again', async () => {
  const kill = killAt('turn.committed');
  const { simulation, client, payments } = await open({ failpoints: kill.failpoints });
  kill.arm(simulation);
  const answer = place(client);
  await simulation.advance(20_000);
  assert.equal(payments, []);
  await simulation.start('orders');
  assert.equal(await simulation.until(answer), { paid: 12 });
  assert.equal(payments, [20_000]);
  await simulation.stop();
});

test('what a killed service had not committed comes again', async () => {
  const kill = killAt('turn.before-commit');
  const { simulation, client, journal } = await open({ failpoints: kill.failpoints });
  kill.arm(simulation);
  const answer = place(client);
  await simulation.advance(1_000);
  assert.is((await journal.counts()).actors, 0);
  await simulation.start('orders');
  assert.equal(await simulation.until(answer), { paid: 12 });
  await simulation.stop();
});

test('an activity of a killed service is tried again by the next, and its result counts once', async () => {
  const { simulation, client, journal, payments } = await open();
  const answer = place(client);
  await simulation.advance(2_000);
  simulation.crash('orders');
  await simulation.advance(10_000);
  await simulation.start('orders');
  assert.equal(await simulation.until(answer), { paid: 12 });
  assert.equal([payments.length, (await journal.history('orders')).length], [2, 1]);
  await simulation.stop();
});

test('an activity of a later life of one actor has another idempotency key, although every row is pruned', async () => {
  const { simulation, client, journal, keys } = await open();
  const live = async () => {
    assert.equal(await simulation.until(place(client, 300_000, 'seat 12')), { paid: 12 });
    await simulation.settle();
  };
  await live();
  for (const kind of prunables) await journal.prune(kind, Number.POSITIVE_INFINITY, 9);
  await live();
  assert.equal([keys.length, new Set(keys).size], [2, 2]);
  await simulation.stop();
});

test('killed at any failpoint and started again, the service answers, and pays into its history once', async () => {
  const reached: FailpointName[] = [];
  for (const name of failpointNames) {
    const kill = killAt(name);
    const journal = new MemoryJournal({ stores: [], failpoints: kill.failpoints });
    const { simulation, client } = await open({ failpoints: kill.failpoints, journal });
    kill.arm(simulation);
    const answer = place(client);
    await simulation.advance(8_000);
    await simulation.start('orders');
    assert.equal(await simulation.until(answer), { paid: 12 }, name);
    assert.is((await journal.history('orders')).length, 1, name);
    if (kill.done()) reached.push(name);
    await simulation.stop();
  }
  assert.ok(reached.length >= 20, `only ${reached.join(', ')} were reached`);
});

test('of two processes of a service the one goes on where the other was killed, and a message is handled by either', async () => {
  const { simulation, client, journal, payments } = await open({ processes: { orders: 2 } });
  const answers = [place(client), place(client)];
  await simulation.advance(2_000);
  simulation.crash('orders#2');
  assert.equal([simulation.isRunning('orders'), simulation.isRunning('orders#2')], [true, false]);
  for (const answer of answers) assert.equal(await simulation.until(answer), { paid: 12 });
  const taken = simulation.trace.lines.filter(
    ({ what, messageId, type }) => what === 'deliver' && type === '' && messageId !== '',
  );
  assert.equal([...new Set(taken.map(({ who }) => who))].sort(), ['orders', 'orders#2']);
  assert.equal([payments.length, (await journal.history('orders')).length], [3, 2]);
  await simulation.launch('orders#2');
  assert.ok(simulation.isRunning('orders#2'));
  await simulation.stop();
});

test('killing or starting a service twice is once', async () => {
  const { simulation, client } = await open();
  await simulation.start('orders');
  simulation.crash('orders');
  simulation.crash('orders');
  await simulation.start();
  assert.equal(await simulation.until(place(client)), { paid: 12 });
  assert.equal(
    simulation.trace.lines
      .filter(({ what }) => what === 'crash' || what === 'connect')
      .map(({ who, what }) => `${who} ${what}`),
    ['orders connect', 'shop connect', 'orders crash', 'orders/2 connect'],
  );
  await simulation.stop();
});

test('ask asks again until it is answered, and what it asks for is done once', async () => {
  const { simulation, client, journal } = await open({
    faults: { ...noFaults, delayMs: { min: 0, max: 50 }, drop: 0.2, duplicate: 0.2, cut: 0.01 },
  });
  const answers = Array.from({ length: 10 }, () =>
    simulation.ask(client, ordersPlace, { action: 'place', data: { amount: 12 } }),
  );
  assert.equal(
    await simulation.until(Promise.all(answers)),
    answers.map(() => ({ paid: 12 })),
  );
  await simulation.settle();
  assert.is((await journal.history('orders')).length, 10);
  await simulation.stop();
});

test('the same seed gives the same trace, another seed another one', async () => {
  const hashOf = async (number: number): Promise<string> => {
    const { simulation, client } = await open({
      seed: number,
      faults: { ...noFaults, delayMs: { min: 1, max: 50 }, reorder: 0.1 },
    });
    await simulation.until(place(client));
    await simulation.settle();
    await simulation.stop();
    return simulation.trace.hash;
  };
  assert.is(await hashOf(1), await hashOf(1));
  assert.is.not(await hashOf(1), await hashOf(2));
});

test.run();
