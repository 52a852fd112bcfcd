/**
 * Deletes one card, keyed by the card's id. A deletion begins with a `delete` or with a burn from
 * the queue.
 *
 *     idle ──sync, burn──▶ queueing ──▶ locking ──▶ checking ──▶ marking ──▶ burning ──▶ removing
 *       └──async──▶ queued ──burn──┘                   │            │           │           ▼
 *                              calling off ◀── failing ◀──refused───┼───────────┘       confirming
 *                                   ▼   ▲──────────────────refused──┘                       ▼
 *                               releasing ◀─────────────────────────────────────────────────┘
 *                                   ▼
 *                               collecting ──▶ kept ──▶ done
 *                                   │  ▲         ▼           ▲
 *                                   │  └──lost── restoring ──┘
 *                                   └───────────▲
 *
 * 1. A commit of its own shows the card as `deleted` before any other effect. When the transactions
 *    service refuses to mark the transaction, the card is `active` again. So a deletion that is
 *    refused has had no effect that cannot be taken back.
 * 2. The row is removed only after the transaction is marked `DELETE`. The commit that removes the
 *    row asks for the removal of the files that no other card lists. Of a card of the kind `erc`
 *    the chain is asked for its consent before the transaction is marked, and the row is removed
 *    only after the burn is final. A burn that can never succeed leaves the card `active` and the
 *    transaction `failed`. A card of the kind `db` passes both states at once.
 * 3. The transactions service is asked again, under the same identity, until it has carried out or
 *    refused the question. After the removal of the row a refusal no longer counts.
 * 4. Deletions under the same lock go one after the other, in the order of their tickets. The queue
 *    in the store excludes; the lock of the port keeps other programs away. A lock that another
 *    program holds is waited for; locks that cannot be reached are done without.
 * 5. A card without a transaction has nothing to mark or confirm. The lock is then on the card.
 * 6. Each caller gets one answer: `{}` when the transaction is confirmed and the files are gone
 *    (async: at once), `partly` with the files that could not be removed or are not removed yet, or an
 *    error while the deletion goes on. So a file remover that does not run keeps nobody waiting.
 * 7. The owner can undelete the card. Before the transaction is marked, and while it is being
 *    marked, that calls the deletion off. After the removal of the row the content is kept for a
 *    time, if the settings say so: the files are restored, and then a new card is added, or nothing
 *    is.
 * 8. A replay carries an earlier deletion out again: `card-replay.ts`.
 */
import { raise, setup } from 'xstate';
import {
  type DeletionContext,
  type DeletionEvent,
  type DeletionInput,
  type DeletionPorts,
  unbegun,
} from './card-deletion.ts';
import { deletionEffects } from './card-deletion-effects.ts';
import { lockRequest, requestOf } from './card-deletion-events.ts';
import { deletionGuards } from './card-deletion-guards.ts';
import { begins, everywhere } from './card-deletion-requests.ts';
import { filesResendDelayMs, resendDelayMs } from './card-rules.ts';
import { lockActivities } from './lock-activities.ts';
import { undeletionGuards } from './undeletion-effects.ts';
import { cancels, undeletes, undeletionStates } from './undeletion-states.ts';

