/**
 * The children of random machines. A companion answers, ticks, has work and a child of its own, ends on the third event and throws on
 * another. What it says to its parent moves nothing there.
 */
import {
  type AnyActorLogic,
  type AnyStateMachine,
  assign,
  sendParent,
  sendTo,
  setup,
} from 'xstate';

/** The action `say`: an effect of the runtime, or a plain function for a live actor. */
export type Say = (
  args: { context: { count: number } },
  params: { readonly word: number | string },
) => void;

/** The activity of a companion, or a promise of XState; the input is `{name}`. */
export type Work = AnyActorLogic;

interface Count {
  readonly count: number;
}

/** A child of a child: says and answers. */
function listenerMachine(say: Say): AnyStateMachine {
  return setup({
    types: {} as { context: Count },
    actions: {
      say,
      add: assign({ count: ({ context }) => context.count + 1 }),
      answer: sendParent({ type: 'heard' }),
    },
  }).createMachine({
    id: 'listener',
    context: { count: 0 },
    on: { A: { actions: ['add', { type: 'say', params: { word: 'listener hears' } }, 'answer'] } },
    after: { 7: { actions: 'answer' } },
  }) as AnyStateMachine;
}

export function companionMachine(say: Say, work: Work): AnyStateMachine {
  return setup({
    types: {} as { context: Count & { name: string }; input: { name: string } },
    actors: { listener: listenerMachine(say), work },
    actions: {
      say,
      add: assign({ count: ({ context }) => context.count + 1 }),
      burst: assign(() => {
        throw new Error('the companion fails');
      }),
      tellParent: sendParent({ type: 'told' }),
      forward: sendTo('listener', { type: 'A' }),
    },
    guards: { third: ({ context }) => context.count >= 2 },
  }).createMachine({
    id: 'companion',
    context: ({ input }) => ({ count: 0, name: input.name }),
    initial: 'up',
    output: ({ context }) => ({ counted: context.count }),
    entry: [{ type: 'say', params: { word: 'companion up' } }],
    invoke: { src: 'listener', id: 'listener' },
    on: { heard: { actions: { type: 'say', params: { word: 'companion is answered' } } } },
    states: {
      up: {
        invoke: {
          src: 'work',
          id: 'own',
          input: ({ context }: { context: { name: string } }) => ({
            name: `own of ${context.name}`,
          }),
          onDone: { actions: 'tellParent' },
          onError: { actions: 'burst' },
        },
        after: { 5: { actions: ['tellParent', 'add'] } },
        on: {
          A: [
            { guard: 'third', target: 'over' },
            {
              actions: [
                'add',
                { type: 'say', params: { word: 'companion hears' } },
                'tellParent',
                'forward',
              ],
            },
          ],
          B: { target: 'up', reenter: true, actions: 'add' },
          C: { guard: 'third', actions: 'burst' },
        },
      },
      over: { type: 'final', entry: [{ type: 'say', params: { word: 'companion over' } }] },
    },
  }) as AnyStateMachine;
}
