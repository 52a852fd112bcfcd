/**
 * Random machines and what happens to them, for tests that compare XState with itself: live, and stepped by us.
 *
 * 1. A sketch is plain data, so that fast-check can shrink and print it; `machineOf` makes the machine. Every sketch is a machine.
 * 2. What a machine does can be seen: `say` is its only effect, and says what the context was at its moment.
 * 3. Loops end: a machine that does not come to rest within `microstepsMax` throws, live and stepped; what a child says to its parent
 *    moves nothing there.
 */
import fc from 'fast-check';
import { type AnyStateMachine, assign, createMachine, raise, sendParent, sendTo, setup } from 'xstate';

const eventNames = ['A', 'B', 'C'] as const;
const microstepsMax = 40;

type ActionSketch =
  | { readonly kind: 'say'; readonly word: number }
  | { readonly kind: 'count' }
  | { readonly kind: 'raise'; readonly event: number }
  | { readonly kind: 'raiseLater'; readonly event: number; readonly delayMs: number }
  | { readonly kind: 'tell'; readonly event: number };

interface TransitionSketch {
  readonly event: number;
  /** Index of a state, modulo how many there are; null: no target. */
  readonly target: number | null;
  /** Holds when the counter is `rest` modulo `modulus`. */
  readonly guard: { readonly modulus: number; readonly rest: number } | null;
  readonly actions: readonly ActionSketch[];
  readonly reenter: boolean;
}

export interface StateSketch {
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final';
  readonly children: readonly StateSketch[];
  readonly initial: number;
  readonly history: 'none' | 'shallow' | 'deep';
  readonly entry: readonly ActionSketch[];
  readonly exit: readonly ActionSketch[];
  readonly on: readonly TransitionSketch[];
  readonly always: TransitionSketch | null;
  readonly after: { readonly delayMs: number; readonly transition: TransitionSketch } | null;
  readonly onDone: TransitionSketch | null;
  readonly invokes: boolean;
}

/** What happens to a machine: an event, or time that passes. */
export type Happening = { readonly event: (typeof eventNames)[number] } | { readonly passMs: number };

const eventIndex = fc.nat(eventNames.length - 1);
const plainAction: fc.Arbitrary<ActionSketch> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('say' as const), word: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('count' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('raise' as const), event: eventIndex }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('raiseLater' as const), event: eventIndex, delayMs: fc.integer({ min: 1, max: 9 }) }),
  },
);
/** Only where the child is there to be told. */
const ownAction: fc.Arbitrary<ActionSketch> = fc.oneof(
  { weight: 3, arbitrary: plainAction },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tell' as const), event: eventIndex }) },
);

function transitionOf(action: fc.Arbitrary<ActionSketch>): fc.Arbitrary<TransitionSketch> {
  return fc.record({
    event: eventIndex,
    target: fc.option(fc.nat(99)),
    guard: fc.option(
      fc.integer({ min: 2, max: 4 }).chain((modulus) => fc.record({ modulus: fc.constant(modulus), rest: fc.nat(modulus - 1) })),
    ),
    actions: fc.array(action, { maxLength: 2 }),
    reenter: fc.boolean(),
  });
}

function stateAt(depth: number): fc.Arbitrary<StateSketch> {
  const kinds = depth === 0 ? (['atomic', 'atomic', 'final'] as const) : (['atomic', 'compound', 'compound', 'parallel', 'final'] as const);
  return fc.record({
    kind: fc.constantFrom(...kinds),
    children: depth === 0 ? fc.constant([]) : fc.array(stateAt(depth - 1), { minLength: 1, maxLength: 3 }),
    initial: fc.nat(9),
    history: fc.constantFrom('none', 'none', 'shallow', 'deep'),
    entry: fc.array(plainAction, { maxLength: 2 }),
    exit: fc.array(ownAction, { maxLength: 1 }),
    on: fc.array(transitionOf(ownAction), { maxLength: 3 }),
    always: fc.option(transitionOf(plainAction), { freq: 6 }).map((transition) => transition && guarded(transition)),
    after: fc.option(fc.record({ delayMs: fc.integer({ min: 1, max: 9 }), transition: transitionOf(plainAction) }), { freq: 2 }),
    onDone: fc.option(transitionOf(plainAction)),
    invokes: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  });
}

