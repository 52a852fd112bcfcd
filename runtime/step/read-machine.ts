/**
 * A machine that answers one `read` or `list` message with the result of the route's read, and ends.
 * Run the machine as `ephemeral`, because it keeps no state.
 *
 * The runtime performs the read of the route (`MessageRoute.read`) before the step, so the machine has
 * no read to wait for.
 */
import { setup } from 'xstate';
import type { Json } from '../ports/json.ts';
import { reply } from './effects.ts';

type ReadMessage<TFound> = {
  readonly type: 'read' | 'list';
  readonly $: { readonly read: TFound };
};

/**
 * `dataOf` turns the found rows into the `data` of the answer `{"data": …}`. The machine's id is
 * `id`.
 */
export function readMachine<TFound>(id: string, dataOf: (found: TFound) => Json) {
  return setup({
    types: {} as { events: ReadMessage<TFound> },
    actions: {
      answer: reply(({ event }: { readonly event: ReadMessage<TFound> }) => ({
        body: { data: dataOf(event.$.read) },
      })),
    },
  }).createMachine({
    id,
    initial: 'asked',
    states: {
      asked: {
        on: {
          read: { target: 'answered', actions: 'answer' },
          list: { target: 'answered', actions: 'answer' },
        },
      },
      answered: { type: 'final' },
    },
  });
}
