import {
  type AnyStateMachine,
  assign,
  createMachine,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  not,
  raise,
  setup,
  spawnChild,
} from 'xstate';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { startFamily } from '../../../../runtime/step/machine-step.ts';
import { activityContext } from '../../../support/activity-context.ts';
import { assert, suite } from '../../../support/suite.ts';
import { stamp } from './machine-samples.ts';

const test = suite('machine definition');

/** A machine from a config the types would not let through: what is refused here is what a user may write in plain JavaScript. */
function machine(config: object, implementations: object = {}): AnyStateMachine {
  return createMachine({ id: 'sample', ...config } as never, implementations as never);
}

function refuses(config: object, reason: RegExp, implementations: object = {}): void {
  const broken = (error: unknown) =>
    error instanceof Broken && error.code === 'machine-invalid' && reason.test(error.message);
  assert.throws(() => defineMachine(machine(config, implementations)), broken);
}

const inState = (state: object) => ({ initial: 'idle', states: { idle: state } });
const child = createMachine({ id: 'child' });

test('1: an inline action is refused with its state', () => {
  refuses(
    inState({ entry: () => undefined }),
    /'sample', state 'sample\.idle'.*inline action.*name it/,
  );
});

test('1: an action without an implementation is refused with its state', () => {
  refuses(
    inState({ on: { go: { actions: 'nothing' } } }),
    /state 'sample\.idle'.*'nothing' has no implementation/,
  );
});

test('1: a plain function under a name is refused', () => {
  refuses(inState({ exit: 'log' }), /state 'sample\.idle'.*'log' is a plain function/, {
    actions: { log: () => undefined },
  });
});

for (const [where, state] of Object.entries({
  exit: { exit: 'nothing' },
  always: { always: { guard: () => false, actions: 'nothing' } },
  after: { after: { 10: { actions: 'nothing' } } },
  onDone: { onDone: { actions: 'nothing' } },
  'the initial transition': { initial: { target: 'a', actions: 'nothing' }, states: { a: {} } },
  'onDone of an invoked actor': { invoke: { src: 'work', onDone: { actions: 'nothing' } } },
  'a nested state': { initial: 'a', states: { a: { entry: 'nothing' } } },
})) {
  test(`1: actions are looked at in ${where}`, () => {
    refuses(inState(state), /'nothing' has no implementation/, {
      actors: { work: fromPromise(async () => 1) },
    });
  });
}

test('1: actions made here and those of XState are taken', () => {
  const say = publish(() => undefined);
  const config = inState({
    entry: [
      'say',
      { type: 'say' },
      raise({ type: 'x' }),
      assign({}),
      enqueueActions(() => undefined),
    ],
  });
  assert.is(defineMachine(machine(config, { actions: { say } })).name, 'sample');
});

test('2: an invoked actor that is not named is refused with its state', () => {
  refuses(
    inState({ invoke: { src: fromPromise(async () => 1) } }),
    /state 'sample\.idle'.*not named in setup/,
  );
});

test('2: a spawned actor that is not named is refused with its state', () => {
  refuses(
    inState({ entry: spawnChild(child as never, { id: 'a' } as never) }),
    /state 'sample\.idle': spawns an actor that is not named/,
  );
});

test('2: a spawned actor whose name is unknown is refused with its state', () => {
  refuses(
    inState({ entry: spawnChild('missing' as never) }),
    /state 'sample\.idle': spawns .*'missing'/,
  );
});

test('2: a callback actor is refused by name', () => {
  refuses({}, /the actor 'listen' is neither an activity, a promise nor a machine/, {
    actors: { listen: fromCallback(() => undefined) },
  });
});

test('2: a transition actor is refused by name', () => {
  refuses({}, /the actor 'count' is neither/, {
    actors: { count: fromTransition((state: number) => state, 0) },
  });
});

test('2: activities, promises and machines are told apart', () => {
  const actors = { work: activity(async () => 1), plain: fromPromise(async () => 1), child };
  const definition = defineMachine(machine({}, { actors }));
  assert.equal(
    [[...definition.activities.keys()], [...definition.children.keys()]],
    [['work', 'plain'], ['child']],
  );
});

test('2: a plain promise runs with its input', async () => {
  const twice = fromPromise(async ({ input }: { input: number }) => input * 2);
  const run = defineMachine(machine({}, { actors: { twice } })).activities.get('twice')?.run;
  assert.is(await run?.(4, activityContext()), 8);
});

