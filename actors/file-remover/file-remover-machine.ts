/**
 * Removes one file, keyed by the id of its file record, and leaves a receipt.
 *
 *     waiting ──▶ preparing ──present──▶ removing ──▶ done
 *                  ▲  └──absent, refused───┼──────────▲
 *                  └───── pausing ◀─later──┘
 *
 * 1. Size and hash are durable before the file is removed. So the receipt is the same, whenever the
 *    process dies.
 * 2. A removed file is not looked for again; a further request is answered at once.
 * 3. One id is one file: a request for another file under the id is refused.
 * 4. An absent file counts as removed, and the receipt says `absent`.
 * 5. A removal that cannot be done is never silent: a receipt, an error for the callers, and the
 *    request as a dead letter with the reason. A replay of the dead letter tries the removal again.
 * 6. A place that is busy or still at work is waited for by a timer of the journal, and not for ever.
 */
import { setup } from 'xstate';
import { type FileReach, fileActivities } from './file-activities.ts';
import type { FileRemoverPorts, RemovalContext, RemovalEvent } from './file-removal.ts';
import {
  addCaller,
  history,
  keepEndless,
  keepFailure,
  keepRequest,
  keepResult,
  keepWait,
  publishRemoved,
  receipts,
  replies,
  requestOf,
  resultOf,
} from './file-removal-effects.ts';
import { waitsMax } from './removal-waits.ts';

type Args = { readonly context: RemovalContext; readonly event: RemovalEvent };

const unremoved = ['writeFailed', 'recordFailed', 'keepDeadLetter', 'answerFailed'] as const;
const refused = ['keepResult', ...unremoved] as const;
const failed = ['keepFailure', ...unremoved] as const;
const endless = ['keepEndless', ...unremoved] as const;
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
  isLater: ({ event }: Args) => resultOf(event).kind === 'later',
  isEndless: ({ context, event }: Args) =>
    resultOf(event).kind === 'later' && context.waits >= waitsMax,
  isPrepared: ({ context }: Args) => context.isPrepared,
};

const postponed = [
  { guard: 'isEndless', target: 'done', actions: endless },
  { guard: 'isLater', target: 'pausing', actions: ['recordWait', 'keepWait'] },
] as const;

const states = {
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
        ...postponed,
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
      input: foundFileOf,
      onDone: [
        ...postponed,
        { guard: 'isRefused', target: 'done', actions: refused },
        { target: 'done', actions: removed },
      ],
      onError: { target: 'done', actions: failed },
    },
  },
  pausing: {
    after: { wait: [{ guard: 'isPrepared', target: 'removing' }, { target: 'preparing' }] },
  },
  done: { type: 'final' },
} as const;

export function fileRemoverMachine({ places, facts }: FileRemoverPorts, reach: FileReach = {}) {
  return setup({
    types: {} as { context: RemovalContext; events: RemovalEvent; input: { key: string } },
    actors: fileActivities(places, reach),
    guards,
    delays: { wait: ({ context }) => context.delayMs },
    actions: {
      ...receipts,
      ...history,
      ...replies,
      keepRequest,
      addCaller,
      keepResult,
      keepWait,
      keepEndless,
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
    states,
  });
}

function fileOf({ context: { id, url } }: { readonly context: RemovalContext }) {
  return { id, url };
}

function foundFileOf({ context }: { readonly context: RemovalContext }) {
  const { id, url, evidence, accepted } = context;
  return { id, url, evidence, accepted };
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
    evidence: null,
    isPrepared: false,
    accepted: null,
    waits: 0,
    delayMs: 0,
  };
}
