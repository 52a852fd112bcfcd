/**
 * The guards of `card-deletion-machine.ts`, under the names of the table there. `undeletion-effects.ts`
 * has the guards of an undeletion.
 */
import type { DeletionContext, DeletionEvent } from './card-deletion.ts';
import { verdictOf } from './card-deletion-effects.ts';
import { turnOf } from './card-deletion-events.ts';
import { cardReplayGuards } from './card-replay.ts';
import { isFinal, isFinalForToken, transactionRefusal } from './card-rules.ts';
import { isCancelled } from './undeletion-effects.ts';

type Args = { readonly context: DeletionContext; readonly event: DeletionEvent };

function isProcessed({ event }: Args): boolean {
  return 'answer' in event && transactionRefusal(event.answer) === undefined;
}

function isFinalRefusal({ event }: Args): boolean {
  return 'answer' in event && isFinal(transactionRefusal(event.answer) ?? {});
}

/** `ownerHeader`: the header that names the caller; null where the body names the caller. */
export function deletionGuards(ownerHeader: string | null) {
  return {
    isRefused: ({ context, event }: Args) =>
      verdictOf(context, event, ownerHeader).kind === 'refused',
    isGone: ({ context, event }: Args) => verdictOf(context, event, ownerHeader).kind === 'gone',
    isFirst: ({ event }: Args) => turnOf(event).ticket !== null && turnOf(event).ahead === null,
    isUnreachable: ({ event }: Args) => 'output' in event && event.output === 'unreachable',
    isCalledOff: ({ context }: Args) => context.refusal !== null,
    isAsync: ({ event }: Args) => event.type === 'delete' && event.data.mode === 'async',
    hasNoFileLeft: ({ context }: Args) => context.files.length === 0,
    ...cardReplayGuards,
    hasNoToken: ({ context }: Args) => context.card.token === undefined,
    isTokenRefusal: ({ event }: Args) =>
      'answer' in event && isFinalForToken(transactionRefusal(event.answer) ?? {}),
    hasNoTransaction: ({ context }: Args) => context.card.transaction === null,
    isProcessed,
    isFinalRefusal,
    /** The owner has called the deletion off before the answer came. */
    isMarkedInVain: (args: Args) => isCancelled(args.context) && isProcessed(args),
    isRefusedInVain: (args: Args) => isCancelled(args.context) && isFinalRefusal(args),
  };
}