const states = {
  idle: {
    on: {
      ...begins,
      undelete: [
        { guard: 'isUndeleteRefused', actions: 'refuseUndelete' },
        { guard: 'isUndeleteGone', actions: 'refuseGone' },
        { target: 'done', actions: 'answerActive' },
      ],
    },
  },
  queued: {
    entry: 'publishBurn',
    on: {
      mcard_burn: [
        { guard: 'isRefused', actions: 'refuseRequest' },
        { target: 'queueing', actions: ['addCaller', 'resetAttempts'] },
      ],
      undelete: [
        { guard: 'isUndeleteRefused', actions: 'refuseUndelete' },
        {
          target: 'withdrawn',
          actions: [
            'withdrawRow',
            'leaveQueue',
            'keepCancel',
            'recordCalledOff',
            'answerCallers',
            'dropCallers',
            'answerActive',
          ],
        },
      ],
    },
    after: { resend: { target: 'queued', reenter: true, actions: 'countAttempt' } },
  },
  // The burn of the withdrawn deletion is still on its way, and must delete nothing.
  withdrawn: {
    entry: 'publishBurn',
    on: {
      delete: begins.delete,
      replayDeletion: begins.replayDeletion,
      mcard_burn: [{ guard: 'isOwnBurn', target: 'done', actions: 'accept' }, ...begins.mcard_burn],
    },
    after: { resend: { target: 'withdrawn', reenter: true, actions: 'countAttempt' } },
  },
  queueing: {
    entry: 'readTurn',
    on: {
      'turn.found': [
        { guard: 'isFirst', target: 'locking', actions: 'keepTurn' },
        { target: 'waiting', actions: ['recordWaiting', 'keepTurn'] },
      ],
    },
  },
  waiting: { after: { nextLook: 'queueing' }, on: { undelete: cancels } },
  locking: {
    invoke: {
      id: 'lock',
      src: 'acquireLock',
      input: ({ context }: { context: DeletionContext }) => lockRequest(context),
      onDone: [
        { guard: 'isUnreachable', target: 'checking', actions: 'recordNoLock' },
        { target: 'checking', actions: 'recordLock' },
      ],
      onError: { target: 'checking', actions: 'recordNoLock' },
    },
    after: { lockDeadline: { actions: 'recordHeld' } },
    on: { undelete: cancels },
  },
  checking: {
    entry: 'askCheck',
    always: { guard: 'hasNoToken', target: 'marking' },
    on: {
      undelete: cancels,
      'token.checked': [
        { guard: 'isProcessed', target: 'marking', actions: 'resetAttempts' },
        {
          guard: 'isTokenRefusal',
          target: 'failing',
          actions: ['recordTokenRefusal', 'keepRefusal'],
        },
        { actions: ['recordTokenRefusal', 'countRefusal'] },
      ],
    },
    after: { resend: { target: 'checking', reenter: true, actions: 'countAttempt' } },
  },
  marking: {
    entry: 'askDelete',
    always: { guard: 'hasNoTransaction', target: 'burning' },
    on: {
      undelete: [
        { guard: 'isUndeleteRefused', actions: 'refuseUndelete' },
        // The question may still be on its way, and would begin a failed transaction again: its
        // answer comes first.
        { actions: ['keepCancel', 'addUndeleter'] },
      ],
      'transaction.marked': [
        { guard: 'isMarkedInVain', target: 'failing', actions: 'resetAttempts' },
        { guard: 'isProcessed', target: 'burning', actions: 'resetAttempts' },
        { guard: 'isRefusedInVain', target: 'callingOff', actions: 'recordRefusal' },
        {
          guard: 'isFinalRefusal',
          target: 'callingOff',
          actions: ['recordRefusal', 'keepRefusal'],
        },
        { actions: ['recordRefusal', 'countRefusal'] },
      ],
    },
    after: { resend: { target: 'marking', reenter: true, actions: 'countAttempt' } },
  },
  burning: {
    entry: 'askBurn',
    always: { guard: 'hasNothingToBurn', target: 'removing' },
    on: {
      undelete: [
        { guard: 'isUndeleteRefused', actions: 'refuseUndelete' },
        { actions: 'refuseBurning' },
      ],
      'token.burned': [
        { guard: 'isProcessed', target: 'removing', actions: ['resetAttempts', 'recordBurned'] },
        {
          guard: 'isTokenRefusal',
          target: 'failing',
          actions: ['recordTokenRefusal', 'keepRefusal'],
        },
        { actions: ['recordTokenRefusal', 'countRefusal'] },
      ],
    },
    after: { resend: { target: 'burning', reenter: true, actions: 'countAttempt' } },
  },
  failing: {
    entry: 'askFailed',
    always: { guard: 'hasNothingToFail', target: 'callingOff' },
    on: {
      undelete: [
        { guard: 'isUndeleteRefused', actions: 'refuseUndelete' },
        { actions: 'addUndeleter' },
      ],
      'transaction.failed': [
        { guard: 'isProcessed', target: 'callingOff' },
        { guard: 'isFinalRefusal', target: 'callingOff', actions: 'recordRefusal' },
        { actions: ['recordRefusal', 'countRefusal'] },
      ],
    },
    after: { resend: { target: 'failing', reenter: true, actions: 'countAttempt' } },
  },
  callingOff: {
    entry: 'readRow',
    on: {
      'card.found': {
        target: 'releasing',
        actions: [
          'restoreRow',
          'recordCalledOff',
          'keepRefused',
          'answerCalledOff',
          'dropUndeleters',
        ],
      },
    },
  },
  removing: {
    entry: 'readRow',
    on: {
      'card.found': {
        target: 'confirming',
        actions: ['removeRow', 'recordRemoved', 'keepFiles', 'askFiles'],
      },
    },
  },
  confirming: {
    entry: 'askConfirmed',
    always: { guard: 'hasNoTransaction', target: 'releasing' },
    on: {
      'transaction.confirmed': [
        { guard: 'isProcessed', target: 'releasing' },
        { actions: ['recordRefusal', 'countRefusal'] },
      ],
    },
    after: { resend: { target: 'confirming', reenter: true, actions: 'countAttempt' } },
  },
  releasing: {
    entry: 'leaveQueue',
    invoke: {
      id: 'unlock',
      src: 'releaseLock',
      input: ({ context }: { context: DeletionContext }) => lockRequest(context),
      onDone: { target: 'collecting', actions: ['recordReleased', 'resetAttempts'] },
      onError: { target: 'collecting', actions: 'resetAttempts' },
    },
  },
  collecting: {
    always: [
      {
        guard: 'isUndeletionWanted',
        target: 'restoring',
        actions: ['answerCallers', 'dropCallers', 'keepRestores'],
      },
      {
        guard: 'isKeptAndNoFileLeft',
        target: 'kept',
        actions: ['answerCallers', 'dropCallers', 'recordUnremoved'],
      },
      {
        guard: 'hasNoFileLeft',
        target: 'done',
        actions: ['answerCallers', 'dropCallers', 'recordUnremoved'],
      },
    ],
    on: {
      // The card is gone: a caller that has waited long enough is told about the files.
      'caller.late': { actions: ['answerCallers', 'dropCallers'] },
      undelete: [...undeletes, { actions: 'refuseGone' }],
    },
    after: {
      filesWait: { actions: ['answerCallers', 'dropCallers'] },
      filesResend: {
        target: 'collecting',
        reenter: true,
        actions: ['countAttempt', 'askFilesAgain'],
      },
    },
  },
  ...undeletionStates,
  done: { type: 'final' },
} as const;

