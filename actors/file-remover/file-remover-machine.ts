/**
 * Removes a file, keyed by the id of its file record, and leaves a receipt.
 *
 *     waiting ──▶ preparing ──present──▶ held ──▶ looking ──▶ removing ──▶ done
 *        │         ▲  └──absent, refused──┼──────────┼───────────┼─────────▲▲
 *        │         └───── pausing ◀─later─┼──────────┼───────────┘         ││
 *        │                                ├─▶ restoring ───────────────────┘│
 *        └──listed────────────────────────┼──────────┴─listed─▶ returning ──┘
 *
 * 1. Size and hash are durable before the file is removed. So the receipt is the same, whenever the
 *    process dies.
 * 2. A removed file is not looked for again; a further request is answered at once.
 * 3. An id stands for one file: a request for another file under the id is refused.
 * 4. An absent file counts as removed, and the receipt says `absent`.
 * 5. A removal that cannot be done is never silent: a receipt, an error for the callers, and the
 *    request as a dead letter with the reason. A replay of the dead letter tries the removal again.
 * 6. A place that is busy or still at work is waited for by a timer of the journal, and not for
 *    ever.
 * 7. With a quarantine the callers are answered when the file is in quarantine. Until the end of
 *    the quarantine the file can be restored. A restoration is promised only before the removal
 *    begins, and a restored file is never removed under the same id.
 * 8. A file that a row lists is kept, and the receipt names the row. The rows are looked at before
 *    the file is touched, and again before the removal. On a disk the file is away from its place
 *    by then, so a row that was added in between is seen, and the file goes back.
 */
import { setup } from 'xstate';
import { type FileReach, fileActivities } from './file-activities.ts';
import type { FileRemoverPorts, RemovalContext, RemovalEvent } from './file-removal.ts';
import {
  addCaller,
  dropCallers,
  history,
  keepEndless,
  keepFailure,
  keepLister,
  keepRequest,
  keepResult,
  keepWait,
  listerOf,
  publishRemoved,
  readLister,
  receipts,
  replies,
  requestOf,
  resultOf,
} from './file-removal-effects.ts';
import { recordOf, restorationEffects, restorationOf } from './file-restoration-effects.ts';
import { waitsMax } from './removal-waits.ts';

type Args = { readonly context: RemovalContext; readonly event: RemovalEvent };

const ends = ['answerNotRestored', 'dropRestorers'] as const;
const unremoved = [
  'writeFailed',
  'recordFailed',
  'keepDeadLetter',
  'answerFailed',
  ...ends,
] as const;
const refused = ['keepResult', ...unremoved] as const;
const failed = ['keepFailure', ...unremoved] as const;
const endless = ['keepEndless', ...unremoved] as const;
const kept = ['writeKept', 'recordKept', 'answerKept'] as const;
const notReturned = ['keepNotRestored', ...unremoved] as const;
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
    return $.read.receipts.some(({ url }) => url !== data.url);
  },
  isRemoved: ({ event }: Args) => recordOf(event)?.state === 'removed',
  isRestored: ({ event }: Args) => recordOf(event)?.state === 'restored',
  isListed: ({ event }: Args) => listerOf(event) !== null,
  /** A removal that the place has accepted cannot be taken back. */
  isStillListed: ({ context, event }: Args) =>
    listerOf(event) !== null && context.accepted === null,
  isUnknown: ({ event }: Args) => recordOf(event) === undefined,
  isAbsent: ({ event }: Args) =>
    recordOf(event)?.state === 'removed' && recordOf(event)?.note === 'absent',
  isPresent: ({ event }: Args) => resultOf(event).kind === 'present',
  isWanted: ({ context, event }: Args) => context.isWanted && resultOf(event).kind === 'present',
  isRefused: ({ event }: Args) => resultOf(event).kind === 'refused',
  isLater: ({ event }: Args) => resultOf(event).kind === 'later',
  isEndless: ({ context, event }: Args) =>
    resultOf(event).kind === 'later' && context.waits >= waitsMax,
  isPrepared: ({ context }: Args) => context.isPrepared,
  isBackAndWanted: ({ context, event }: Args) =>
    context.isWanted && restorationOf(event).kind === 'restored',
  isBack: ({ event }: Args) => restorationOf(event).kind === 'restored',
};

const restored = ['writeRestored', 'recordRestored', 'answerRestored', 'answerPutBack'] as const;
const held = ['keepUntil', 'writeHeld', 'recordHeld', 'answerHeld', 'dropCallers'] as const;
const postponed = [
  { guard: 'isEndless', target: 'done', actions: endless },
  { guard: 'isLater', target: 'pausing', actions: ['recordWait', 'keepWait'] },
] as const;

