/** Stored actors and code of another version: refused, migrated, or kept beside; with children, timers and activities that run. */
import { topologyOf } from '../../../../config/topology.ts';
import { Client } from '../../../../runtime/client.ts';
import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import { Broken } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { createRuntime, type Runtime } from '../../../../runtime/runtime.ts';
import type { MachineOptions } from '../../../../runtime/service.ts';
import { VirtualClock } from '../../../../runtime/simulated/virtual-clock.ts';
import type { StoredFamily, StoredMachine } from '../../../../runtime/step/family-record.ts';
import { MemoryBroker } from '../../../../transports/memory/memory-broker.ts';
import { MemoryTransport } from '../../../../transports/memory/memory-transport.ts';
import { assert, suite } from '../../../support/suite.ts';
import { countedIds, type LogLine, listLog } from '../shop.ts';
import {
  firstOrder,
  orderService,
  type Payments,
  secondOrder,
  toSecond,
} from '../versioned-order.ts';

const test = suite('machine versions');

/** A shop whose code changes between runs over one journal. */
class Shop {
  readonly clock = new VirtualClock(1_000_000);
  readonly ids = countedIds();
  readonly broker = new MemoryBroker(this.clock);
  readonly journal = new MemoryJournal({ stores: [] });
  readonly payments: Payments = [];
  readonly lines: LogLine[] = [];
  #runtime: Runtime | undefined;

  /** Another version of the code is started over what is stored. */
  async deploy(order: MachineOptions): Promise<void> {
    await this.#runtime?.stop();
    this.#runtime = createRuntime({
      services: [orderService(order)],
      transport: new MemoryTransport(this.broker),
      journal: this.journal,
      ephemeral: new MemoryJournal({ stores: [] }),
      clock: this.clock,
      ids: this.ids,
      log: listLog(this.lines),
    });
    await this.#runtime.start();
    await this.clock.advance(10);
  }

  async send(action: string, id: string): Promise<void> {
    const client = new Client({
      transport: new MemoryTransport(this.broker),
      name: 'client',
      clock: this.clock,
      ids: this.ids,
    });
    await client.open(topologyOf([orderService({ machine: firstOrder([]) }).config]));
    await client.send({ exchange: 'shop', routingKey: 'shop_consume' }, { action, data: { id } });
    await this.clock.advance(10);
    await client.close();
  }

  async stored(key: string): Promise<{ version: number; root: StoredMachine } | undefined> {
    const record = await this.journal.inspect({ service: 'shop', machine: 'order', key });
    return (
      record && {
        version: record.machineVersion,
        root: (record.family as unknown as StoredFamily).root,
      }
    );
  }

  deadLetters() {
    return this.journal.deadLetters(['shop'], 10);
  }
}

async function shopWithOrder(): Promise<Shop> {
  const shop = new Shop();
  await shop.deploy({ machine: firstOrder(shop.payments) });
  await shop.send('place', 'o1');
  return shop;
}

test('starting over actors of a version that is not known refuses, and lists them', async () => {
  const shop = await shopWithOrder();
  await shop.send('place', 'o2');
  await assert.rejects(
    shop.deploy({ machine: secondOrder(shop.payments), version: 2 }),
    (error) => {
      assert.ok(error instanceof Broken && error.code === 'machine-version-unknown');
      assert.match(
        error.message,
        /service shop, machine order, version 1: 2 actors \(o1, o2\); known: 2/,
      );
      return true;
    },
  );
  assert.is((await shop.stored('o1'))?.version, 1);
});

test('a newer version that is stored is refused by older code', async () => {
  const shop = new Shop();
  await shop.deploy({ machine: secondOrder(shop.payments), version: 2 });
  await shop.send('place', 'o1');
  await assert.rejects(
    shop.deploy({ machine: firstOrder(shop.payments) }),
    /version 2: 1 actor \(o1\); known: 1/,
  );
});

test('actors that have ended hinder nobody; one of them may begin again', async () => {
  const shop = await shopWithOrder();
  await shop.send('end', 'o1');
  await shop.deploy({ machine: secondOrder(shop.payments), version: 2 });
  await shop.send('end', 'o1');
  assert.is((await shop.stored('o1'))?.version, 1);
  await shop.send('place', 'o1');
  const { version, root } = (await shop.stored('o1')) ?? {};
  assert.equal([version, root?.value], [2, 'charging']);
});

test('a migrated actor goes on where it was: its activity is finished by the new code', async () => {
  const shop = await shopWithOrder();
  await shop.deploy({
    machine: secondOrder(shop.payments),
    version: 2,
    migrations: { 1: toSecond },
  });
  assert.equal(
    shop.payments.map(({ version, input }) => [version, input]),
    [
      [1, 12],
      [2, 12],
    ],
  );
  shop.payments[1]?.finish('receipt');
  await shop.clock.advance(10);
  const { version, root } = (await shop.stored('o1')) ?? {};
  assert.equal(
    [version, root?.value, root?.context],
    [2, 'charging', { total: 12, receipt: 'receipt' }],
  );
  assert.equal(root?.children?.['pack']?.context, { crates: 2 });
});

test('a timer of a migrated actor fires under its new name', async () => {
  const shop = await shopWithOrder();
  await shop.deploy({
    machine: secondOrder(shop.payments),
    version: 2,
    migrations: { 1: toSecond },
  });
  await shop.clock.advance(60_000);
  assert.is((await shop.stored('o1'))?.root.value, 'overdue');
  assert.equal(await shop.deadLetters(), []);
  assert.is((await shop.journal.counts()).timers, 0);
});

