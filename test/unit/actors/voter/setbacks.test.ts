/** What goes wrong at a voter: its own part throws, or what it is asked about is held by a younger operation. */
import { assign, sendParent, setup } from 'xstate';
import type { Hold } from '../../../../actors/consent/ledger/store.ts';
import type { Dependants } from '../../../../actors/consent/objections.ts';
import { hierarchyWrite } from '../../../../actors/hierarchy/store.ts';
import type { VoterPart } from '../../../../actors/voter/part.ts';
import { voterMachine } from '../../../../actors/voter/voter-machine.ts';
import { errorBody, Refused } from '../../../../runtime/ports/errors.ts';
import type { Json } from '../../../../runtime/ports/json.ts';
import { write } from '../../../../runtime/step/effects.ts';
import { caller, given, type MachineSpec, message } from '../../../../testing.ts';
import { assert, suite } from '../../../support/suite.ts';
import { asJson, id, methodsSettings, node, ok, under } from '../consent/sample.ts';

const test = suite('voter, setbacks');
const service = 'methods_model_crud';

function found(more: Partial<Dependants> = {}, tombstoned = false): Json {
  const link = {
    nodeId: id(1),
    entity: 'tags',
    version: 3,
    generation: 1,
    givenUp: 0,
    tombstoned,
    promises: [],
  };
  return asJson({
    links: [link],
    refusals: [],
    nodes: [],
    detached: [],
    conflicts: [],
    subscriptions: [],
    ...more,
  });
}
const dependants = found({
  nodes: [{ ...node(20, { objectClass: 'prsMethod' }), through: id(1) }],
});

function event(type: string, read: Json) {
  const made = message(type, { id: id(1) }, { read, headers: under('T'), replyTo: caller(type) });
  return { ...made, $: { ...made.$, message: { ...made.$.message, exchange: 'tags' } } };
}

/** Agrees after a second, unless it is too brittle; breaks when it hears the decision; begun after it, it takes two seconds. */
function brittle(breaks: 'asking' | 'deciding' | 'always') {
  const burst = (): never => {
    throw new Error('burst');
  };
  return setup({
    types: {} as {
      context: { through: Json; decided: boolean };
      input: { through: Json; decided: boolean };
    },
    actions: {
      tellEngaged: sendParent(({ context }: { context: { through: Json; decided: boolean } }) => ({
        type: 'engaged',
        through: context.through,
      })),
      agree: assign(breaks === 'asking' ? burst : {}),
      begin: assign(burst),
      end: assign(breaks === 'always' ? burst : {}),
    },
    guards: { isDecided: ({ context }) => context.decided },
  }).createMachine({
    id: 'brittle',
    context: ({ input: { through, decided } }) => ({ through, decided }),
    initial: 'beginning',
    states: {
      beginning: { always: [{ guard: 'isDecided', target: 'cleaning' }, { target: 'asking' }] },
      asking: { after: { 1000: { target: 'promised', actions: ['agree', 'tellEngaged'] } } },
      promised: { on: { decide: { actions: 'begin' }, 'call-off': 'over' } },
      cleaning: { after: { 2000: { target: 'over', actions: 'end' } } },
      over: { type: 'final' },
    },
  });
}

function asked(breaks: Parameters<typeof brittle>[0], again = dependants): MachineSpec {
  const machine = voterMachine(methodsSettings, { innerSaga: brittle(breaks) });
  return given(machine, { key: 'T', reads: { 'consent.dependants': () => again } })
    .when(event('mayDelete', dependants))
    .waits(1_000);
}
const reason = 'its own part failed: burst';
function alarms(spec: MachineSpec): readonly unknown[] {
  return spec.records().flatMap(({ line }) => (line['what'] === 'alarm' ? [line['reason']] : []));
}

test('its own part throws before the promise: a no that says so, all is released, and an alarm', () => {
  const refused = asked('asking');
  refused.then({
    state: 'released',
    writes: [{ op: 'release' }],
    replies: [
      {
        to: caller('mayDelete'),
        body: {
          response: 'no',
          message: reason,
          service,
          refusals: [{ service, nodeId: id(1), reason }],
        },
      },
    ],
  });
  refused.thenEnded();
  assert.equal(alarms(refused), [reason]);
});

test('its own part throws after the decision: an alarm, and it is begun again after five seconds', () => {
  const failed = asked('deciding')
    .then({ state: 'engaged', replies: [{ body: ok }] })
    .when(event('deleting', found()));
  failed.then({ state: 'engaged', writes: [], replies: [] });
  assert.equal(alarms(failed), [reason]);
  failed.waits(6_999).then({ state: 'engaged', replies: [] });
  const done = failed.waits(7_000).then({
    state: 'fulfilled',
    writes: [{ op: 'fulfil' }],
    replies: [{ to: caller('deleting'), body: ok }],
  });
  done.thenEnded();
});

test('it throws again and again: it is begun again for ever, and never answered before it is done', () => {
  const failed = asked('always').when(event('deleting', found()));
  const still = failed.waits(70_000).then({ state: 'engaged', writes: [], replies: [] });
  assert.is(alarms(still).length, 10);
  const { groups, nodes } = still.context() as unknown as VoterPart;
  assert.equal([groups.length, nodes.map((one) => one.groups)], [1, [['g1']]]);
});

