/**
 * Removes one file, keyed by the id of its file record, and leaves a receipt.
 *
 *     waiting ──▶ preparing ──present──▶ removing ──▶ done
 *                     └──absent, refused──────────────▲
 *
 * 1. Size and hash are durable before the file is removed. So the receipt is the same, whenever the
 *    process dies.
 * 2. A removed file is not looked for again; a further request is answered at once.
 * 3. One id is one file: a request for another file under the id is refused.
 * 4. An absent file counts as removed, and the receipt says `absent`.
 * 5. A removal that cannot be done is never silent: a receipt, an error for the callers, and the
 *    request as a dead letter with the reason. A replay of the dead letter tries the removal again.
 */
import { setup } from 'xstate';
import { fileActivities } from './file-activities.ts';
import type { FileRemoverPorts, RemovalContext, RemovalEvent } from './file-removal.ts';
import {
  addCaller,
  history,
  keepFailure,
  keepRequest,
  keepResult,
  publishRemoved,
  receipts,
  replies,
  requestOf,
  resultOf,
} from './file-removal-effects.ts';

type Args = { readonly event: RemovalEvent };

const unremoved = ['writeFailed', 'recordFailed', 'keepDeadLetter', 'answerFailed'] as const;
const refused = ['keepResult', ...unremoved] as const;
const failed = ['keepFailure', ...unremoved] as const;
const removed = [
  'keepResult',
  'writeRemoved',
  'recordRemoved',
  'publishRemoved',
  'answerDone',
] as const;

const guards = {
  isOtherFile: ({ event }: Args) => {
    const { data, $ } = requestOf(event);
    return $.read.some(({ url }) => url !== data.url);
  },
  isRemoved: ({ event }: Args) => requestOf(event).$.read.some(({ state }) => state === 'removed'),
  isPresent: ({ event }: Args) => resultOf(event).kind === 'present',
  isRefused: ({ event }: Args) => resultOf(event).kind === 'refused',
};

export function fileRemoverMachine({ roots, facts }: FileRemoverPorts) {
  return setup({
    types: {} as { context: RemovalContext; events: RemovalEvent; input: { key: string } },
    actors: fileActivities(roots),
    guards,
    actions: {
      ...receipts,
      ...history,
      ...replies,
      keepRequest,
      addCaller,
      keepResult,
      keepFailure,
      publishRemoved: publishRemoved(facts),
    },
  }).createMachine({
    id: 'file-remover',
    context: ({ input }) => unprepared(input.key),
    initial: 'waiting',
    on: {
      remove: [{ guard: 'isOtherFile', actions: 'refuseOtherFile' }, { actions: 'addCaller' }],
    },
    states: {
      waiting: {
        on: {
          remove: [
            { guard: 'isOtherFile', actions: 'refuseOtherFile' },
            { guard: 'isRemoved', target: 'done', actions: 'accept' },
            {
              target: 'preparing',
              actions: ['keepRequest', 'addCaller', 'queueReceipt', 'recordQueued'],
            },
          ],
        },
      },
      preparing: {
        invoke: {
          id: 'preparation',
          src: 'prepareFile',
          input: fileOf,
          onDone: [
            { guard: 'isPresent', target: 'removing', actions: 'keepResult' },
            { guard: 'isRefused', target: 'done', actions: refused },
            { target: 'done', actions: removed },
          ],
          onError: { target: 'done', actions: failed },
        },
      },
      removing: {
        invoke: {
          id: 'removal',
          src: 'removeFile',
          input: fileOf,
          onDone: [
            { guard: 'isRefused', target: 'done', actions: refused },
            { target: 'done', actions: removed },
          ],
          onError: { target: 'done', actions: failed },
        },
      },
      done: { type: 'final' },
    },
  });
}

function fileOf({ context: { id, url } }: { readonly context: RemovalContext }) {
  return { id, url };
}

function unprepared(id: string): RemovalContext {
  return {
    id,
    url: '',
    card: null,
    from: { queue: '', exchange: '', routingKey: '' },
    callers: [],
    bytes: null,
    sha256: null,
    attempts: 0,
    note: null,
  };
}
