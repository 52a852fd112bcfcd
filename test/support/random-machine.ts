/**
 * The machine of a sketch.
 *
 * 1. What it does can be seen: `say` tells what the context was at its moment; beside it there are only `emit` and `log`.
 * 2. Loops end: a machine that does not come to rest within `microstepsMax` throws, live and stepped; what children say moves nothing.
 */
import {
  type AnyEventObject,
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  log,
  raise,
  sendTo,
  spawnChild,
  stopChild,
} from 'xstate';
import { afterCommit } from '../../runtime/step/effects.ts';
import { companionMachine, type Say, type Work } from './companion-machine.ts';
import {
  type ActionSketch,
  descriptors,
  eventNames,
  type StateSketch,
  type TransitionSketch,
} from './machine-sketch.ts';
import { guardConfig, isCounted, numberIn } from './random-guard.ts';

const microstepsMax = 40;

/** What a plain function of the machine does with a word. */
export type Do = Say;

interface Names {
  readonly perform: Do;
  readonly all: readonly string[];
  readonly of: ReadonlyMap<StateSketch, string>;
}

/** States in document order; a history state stands after the state it belongs to. */
function namesOf(root: StateSketch, perform: Do): Names {
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
  return { perform, all, of };
}

function hasHistory({ kind, history }: StateSketch): boolean {
  return (kind === 'compound' || kind === 'parallel') && history !== 'none';
}

function eventOf(index: number): { type: string } {
  return { type: eventNames[index] as string };
}

function lateEvent(index: number): { type: string } {
  return { type: `${eventNames[index]}.late` };
}

function echoed({ event }: { event: AnyEventObject }): { word: string } {
  return { word: `${event.type} ${JSON.stringify(event['output'] ?? toldError(event))}` };
}

/** What a machine can tell of an error, of an instance of `Error` as of its JSON. */
function toldError({ error }: AnyEventObject): unknown {
  if (typeof error !== 'object' || error === null) return error ?? null;
  const { name, message, code, status } = error as Record<string, unknown>;
  return { name, message, code, status };
}

function actionConfigs(
  all: readonly ActionSketch[],
  child: string | undefined,
  names: Names,
): readonly object[] {
  return all.flatMap((action) => actionConfig(action, child, names));
}

function enqueued(actions: readonly ActionSketch[], names: Names): object {
  const all = actionConfigs(actions, undefined, names);
  return enqueueActions(({ enqueue, context }) => {
    for (const [index, action] of all.entries())
      if (index % 2 === 0 || context['count'] % 2 === 0) enqueue(action as never);
  });
}

function actionConfig(
  action: ActionSketch,
  child: string | undefined,
  names: Names,
): readonly object[] {
  switch (action.kind) {
    case 'say':
      return [{ type: 'say', params: { word: action.word } }];
    case 'echo':
      return [{ type: 'say', params: echoed }];
    case 'count':
      return [{ type: 'count' }];
    case 'countBy':
      return [assign({ count: ({ context, event }) => context['count'] + numberIn(event, 'by') })];
    case 'countInline':
      return [assign({ count: ({ context }) => context['count'] + 1 })];
    case 'do':
      return [plainFunction(action, names)];
    case 'raise':
      return [raise(eventOf(action.event))];
    case 'raiseLater':
      return [
        raise(lateEvent(action.event), { delay: action.delayMs, id: lateEvent(action.event).type }),
      ];
    case 'cancel':
      return [cancel(lateEvent(action.event).type)];
    case 'emit':
      return [emit({ type: `emitted ${action.word}` })];
    case 'log':
      return [log(`logged ${action.word}`)];
    case 'enqueue':
      return [enqueued(action.actions, names)];
    case 'spawn':
      return [
        spawnChild('companion', {
          id: spawnedName(action.child),
          input: { name: spawnedName(action.child) },
        }),
      ];
    case 'stop':
      return [stopChild(spawnedName(action.child))];
    case 'tellSpawned':
      return [sendTo(spawnedName(action.child), eventOf(action.event))];
    case 'tell':
      return child === undefined ? [] : [sendTo(child, eventOf(action.event))];
    case 'tellLater':
      return child === undefined
        ? []
        : [sendTo(child, eventOf(action.event), { delay: action.delayMs })];
  }
}

function plainFunction(
  { word, form }: Extract<ActionSketch, { kind: 'do' }>,
  { perform }: Names,
): object {
  if (form === 'named') return { type: 'do', params: { word } };
  const run = (args: Parameters<Do>[0]) => perform(args, { word });
  return form === 'inline' ? run : afterCommit(run as never);
}

function spawnedName(child: number): string {
  return `spawned-${child}`;
}