test('migrations are chained', async () => {
  const shop = await shopWithOrder();
  const noted = (stored: StoredMachine): StoredMachine => ({
    ...stored,
    context: { ...(stored.context as object), note: 'third' } as Json,
  });
  await shop.deploy({
    machine: secondOrder(shop.payments),
    version: 3,
    migrations: { 1: toSecond, 2: noted },
  });
  shop.payments[1]?.finish('receipt');
  await shop.clock.advance(10);
  const { version, root } = (await shop.stored('o1')) ?? {};
  assert.equal([version, root?.context], [3, { total: 12, note: 'third', receipt: 'receipt' }]);
});

test('a version that is kept goes on with its own machine; new actors begin in the new one', async () => {
  const shop = await shopWithOrder();
  await shop.deploy({
    machine: secondOrder(shop.payments),
    version: 2,
    versions: { 1: firstOrder(shop.payments) },
  });
  await shop.send('place', 'o2');
  assert.equal(
    shop.payments.map(({ version }) => version),
    [1, 1, 2],
  );
  shop.payments[1]?.finish('old');
  shop.payments[2]?.finish('new');
  await shop.clock.advance(10);
  const [old, young] = [await shop.stored('o1'), await shop.stored('o2')];
  assert.equal(
    [old?.version, old?.root.context, old?.root.value],
    [1, { amount: 12, receipt: 'old' }, 'paying'],
  );
  assert.equal(
    [young?.version, young?.root.context, young?.root.value],
    [2, { total: 12, receipt: 'new' }, 'charging'],
  );
  await shop.clock.advance(60_000);
  assert.equal(
    [(await shop.stored('o1'))?.root.value, (await shop.stored('o2'))?.root.value],
    ['late', 'overdue'],
  );
});

test('migrations may lead to a version that is kept', async () => {
  const shop = await shopWithOrder();
  await shop.deploy({
    machine: secondOrder(shop.payments),
    version: 3,
    versions: { 2: secondOrder(shop.payments) },
    migrations: { 1: toSecond },
  });
  await shop.clock.advance(60_000);
  assert.equal(
    [(await shop.stored('o1'))?.version, (await shop.stored('o1'))?.root.value],
    [2, 'overdue'],
  );
});

const bad: readonly (readonly [string, (stored: StoredMachine) => unknown, RegExp])[] = [
  [
    'throws',
    () => {
      throw new Error('no idea');
    },
    /shop\/order\/o1, from version 1 to 2: the migration from version 1 failed: no idea/,
  ],
  ['gives nothing', () => undefined, /o1, from version 1 to 2: .* gave nothing/],
  ['leaves out the context', ({ context: _, ...rest }) => rest, /no 'context'/],
  ['gives a state that is not there', (stored) => ({ ...stored, value: 'nowhere' }), /nowhere/],
  [
    'keeps a timer nobody waits for',
    (stored) => ({ ...toSecond(stored), timers: stored.timers }),
    /no state of 'order' in "charging" waits for the timer/,
  ],
  [
    'invents a timer',
    (stored) => ({
      ...toSecond(stored),
      timers: { mine: { token: '#99', event: { type: 'end' } } },
    }),
    /timers or activities that were never started: #99/,
  ],
];
for (const [what, migrate, message] of bad) {
  test(`a migration that ${what} is an error that names actor and version; its actor stays, and what came for it is not lost`, async () => {
    const shop = await shopWithOrder();
    await shop.deploy({
      machine: secondOrder(shop.payments),
      version: 2,
      migrations: { 1: migrate as typeof toSecond },
    });
    const before = await shop.stored('o1');
    await shop.send('end', 'o1');
    assert.match((await shop.deadLetters())[0]?.reason ?? '', message);
    assert.equal(await shop.stored('o1'), before);
    assert.is((await shop.deadLetters()).length, 1);
  });
}

test('what is dead because of a migration is handled once the migration is mended: timers and results too', async () => {
  const shop = await shopWithOrder();
  const broken = () => {
    throw new Error('no idea');
  };
  await shop.deploy({ machine: secondOrder(shop.payments), version: 2, migrations: { 1: broken } });
  shop.payments[1]?.finish('receipt');
  await shop.clock.advance(60_000);
  assert.equal(
    (await shop.deadLetters()).map(({ kind, count }) => [kind, count]),
    [
      ['timer', 1],
      ['activity', 1],
    ],
  );
  await shop.deploy({
    machine: secondOrder(shop.payments),
    version: 2,
    migrations: { 1: toSecond },
  });
  await shop.journal.requestReplay({ service: 'shop' });
  await shop.clock.advance(2_000);
  const { root } = (await shop.stored('o1')) ?? {};
  assert.equal([root?.value, await shop.deadLetters()], ['overdue', []]);
});

const contradictions: readonly (readonly [string, Omit<MachineOptions, 'machine'>, RegExp])[] = [
  ['a version that is no whole number', { version: 1.5 }, /its version is 1\.5/],
  [
    'a migration from its own version',
    { version: 2, migrations: { 2: toSecond } },
    /something for version 2; allowed/,
  ],
  [
    'a version both kept and migrated',
    { version: 2, migrations: { 1: toSecond }, versions: { 1: firstOrder([]) } },
    /both kept and migrated/,
  ],
];
for (const [what, options, message] of contradictions) {
  test(`${what} is refused when the service is defined`, () => {
    assert.throws(() => orderService({ machine: secondOrder([]), ...options }), message);
  });
}

test.run();
