/** Answers one `read` with the found nodes, or with those that the hook `reading` gives. */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Json } from '../../runtime/ports/json.ts';
import { reply } from '../../runtime/step/effects.ts';
import type { FoundNode, SearchQuery } from '../hierarchy/store.ts';
import type { EntityHooks } from './entity-hooks.ts';
import { nodesBy } from './hook-results.ts';

type ReadMessage = MessageEvent<Json, readonly FoundNode[], 'read'>;

/** `queryOf`: the query in the data of a message. The machine keeps no state: run it as `ephemeral`. */
export function nodeReadingMachine(
  queryOf: (message: { readonly data: Json }) => SearchQuery,
  { reading }: EntityHooks,
) {
  const nodesFor = ({ data, $ }: ReadMessage): Json => {
    const { read: nodes, message } = $;
    return nodesBy(reading?.({ query: queryOf({ data }), nodes, message })) ?? nodes;
  };
  return setup({
    types: {} as { events: ReadMessage },
    actions: {
      answer: reply(({ event }: { event: ReadMessage }) => ({ body: { data: nodesFor(event) } })),
    },
  }).createMachine({
    id: 'node-reading',
    initial: 'asked',
    states: {
      asked: { on: { read: { target: 'answered', actions: 'answer' } } },
      answered: { type: 'final' },
    },
  });
}
