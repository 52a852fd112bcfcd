/** Two versions of one service over one journal, in virtual time: who works, who hands over, who takes back. */
import { assign, setup } from 'xstate';
import { topologyOf } from '../../../config/topology.ts';
import { Client } from '../../../runtime/client.ts';
import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import { createRuntime, type Runtime } from '../../../runtime/runtime.ts';
import { defineService } from '../../../runtime/service.ts';
import { FailingJournal } from '../../../runtime/simulated/failing-journal.ts';
import { VirtualClock } from '../../../runtime/simulated/virtual-clock.ts';
import { activity } from '../../../runtime/step/activity.ts';
import { reply } from '../../../runtime/step/effects.ts';
import type { StoredMachine } from '../../../runtime/step/family-record.ts';
import { MemoryBroker } from '../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../transports/memory/memory-transport.ts';
import { databaseLike } from '../../support/database-like.ts';
import { assert, suite } from '../../support/suite.ts';
import { configOf, countedIds, type LogLine, listLog } from './shop.ts';

const test = suite('version gate');

type Version = 1 | 2;
type Replied = { readonly $: { readonly message: { readonly replyTo: never } } };

interface Payment {
  readonly process: string;
  end(): void;
}

/** An account that adds. Version 2 counts as well, and knows the action `bonus`. */
function account(version: Version, process: string, payments: Payment[]) {
  const pay = activity(
    () => new Promise<Json>((end) => payments.push({ process, end: () => end(process) })),
    { timeoutMs: 600_000 },
  );
  const added = { actions: ['add', 'ok'] } as const;
  return setup({
    types: { context: {} as { readonly sum: number; readonly count?: number } },
    actors: { pay },
    actions: {
      add: assign(({ context: { sum, count } }) => ({
        sum: sum + 1,
        ...(version === 1 ? {} : { count: (count ?? 0) + 1 }),
      })),
      ok: reply(({ event }) => ({
        to: (event as unknown as Replied).$.message.replyTo,
        body: { version, process },
      })),
    },
  }).createMachine({
    id: 'account',
    context: { sum: 0 },
    initial: 'open',
    states: {
      open: { on: { add: added, pay: 'paying', ...(version === 1 ? {} : { bonus: added }) } },
      paying: { invoke: { src: 'pay', input: null, onDone: 'open' }, on: { add: added } },
    },
  });
}

const route = {
  machine: 'account',
  to: ({ data }: { readonly data: Json }) => ({ key: String((data as { id: string }).id) }),
  starts: true,
} as const;

interface Options {
  /** Version 2 stores version 1 until it is released. */
  readonly keepsOld?: boolean;
}

function accounts(
  version: Version,
  process: string,
  payments: Payment[],
  options: Options,
): ServiceDefinition {
  const machine = account(version, process, payments);
  const writes = { version: 1, machine: account(1, process, payments) };
  const newest = { machine, version: 2, migrations: { 1: (stored: StoredMachine) => stored } };
  const old = { machine, version: 1 };
  const actions = ['add', 'pay', ...(version === 1 ? [] : ['bonus'])];
  return defineService({
    config: configOf('bank'),
    machines: {
      account: version === 1 ? old : options.keepsOld === true ? { ...newest, writes } : newest,
    },
    messages: Object.fromEntries(actions.map((action) => [action, route])),
  });
}

class World {
  readonly clock = new VirtualClock(1_000_000);
  readonly ids = countedIds();
  readonly broker = new MemoryBroker(this.clock);
  readonly stored = new MemoryJournal({ stores: [] });
  readonly payments: Payment[] = [];
  readonly log: LogLine[] = [];
  #client: Client | undefined;

  async start(process: string, version: Version, options: Options = {}): Promise<Runtime> {
    const journal = new FailingJournal(databaseLike(this.stored, this.clock), {
      clock: this.clock,
      chance: () => 0.5,
    });
    const runtime = createRuntime({
      services: [accounts(version, process, this.payments, options)],
      transport: new MemoryTransport(this.broker),
      journal: journal.port,
      ephemeral: new MemoryJournal({ stores: [] }),
      ...{ clock: this.clock, ids: this.ids, instance: process, log: listLog(this.log) },
    });
    await Promise.all([runtime.start(), this.clock.advance(4_000)]);
    return runtime;
  }

  async stop(runtime: Runtime): Promise<void> {
    await Promise.all([runtime.stop(), this.clock.advance(100)]);
  }

