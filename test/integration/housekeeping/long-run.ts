/**
 * Many turns of services that never come to an end, with everything kept for a minute only: what is left must not depend on how many
 * turns there were.
 *
 * Every round an order is placed, asks, runs an activity and is done; a till that never ends takes its money, and asks the bank, which
 * answers. A round is five turns. Time is virtual, the journal is memory or PostgreSQL.
 */
import { assign, setup } from 'xstate';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { MessageEvent } from '../../../runtime/messages/message-events.ts';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { Retention } from '../../../runtime/ports/retention.ts';
import { Runtime } from '../../../runtime/runtime.ts';
import { defineService } from '../../../runtime/service.ts';
import { seededIds } from '../../../runtime/simulated/seeded-ids.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { activity } from '../../../runtime/step/activity.ts';
import { ask, publish, record, reply } from '../../../runtime/step/effects.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { configOf } from '../../unit/runtime/shop.ts';

const minuteMs = 60_000;
const retention: Retention = {
  inbox: minuteMs,
  answered: minuteMs,
  finished: minuteMs,
  history: 2 * minuteMs,
  tombstones: minuteMs,
};
/** Orders placed at once, and how much later the next ones are. */
const placedAtOnce = 50;
const roundMs = 5_000;
export const turnsARound = 5;

const order = setup({
  actors: { pack: activity(async (input: Json) => ({ packed: input })) },
  actions: {
    pay: publish(() => ({
      exchange: 'till',
      routingKey: 'till_consume',
      action: 'pay',
      data: { cents: 12 },
    })),
    note: record(({ event }: { event: unknown }) => ({
      topic: (event as MessageEvent<{ id: string }>).data.id,
      line: { placed: true },
    })),
  },
}).createMachine({
  id: 'order',
  initial: 'open',
  states: {
    open: { on: { place: { target: 'packing', actions: ['note', 'pay'] } } },
    packing: {
      invoke: { src: 'pack', input: { box: 1 }, onDone: 'packed' },
      after: { 600000: 'packed' },
    },
    packed: { type: 'final' },
  },
});

const till = setup({
  types: {} as { context: { cents: number } },
  actions: {
    take: assign({ cents: ({ context }) => context.cents + 12 }),
    report: ask(() => ({
      exchange: 'bank',
      routingKey: 'bank_consume',
      action: 'report',
      answer: 'reported',
    })),
  },
}).createMachine({
  id: 'till',
  context: { cents: 0 },
  on: { pay: { actions: ['take', 'report'] }, reported: {} },
});

const bank = setup({
  actions: {
    confirm: reply(({ event }: { event: unknown }) => ({
      to: (event as MessageEvent).$.message.replyTo ?? undefined,
      body: 'ok',
    })),
  },
}).createMachine({ id: 'bank', on: { report: { actions: 'confirm' } } });

const config = (name: string, extra: object = {}) => configOf(name, extra);
const services = [
  defineService({
    config: config('order'),
    machines: { order },
    messages: {
      place: {
        machine: 'order',
        to: ({ data }) => ({ key: (data as { id: string }).id }),
        starts: true,
      },
    },
  }),
  defineService({
    config: config('till'),
    machines: { till },
    messages: { pay: { machine: 'till', to: () => ({ key: 'one' }), starts: true } },
  }),
  defineService({
    config: config('bank'),
    machines: { bank },
    messages: { report: { machine: 'bank', to: () => ({ key: 'one' }), starts: true } },
  }),
];

export interface LongRun {
  /** Turns that were asked for. */
  readonly turns: number;
  /** The most rows there were of each kind after any round. */
  readonly most: Awaited<ReturnType<Journal['counts']>>;
  /** What is left when everything is over and old. */
  readonly left: Awaited<ReturnType<Journal['counts']>>;
}

/** `settled` resolves when what was under way outside this process's clock is through (a database's answers). */
export async function longRun(
  journal: Journal,
  turns: number,
  settled: (isIdle: () => boolean, clock: VirtualClock) => Promise<void>,
): Promise<LongRun> {
  const clock = new VirtualClock(1_000_000_000_000);
  const ids = seededIds(clock, 7);
  const broker = new MemoryBroker(clock);
  const transport = new MemoryTransport(broker);
  const runtime = new Runtime({
    services,
    journal,
    transport,
    retention,
    clock,
    ids,
    ephemeral: new MemoryJournal({ stores: [] }),
    heartbeatMs: 1_000,
  });
  await runtime.start();
  const client = new Client({ transport: new MemoryTransport(broker), name: 'client', clock, ids });
  await client.open(topologyOf(services.map((service) => service.config)));
  const most: Record<string, number> = {};
  const rounds = Math.ceil(turns / (placedAtOnce * turnsARound));
  for (let round = 0; round < rounds; round += 1) {
    for (let n = 0; n < placedAtOnce; n += 1)
      await client.send(
        { exchange: 'order', routingKey: 'order_consume' },
        { action: 'place', data: { id: ids.next() } },
      );
    await settled(() => runtime.isIdle, clock);
    await clock.advance(roundMs);
    await settled(() => runtime.isIdle, clock);
    for (const [kind, count] of Object.entries(await journal.counts()))
      most[kind] = Math.max(most[kind] ?? 0, count);
  }
  for (let n = 0; n < 6; n += 1) {
    await clock.advance(minuteMs);
    await settled(() => runtime.isIdle, clock);
  }
  const left = await journal.counts();
  await client.close();
  await runtime.stop();
  return { turns: rounds * placedAtOnce * turnsARound, most: most as LongRun['most'], left };
}
