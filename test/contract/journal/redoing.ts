/** What the turn loop makes of writes that fail, on the real journal and a real store. */
import { assign, setup } from 'xstate';
import type { EventInput, Settlement } from '../../../runtime/messages/input.ts';
import { systemClock } from '../../../runtime/ports/clock.ts';
import { noFailpoints } from '../../../runtime/ports/failpoints.ts';
import { InstanceName } from '../../../runtime/ports/instance-name.ts';
import type { Json, JsonObject } from '../../../runtime/ports/json.ts';
import { noLog } from '../../../runtime/ports/log.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import { defineService } from '../../../runtime/service.ts';
import { write } from '../../../runtime/step/effects.ts';
import { FamilyCache } from '../../../runtime/turn/family-cache.ts';
import { TurnLoop } from '../../../runtime/turn/turn-loop.ts';
import { nothingConfirmed } from '../../support/nothing-confirmed.ts';
import { assert, type Suite } from '../../support/suite.ts';
import { configOf, countedIds } from '../../unit/runtime/shop.ts';
import type { Bench } from './bench.ts';
import { add } from './ledger-store.ts';
import { actor, turn } from './samples.ts';

interface Keeper {
  readonly errors: readonly string[];
  readonly handled: number;
}

const written = write(({ event }) => (event as unknown as { data: Write }).data);
/** Takes the next number that was free when the store was read, and expects it to be free still. */
const numbered = write(({ event }) => {
  const { read } = (event as unknown as { $: { read: readonly Json[] } }).$;
  const name = `number ${read.length}`;
  return add(name, { absent: name });
});

const keeper = setup({
  types: {} as { context: Keeper },
  actions: {
    written,
    numbered,
    count: assign({ handled: ({ context }) => context.handled + 1 }),
    noteError: assign({
      errors: ({ context, event }) => [
        ...context.errors,
        (event as unknown as { error: { name: string } }).error.name,
      ],
    }),
  },
}).createMachine({
  id: 'keeper',
  context: { errors: [], handled: 0 },
  on: {
    write: { actions: ['written', 'count'] },
    number: { actions: ['numbered', 'count'] },
    'error.write': { actions: 'noteError' },
  },
});

/** A turn loop over the journal under test; what a turn leaves to be done is not done. */
class Keepers {
  readonly #bench: Bench;
  readonly #loop: TurnLoop;
  /** Called when something was read and before it is used. */
  afterRead = async (): Promise<void> => undefined;

  constructor(bench: Bench) {
    this.#bench = bench;
    const read = async (): Promise<Json> => {
      const names = await bench.names();
      await this.afterRead();
      return names;
    };
    const service = defineService({
      config: configOf('keepers'),
      machines: { keeper },
      messages: {},
      stores: [{ name: 'ledger', read }],
    });
    this.#loop = new TurnLoop({
      ...{
        journal: bench.journal,
        services: new Map([['keepers', service]]),
        instance: new InstanceName('one'),
        settleWhen: 'committed',
      },
      ...{
        clock: systemClock,
        ids: countedIds(),
        log: noLog,
        failpoints: noFailpoints,
        lanes: 1,
        batchMax: 10,
        families: new FamilyCache({ max: 10, alone: bench.journal.exclusive }),
      },
      room: () => undefined,
      confirmed: nothingConfirmed,
      afterCommit: async () => undefined,
    });
  }

  give(
    type: string,
    data: unknown,
    more: Partial<EventInput> & { key?: string } = {},
  ): Promise<Settlement> {
    const { key = 'one', ...rest } = more;
    const address = { service: 'keepers', machine: 'keeper', key };
    const event = { type, data, $: { message: {} } };
    return new Promise((settle) =>
      this.#loop.post({
        kind: 'event',
        address,
        path: [],
        event,
        starts: true,
        ignoreIfAbsent: false,
        ...rest,
        settle,
      }),
    );
  }

  async context(key = 'one'): Promise<Json | undefined> {
    const stored = await this.#bench.journal.inspect({
      service: 'keepers',
      machine: 'keeper',
      key,
    });
    return ((stored?.family as JsonObject | undefined)?.['root'] as JsonObject | undefined)?.[
      'context'
    ];
  }
}

