/**
 * Deletes one card of the kind `db`, keyed by the card's id, whoever asks for it: a `delete` or a burn from the queue.
 *
 *     idle ──sync, burn──▶ locking ──▶ marking ──▶ removing ──▶ confirming ──▶ releasing ──▶ done
 *       └──async──▶ queued ──burn──┘
 *
 * 1. The card is shown as `deleted` in a commit of its own, before anything else is begun; from then on there is no way back.
 * 2. The row goes only after the transaction is marked `DELETE`, and its files are published in the commit in which it goes (S12).
 * 3. The transactions service is asked again until it has done what is asked, under the same identity.
 * 4. The lock saves work and nothing else: without it the deletion goes on after a while.
 * 5. A card without a transaction has nothing to mark and nothing to confirm; the lock is then on the card.
 * 6. A caller is answered once: `{}` when the transaction is confirmed (async: at once), else an error while the deletion goes on.
 */
import { assign, raise, setup } from 'xstate';
import type { DeletionContext, DeletionEvent, DeletionPorts } from './card-deletion.ts';
import { deletionEffects, lockRequest, requestOf, verdictOf } from './card-deletion-effects.ts';
import { resendDelayMs, transactionRefusal } from './card-rules.ts';
import { lockActivities } from './lock-activities.ts';

export function cardDeletionMachine(ports: DeletionPorts) {
  const { lockTtlMs, lockDeadlineMs, callerDeadlineMs } = ports.settings;
  return setup({
    types: {} as {
      context: DeletionContext;
      events: DeletionEvent;
      input: { key: string; service: string };
    },
    actors: lockActivities(ports.locks, lockTtlMs),
    delays: {
      resend: ({ context }) => resendDelayMs(context.attempt),
      lockDeadline: lockDeadlineMs,
    },
    guards: {
      isRefused: ({ context, event }) => verdictOf(context, event).kind === 'refused',
      isGone: ({ context, event }) => verdictOf(context, event).kind === 'gone',
      isAsync: ({ event }) => event.type === 'delete' && event.data.mode === 'async',
      hasNoTransaction: ({ context }) => context.card.transaction === null,
      isProcessed: ({ event }) =>
        'answer' in event && transactionRefusal(event.answer) === undefined,
    },
    actions: {
      ...deletionEffects(ports),
      adoptRow: assign({
        card: ({ context, event }) => {
          const verdict = verdictOf(context, event);
          if (verdict.kind !== 'admitted') return context.card;
          const { id, owner, kind, transaction } = verdict.card;
          return { id, owner, kind, transaction };
        },
      }),
      addCaller: assign({
        callers: ({ context, event }) => {
          const { replyTo } = requestOf(event).$.message;
          return replyTo === null ? context.callers : [...context.callers, replyTo];
        },
      }),
      startCallerDeadline: raise(
        ({ event }) => ({
          type: 'caller.late' as const,
          caller: requestOf(event).$.message.replyTo?.messageId ?? '',
        }),
        { delay: callerDeadlineMs },
      ),
      dropLateCaller: assign({
        callers: ({ context, event }) =>
          event.type === 'caller.late'
            ? context.callers.filter(({ messageId }) => messageId !== event.caller)
            : context.callers,
      }),
      dropCallers: assign({ callers: [] }),
      countAttempt: assign({ attempt: ({ context }) => context.attempt + 1 }),
      resetAttempts: assign({ attempt: 0 }),
      countRefusal: assign({ refusals: ({ context }) => context.refusals + 1 }),
    },
  }).createMachine({
    id: 'card-deletion',
    context: ({ input: { key, service } }) => ({
      service,
      card: { id: key, owner: '', kind: 'db', transaction: null },
      callers: [],
      attempt: 0,
      refusals: 0,
    }),
    initial: 'idle',
    on: {
      delete: [
        { guard: 'isRefused', actions: 'refuseRequest' },
        { guard: 'isAsync', actions: 'accept' },
        { actions: ['addCaller', 'startCallerDeadline'] },
      ],
      mcard_burn: [{ guard: 'isRefused', actions: 'refuseRequest' }, { actions: 'addCaller' }],
      'caller.late': { actions: ['answerLate', 'dropLateCaller'] },
      'transaction.marked': {},
      'transaction.confirmed': {},
      'transaction.marked.unroutable': {},
      'transaction.confirmed.unroutable': {},
    },
    states: {
      idle: {
        on: {
          delete: [
            { guard: 'isRefused', actions: 'refuseRequest' },
            { guard: 'isGone', target: 'done', actions: 'accept' },
            {
              guard: 'isAsync',
              target: 'queued',
              actions: ['adoptRow', 'markDeleted', 'recordMarked', 'accept', 'recordQueued'],
            },
            {
              target: 'locking',
              actions: [
                'adoptRow',
                'markDeleted',
                'recordMarked',
                'addCaller',
                'startCallerDeadline',
              ],
            },
          ],
          mcard_burn: [
            { guard: 'isRefused', actions: 'refuseRequest' },
            { guard: 'isGone', target: 'done', actions: 'accept' },
            {
              target: 'locking',
              actions: ['adoptRow', 'markDeleted', 'recordMarked', 'addCaller'],
            },
          ],
        },
      },
      queued: {
        entry: 'publishBurn',
        on: {
          mcard_burn: [
            { guard: 'isRefused', actions: 'refuseRequest' },
            { target: 'locking', actions: ['addCaller', 'resetAttempts'] },
          ],
        },
        after: { resend: { target: 'queued', reenter: true, actions: 'countAttempt' } },
      },
      locking: {
        invoke: {
          id: 'lock',
          src: 'acquireLock',
          input: ({ context }) => lockRequest(context),
          onDone: { target: 'marking', actions: 'recordLock' },
          onError: { target: 'marking', actions: 'recordNoLock' },
        },
        after: { lockDeadline: { target: 'marking', actions: 'recordNoLock' } },
      },
      marking: {
        entry: 'askDelete',
        always: { guard: 'hasNoTransaction', target: 'removing' },
        on: {
          'transaction.marked': [
            { guard: 'isProcessed', target: 'removing', actions: 'resetAttempts' },
            { actions: ['recordRefusal', 'answerRefusal', 'dropCallers', 'countRefusal'] },
          ],
        },
        after: { resend: { target: 'marking', reenter: true, actions: 'countAttempt' } },
      },
      removing: {
        entry: 'readRow',
        on: {
          'card.found': {
            target: 'confirming',
            actions: ['removeRow', 'recordRemoved', 'publishFiles'],
          },
        },
      },
      confirming: {
        entry: 'askConfirmed',
        always: { guard: 'hasNoTransaction', target: 'releasing' },
        on: {
          'transaction.confirmed': [
            { guard: 'isProcessed', target: 'releasing' },
            { actions: ['recordRefusal', 'answerRefusal', 'dropCallers', 'countRefusal'] },
          ],
        },
        after: { resend: { target: 'confirming', reenter: true, actions: 'countAttempt' } },
      },
      releasing: {
        entry: ['answerCallers', 'dropCallers'],
        invoke: {
          id: 'unlock',
          src: 'releaseLock',
          input: ({ context }) => lockRequest(context),
          onDone: { target: 'done', actions: 'recordReleased' },
          onError: 'done',
        },
        on: {
          delete: [{ guard: 'isRefused', actions: 'refuseRequest' }, { actions: 'accept' }],
          mcard_burn: [{ guard: 'isRefused', actions: 'refuseRequest' }, { actions: 'accept' }],
        },
      },
      done: { type: 'final' },
    },
  });
}
