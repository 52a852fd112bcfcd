/** How to test whole services: in virtual time, with crashes and faults, all from a seed. The services are those of docs/services.md. */
import type { Client } from '../../../runtime/client.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { noFaults, Simulation, type SimulationOptions } from '../../../testing.ts';
import { assert, suite } from '../../support/suite.ts';
import { orders } from '../docs/shop/orders.ts';
import { trips } from '../docs/shop/trips.ts';

const test = suite('testing kit: a simulation');

/** In place of the real activities: no bank, no waiting. A bank that does not answer is one that never resolves. */
const activities = {
  'orders/charge': async (input: Json) =>
    (input as { amount: number }).amount < 1_000 ? 'r1' : new Promise<never>(() => undefined),
  'trips/reserve': async (input: Json) => `${(input as { what: string }).what} reserved`,
};

async function open(
  options: Partial<SimulationOptions> = {},
): Promise<{ simulation: Simulation; client: Client }> {
  const simulation = new Simulation({ services: [orders, trips], activities, ...options });
  await simulation.start();
  return { simulation, client: await simulation.client('shop') };
}

function place(simulation: Simulation, client: Client, amount = 12): Promise<Json> {
  const data = { order: 'o1', amount, withinMs: 60_000 };
  return simulation.ask(
    client,
    { exchange: 'orders', routingKey: 'orders_consume' },
    { action: 'place', data },
    300_000,
  );
}

test('until moves time to where a promise is settled', async () => {
  const { simulation, client } = await open();
  assert.equal(await simulation.until(place(simulation, client)), { receipt: 'r1' });
  await simulation.stop();
});

test('advance moves time, and timers fire', async () => {
  const { simulation, client } = await open();
  const answers: Json[] = [];
  void place(simulation, client, 5_000).then((answer) => answers.push(answer));
  await simulation.advance('59 s');
  assert.equal(answers, []);
  await simulation.advance('2 s');
  assert.equal(answers, [{ error: 'the payment took too long' }]);
  await simulation.stop();
});

test('settle runs until nothing is under way, and waits for no timer that is not due', async () => {
  const { simulation, client } = await open();
  const answer = place(simulation, client);
  await simulation.settle();
  assert.equal(await answer, { receipt: 'r1' });
  assert.is(simulation.isIdle, true);
  await simulation.stop();
});

test('a service is killed, is down for a while, and goes on; its time-out has fired meanwhile', async () => {
  const { simulation, client } = await open();
  const answer = place(simulation, client, 5_000);
  await simulation.advance('1 s');
  await simulation.restart('orders', '2 min');
  assert.equal(await simulation.until(answer), { error: 'the payment took too long' });
  await simulation.stop();
});

test('a service is killed at a failpoint', async () => {
  for (const at of [
    'turn.before-commit',
    'commit.before-end',
    'turn.committed',
    'relay.published',
  ] as const) {
    const { simulation, client } = await open();
    const crash = simulation.crashAt('orders', at);
    const answer = place(simulation, client);
    await simulation.advance('10 s');
    assert.is(crash.happened, true, at);
    await simulation.start('orders');
    assert.equal(await simulation.until(answer), { receipt: 'r1' }, at);
    await simulation.stop();
  }
});

test('messages are delayed, lost and repeated, and it ends the same', async () => {
  const faults = { ...noFaults, delayMs: { min: 1, max: 50 }, drop: 0.1, duplicate: 0.1 };
  const { simulation, client } = await open({ seed: 7, faults });
  const trip = { action: 'book', data: { trip: 't1' } };
  const booked = simulation.ask(client, { exchange: 'trips', routingKey: 'trips_consume' }, trip);
  assert.equal(await simulation.until(booked), {
    flight: 'flight reserved',
    hotel: 'hotel reserved',
  });
  await simulation.stop();
});

test('a stand-in for an activity that is not there is refused, with those that are', () => {
  const standIns = { 'orders/refund': async () => null };
  assert.throws(
    () => new Simulation({ services: [orders], activities: standIns }),
    /no 'orders\/refund'; there are orders\/charge/,
  );
});

test.run();