  async ask(action: string, id: string, forMs = 3_000): Promise<Json> {
    this.#client ??= await this.#connected();
    const answer = this.#client
      .request(
        { exchange: 'bank', routingKey: 'bank_consume' },
        { action, data: { id } },
        { timeoutMs: forMs },
      )
      .catch((error: Error) => error.message);
    await this.clock.advance(forMs + 1);
    return (await answer) as Json;
  }

  async #connected(): Promise<Client> {
    const client = new Client({
      transport: new MemoryTransport(this.broker),
      name: 'client',
      clock: this.clock,
      ids: this.ids,
    });
    await client.open(topologyOf([configOf('bank')]));
    return client;
  }

  get told(): readonly string[] {
    return this.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
  }
}

test('newer code starts: the older process hands the service over before the newer one consumes', async () => {
  const world = new World();
  await world.start('old', 1);
  assert.equal(await world.ask('add', 'a'), { version: 1, process: 'old' });
  await world.start('new', 2);
  for (const id of ['a', 'b', 'c', 'd'])
    assert.equal(await world.ask('bonus', id), { version: 2, process: 'new' });
  assert.equal(world.told, [
    'a process with newer code has started: this process hands the service over',
  ]);
});

test('the newer process ends: the older one takes the service back when nothing is stored by newer code', async () => {
  const world = new World();
  await world.start('old', 1);
  const newer = await world.start('new', 2);
  await world.stop(newer);
  await world.clock.advance(2_000);
  assert.equal(await world.ask('add', 'a'), { version: 1, process: 'old' });
  assert.ok(world.told.at(-1)?.includes('takes the service back'));
});

test('the newer process ends and has stored actors: its messages wait for newer code', async () => {
  const world = new World();
  await world.start('old', 1);
  const newer = await world.start('new', 2);
  await world.ask('add', 'a');
  await world.stop(newer);
  await world.clock.advance(2_000);
  assert.match(String(await world.ask('add', 'b')), /no answer/);
  await world.start('newer', 2);
  assert.equal(await world.ask('add', 'c'), { version: 2, process: 'newer' });
});

test('older code starts beside newer code: it works for nothing, and the note of the newer version stays', async () => {
  const world = new World();
  await world.start('new', 2);
  const old = await world.start('old', 1);
  for (const id of ['a', 'b', 'c'])
    assert.equal(await world.ask('add', id), { version: 2, process: 'new' });
  await world.stop(old);
  const third = world.start('third', 1).catch(({ message }: Error) => message);
  assert.match(String(await third), /version 2/);
});

test('an activity that ends in the older process after its actor was migrated is not run again', async () => {
  const world = new World();
  await world.start('old', 1);
  await world.ask('pay', 'a', 10);
  await world.start('new', 2);
  assert.equal(await world.ask('add', 'a'), { version: 2, process: 'new' });
  world.payments[0]?.end();
  await world.clock.advance(10_000);
  assert.equal(
    world.payments.map(({ process }) => process),
    ['old'],
  );
  assert.is((await world.stored.counts()).activities, 0);
  assert.is((await world.stored.counts()).deadLetters, 0);
});

test('a version that is not released yet: both versions work side by side, and the older one can read everything', async () => {
  const world = new World();
  const old = await world.start('old', 1);
  const newer = await world.start('new', 2, { keepsOld: true });
  const answers = new Set<string>();
  for (const id of ['a', 'b', 'c', 'd']) answers.add(JSON.stringify(await world.ask('add', id)));
  assert.equal([...answers].sort(), [
    JSON.stringify({ version: 1, process: 'new' }),
    JSON.stringify({ version: 1, process: 'old' }),
  ]);
  await world.stop(newer);
  for (const id of ['a', 'b', 'c', 'd'])
    assert.equal(await world.ask('add', id), { version: 1, process: 'old' });
  await world.stop(old);
});

test('a version is released: the newer process migrates, and the older one hands over', async () => {
  const world = new World();
  await world.start('old', 1);
  await world.start('new', 2, { keepsOld: true });
  await world.ask('add', 'a');
  await world.stored.releaseVersion({ service: 'bank', machine: 'account', version: 2 });
  await world.clock.advance(3_000);
  for (const id of ['a', 'b'])
    assert.equal(await world.ask('bonus', id), { version: 2, process: 'new' });
  const stored = await world.stored.inspect({ service: 'bank', machine: 'account', key: 'a' });
  assert.is(stored?.machineVersion, 2);
});

test.run();