const states = {
  waiting: {
    on: {
      remove: [
        { guard: 'isOtherFile', actions: 'refuseOtherFile' },
        { guard: 'isRestored', actions: 'refuseRestored' },
        { guard: 'isRemoved', target: 'done', actions: 'accept' },
        {
          guard: 'isListed',
          target: 'done',
          actions: ['keepRequest', 'addCaller', 'queueReceipt', 'keepLister', ...kept],
        },
        {
          target: 'preparing',
          actions: ['keepRequest', 'addCaller', 'queueReceipt', 'recordQueued'],
        },
      ],
      restore: [
        { guard: 'isUnknown', actions: 'refuseUnknown' },
        { guard: 'isRestored', target: 'done', actions: 'accept' },
        { guard: 'isAbsent', target: 'done', actions: 'accept' },
        { guard: 'isRemoved', actions: 'refuseGone' },
        { target: 'restoring', actions: ['keepRecord', 'addRestorer'] },
      ],
    },
  },
  preparing: {
    invoke: {
      id: 'preparation',
      src: 'prepareFile',
      input: fileOf,
      onDone: [
        { guard: 'isWanted', target: 'restoring', actions: 'keepResult' },
        { guard: 'isPresentForNow', target: 'held', actions: ['keepResult', ...held] },
        { guard: 'isPresent', target: 'looking', actions: 'keepResult' },
        ...postponed,
        { guard: 'isRefused', target: 'done', actions: refused },
        { target: 'done', actions: [...removed, 'answerRestored'] },
      ],
      onError: { target: 'done', actions: failed },
    },
    on: { restore: { actions: 'addRestorer' } },
  },
  held: {
    after: { quarantine: 'looking' },
    on: {
      remove: [
        { guard: 'isOtherFile', actions: 'refuseOtherFile' },
        { actions: ['addCaller', 'answerHeld', 'dropCallers'] },
      ],
      restore: { target: 'restoring', actions: 'addRestorer' },
    },
  },
  looking: {
    entry: 'readLister',
    on: {
      'lister.found': [
        { guard: 'isStillListed', target: 'returning', actions: 'keepLister' },
        { target: 'removing' },
      ],
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
    after: { wait: [{ guard: 'isPrepared', target: 'looking' }, { target: 'preparing' }] },
    on: {
      restore: [
        { guard: 'isPrepared', actions: 'refuseUnderWay' },
        { target: 'restoring', actions: 'addRestorer' },
      ],
    },
  },
  restoring: {
    invoke: {
      id: 'restoration',
      src: 'restoreFile',
      input: fileOf,
      onDone: [
        {
          guard: 'isBack',
          target: 'done',
          actions: restored,
        },
        { guard: 'isPrepared', target: 'looking', actions: ['recordNotRestored', ...ends] },
        { target: 'done', actions: ['recordNotRestored', ...ends] },
      ],
      onError: [
        { guard: 'isPrepared', target: 'looking', actions: ['recordNotRestored', ...ends] },
        { target: 'done', actions: ['recordNotRestored', ...ends] },
      ],
    },
    on: { restore: { actions: 'addRestorer' } },
  },
  returning: {
    invoke: {
      id: 'restoration',
      src: 'restoreFile',
      input: fileOf,
      onDone: [
        { guard: 'isBackAndWanted', target: 'done', actions: restored },
        { guard: 'isBack', target: 'done', actions: kept },
        { target: 'done', actions: notReturned },
      ],
      onError: { target: 'done', actions: notReturned },
    },
    on: { restore: { actions: 'addRestorer' } },
  },
  done: { type: 'final' },
} as const;

export function fileRemoverMachine(
  { places, quarantineMs, facts }: FileRemoverPorts,
  reach: FileReach = {},
) {
  return setup({
    types: {} as { context: RemovalContext; events: RemovalEvent; input: { key: string } },
    actors: fileActivities(places, reach),
    guards: {
      ...guards,
      isPresentForNow: ({ event }) => quarantineMs > 0 && resultOf(event).kind === 'present',
    },
    delays: { wait: ({ context }) => context.delayMs, quarantine: quarantineMs },
    actions: {
      ...receipts,
      ...history,
      ...replies,
      ...restorationEffects(quarantineMs),
      keepRequest,
      addCaller,
      dropCallers,
      keepResult,
      keepWait,
      keepEndless,
      keepFailure,
      keepLister,
      readLister,
      publishRemoved: publishRemoved(facts),
    },
  }).createMachine({
    id: 'file-remover',
    context: ({ input }) => unprepared(input.key),
    initial: 'waiting',
    on: {
      remove: [{ guard: 'isOtherFile', actions: 'refuseOtherFile' }, { actions: 'addCaller' }],
      restore: { actions: 'refuseUnderWay' },
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
    restorers: [],
    isWanted: false,
    untilMs: 0,
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
