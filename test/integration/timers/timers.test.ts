/** Many timers in virtual time, with everything else running. `npm run measure:timers` does it in real time and over a million. */
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import { noFailpoints } from '../../../runtime/ports/failpoints.ts';
import type { TimerRow } from '../../../runtime/ports/journal-rows.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { seededIds } from '../../../runtime/simulated/seeded-ids.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { record, turn } from '../../contract/journal/samples.ts';
import { proofSize } from '../../support/proof-size.ts';
import { assert, seed, suite } from '../../support/suite.ts';
import { bells, bellsService } from './bells.ts';
import { Ringing } from './ringing.ts';

const test = suite('many timers', { deadlineMs: 60_000 });

/** Keeps the rows it hands out in view. */
class WatchedJournal extends MemoryJournal {
  handedOut = 0;

  override async dueTimers(
    ...asked: Parameters<MemoryJournal['dueTimers']>
  ): Promise<readonly TimerRow[]> {
    const rows = await super.dueTimers(...asked);
    this.handedOut += rows.length;
    return rows;
  }
}

class World {
  readonly clock = new VirtualClock();
  readonly ids = seededIds(this.clock, seed());
  readonly journal = new WatchedJournal({ stores: [] });
  readonly ringing = new Ringing();
  readonly broker = new MemoryBroker(this.clock);
  readonly runtime: Runtime = createRuntime({
    services: [bellsService],
    transport: new MemoryTransport(this.broker),
    journal: this.journal,
    ephemeral: new MemoryJournal({ stores: [] }),
    clock: this.clock,
    ids: this.ids,
    failpoints: noFailpoints,
    onHistory: (lines) => this.ringing.heard(lines, this.clock.now()),
  });

  async open(): Promise<Client> {
    await this.runtime.start();
    const client = new Client({
      transport: new MemoryTransport(this.broker),
      name: 'setter',
      clock: this.clock,
      ids: this.ids,
    });
    await client.open(topologyOf([bellsService.config]));
    return client;
  }
}

test('each rings once and in its millisecond, whatever else is done meanwhile', async () => {
  const world = new World();
  const client = await world.open();
  const chance = seededChance(seed());
  const count = proofSize('timers');
  for (let index = 0; index < count; index += 1) {
    await client.send(bells, {
      action: 'set',
      data: { key: `bell-${index}`, delayMs: Math.floor(chance() * 3_000) },
    });
  }
  for (let at = 0; at < 40; at += 1) {
    for (let key = 0; key < 5; key += 1)
      await client.send(bells, { action: 'press', data: { key: `pressed-${key}` } });
    await world.clock.advance(100);
  }
  const { rung, early, twice, maxMs } = world.ringing.figures();
  assert.equal(
    { rung, early, twice, exact: maxMs <= 1 },
    { rung: count, early: 0, twice: 0, exact: true },
  );
});

test('timers that are not due are not in memory: none is read, and nothing more is waited for', async () => {
  const world = new World();
  const client = await world.open();
  await world.clock.advance(1_000);
  const before = world.clock.waiting;
  const address = { service: 'bells', machine: 'bell', key: 'far' };
  const timers = Array.from({ length: proofSize('timers-far') }, (_, n) => ({
    address,
    token: `#${n}`,
    dueAtMs: world.clock.now() + 3_600_000 + n,
  }));
  await world.journal.commit('setter', [turn({ address, record: record(null, 'done'), timers })]);
  await client.send(bells, { action: 'set', data: { key: 'near', delayMs: 500 } });
  await world.clock.advance(5_000);
  assert.equal([world.ringing.rung, world.journal.handedOut, world.clock.waiting], [1, 1, before]);
});

test.run();