/** Without a guard, or without a change of what it looks at, `always` is a loop more often than not. */
function guarded(transition: TransitionSketch): TransitionSketch {
  return { ...transition, guard: transition.guard ?? { modulus: 2, rest: 0 }, actions: [{ kind: 'count' }, ...transition.actions] };
}

/** A root with one to four states below it, up to three levels deep. */
export const machineSketches: fc.Arbitrary<StateSketch> = fc
  .record({
    root: stateAt(0),
    kind: fc.constantFrom('compound' as const, 'compound' as const, 'parallel' as const),
    children: fc.array(stateAt(2), { minLength: 1, maxLength: 4 }),
  })
  .map(({ root, kind, children }) => ({ ...root, kind, children, always: null, after: null, onDone: null }));

export const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof<fc.Arbitrary<Happening>[]>(fc.record({ event: fc.constantFrom(...eventNames) }), fc.record({ passMs: fc.nat(12) })),
  { minLength: 1, maxLength: 12 },
);

/** How `say` is made: an effect of ours, or a plain function for a live actor. */
export type Say = (args: { context: { count: number } }, params: { readonly word: number | string }) => void;

interface Names {
  readonly all: readonly string[];
  readonly of: ReadonlyMap<StateSketch, string>;
}

/** States in document order; a history state stands after the state it belongs to. */
function namesOf(root: StateSketch): Names {
  const all: string[] = [];
  const of = new Map<StateSketch, string>();
  const visit = (sketch: StateSketch): void => {
    for (const child of sketch.children) {
      const name = `s${of.size}`;
      of.set(child, name);
      all.push(name);
      if (hasHistory(child)) all.push(`${name}h`);
      if (child.kind === 'compound' || child.kind === 'parallel') visit(child);
    }
  };
  visit(root);
  return { all, of };
}

function hasHistory({ kind, history }: StateSketch): boolean {
  return (kind === 'compound' || kind === 'parallel') && history !== 'none';
}

function actionConfig(action: ActionSketch, child: string | undefined): readonly object[] {
  switch (action.kind) {
    case 'say':
      return [{ type: 'say', params: { word: action.word } }];
    case 'count':
      return [{ type: 'count' }];
    case 'raise':
      return [raise({ type: eventNames[action.event] as string })];
    case 'raiseLater':
      return [raise({ type: eventNames[action.event] as string }, { delay: action.delayMs })];
    case 'tell':
      return child === undefined ? [] : [sendTo(child, { type: eventNames[action.event] as string })];
  }
}

function transitionConfig({ target, guard, actions, reenter }: TransitionSketch, names: Names, child?: string): object {
  return {
    ...(target === null ? {} : { target: `#${names.all[target % names.all.length]}`, reenter }),
    ...(guard === null ? {} : { guard: { type: 'counted', params: guard } }),
    actions: actions.flatMap((action) => actionConfig(action, child)),
  };
}

function onConfig(on: readonly TransitionSketch[], names: Names, child: string | undefined): object {
  const named = eventNames.map((name, event) => [name, on.filter((transition) => transition.event === event)] as const);
  const handled = named.filter(([, transitions]) => transitions.length > 0);
  return Object.fromEntries(handled.map(([name, all]) => [name, all.map((transition) => transitionConfig(transition, names, child))]));
}

