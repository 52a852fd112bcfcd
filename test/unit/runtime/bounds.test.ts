/** What a process takes in while something it needs is slow: as much as was agreed with the broker, and no more. */
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { OutgoingMessage } from '../../../runtime/ports/envelope.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { PublishOutcome } from '../../../runtime/ports/transport.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { assert, suite } from '../../support/suite.ts';
import { configOf, countedIds, shopService } from './shop.ts';

const test = suite('bounds');

/** Shut until it is opened. */
class Gate {
  open = (): void => undefined;
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  pass(): Promise<void> {
    return this.#opened;
  }
}

class SlowJournal extends MemoryJournal {
  gate: Gate | undefined;

  override async commit(
    instance: string,
    turns: readonly TurnCommit[],
    confirmed?: readonly string[],
  ): Promise<void> {
    await this.gate?.pass();
    await super.commit(instance, turns, confirmed);
  }
}

class SlowTransport extends MemoryTransport {
  gate: Gate | undefined;

  override async publish(message: OutgoingMessage): Promise<PublishOutcome> {
    await this.gate?.pass();
    return super.publish(message);
  }
}

class World {
  readonly clock = new VirtualClock(1_000_000);
  readonly ids = countedIds();
  readonly broker = new MemoryBroker(this.clock);
  readonly journal = new SlowJournal({ stores: [] });
  readonly transport = new SlowTransport(this.broker);
  received = 0;
  readonly runtime: Runtime = createRuntime({
    services: [shopService()],
    transport: this.transport,
    journal: this.journal,
    ephemeral: new MemoryJournal({ stores: [] }),
    clock: this.clock,
    ids: this.ids,
    failpoints: { reach: (name) => void (name === 'delivery.received' && this.#countDelivery()) },
    prefetch: 16,
    outgoingMax: 20,
  });

  #countDelivery(): void {
    this.received += 1;
  }

  /** The service is up, and so many messages wait for it. */
  async send(action: string, count: number): Promise<void> {
    await this.runtime.start();
    const client = new Client({
      transport: new MemoryTransport(this.broker),
      name: 'client',
      clock: this.clock,
      ids: this.ids,
    });
    await client.open(topologyOf([configOf('shop')]));
    for (let n = 0; n < count; n += 1) {
      await client.send(
        { exchange: 'shop', routingKey: 'shop_consume' },
        { action, data: { n: 1, key: `k${n}` } },
      );
    }
    await this.clock.advance(1_000);
  }
}

test('while the journal is slow, no more deliveries come than the prefetch; then all are handled', async () => {
  const world = new World();
  const gate = new Gate();
  world.journal.gate = gate;
  await world.send('tell', 500);
  assert.is(world.received, 16);
  gate.open();
  await world.clock.advance(1_000);
  assert.equal([world.received, (await world.journal.counts()).actors], [500, 500]);
});

test('while the broker takes nothing, turns stop at so many messages that wait for it; then all go out', async () => {
  const world = new World();
  const gate = new Gate();
  world.transport.gate = gate;
  await world.send('tell', 500);
  const { outbox } = await world.journal.counts();
  assert.ok(outbox >= 20 && outbox <= 36, `${outbox} messages wait`);
  assert.ok(world.received <= outbox + 16, `${world.received} deliveries came`);
  gate.open();
  await world.clock.advance(1_000);
  assert.equal([world.received, (await world.journal.counts()).outbox], [500, 0]);
});

test('a stop does not wait for room', async () => {
  const world = new World();
  const gate = new Gate();
  world.transport.gate = gate;
  await world.send('tell', 100);
  const stopped = world.runtime.stop();
  await world.clock.advance(100);
  gate.open();
  await Promise.all([stopped, world.clock.advance(10_000)]);
  assert.ok(world.received < 100);
});

test('messages that can never be published use up neither the prefetch nor the room for messages', async () => {
  const world = new World();
  await world.send('pay', 100);
  await world.clock.advance(1_000);
  const dead = await world.journal.deadLetters(['shop'], 1_000);
  assert.equal(new Set(dead.map(({ kind }) => kind)), new Set(['unpublishable']));
  assert.equal([world.received, dead.length, (await world.journal.counts()).outbox], [100, 100, 0]);
});

test.run();
