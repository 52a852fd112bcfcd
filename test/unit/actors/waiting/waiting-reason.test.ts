/** Every machine of the package has a reason in each of its states, and any other machine has one as well. */

import type { AnyStateNode } from 'xstate';
import { serviceKindOf } from '../../../../actors/catalog.ts';
import { sections } from '../../../../actors/sections.ts';
import type { ActorRows } from '../../../../actors/waiting/machine-view.ts';
import type { Reason } from '../../../../actors/waiting/reason.ts';
import { ordinal } from '../../../../actors/waiting/saga-rules.ts';
import {
  rulesByMachine,
  toldByParent,
  waitingReasons,
} from '../../../../actors/waiting/waiting-reason.ts';
import { parseExchangeConfig } from '../../../../composition/exchange-configs.ts';
import { packageServices } from '../../../../composition/package-services.ts';
import { MemoryLocks } from '../../../../runtime/memory/memory-locks.ts';
import { systemClock } from '../../../../runtime/ports/clock.ts';
import type { Json, JsonObject } from '../../../../runtime/ports/json.ts';
import type { MachineDefinition } from '../../../../runtime/step/machine-definition.ts';
import { configOf } from '../../../integration/consent/entity-configs.ts';
import { assert, suite } from '../../../support/suite.ts';
import { machines as hooked } from '../../docs/hooks/machines.ts';
import { maintenance } from '../../docs/maintenance/maintenance.ts';

const test = suite('waiting reasons');

/** `a.b` as XState has it: `{a: 'b'}`. */
function stateValue(state: string): Json {
  const [first = '', ...rest] = state.split('.');
  return rest.length === 0 ? first : { [first]: stateValue(rest.join('.')) };
}

function rowsIn(
  machine: string,
  state: string,
  more: JsonObject = {},
  others: Partial<ActorRows> = {},
): ActorRows {
  const root = { machine, value: stateValue(state), context: {}, status: 'active', ...more };
  return {
    address: { service: 'shop', machine, key: 'k' },
    record: { machineVersion: 1, status: 'active', family: { life: 'l', tokens: 0, root } },
    timers: {},
    activities: [],
    ...others,
  };
}

function only(rows: ActorRows): Reason {
  const [reason, ...others] = waitingReasons(rows);
  assert.is(others.length, 0);
  return reason as Reason;
}

type ServiceKind = ReturnType<typeof serviceKindOf>;

const webhookConfig = parseExchangeConfig(
  JSON.stringify({
    svc_name: 'newsletter',
    consume: { main: { name: 'newsletter', queue: 'newsletter', routing_key: 'n' } },
    webhook: { url: 'https://newsletter.example/consent' },
  }),
  { file: 'newsletter.json', env: { WEBHOOK__SECRET: 'not a secret here' }, sections },
);

/** A webhook's part stands under the name of the inner saga, so its id tells it from the saga. */
function ruleName({ name, machine: { id } }: MachineDefinition): string {
  return id === 'outside-part' ? id : name;
}

/** The parts of webhooks in sagas. The other machines of a webhook wait for one activity. */
function webhookParts(ports: Parameters<ServiceKind['define']>[1]): readonly MachineDefinition[] {
  const { machines: roots } = serviceKindOf(webhookConfig).define(webhookConfig, ports);
  return [...roots.values()]
    .flatMap(withChildren)
    .filter(({ machine }) => machine.id === 'outside-part');
}

/** The machines of the package, of a participant, of a hooked entity and of webhooks, with children. */
function allMachines(): readonly MachineDefinition[] {
  const store = (name: string) => ({ name, read: async () => null });
  const ports = { store, locks: new MemoryLocks(systemClock) };
  const modules = [
    ...packageServices(),
    { ...maintenance, config: configOf('tags_model_crud') },
    { ...hooked, config: configOf('objects_model_crud') },
  ];
  const roots = modules.flatMap(({ config, define }) => [
    ...define(config, ports).machines.values(),
  ]);
  return [
    ...roots.filter(({ ephemeral }) => !ephemeral).flatMap(withChildren),
    ...webhookParts(ports),
  ];
}

function withChildren(definition: MachineDefinition): readonly MachineDefinition[] {
  return [definition, ...[...definition.children.values()].flatMap(withChildren)];
}

/** The states without a state below them in which a machine may be stored, without the final ones. */
function restingStates({ machine }: MachineDefinition): readonly string[] {
  const leaves = Object.values(machine.states).flatMap(function below(node): readonly string[] {
    const inner = Object.values(node.states);
    if (inner.length > 0) return inner.flatMap(below);
    return node.type === 'final' || isPassedThrough(node) ? [] : [node.path.join('.')];
  });
  return leaves;
}

/** A state that is left in the step that enters it. */
function isPassedThrough({ always = [] }: AnyStateNode): boolean {
  return always.some(({ guard }) => guard === undefined);
}

