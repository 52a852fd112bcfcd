/** Every value that goes into a step, comes out of it or stays behind is JSON of its own. */
import {
  assign,
  type EventObject,
  fromPromise,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { Broken } from '../../../../runtime/ports/errors.ts';
import type { JsonObject } from '../../../../runtime/ports/json.ts';
import * as effects from '../../../../runtime/step/effects.ts';
import { defineMachine } from '../../../../runtime/step/machine-definition.ts';
import { startFamily, stepFamily } from '../../../../runtime/step/machine-step.ts';
import { assert, suite } from '../../../support/suite.ts';
import { alive, Life, stamp } from './machine-samples.ts';

const test = suite('stored is live');
const when = new Date(0);
const date = /has a Date at .*\/when; store date\.toISOString\(\)/;

const refused = (place: RegExp) => (error: unknown) =>
  error instanceof Broken &&
  error.code === 'not-json' &&
  error.at?.endsWith('/when') === true &&
  place.test(error.message) &&
  date.test(error.message);

const listener = setup({}).createMachine({
  id: 'listener',
  context: ({ input }) => ({ input }),
  on: { ping: { actions: sendParent({ type: 'up', when }) } },
});

/** A machine that does on `go` what is given. */
function doing(actions: object, more: object = {}): Life {
  const isEffect = typeof actions === 'function' && !('resolve' in actions);
  return Life.of(
    setup({
      actors: { listener, work: fromPromise(async () => null) },
      actions: { act: (isEffect ? actions : assign({})) as never },
    }).createMachine({
      id: 'm',
      context: { kept: [] },
      initial: 'a',
      states: {
        a: { on: { go: { actions: isEffect ? 'act' : actions }, ping: {} } },
        end: { type: 'final' },
      },
      ...more,
    } as never),
  );
}

const borders: readonly (readonly [what: string, place: RegExp, go: () => unknown])[] = [
  ['the first context', /context/, () => doing([], { context: { when } })],
  ['a new context', /'m', state "a": the context/, () => doing(assign({ when } as never)).on('go')],
  [
    'the input of a child',
    /input of 'c'/,
    () => doing(spawnChild('listener', { id: 'c', input: { when } } as never)).on('go'),
  ],
  [
    'the input of an activity',
    /input of 'c'/,
    () => doing(spawnChild('work', { id: 'c', input: { when } } as never)).on('go'),
  ],
  [
    'an event for a child',
    /event 'ping'/,
    () =>
      doing([
        spawnChild('listener', { id: 'c' }),
        sendTo('c', { type: 'ping', when } as never as never),
      ]).on('go'),
  ],
  [
    'an event for the parent',
    /event 'up'/,
    () =>
      doing(spawnChild('listener', { id: 'c' } as never))
        .on('go')
        .on('ping', ['c']),
  ],
  [
    'a timer',
    /event 'late'/,
    () => doing(raise({ type: 'late', when } as never, { delay: 5 })).on('go'),
  ],
  ['an event', /event 'go'/, () => doing([]).on({ type: 'go', when })],
  ['the output', /output/, () => doing([], { initial: 'end', output: () => ({ when }) })],
  [
    'a message',
    /message/,
    () => doing(effects.publish(() => message({ data: { when } as never }))).on('go'),
  ],
  [
    'a body',
    /message/,
    () => doing(effects.publish(() => message({ body: { when } as never }))).on('go'),
  ],
  [
    'a question',
    /question/,
    () =>
      doing(effects.ask(() => ({ ...message({}), answer: 'a', about: { when } as never }))).on(
        'go',
      ),
  ],
  [
    'a reply',
    /reply/,
    () => doing(effects.reply(() => ({ to, body: { when } as never }))).on('go'),
  ],
  [
    'a write',
    /write/,
    () => doing(effects.write(() => ({ ...table, args: { when } as never }))).on('go'),
  ],
  [
    'a read',
    /read/,
    () => doing(effects.read(() => ({ ...table, args: { when } as never, event: 'e' }))).on('go'),
  ],
  [
    'a line of history',
    /record/,
    () => doing(effects.record(() => ({ topic: 't', line: { when } as never }))).on('go'),
  ],
];

const to = { messageId: 'i', exchange: '', routingKey: 'k' };
const table = { store: 's', op: 'o' };

function message(more: Partial<effects.Publish>): effects.Publish {
  return { exchange: '', routingKey: 'k', action: 'a', ...more };
}

for (const [what, place, go] of borders)
  test(`${what} with a Date is refused by name and place`, () => assert.throws(go, refused(place)));

test('the live context is the one that is stored', () => {
  const life = doing(assign({ zero: -0, gone: undefined, list: [{ n: -0 }] } as never)).on('go');
  assert.equal(Object.keys(life.context), ['kept', 'zero', 'list']);
  assert.ok(Object.is(life.context['zero'], 0));
});

test('without an output a child gives none', () => {
  const child = setup({}).createMachine({
    id: 'child',
    initial: 'end',
    states: { end: { type: 'final' } },
  });
  const life = Life.of(
    setup({ actors: { child } }).createMachine({
      id: 'm',
      context: {},
      invoke: {
        src: 'child',
        onDone: { actions: assign(({ event }) => ({ has: 'output' in event })) },
      },
    } as never),
  );
  assert.equal(life.context, { has: false });
});

test('a part of the context that a step leaves alone is not copied', () => {
  const definition = defineMachine(
    setup({ actions: { act: assign({ n: 1 } as never) } }).createMachine({
      id: 'm',
      context: { kept: [{ deep: {} }] },
      on: { go: { actions: 'act' } },
    } as never) as never,
  );
  const first = startFamily(definition, {}, stamp).family;
  const { family } = stepFamily(first, [], { type: 'go' }, stamp);
  assert.is(family.root.snapshot.context.kept, first.root.snapshot.context.kept);
});

const inPlace = /'m', state "a": it changes a value of the context or of the event in place/;

test('an action that changes the context in place is refused, and leaves nothing', () => {
  const life = doing(
    assign(
      ({ context }: { context: { kept: string[] } }) =>
        ({ kept: [context.kept.push('x')] }) as never,
    ),
  );
  assert.throws(() => life.on('go'), inPlace);
  assert.equal(life.context, { kept: [] });
});

test('an effect or a guard that changes the context in place is refused', () => {
  const spoil = ({ context }: { context: JsonObject }) => Object.assign(context, { n: 1 });
  const effect = effects.publish((args) => message({ data: spoil(args as never) }));
  assert.throws(() => doing(effect).on('go'), inPlace);
  const guarded = setup({
    guards: { spoil: (args) => Boolean(spoil(args as never)) },
  }).createMachine({
    id: 'm',
    context: {},
    initial: 'a',
    states: { a: { on: { go: { guard: 'spoil', target: 'a' } } } },
  });
  assert.throws(() => Life.of(guarded).on('go'), inPlace);
});

test('an event that is changed in place leaves its sender as it was', () => {
  const event = { type: 'go', data: { list: [1] } };
  const spoil = assign(({ event: given }: { event: EventObject }) => {
    Object.assign(given, { type: 'other' });
    return { list: Object(given).data.list } as never;
  });
  const life = doing(spoil).on(event);
  event.data.list.push(2);
  assert.equal([life.context['list'], event.type], [[1], 'go']);
});

test('the static context of a machine is never shared', () => {
  const context = { kept: [1] };
  const life = doing([], { context });
  context.kept.push(2);
  assert.equal(life.context, { kept: [1] });
});

test('the output of an activity arrives as a copy', () => {
  const settings = { n: 1 };
  const life = doing([], {
    invoke: {
      src: 'work',
      onDone: {
        actions: assign(({ event }) => ({ settings: (event as never)['output'] }) as never),
      },
    },
  });
  const ended = alive(life.ends(life.token('start-activity'), { output: settings }));
  settings.n = 99;
  assert.equal(ended.context['settings'], { n: 1 });
});

test.run();
