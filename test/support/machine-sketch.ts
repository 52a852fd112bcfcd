/**
 * Sketches of random machines and what happens to them, for tests that compare XState with itself: live, and stepped by us.
 *
 * 1. A sketch is plain data, so that fast-check can shrink and print it. Every sketch is a machine.
 * 2. Every kind of action and of state XState has is drawn that the step takes; those it refuses are refused at definition time.
 */
import fc from 'fast-check';

export const eventNames = ['A', 'B', 'C'] as const;
/** What transitions may name: also parts of names and everything. What comes late is named `<event>.late`. */
export const descriptors = ['A', 'B', 'C', 'A', 'B', 'C', 'A.*', 'B.late', '*'] as const;
/** Children that are spawned are told apart by a number below this. */
export const spawnedMax = 2;

export type ActionSketch =
  | { readonly kind: 'say'; readonly word: number }
  /** Says the event and its output. */
  | { readonly kind: 'echo' }
  | { readonly kind: 'count' }
  /** Counts by the member `by` of the event. */
  | { readonly kind: 'countBy' }
  /** Counts by an action that is written inline. */
  | { readonly kind: 'countInline' }
  /** A plain function, inline or by its name; `afterCommit`: within the mark of that name. */
  | {
      readonly kind: 'do';
      readonly word: number;
      readonly form: 'inline' | 'named' | 'afterCommit';
    }
  | { readonly kind: 'raise'; readonly event: number }
  | { readonly kind: 'raiseLater'; readonly event: number; readonly delayMs: number }
  | { readonly kind: 'cancel'; readonly event: number }
  | { readonly kind: 'emit'; readonly word: number }
  | { readonly kind: 'log'; readonly word: number }
  /** Enqueues the actions, those at odd places only where the count is even. */
  | { readonly kind: 'enqueue'; readonly actions: readonly ActionSketch[] }
  | { readonly kind: 'spawn'; readonly child: number }
  | { readonly kind: 'stop'; readonly child: number }
  | { readonly kind: 'tellSpawned'; readonly child: number; readonly event: number }
  /** For the child the state invokes. */
  | { readonly kind: 'tell'; readonly event: number }
  | { readonly kind: 'tellLater'; readonly event: number; readonly delayMs: number };

/** `withBy`: the member `by` of the event counts too. `isInline`: the guard is a function in the transition; otherwise the transition names the guard. */
export interface GuardSketch {
  readonly modulus: number;
  readonly rest: number;
  readonly isInline?: boolean;
  readonly withBy?: boolean;
}

export interface TransitionSketch {
  /** Index of a descriptor. */
  readonly event: number;
  /** Index of a state, modulo how many there are; null: no target. */
  readonly target: number | null;
  /** Holds when the counter is `rest` modulo `modulus`. */
  readonly guard: GuardSketch | null;
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
  readonly invokes: 'nothing' | 'companion' | 'work';
  /** Whether what it invokes may fail. */
  readonly minds: boolean;
  /** Of a state with states below: what it does when its first state is entered by default. Default: nothing. */
  readonly first?: readonly ActionSketch[];
  /** Of a root: the message that starts the machine and is its input. Default: a message without members. */
  readonly start?: StartSketch;
}

/** The counter begins at `from`. */
export type StartSketch = { readonly from?: number };

/** The members of a message, which stand in its event. Some have names that XState's own events have too. */
export type MembersSketch = {
  readonly by?: number;
  readonly output?: string;
  readonly error?: string;
  readonly data?: { readonly by: number };
  readonly input?: { readonly from: number };
  readonly id?: string;
};

/** What happens to a machine: an event, time that passes, or a piece of work (modulo how many there are) that ends. */
export type Happening =
  | { readonly event: (typeof eventNames)[number]; readonly members?: MembersSketch }
  | { readonly passMs: number }
  | { readonly work: number; readonly fails: boolean; readonly thrown?: ThrownSketch };

/** What a piece of work throws: a text, an error with a code, or an object that is no error. Default: a text. */
export type ThrownSketch = 'text' | 'error' | 'object';

const eventIndex = fc.nat(eventNames.length - 1);
const delay = fc.integer({ min: 1, max: 9 });

function drawn<Kind extends ActionSketch['kind'], Rest extends object>(
  kind: Kind,
  rest: { [Key in keyof Rest]: fc.Arbitrary<Rest[Key]> },
): fc.Arbitrary<{ kind: Kind } & Rest> {
  return fc.record({ kind: fc.constant(kind), ...rest } as never) as fc.Arbitrary<
    { kind: Kind } & Rest
  >;
}

