/**
 * A machine that answers one `read` or `list` message with what the route's read found, and ends. Run it as `ephemeral`: it keeps nothing.
 *
 * The read itself is the route's (`MessageRoute.read`): the runtime performs it before the step, so the machine has nothing to await.
 */
import { setup } from 'xstate';
import type { Json } from '../ports/json.ts';
import { reply } from './effects.ts';

type ReadMessage<TFound> = {
  readonly type: 'read' | 'list';
  readonly $: { readonly read: TFound };
};

/** `dataOf` turns the found rows into the `data` of the answer `{"data": …}`. The machine's id is `id`. */
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
