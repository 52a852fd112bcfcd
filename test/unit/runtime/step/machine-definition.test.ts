import {
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  not,
  raise,
  sendParent,
  setup,
  spawnChild,
} from 'xstate';
import { Broken } from '../../../../runtime/ports/errors.ts';
import { activity } from '../../../../runtime/step/activity.ts';
import { afterCommit, publish } from '../../../../runtime/step/effects.ts';
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

test('an action without an implementation is refused with its state and place', () => {
  refuses(
    inState({ on: { go: { actions: 'nothing' } } }),
    /^machine 'sample', state 'sample\.idle', on 'go': the action 'nothing' has no implementation$/,
  );
});

test('all problems of a family are reported at once, each with its state and place', () => {
  const bad = createMachine({ id: 'bad', entry: 'alsoNothing' } as never);
  const config = {
    initial: 'idle',
    states: {
      idle: {
        entry: 'nothing',
        on: { go: [{ guard: 'missing' }, { guard: 'isOk', actions: 'nothing' }] },
        after: { soon: 'busy', 60000: { guard: 'lost', target: 'busy' } },
      },
      busy: {
        invoke: { id: 'work', src: 'none', onDone: { actions: 'nothing' } },
        always: { guard: 'gone', target: 'idle' },
      },
    },
  };
  const implementations = {
    guards: { isOk: () => true },
    actors: { bad, listen: fromCallback(() => undefined) },
  };
  let text = '';
  try {
    defineMachine(machine(config, implementations));
  } catch (error) {
    text = (error as Error).message;
  }
  const [head, ...problems] = text.split('\n');
  const idle = "- machine 'sample', state 'sample.idle'";
  const busy = "- machine 'sample', state 'sample.busy'";
  const none = "the action 'nothing' has no implementation";
  assert.is(head, "machine 'sample' has 10 problems:");
  assert.match(problems[0] ?? '', /^- machine 'sample', the actor 'listen' is neither/);
  assert.equal(problems.slice(1), [
    `${idle}, entry: ${none}`,
    `${idle}, entry: the delay 'soon' is not named in setup({ delays })`,
    `${idle}, on 'go' [1]: the guard 'missing' has no implementation`,
    `${idle}, on 'go' [2]: ${none}`,
    `${idle}, after 60000: the guard 'lost' has no implementation`,
    `${busy}, onDone of 'work': ${none}`,
    `${busy}, always: the guard 'gone' has no implementation`,
    `${busy}, invoke: invokes an actor that is not named in setup({ actors }): 'none'`,
    "- machine 'bad', state 'bad', entry: the action 'alsoNothing' has no implementation",
  ]);
});