function childConfigs(sketch: StateSketch, names: Names, name: string): object {
  const states: Record<string, object> = {};
  for (const child of sketch.children) states[names.of.get(child) as string] = stateConfig(child, names);
  if (hasHistory(sketch) && name !== '') states['h'] = { id: `${name}h`, type: 'history', history: sketch.history };
  const initial = names.of.get(sketch.children[sketch.initial % sketch.children.length] as StateSketch);
  return sketch.kind === 'parallel' ? { type: 'parallel', states } : { initial, states };
}

function invokeConfig(child: string, sketch: StateSketch, names: Names): object {
  const onDone = sketch.onDone === null ? {} : { onDone: transitionConfig({ ...sketch.onDone, guard: null }, names) };
  return {
    invoke: { src: 'companion', id: child, ...onDone, onError: { actions: [{ type: 'say', params: { word: 'companion failed' } }] } },
  };
}

function stateConfig(sketch: StateSketch, names: Names): object {
  const name = names.of.get(sketch) as string;
  const entry = sketch.entry.flatMap((action) => actionConfig(action, undefined));
  if (sketch.kind === 'final') return { id: name, type: 'final', entry };
  const child = sketch.invokes ? `companion-${name}` : undefined;
  const nested = sketch.kind === 'atomic' ? {} : childConfigs(sketch, names, name);
  return {
    id: name,
    ...nested,
    entry,
    exit: sketch.exit.flatMap((action) => actionConfig(action, child)),
    on: onConfig(sketch.on, names, child),
    ...(sketch.always === null ? {} : { always: transitionConfig(sketch.always, names) }),
    ...(sketch.after === null ? {} : { after: { [sketch.after.delayMs]: transitionConfig(sketch.after.transition, names) } }),
    ...(sketch.kind === 'atomic' || sketch.onDone === null ? {} : { onDone: transitionConfig(sketch.onDone, names) }),
    ...(child === undefined ? {} : invokeConfig(child, sketch, names)),
  };
}

/** The child every invoking state has: answers, ticks, ends on the third event and fails on the fourth kind of count. */
function companionMachine(say: Say): AnyStateMachine {
  return setup({
    types: {} as { context: { count: number } },
    actions: {
      say,
      count: assign({ count: ({ context }) => context.count + 1 }),
      burst: assign(() => {
        throw new Error('the companion fails');
      }),
      tellParent: sendParent({ type: 'told' }),
    },
    guards: { third: ({ context }) => context.count >= 2 },
  }).createMachine({
    id: 'companion',
    context: { count: 0 },
    initial: 'up',
    entry: [{ type: 'say', params: { word: 'companion up' } }],
    states: {
      up: {
        after: { 5: { actions: ['tellParent', 'count'] } },
        on: {
          A: [
            { guard: 'third', target: 'over' },
            { actions: ['count', { type: 'say', params: { word: 'companion hears' } }, 'tellParent'] },
          ],
          B: { target: 'up', reenter: true, actions: 'count' },
          C: { guard: 'third', actions: 'burst' },
        },
      },
      over: { type: 'final', entry: [{ type: 'say', params: { word: 'companion over' } }] },
    },
  });
}

/** The machine of a sketch. */
export function machineOf(sketch: StateSketch, say: Say): AnyStateMachine {
  const names = namesOf(sketch);
  const implementations = {
    actions: { say, count: assign({ count: ({ context }: { context: { count: number } }) => context.count + 1 }) },
    guards: {
      counted: ({ context }: { context: { count: number } }, { modulus, rest }: { modulus: number; rest: number }) =>
        context.count % modulus === rest,
    },
    actors: { companion: companionMachine(say) },
  };
  const config = {
    id: 'random',
    context: { count: 0 },
    options: { maxIterations: microstepsMax },
    on: { ...onConfig(sketch.on, names, undefined), told: { actions: { type: 'say', params: { word: 'told' } } } },
    output: ({ context }: { context: { count: number } }) => ({ counted: context.count }),
    ...childConfigs(sketch, names, ''),
  };
  return createMachine(config as never, implementations as never) as AnyStateMachine;
}