const word = fc.nat(9);
const simpleAction: fc.Arbitrary<ActionSketch> = fc.oneof(
  { weight: 5, arbitrary: drawn('say', { word }) },
  { weight: 2, arbitrary: drawn('echo', {}) },
  { weight: 4, arbitrary: drawn('count', {}) },
  { weight: 1, arbitrary: drawn('countInline', {}) },
  { weight: 2, arbitrary: drawn('countBy', {}) },
  {
    weight: 2,
    arbitrary: drawn('do', { word, form: fc.constantFrom('inline', 'named', 'afterCommit') }),
  },
  { weight: 2, arbitrary: drawn('raise', { event: eventIndex }) },
  { weight: 2, arbitrary: drawn('raiseLater', { event: eventIndex, delayMs: delay }) },
  { weight: 1, arbitrary: drawn('cancel', { event: eventIndex }) },
  { weight: 1, arbitrary: drawn('emit', { word }) },
  { weight: 1, arbitrary: drawn('log', { word }) },
  { weight: 1, arbitrary: drawn('spawn', { child: fc.nat(spawnedMax - 1) }) },
  { weight: 1, arbitrary: drawn('stop', { child: fc.nat(spawnedMax - 1) }) },
);
const plainAction: fc.Arbitrary<ActionSketch> = fc.oneof(
  { weight: 12, arbitrary: simpleAction },
  { weight: 1, arbitrary: drawn('enqueue', { actions: fc.array(simpleAction, { maxLength: 3 }) }) },
);
/** Only where the child is there to be told; one that was spawned may be there. */
const ownAction: fc.Arbitrary<ActionSketch> = fc.oneof(
  { weight: 12, arbitrary: plainAction },
  { weight: 4, arbitrary: drawn('tell', { event: eventIndex }) },
  { weight: 2, arbitrary: drawn('tellLater', { event: eventIndex, delayMs: delay }) },
  {
    weight: 1,
    arbitrary: drawn('tellSpawned', { child: fc.nat(spawnedMax - 1), event: eventIndex }),
  },
);

function transitionOf(action: fc.Arbitrary<ActionSketch>): fc.Arbitrary<TransitionSketch> {
  return fc.record({
    event: fc.nat(descriptors.length - 1),
    target: fc.option(fc.nat(99)),
    guard: fc.option(
      fc.integer({ min: 2, max: 4 }).chain((modulus) =>
        fc.record({
          modulus: fc.constant(modulus),
          rest: fc.nat(modulus - 1),
          isInline: fc.boolean(),
          withBy: fc.boolean(),
        }),
      ),
    ),
    actions: fc.array(action, { maxLength: 2 }),
    reenter: fc.boolean(),
  });
}

function stateAt(depth: number): fc.Arbitrary<StateSketch> {
  const kinds =
    depth === 0
      ? (['atomic', 'atomic', 'final'] as const)
      : (['atomic', 'compound', 'compound', 'parallel', 'final'] as const);
  return fc.record({
    kind: fc.constantFrom(...kinds),
    children:
      depth === 0 ? fc.constant([]) : fc.array(stateAt(depth - 1), { minLength: 1, maxLength: 3 }),
    initial: fc.nat(9),
    history: fc.constantFrom('none', 'none', 'shallow', 'deep'),
    entry: fc.array(ownAction, { maxLength: 2 }),
    exit: fc.array(ownAction, { maxLength: 1 }),
    on: fc.array(transitionOf(ownAction), { maxLength: 3 }),
    always: fc
      .option(transitionOf(plainAction), { freq: 6 })
      .map((transition) => transition && guarded(transition)),
    after: fc.option(fc.record({ delayMs: delay, transition: transitionOf(plainAction) }), {
      freq: 2,
    }),
    onDone: fc.option(transitionOf(plainAction)),
    invokes: fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'companion', 'work'),
    minds: fc.integer({ min: 0, max: 3 }).map((drawnNumber) => drawnNumber > 0),
    first: fc.array(plainAction, { maxLength: 1 }),
  });
}

/** Without a guard, or without a change of what it looks at, `always` is a loop more often than not. */
function guarded(transition: TransitionSketch): TransitionSketch {
  return {
    ...transition,
    guard: transition.guard ?? { modulus: 2, rest: 0 },
    actions: [{ kind: 'count' }, ...transition.actions],
  };
}

/** A root with one to four states below it, up to three levels deep. */
export const machineSketches: fc.Arbitrary<StateSketch> = fc
  .record({
    root: stateAt(0),
    kind: fc.constantFrom('compound' as const, 'compound' as const, 'parallel' as const),
    children: fc.array(stateAt(2), { minLength: 1, maxLength: 4 }),
    start: fc.record({ from: fc.nat(5) }, { requiredKeys: [] }),
  })
  .map(({ root, kind, children, start }) => ({
    ...root,
    kind,
    start,
    children,
    always: null,
    after: null,
    onDone: null,
  }));

const members: fc.Arbitrary<MembersSketch> = fc.record(
  {
    by: fc.nat(3),
    output: fc.constant('own output'),
    error: fc.constant('own error'),
    data: fc.record({ by: fc.nat(3) }),
    input: fc.record({ from: fc.nat(3) }),
    id: fc.constant('own id'),
  },
  { requiredKeys: [] },
);

export const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Happening>[]>(
    { weight: 4, arbitrary: fc.record({ event: fc.constantFrom(...eventNames), members }) },
    { weight: 3, arbitrary: fc.record({ passMs: fc.nat(12) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        work: fc.nat(9),
        fails: fc.boolean(),
        thrown: fc.constantFrom('text', 'error', 'object'),
      }),
    },
  ),
  { minLength: 1, maxLength: 12 },
);