export function redoing(test: Suite, bench: () => Bench): void {
  for (const [what, bad, error] of [
    ['refused', add('a'), 'name-taken'],
    ['broken', { store: 'ledger', op: 'explode', args: { name: 'x' } }, 'write-failed'],
  ] as const) {
    test(`a ${what} write among others is found message by message, and its machine gets the error`, async () => {
      const keepers = new Keepers(bench());
      await Promise.all(
        [add('a'), bad, add('b')].map((each, n) =>
          keepers.give('write', each, { identity: `m${n}` }),
        ),
      );
      assert.equal(await bench().names(), ['a', 'b']);
      assert.equal(await keepers.context(), { errors: [error], handled: 2 });
      assert.is((await bench().journal.counts()).inbox, 3);
    });
  }

  test('a broken write hurts no other actor of its batch', async () => {
    const keepers = new Keepers(bench());
    const bad = { store: 'ledger', op: 'explode', args: { name: 'x' } };
    await Promise.all([
      keepers.give('write', add('a'), { key: 'good' }),
      keepers.give('write', bad, { key: 'bad' }),
    ]);
    assert.equal(await bench().names(), ['a']);
    assert.equal(
      [await keepers.context('good'), await keepers.context('bad')],
      [
        { errors: [], handled: 1 },
        { errors: ['write-failed'], handled: 0 },
      ],
    );
  });

  test('of two actors that want the same row in one commit one gets it, and the other is told', async () => {
    const keepers = new Keepers(bench());
    await Promise.all([
      keepers.give('write', add('a'), { key: 'one' }),
      keepers.give('write', add('a'), { key: 'two' }),
    ]);
    assert.equal(await bench().names(), ['a']);
    const errors = [await keepers.context('one'), await keepers.context('two')].map(
      (context) => (context as JsonObject)['errors'],
    );
    assert.equal(errors, [[], ['name-taken']]);
  });

  test('an expectation that does not hold any more is met with fresh reads', async () => {
    const keepers = new Keepers(bench());
    let reads = 0;
    keepers.afterRead = async () => {
      reads += 1;
      if (reads === 1)
        await bench().journal.commit('two', [
          turn({ address: actor('other'), writes: [add('number 0')] }),
        ]);
    };
    await keepers.give('number', null, { read: { store: 'ledger', op: 'names', args: null } });
    assert.equal(await bench().names(), ['number 0', 'number 1']);
    assert.equal([await keepers.context(), reads], [{ errors: [], handled: 1 }, 2]);
  });

  test('an actor that another process has moved on is met as it is stored', async () => {
    const keepers = new Keepers(bench());
    const others = new Keepers(bench());
    await keepers.give('write', add('a'));
    await others.give('write', add('b'));
    await keepers.give('write', add('c'));
    await others.give('write', add('d'));
    assert.equal(await keepers.context(), { errors: [], handled: 4 });
  });

  test('a message that another process has handled is not stepped again', async () => {
    const [keepers, others] = [new Keepers(bench()), new Keepers(bench())];
    await keepers.give('write', add('a'), { identity: 'm1' });
    await others.give('write', add('b'), { identity: 'm2' });
    await keepers.give('write', add('b'), { identity: 'm2' });
    assert.equal(
      [await bench().names(), await keepers.context()],
      [['a', 'b'], { errors: [], handled: 2 }],
    );
  });

  test('a message whose identity no index can hold is handled or a dead letter, and holds up no other', async () => {
    const keepers = new Keepers(bench());
    const identity = Array.from({ length: 2_000 }, (_, n) => (n * 7_919).toString(36)).join('');
    const settled = [identity, 'm1'].map((each) =>
      keepers.give('write', add(each.slice(0, 3)), { identity: each }),
    );
    assert.equal(await Promise.all(settled), ['done', 'done']);
    assert.match(JSON.stringify(await bench().names()), 'm1');
  });
}
