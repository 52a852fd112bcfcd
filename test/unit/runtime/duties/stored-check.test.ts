/** What is stored is compared with the code before a deployment. */
import { topologyOf } from '../../../../config/topology.ts';
import { checkStored } from '../../../../runtime/duties/stored-check.ts';
import { MemoryJournal } from '../../../../runtime/memory/memory-journal.ts';
import type { ActivityRow } from '../../../../runtime/ports/journal-rows.ts';
import type { MachineOptions } from '../../../../runtime/service.ts';
import { actor, record, turn } from '../../../contract/journal/samples.ts';
import { assert, suite } from '../../../support/suite.ts';
import { address } from '../turn/turn-bench.ts';
import { firstOrder, orderService, secondOrder, toSecond } from '../versioned-order.ts';

const test = suite('stored check');

const at = (key: string) => ({ ...address(key), machine: 'order' });
const after = { token: '#2', event: { type: 'xstate.after.60000.order.paying' } };

/** An order of version 1 that is being paid, as it is stored. */
function paying(key: string) {
  const root = {
    ...{
      machine: 'order',
      value: 'paying',
      status: 'active',
      context: { amount: 12, receipt: null },
    },
    timers: { 'xstate.after.60000.order.paying': after },
    activities: { charge: { token: '#1', kind: 'charge' } },
    children: {
      pack: { machine: 'packing', value: 'open', status: 'active', context: { boxes: 2 } },
    },
  };
  const rows = { timers: [{ address: at(key), token: '#2', dueAtMs: 9 }] };
  const activity = {
    token: '#1',
    path: [],
    machine: 'order',
    kind: 'charge',
    machineVersion: 1,
    input: 12,
    id: 'charging',
    attempt: 0,
    notBeforeMs: 0,
  };
  return turn({
    ...rows,
    address: at(key),
    record: { ...record({ tokens: 2, root }), machineVersion: 1 },
    activities: [{ ...activity, address: at(key) }],
  });
}

async function stored(...more: Parameters<typeof turn>[0][]): Promise<MemoryJournal> {
  const journal = new MemoryJournal({ stores: [] });
  await journal.open();
  await journal.commit('one', [paying('o1'), paying('o2'), ...more.map((parts) => turn(parts))]);
  return journal;
}

async function checked(journal: MemoryJournal, order: MachineOptions) {
  const service = orderService(order);
  const { problems, ...counts } = await checkStored(
    journal,
    [service],
    topologyOf([service.config]),
  );
  return {
    counts: Object.values(counts),
    problems: problems.map(({ what, where, problem }) => `${what} ${where}: ${problem}`),
  };
}

test('what fits is counted', async () => {
  const journal = await stored();
  const fits = { counts: [2, 2, 2, 0], problems: [] };
  assert.equal(await checked(journal, { machine: firstOrder([]) }), fits);
  assert.equal(
    await checked(journal, { machine: secondOrder([]), version: 2, migrations: { 1: toSecond } }),
    fits,
  );
  assert.equal(
    await checked(journal, {
      machine: secondOrder([]),
      version: 2,
      versions: { 1: firstOrder([]) },
    }),
    fits,
  );
});

test('actors of an unknown version, and those a migration fails for, are named', async () => {
  const journal = await stored();
  const unknown = await checked(journal, { machine: secondOrder([]), version: 2 });
  assert.match(
    unknown.problems[0] ?? '',
    /^actor shop\/order\/o1: .* version 1 of its machine; the code here knows 2$/,
  );
  assert.is(unknown.problems.length, 2);
  const wrong = await checked(journal, {
    machine: secondOrder([]),
    version: 2,
    migrations: { 1: (old) => ({ ...old, value: 'charging' }) },
  });
  assert.match(
    wrong.problems[0] ?? '',
    /^actor shop\/order\/o1: .* waits for the timer 'xstate\.after\.60000\.order\.paying'$/,
  );
});

test('code that changed without a new version is noticed: a state, a timer, an activity', async () => {
  const journal = await stored();
  const { problems } = await checked(journal, { machine: secondOrder([]) });
  assert.match(problems[0] ?? '', /^actor shop\/order\/o1: .*does not fit its code/);
});

test('timers and activities their actor does not know, kinds and exchanges the code does not have, are named', async () => {
  const { address: where, ...rest } = paying('o3');
  const outbox = {
    id: 'o9',
    address: where,
    exchange: 'gone',
    routingKey: 'k',
    mandatory: false,
    properties: { persistent: true },
    body: null,
  };
  const [row] = rest.activities as [ActivityRow];
  const journal = await stored({
    ...rest,
    address: where,
    timers: [...rest.timers, { address: where, token: '#7', dueAtMs: 9 }],
    activities: [...rest.activities, { ...row, token: '#8', kind: 'weigh' }],
    outbox: [outbox, { ...outbox, id: 'o8', exchange: 'shop' }],
  });
  const { counts, problems } = await checked(journal, { machine: firstOrder([]) });
  assert.equal(counts, [3, 4, 4, 2]);
  assert.equal(problems, [
    'timer shop/order/o3 #7: its actor does not know this timer',
    "activity shop/order/o3 #8: machine 'order' has no activity 'weigh'",
    'activity shop/order/o3 #8: its actor does not know this activity',
    "message o9: from shop/order/o3: there is no exchange 'gone'",
  ]);
});

test('a machine that is gone is named; services that are not asked about are not looked at', async () => {
  const journal = await stored(
    { address: actor('x') },
    { address: { ...at('x'), machine: 'former' } },
  );
  const { counts, problems } = await checked(journal, { machine: firstOrder([]) });
  assert.equal(
    [counts[0], problems],
    [3, ["actor shop/former/x: there is no machine 'former' any more"]],
  );
});

test.run();