export function cardDeletionMachine(ports: DeletionPorts) {
  const { lockTtlMs, lockDeadlineMs, callerDeadlineMs, filesWaitMs, undeleteMs, ownerHeader } =
    ports.settings;
  return setup({
    types: {} as {
      context: DeletionContext;
      events: DeletionEvent;
      input: DeletionInput;
    },
    actors: lockActivities(ports.locks, lockTtlMs),
    delays: {
      resend: ({ context }) => resendDelayMs(context.attempt),
      filesResend: ({ context }) => filesResendDelayMs(context.attempt),
      filesWait: filesWaitMs,
      undeletion: undeleteMs,
      lockDeadline: lockDeadlineMs,
      // A ticket that this step takes can be read only after the commit.
      nextLook: ({ context }) => (context.ticket === 0 ? 0 : 1_000),
    },
    guards: {
      ...deletionGuards(ownerHeader),
      ...undeletionGuards(ownerHeader),
    },
    actions: {
      ...deletionEffects(ports),
      startCallerDeadline: raise(
        ({ event }) => ({
          type: 'caller.late' as const,
          caller: requestOf(event).$.message.replyTo?.messageId ?? '',
        }),
        { delay: callerDeadlineMs },
      ),
    },
  }).createMachine({
    id: 'card-deletion',
    context: ({ input }) => unbegun(input),
    initial: 'idle',
    on: everywhere,
    states,
  });
}