test('2: a plain promise gets what XState gives it', async () => {
  const seen: unknown[] = [];
  const talk = fromPromise(async ({ input, self, system, emit }) => {
    emit({ type: 'half' } as never);
    self.send({ type: 'ignored' } as never);
    seen.push(input, self.id, system.get('other'), self.getSnapshot().status);
    return 'done';
  });
  const run = defineMachine(machine({}, { actors: { talk } })).activities.get('talk');
  assert.is(await run?.run(undefined, activityContext({ id: 'talking' })), 'done');
  assert.equal(seen, [undefined, 'talking', undefined, 'active']);
});

test('2: a plain promise that talks to its parent ends at once with the reason', async () => {
  const tell = fromPromise(async ({ self }) => {
    (self as never as { _parent: { send(event: object): void } })._parent.send({ type: 'x' });
  });
  const run = defineMachine(machine({}, { actors: { tell } })).activities.get('tell');
  await assert.rejects(
    run?.run(undefined, activityContext()) ?? Promise.resolve(),
    (error: unknown) => error instanceof Broken && /its result alone/.test(error.message),
  );
});

test('2: a child machine is checked in the same way', () => {
  const bad = createMachine({ id: 'bad', entry: () => undefined } as never);
  refuses({}, /machine 'bad', state 'bad'/, { actors: { bad } });
});

test('3: onSnapshot is refused', () => {
  refuses(
    inState({ invoke: { src: 'child', onSnapshot: {} } }),
    /onSnapshot of .* needs a live actor/,
    { actors: { child } },
  );
});

test('3: systemId of an invoked actor is refused', () => {
  refuses(
    inState({ invoke: { src: 'child', systemId: 's' } }),
    /systemId of .* needs live actors/,
    { actors: { child } },
  );
});

test('3: systemId of a spawned actor is refused, also under a named action', () => {
  const actions = { begin: spawnChild('child' as never, { systemId: 's' } as never) };
  refuses(inState({ entry: 'begin' }), /state 'sample\.idle': systemId needs live actors/, {
    actors: { child },
    actions,
  });
});

test('3: syncSnapshot is refused', () => {
  refuses(
    inState({ entry: spawnChild('child' as never, { syncSnapshot: true } as never) }),
    /syncSnapshot needs a live actor/,
    {
      actors: { child },
    },
  );
});

test("4: the user's promise is never called by a step", () => {
  let calls = 0;
  const work = fromPromise(async () => (calls += 1));
  startFamily(
    defineMachine(machine(inState({ invoke: { src: 'work' } }), { actors: { work } })),
    {},
    stamp,
  );
  assert.is(calls, 0);
});

test('5: a guard without an implementation is refused with its state', () => {
  refuses(
    inState({ on: { go: { guard: 'missing' } } }),
    /state 'sample\.idle': the guard 'missing' has no implementation/,
  );
});

test('5: guards are looked at inside not, and, or', () => {
  refuses(inState({ always: { guard: not('missing') } }), /the guard 'missing'/);
});

test('5: a delay without an implementation is refused with its state', () => {
  refuses(
    inState({ after: { soon: 'idle' } }),
    /state 'sample\.idle': the delay 'soon' is not named/,
  );
});

test('5: a machine without an id is refused', () => {
  assert.throws(() => defineMachine(createMachine({})), /needs an id/);
});

test('5: two machines of one family under the same id have a place each', () => {
  const [first, second] = [
    createMachine({ id: 'same' }),
    createMachine({ id: 'same', entry: raise({ type: 'x' }) }),
  ];
  const { children } = defineMachine(machine({}, { actors: { first, second } }));
  assert.equal(
    [...children.values()].map(({ place }) => place),
    ['sample/first', 'sample/second'],
  );
});

for (const id of ['..', '#3', 'constructor', '__proto__', '', 'a\0', '\uD800', 'x'.repeat(501)])
  test(`the id ${JSON.stringify(id).slice(0, 20)} of a child is refused with its state`, () => {
    refuses(
      inState({ invoke: { src: 'child', id } }),
      /state 'sample\.idle': the id of a child: found/,
      { actors: { child } },
    );
  });

test('5: one machine under two names is taken', () => {
  assert.is(
    defineMachine(machine({}, { actors: { first: child, second: child } })).children.size,
    2,
  );
});

test('6: a machine that never comes to rest throws', () => {
  const endless = setup({}).createMachine({
    id: 'endless',
    initial: 'a',
    states: { a: { always: 'b' }, b: { always: 'a' } },
  });
  assert.throws(() => startFamily(defineMachine(endless), {}, stamp), /Infinite loop/);
});

test.run();
