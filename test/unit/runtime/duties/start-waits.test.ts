/** Waits of a start; the words in the titles are those of `start-waits.ts`. */
import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import { Broken, Transient } from '../../../../runtime/ports/errors.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import type { LogLevel } from '../../../../runtime/ports/log.ts';
import { createRuntime, type Runtime } from '../../../../runtime/runtime.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import { MemoryBroker } from '../../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../../transports/memory/memory-transport.ts';
import { assert, suite } from '../../../support/suite.ts';
import { configOf, countedIds, shopService } from '../shop.ts';

const test = suite('waits of a start');

/** A journal whose server comes up when `failure` is taken away. */
class LateJournal extends MemoryJournal {
  failure: Error | undefined = new Transient('not-reachable', 'connect ECONNREFUSED 127.0.0.1:1');
  hangs = false;
  attempts = 0;
  closed = 0;

  override async open(): Promise<void> {
    this.attempts += 1;
    if (this.hangs) await new Promise(() => undefined);
    if (this.failure !== undefined) throw this.failure;
    await super.open();
  }

  override async close(): Promise<void> {
    this.closed += 1;
    await super.close();
  }
}

interface Line {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields: JsonObject;
}

class World {
  readonly clock = new VirtualClock(Date.UTC(2030, 0, 1));
  readonly journal = new LateJournal({ stores: [] });
  readonly lines: Line[] = [];
  readonly transport = new MemoryTransport(new MemoryBroker(this.clock));
  readonly runtime: Runtime = createRuntime({
    services: [shopService()],
    transport: this.transport,
    journal: this.journal,
    ephemeral: new MemoryJournal({ stores: [] }),
    clock: this.clock,
    ids: countedIds(),
    chance: () => 0,
    log: (level, text, fields = {}) => this.lines.push({ level, text, fields }),
  });

  warnings(): readonly string[] {
    return this.lines.filter(({ level }) => level === 'warn').map(({ text }) => text);
  }
}

test('never silent: a database that is not up is waited for, with reason and beginning', async () => {
  const world = new World();
  const started = world.runtime.start();
  await world.clock.advance(100 + 200 + 400);
  const service = configOf('shop').svcName;
  assert.equal(world.lines.slice(0, 2), [
    {
      level: 'warn',
      text: `waiting for the database of ${service}`,
      fields: {
        attempt: 1,
        delayMs: 100,
        since: '2030-01-01T00:00:00.000Z',
        reason: 'connect ECONNREFUSED 127.0.0.1:1',
      },
    },
    {
      level: 'warn',
      text: `waiting for the database of ${service}`,
      fields: {
        attempt: 2,
        delayMs: 200,
        since: '2030-01-01T00:00:00.000Z',
        reason: 'connect ECONNREFUSED 127.0.0.1:1',
      },
    },
  ]);
  world.journal.failure = undefined;
  await world.clock.advance(10_000);
  await started;
  await world.runtime.stop();
});

test('never silent: a server that does not answer is named again and again', async () => {
  const world = new World();
  world.journal.hangs = true;
  const started = world.runtime.start();
  await world.clock.advance(5_000 + 10_000);
  assert.equal(world.warnings(), [
    'still waiting for the database of shop',
    'still waiting for the database of shop',
  ]);
  const stopped = world.runtime.stop();
  await assert.rejects(started, Transient);
  await stopped;
});

test('only reachability: what waiting does not mend ends the start', async () => {
  const world = new World();
  world.journal.failure = new Broken('config-invalid', 'no such database');
  await assert.rejects(world.runtime.start(), Broken);
  assert.is(world.journal.attempts, 1);
  await world.runtime.stop();
});

test('abortable: stop ends the wait, and closes the journal without another attempt', async () => {
  const world = new World();
  const started = world.runtime.start();
  await world.clock.advance(1);
  const stopped = world.runtime.stop();
  await assert.rejects(started, Transient);
  await stopped;
  assert.equal([world.journal.attempts, world.journal.closed], [1, 1]);
});

test('a start that does not wait logs no warning, later neither', async () => {
  const world = new World();
  world.journal.failure = undefined;
  await world.runtime.start();
  await world.clock.advance(120_000);
  assert.equal(world.warnings(), []);
  await world.runtime.stop();
});

test.run();
