/** A machine that counts and says words, for the tests of single steps. */
import { assign, setup } from 'xstate';
import { say } from './machine-samples.ts';

export interface Counter {
  readonly count: number;
}

export const actions = {
  hello: say('hello'),
  bye: say('bye'),
  got: say('got'),
  late: say('late'),
  up: say('up'),
};

export const base = setup({
  types: {} as { context: Counter },
  actions: {
    ...actions,
    add: assign({ count: ({ context }: { context: Counter }) => context.count + 1 }),
  },
});