/** A service without nodes of its own has a saga without states in the place of the saga. */
const machines = [
  ...new Map(
    allMachines()
      .filter(({ machine }) => Object.keys(machine.states).length > 0)
      .map((one) => [ruleName(one), one]),
  ).values(),
];

for (const definition of machines.filter(({ name }) => !toldByParent.includes(name))) {
  const name = ruleName(definition);
  test(`never unknown: ${name} has a reason of its own in each state`, () => {
    for (const state of restingStates(definition)) {
      assert.ok(rulesByMachine[name]?.[state], `${name} ${state} has no rule`);
      const { text } = only(rowsIn(name, state));
      assert.match(text, /^[a-z].{8,}/, state);
      assert.not.match(text, /unknown|undefined|null|\.$/, state);
    }
  });
}

test('the rules name no state that their machine does not have', () => {
  const stale = Object.entries(rulesByMachine).flatMap(([name, rules]) => {
    const definition = machines.find((one) => ruleName(one) === name);
    const states = definition === undefined ? [] : restingStates(definition);
    return Object.keys(rules)
      .filter((state) => !states.includes(state))
      .map((state) => `${name} ${state}`);
  });
  assert.equal(stale, []);
});

test("a webhook's part asks its webhook, and no subscribers", () => {
  const context = { isDecided: false, deadlineMs: 30_000 };
  const children = { g1: { machine: 'innerSaga', value: 'asking', context, status: 'active' } };
  const reasons = waitingReasons(rowsIn('voter', 'engaged', { children }));
  const { text, waitsFor } = reasons.find(({ machine }) => machine === 'innerSaga') ?? {};
  assert.is(text, 'asks its system outside whether the nodes may go, for at most 30 s');
  assert.equal(waitsFor, ['shop']);
});

test('a saga says what its verb asks, and that silence calls it off without being a refusal', () => {
  const asking = (verb: string) =>
    only(rowsIn('delete-saga', 'asking', { context: { verb: { name: verb } } }));
  assert.match(asking('update').text, /asks the subscribers whether the nodes may be changed:/);
  assert.match(asking('delete').text, /asks the subscribers whether the nodes may go:/);
  assert.match(asking('delete').next ?? '', /^a service without an answer is silent/);
});

test('the number of a try is an ordinal', () => {
  const numbers = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal);
  assert.is(numbers.join(' '), '1st 2nd 3rd 4th 11th 12th 13th 21st 112th');
});

test('an actor that has ended waits for nothing', () => {
  const rows = rowsIn('delete-saga', 'finished');
  assert.equal(waitingReasons({ ...rows, record: { ...rows.record, status: 'done' } }), []);
});

test("a machine of a user's waits for its activity, with the number of failed tries and the next one", () => {
  const activity = {
    address: { service: 'shop', machine: 'order', key: 'k' },
    token: 'l#1',
    path: [],
    machine: 'order',
    kind: 'charge',
    id: 'charge',
    attempt: 3,
    notBeforeMs: 5_000,
  };
  const { text, untilMs, waitsFor } = only(
    rowsIn('order', 'paying', {}, { activities: [activity] }),
  );
  assert.equal(
    [text, untilMs, waitsFor],
    ['waits for its activity charge, which has failed 3 times', 5_000, ['shop']],
  );
});

test('a machine of a user with an after waits until the timer is due, parallel states each for themselves', () => {
  const timers = {
    'xstate.after.60000.order.paying': {
      token: 'l#1',
      event: { type: 'xstate.after.60000.order.paying' },
    },
  };
  const parallel = { value: { money: 'paying', parcel: { packing: 'boxed' } }, timers };
  const reasons = waitingReasons(rowsIn('order', 'x', parallel, { timers: { 'l#1': 9_000 } }));
  assert.equal(
    reasons.map(({ state, untilMs }) => [state, untilMs]),
    [
      ['money.paying', 9_000],
      ['parcel.packing.boxed', 9_000],
    ],
  );
});

test('a child of a machine has a reason of its own, below the path of the child', () => {
  const child = { machine: 'delivery', value: 'driving', context: {}, status: 'active' };
  const reasons = waitingReasons(rowsIn('order', 'sending', { children: { van: child } }));
  assert.equal(
    reasons.map(({ path, text }) => [path, text]),
    [
      [[], 'waits for its children van'],
      [['van'], 'waits for its next message'],
    ],
  );
});

test('rows of another version, without the expected members, still have a reason', () => {
  for (const family of [
    null,
    {},
    { root: { value: 7 } },
    { root: { value: 'asking', context: [] } },
  ] as const) {
    const rows = {
      ...rowsIn('delete-saga', 'asking'),
      record: { machineVersion: 9, status: 'active', family },
    } as const;
    assert.ok(waitingReasons(rows).length > 0, JSON.stringify(family));
  }
});

test.run();
