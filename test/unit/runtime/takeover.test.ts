/** Several processes over one journal, in virtual time: who runs what, and who notices that it is no longer theirs. */
import { setup } from 'xstate';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import type { FailpointName } from '../../../runtime/ports/failpoints.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import { defineService } from '../../../runtime/service.ts';
import { FailingJournal } from '../../../runtime/simulated/failing-journal.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { type ActivityContext, activity } from '../../../runtime/step/activity.ts';
import { record } from '../../../runtime/step/effects.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { databaseLike } from '../../support/database-like.ts';
import { assert, suite } from '../../support/suite.ts';
import { configOf, countedIds } from './shop.ts';

const test = suite('takeover');
const address = { service: 'job', machine: 'job', key: 'one' };

interface Try {
  readonly process: string;
  readonly context: ActivityContext;
  end(output: Json): void;
}

/** A job that is done by an activity, which ends when the test says so, is given up on request, and rings after five seconds. */
function jobService(process: string, tries: Try[]): ServiceDefinition {
  const work = activity(
    (_input: Json, context) =>
      new Promise<Json>((resolve) => tries.push({ process, context, end: resolve })),
    {
      timeoutMs: 600_000,
    },
  );
  const line = (what: string) => record(() => ({ topic: 'job', line: { what } }));
  const job = setup({
    actors: { work },
    actions: { noteDone: line('done'), noteRung: line('rung'), noteGivenUp: line('given up') },
  }).createMachine({
    id: 'job',
    type: 'parallel',
    states: {
      work: {
        initial: 'idle',
        states: {
          idle: { on: { begin: 'working' } },
          working: {
            invoke: { src: 'work', input: null, onDone: { target: 'ended', actions: 'noteDone' } },
            on: { giveUp: { target: 'ended', actions: 'noteGivenUp' } },
          },
          ended: {},
        },
      },
      bell: {
        initial: 'waiting',
        states: { waiting: { after: { 5000: { target: 'rung', actions: 'noteRung' } } }, rung: {} },
      },
    },
  });
  const route = { machine: 'job', to: () => ({ key: 'one' }), starts: true } as const;
  return defineService({
    config: configOf('job'),
    machines: { job },
    messages: { begin: route, giveUp: route },
  });
}

class World {
  readonly clock = new VirtualClock(1_000_000);
  readonly ids = countedIds();
  readonly broker = new MemoryBroker(this.clock);
  readonly stored = new MemoryJournal({ stores: [] });
  readonly tries: Try[] = [];
  /** Turns committed by each process. */
  readonly turns: Record<string, number> = {};

  /** A process of its own, with its own way to the journal and its own idea of the time. */
  async start(
    name: string,
    clock: Clock = this.clock,
  ): Promise<{ readonly runtime: Runtime; readonly journal: FailingJournal }> {
    const journal = new FailingJournal(databaseLike(this.stored, this.clock), {
      clock: this.clock,
      chance: () => 0.5,
    });
    const runtime = createRuntime({
      services: [jobService(name, this.tries)],
      transport: new MemoryTransport(this.broker),
      journal: journal.port,
      ephemeral: new MemoryJournal({ stores: [] }),
      ...{ clock, ids: this.ids, instance: name },
      failpoints: { reach: (point) => this.#count(name, point) },
    });
    await Promise.all([runtime.start(), this.clock.advance(10)]);
    return { runtime, journal };
  }

  #count(name: string, point: FailpointName): void {
    if (point === 'turn.committed') this.turns[name] = (this.turns[name] ?? 0) + 1;
  }

  async send(action: string): Promise<void> {
    const client = new Client({
      transport: new MemoryTransport(this.broker),
      name: 'client',
      clock: this.clock,
      ids: this.ids,
    });
    await client.open(topologyOf([configOf('job')]));
    await client.send({ exchange: 'job', routingKey: 'job_consume' }, { action, data: {} });
    await this.clock.advance(10);
  }

  async history(): Promise<readonly Json[]> {
    return (await this.stored.history('job')).map(({ line, atMs }) => [
      line['what'] ?? null,
      atMs - 1_000_000,
    ]);
  }

  get running(): readonly (readonly [string, boolean])[] {
    return this.tries.map(({ process, context }) => [process, context.signal.aborted]);
  }
}

test('what a silent process ran another takes over with its progress; the silent one notices when it is back', async () => {
  const world = new World();
  const slow = await world.start('slow');
  await world.send('begin');
  world.tries[0]?.context.progress({ done: 3 });
  await world.clock.advance(10);
  await world.start('other');
  slow.journal.cut(9_000);
  await world.clock.advance(8_000);
  assert.equal(world.running, [
    ['slow', false],
    ['other', false],
  ]);
  assert.equal(world.tries[1]?.context.lastProgress, { done: 3 });
  assert.is(world.tries[0]?.context.idempotencyKey, world.tries[1]?.context.idempotencyKey);
  await world.clock.advance(3_000);
  assert.equal(world.running, [
    ['slow', true],
    ['other', false],
  ]);
  world.tries[0]?.end('late');
  world.tries[1]?.end('mine');
  await world.clock.advance(100);
  assert.equal(
    (await world.history()).filter((line) => Array.isArray(line) && line[0] === 'done').length,
    1,
  );
  assert.is((await world.stored.counts()).activities, 0);
});

test('an activity whose state was left in another process is aborted at the next heartbeat', async () => {
  const world = new World();
  await world.start('first');
  await world.start('second');
  await world.send('begin');
  const [begun] = world.running;
  const before = { ...world.turns };
  await world.send('giveUp');
  const other = begun?.[0] === 'first' ? 'second' : 'first';
  assert.is(world.turns[other], (before[other] ?? 0) + 1);
  assert.equal(world.running, [[begun?.[0], false]]);
  await world.clock.advance(1_100);
  assert.equal(world.running, [[begun?.[0], true]]);
});

test('what runs for an actor is seen from any process, with its progress', async () => {
  const world = new World();
  await world.start('first');
  await world.send('begin');
  world.tries[0]?.context.progress({ done: 1, of: 7 });
  await world.clock.advance(10);
  const { runtime } = await world.start('second');
  const [seen] = await runtime.activities(address);
  assert.equal(
    [seen?.kind, seen?.instance, seen?.attempt, seen?.progress],
    ['work', 'first', 0, { done: 1, of: 7 }],
  );
  await assert.rejects(
    runtime.activities({ ...address, service: 'nobody' }),
    /this process does not run the service 'nobody'/,
  );
});

test('a process whose clock is a minute ahead neither takes over from the living nor rings early', async () => {
  const world = new World();
  const ahead: Clock = {
    now: () => world.clock.now() + 60_000,
    after: (delayMs, callback) => world.clock.after(delayMs, callback),
  };
  await world.start('right');
  await world.send('begin');
  await world.start('ahead', ahead);
  await world.clock.advance(4_900);
  assert.equal([world.running, await world.history()], [[['right', false]], []]);
  await world.clock.advance(200);
  const [rung] = await world.history();
  assert.ok(
    Array.isArray(rung) &&
      rung[0] === 'rung' &&
      Number(rung[1]) >= 5_010 &&
      Number(rung[1]) < 5_120,
    JSON.stringify(rung),
  );
});

test.run();