test('a plain function is taken, runs after the commit under its name or place, and is warned about', () => {
  const seen: unknown[] = [];
  const config = {
    context: { count: 1 },
    ...inState({
      entry: [() => seen.push('entry'), { type: 'log', params: { word: 'hi' } }],
      exit: 'lost',
    }),
  };
  const actions = {
    log: ({ context }: { context: object }, params: object) => seen.push(context, params),
    lost: afterCommit(() => undefined),
  };
  const definition = defineMachine(machine(config, { actions }));
  assert.is(definition.warnings.length, 1);
  assert.match(
    definition.warnings[0] ?? '',
    /actions: sample\.idle entry, action 1; log\. They run once/,
  );
  const { effects } = startFamily(definition, {}, stamp);
  const functions = effects.flatMap((effect) => (effect.kind === 'after-commit' ? [effect] : []));
  assert.equal(
    functions.map(({ action }) => action),
    ['sample.idle entry, action 1', 'log'],
  );
  assert.equal(seen, []);
  for (const { run } of functions) run();
  assert.equal(seen, ['entry', { count: 1 }, { word: 'hi' }]);
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
  test(`actions are looked at in ${where}`, () => {
    refuses(inState(state), /'nothing' has no implementation/, {
      actors: { work: fromPromise(async () => 1) },
    });
  });
}

test('actions made here and those of XState are taken', () => {
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

test('inline actors are taken under the name of their place, with a warning', () => {
  const other = createMachine({ id: 'other', entry: sendParent({ type: 'CAME' }) });
  const config = {
    on: { CAME: {} },
    ...inState({
      entry: [raise({ type: 'x' }), spawnChild(other as never, { id: 'a' } as never)],
      invoke: [{ src: fromPromise(async () => 1) }, { id: 'b', src: child }],
    }),
  };
  const definition = defineMachine(machine(config));
  assert.equal(
    [[...definition.activities.keys()], [...definition.children.keys()]],
    [['sample.idle invoke 1'], ['sample.idle entry, action 2', 'sample.idle invoke 2']],
  );
  assert.match(definition.warnings.join(), /inline actors: sample\.idle entry, action 2; /);
  const { family, effects } = startFamily(definition, {}, stamp);
  assert.equal(Object.keys(family.root.snapshot.children), ['a', '0.sample.idle', 'b']);
  assert.equal(
    effects.map((effect) => (effect.kind === 'start-activity' ? effect.activity : effect.kind)),
    ['sample.idle invoke 1'],
  );
});

test("naming an inline actor leaves the user's machine as it was", () => {
  const entry = [spawnChild(child as never, { id: 'a' } as never)];
  const user = machine({ entry, on: { go: { actions: entry } } });
  defineMachine(user);
  defineMachine(user);
  assert.is(createActor(user).start().getSnapshot().children['a']?.getSnapshot().status, 'active');
  assert.is((entry[0] as unknown as { src: unknown }).src, child);
});

test('an inline callback is refused with its state and what to write instead', () => {
  refuses(
    inState({ invoke: { src: fromCallback(() => undefined) } }),
    /state 'sample\.idle', invoke: invokes an actor that is neither .*write an activity.*messages/,
  );
});

test('a spawned actor whose name is unknown is refused with its state', () => {
  refuses(
    inState({ entry: spawnChild('missing' as never) }),
    /state 'sample\.idle', entry: spawns .*'missing'/,
  );
});

test('a callback actor is refused by name', () => {
  refuses({}, /the actor 'listen' is neither an activity, a promise nor a machine/, {
    actors: { listen: fromCallback(() => undefined) },
  });
});

test('a transition actor is refused by name', () => {
  refuses({}, /the actor 'count' is neither/, {
    actors: { count: fromTransition((state: number) => state, 0) },
  });
});

test('activities, promises and machines are told apart', () => {
  const actors = { work: activity(async () => 1), plain: fromPromise(async () => 1), child };
  const definition = defineMachine(machine({}, { actors }));
  assert.equal(
    [[...definition.activities.keys()], [...definition.children.keys()]],
    [['work', 'plain'], ['child']],
  );
});

test('a plain promise runs with its input', async () => {
  const twice = fromPromise(async ({ input }: { input: number }) => input * 2);
  const run = defineMachine(machine({}, { actors: { twice } })).activities.get('twice')?.run;
  assert.is(await run?.(4, activityContext()), 8);
});

test('a plain promise gets what XState gives it', async () => {
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

test('a plain promise that talks to its parent ends at once with the reason', async () => {
  const tell = fromPromise(async ({ self }) => {
    (self as never as { _parent: { send(event: object): void } })._parent.send({ type: 'x' });
  });
  const run = defineMachine(machine({}, { actors: { tell } })).activities.get('tell');
  await assert.rejects(
    run?.run(undefined, activityContext()) ?? Promise.resolve(),
    (error: unknown) => error instanceof Broken && /its result alone/.test(error.message),
  );
});

test('a child machine is checked in the same way', () => {
  const bad = createMachine({ id: 'bad', entry: 'nothing' } as never);
  refuses({}, /machine 'bad', state 'bad'/, { actors: { bad } });
});

test('onSnapshot is refused', () => {
  refuses(
    inState({ invoke: { src: 'child', onSnapshot: {} } }),
    /onSnapshot of .* needs a live actor/,
    { actors: { child } },
  );
});

test('systemId of an invoked actor is refused', () => {
  refuses(
    inState({ invoke: { src: 'child', systemId: 's' } }),
    /systemId of .* needs live actors/,
    { actors: { child } },
  );
});

test('systemId of a spawned actor is refused, also under a named action', () => {
  const actions = { begin: spawnChild('child' as never, { systemId: 's' } as never) };
  refuses(inState({ entry: 'begin' }), /state 'sample\.idle', entry: systemId needs live actors/, {
    actors: { child },
    actions,
  });
});

test('syncSnapshot is refused', () => {
  refuses(
    inState({ entry: spawnChild('child' as never, { syncSnapshot: true } as never) }),
    /syncSnapshot needs a live actor/,
    {
      actors: { child },
    },
  );
});

test("the user's promise is never called by a step", () => {
  let calls = 0;
  const work = fromPromise(async () => (calls += 1));
  startFamily(
    defineMachine(machine(inState({ invoke: { src: 'work' } }), { actors: { work } })),
    {},
    stamp,
  );
  assert.is(calls, 0);
});

test('a guard without an implementation is refused with its state', () => {
  refuses(
    inState({ on: { go: { guard: 'missing' } } }),
    /state 'sample\.idle', on 'go': the guard 'missing' has no implementation/,
  );
});

test('guards are looked at inside not, and, or', () => {
  refuses(inState({ always: { guard: not('missing') } }), /the guard 'missing'/);
});

test('a delay without an implementation is refused with its state', () => {
  refuses(
    inState({ after: { soon: 'idle' } }),
    /state 'sample\.idle', entry: the delay 'soon' is not named/,
  );
});

test('a machine without an id has the name under which it is given', () => {
  const config = { initial: 'a', states: { a: { invoke: { src: 'worker' } } } };
  const nameless = createMachine(
    config as never,
    { actors: { worker: createMachine({}) } } as never,
  );
  const definition = defineMachine(nameless as AnyStateMachine, 1, 'boss');
  assert.equal(
    [definition.name, [...definition.children.values()].map(({ name }) => name)],
    ['boss', ['worker']],
  );
});

test('a machine without an id is refused where nothing names it', () => {
  assert.throws(() => defineMachine(createMachine({})), /needs an id/);
});

test('two machines of one family under the same id have a place each', () => {
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
      /state 'sample\.idle', invoke: the id of a child: found/,
      { actors: { child } },
    );
  });

test('one machine under two names is taken', () => {
  assert.is(
    defineMachine(machine({}, { actors: { first: child, second: child } })).children.size,
    2,
  );
});

test('a machine that never comes to rest throws', () => {
  const endless = setup({}).createMachine({
    id: 'endless',
    initial: 'a',
    states: { a: { always: 'b' }, b: { always: 'a' } },
  });
  assert.throws(() => startFamily(defineMachine(endless), {}, stamp), /Infinite loop/);
});

test.run();