test('nothing is left of its part when it would be begun again: done', () => {
  asked('deciding', found())
    .when(event('deleting', found()))
    .waits(5_000)
    .then({ state: 'fulfilled', replies: [{ to: caller('deleting'), body: ok }] })
    .thenEnded();
});

// What a decision writes is refused

/** Removes in the step of the decision; told why that step was undone, it removes two seconds later. */
const eager = setup({
  types: {} as {
    context: { decided: boolean; refused: Json };
    input: { decided: boolean; refused?: Json };
  },
  actions: {
    tellEngaged: sendParent({ type: 'engaged', through: [id(1)] }),
    remove: write(() => hierarchyWrite('remove', { nodeIds: [id(20)], beside: [] }, null)),
  },
  guards: {
    isRefused: ({ context, event }) =>
      ((event as { refused?: Json }).refused ?? context.refused) !== null,
    isDecided: ({ context }) => context.decided,
  },
}).createMachine({
  id: 'eager',
  context: ({ input: { decided, refused = null } }) => ({ decided, refused }),
  initial: 'beginning',
  states: {
    beginning: {
      always: [
        { guard: 'isRefused', target: 'later' },
        { guard: 'isDecided', target: 'over', actions: 'remove' },
        { target: 'promised', actions: 'tellEngaged' },
      ],
    },
    promised: {
      on: {
        decide: [
          { guard: 'isRefused', target: 'later' },
          { target: 'over', actions: 'remove' },
        ],
      },
    },
    later: { after: { 2000: { target: 'over', actions: 'remove' } } },
    over: { type: 'final' },
  },
});
const inUse = new Refused('in-use', 'a stranger stands below it');
const decidedBut = (event: ReturnType<typeof message>) => ({
  type: 'error.write',
  error: asJson(errorBody(inUse)),
  cause: asJson(event),
});

test('the removal in the step of the decision is refused: no answer, and its part removes in a step of its own', () => {
  const machine = voterMachine(methodsSettings, { innerSaga: eager });
  given(machine, { key: 'T' })
    .when(event('mayDelete', dependants))
    .then({ state: 'engaged', replies: [{ body: ok }] })
    .when(decidedBut(event('deleting', found())))
    .then({ state: 'engaged', writes: [], replies: [] })
    .waits(2_000)
    .then({
      state: 'fulfilled',
      writes: [{ op: 'remove' }, { op: 'fulfil' }],
      replies: [{ to: caller('deleting'), body: ok }],
    })
    .thenEnded();
});

test('so too where nobody had asked: what depends there begins apart, and is told why', () => {
  const machine = voterMachine(methodsSettings, { innerSaga: eager });
  given(machine, { key: 'T' })
    .when(decidedBut(event('deleting', dependants)))
    .then({ state: 'engaged', writes: [], replies: [] })
    .waits(2_000)
    .then({ state: 'fulfilled', replies: [{ to: caller('deleting'), body: ok }] })
    .thenEnded();
});

// Held by a younger operation

const hold: Hold = { nodeId: id(20), saga: 'U', service, mode: 'U', state: 'asking' };
const held = found({ conflicts: [hold] });

/** Asked while a younger saga holds what depends on it; then looked at again. */
function waiting(...looks: readonly Json[]): MachineSpec {
  let next = 0;
  const look = () => looks[Math.min(next++, looks.length - 1)] ?? held;
  const machine = voterMachine(methodsSettings, { innerSaga: brittle('asking') });
  return given(machine, { key: 'T', reads: { 'consent.dependants': look } }).when(
    event('mayDelete', held),
  );
}

test('held by a younger operation: it neither promises nor answers, and looks again four times a second', () => {
  waiting().then({ state: 'engaged', writes: [], replies: [], timers: [250] });
  waiting().waits(9_999).then({ state: 'engaged', writes: [], replies: [] });
});

test('held by an older one: refused at once', () => {
  const machine = voterMachine(methodsSettings, { innerSaga: brittle('asking') });
  const older = found({ conflicts: [{ ...hold, saga: 'S' }] });
  given(machine, { key: 'T' })
    .when(event('mayDelete', older))
    .then({ state: 'released' })
    .thenEnded();
});

test('free again: promised and answered as if it were asked now', () => {
  waiting(held, found())
    .waits(250)
    .then({ state: 'engaged', writes: [], replies: [] })
    .waits(250)
    .then({
      state: 'engaged',
      writes: [{ op: 'promise' }],
      replies: [{ to: caller('mayDelete'), body: ok }],
    });
});

test('held until the deadline of the vote: a no that names who holds it', () => {
  const refused = waiting().waits(10_000);
  refused.then({ state: 'released', replies: [{ to: caller('mayDelete') }] }).thenEnded();
  assert.match((refused.answered() as { message: string }).message, /updated by the saga U/);
});

test('gone meanwhile: ok, and nothing is left', () => {
  waiting(found({}, true))
    .waits(250)
    .then({ state: 'fulfilled', writes: [], replies: [{ body: ok }] })
    .thenEnded();
});

test('called off while it waits: nothing was promised, and nothing is left', () => {
  waiting().when(event('notDeleted', null)).then({ state: 'released', replies: [] }).thenEnded();
});

test.run();