function transitionConfig(
  { target, guard, actions, reenter }: TransitionSketch,
  names: Names,
  child?: string,
): object {
  return {
    ...(target === null ? {} : { target: `#${names.all[target % names.all.length]}`, reenter }),
    ...(guard === null ? {} : { guard: guardConfig(guard) }),
    actions: actionConfigs(actions, child, names),
  };
}

/** Takes what children say, so it must not set anything going. */
function harmless(transition: TransitionSketch): TransitionSketch {
  const actions = transition.actions.filter(({ kind }) =>
    ['say', 'echo', 'count', 'emit', 'log'].includes(kind),
  );
  return { ...transition, target: null, actions };
}

function onConfig(
  on: readonly TransitionSketch[],
  names: Names,
  child: string | undefined,
): object {
  const handled: Record<string, object[]> = {};
  for (const transition of on) {
    const descriptor = descriptors[transition.event] as string;
    const taken = descriptor === '*' ? harmless(transition) : transition;
    handled[descriptor] = [...(handled[descriptor] ?? []), transitionConfig(taken, names, child)];
  }
  return handled;
}

function childConfigs(sketch: StateSketch, names: Names, name: string): object {
  const states: Record<string, object> = {};
  for (const child of sketch.children)
    states[names.of.get(child) as string] = stateConfig(child, names);
  if (hasHistory(sketch) && name !== '')
    states['h'] = { id: `${name}h`, type: 'history', history: sketch.history };
  const target = names.of.get(
    sketch.children[sketch.initial % sketch.children.length] as StateSketch,
  );
  const initial = { target, actions: actionConfigs(sketch.first ?? [], undefined, names) };
  return sketch.kind === 'parallel' ? { type: 'parallel', states } : { initial, states };
}

function invokeConfig(child: string, sketch: StateSketch, names: Names): object {
  const onDone =
    sketch.onDone === null
      ? {}
      : { onDone: transitionConfig({ ...sketch.onDone, guard: null }, names) };
  const onError = sketch.minds
    ? {
        onError: {
          actions: [
            { type: 'say', params: { word: `${child} failed` } },
            { type: 'say', params: echoed },
          ],
        },
      }
    : {};
  return {
    invoke: { src: sketch.invokes, id: child, input: { name: child }, ...onDone, ...onError },
  };
}

function ownConfig({ kind, entry, exit }: StateSketch, child: string | undefined, names: Names) {
  const lists = {
    entry: actionConfigs(entry, child, names),
    exit: actionConfigs(exit, child, names),
  };
  return { ...lists, tags: [kind, `${exit.length} exits`] };
}

function stateConfig(sketch: StateSketch, names: Names): object {
  const name = names.of.get(sketch) as string;
  if (sketch.kind === 'final') {
    return {
      id: name,
      type: 'final',
      ...ownConfig(sketch, undefined, names),
      output: { of: name },
    };
  }
  const invoked = sketch.invokes === 'nothing' ? undefined : `${sketch.invokes}-${name}`;
  const child = sketch.invokes === 'companion' ? invoked : undefined;
  const nested = sketch.kind === 'atomic' ? {} : childConfigs(sketch, names, name);
  return {
    id: name,
    ...nested,
    ...ownConfig(sketch, child, names),
    on: onConfig(sketch.on, names, child),
    ...(sketch.always === null ? {} : { always: transitionConfig(sketch.always, names) }),
    ...(sketch.after === null
      ? {}
      : { after: { [sketch.after.delayMs]: transitionConfig(sketch.after.transition, names) } }),
    ...(sketch.kind === 'atomic' || sketch.onDone === null
      ? {}
      : { onDone: transitionConfig(sketch.onDone, names) }),
    ...(invoked === undefined ? {} : invokeConfig(invoked, sketch, names)),
  };
}

/** `perform`: a plain function in either run. */
export function machineOf(sketch: StateSketch, say: Say, work: Work, perform: Do): AnyStateMachine {
  const names = namesOf(sketch, perform);
  const implementations = {
    actions: {
      say,
      do: perform,
      count: assign({ count: ({ context }: { context: { count: number } }) => context.count + 1 }),
    },
    guards: { counted: isCounted },
    actors: { companion: companionMachine(say, work), work },
  };
  const config = {
    id: 'random',
    context: ({ input }: { input: unknown }) => ({ count: numberIn(input, 'from') }),
    options: { maxIterations: microstepsMax },
    on: {
      ...onConfig(sketch.on, names, undefined),
      told: { actions: { type: 'say', params: { word: 'told' } } },
    },
    output: ({ context }: { context: { count: number } }) => ({ counted: context.count }),
    ...ownConfig(sketch, undefined, names),
    ...childConfigs(sketch, names, ''),
  };
  return createMachine(config as never, implementations as never) as AnyStateMachine;
}
