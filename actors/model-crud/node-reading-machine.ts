/** Answers a `read` with the found nodes, or with the nodes that the hook `reading` returns. */
import { setup } from 'xstate';
import type { MessageEvent } from '../../runtime/messages/message-events.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { reply } from '../../runtime/step/effects.ts';
import type { FoundPage, SearchQuery } from '../hierarchy/store.ts';
import type { EntityHooks } from './entity-hooks.ts';
import { nodesBy } from './hook-results.ts';

type ReadMessage = MessageEvent<Json, FoundPage, 'read'>;

/** `queryOf`: the query in the data of a message. The machine keeps no state: run it as `ephemeral`. */
export function nodeReadingMachine(
  queryOf: (message: { readonly data: Json }) => SearchQuery,
  { reading }: EntityHooks,
) {
  const bodyFor = ({ data, $ }: ReadMessage): JsonObject => {
    const { read, message } = $;
    const { nodes, ...place } = read;
    const given = nodesBy(() => reading?.({ query: queryOf({ data }), nodes, message }));
    return { data: given ?? nodes, ...place };
  };
  return setup({
    types: {} as { events: ReadMessage },
    actions: {
      answer: reply(({ event }: { event: ReadMessage }) => ({ body: bodyFor(event) })),
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
