/**
 * Which state of a transaction may follow which. Pure.
 *
 * 1. `PENDING → DELETE → CONFIRMED`, each step for the transaction's own card. `CONFIRMED` is
 *    final. A transaction that is not confirmed may become `FAILED`, and begins again with `DELETE`.
 * 2. A transition that was done before is `unchanged`: a repeated or late question gets the answer
 *    of the first one.
 * 3. A transaction that is not known yet may begin as `PENDING`, `DELETE` or `FAILED`, but not as
 *    confirmed.
 */
import { Refused } from '../../runtime/ports/errors.ts';
import type { Transaction, TransactionState } from './store.ts';

export type WantedTransition = {
  readonly address: string;
  readonly state: TransactionState;
  readonly card: string | null;
};

export type TransitionVerdict =
  | { readonly kind: 'changed'; readonly card: string | null }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly error: Refused };

const order: Readonly<Record<TransactionState, number>> = {
  PENDING: 0,
  DELETE: 1,
  CONFIRMED: 2,
  FAILED: 2,
};

export function judgeTransition(
  current: Transaction | null,
  wanted: WantedTransition,
): TransitionVerdict {
  if (current === null)
    return wanted.state === 'CONFIRMED' ? unknown(wanted) : { kind: 'changed', card: wanted.card };
  if (isOfAnother(current, wanted)) return refused(current, wanted, 'it is about another card');
  if (current.state === 'FAILED' && wanted.state === 'CONFIRMED')
    return refused(current, wanted, 'it has failed');
  if (current.state === 'CONFIRMED' && wanted.state === 'FAILED')
    return refused(current, wanted, 'there is no way back');
  if (current.state === 'FAILED' && wanted.state === 'DELETE')
    return { kind: 'changed', card: wanted.card ?? current.card };
  if (order[wanted.state] > order[current.state])
    return { kind: 'changed', card: wanted.card ?? current.card };
  if (wanted.state === 'PENDING' && current.state !== 'PENDING')
    return refused(current, wanted, 'there is no way back');
  return { kind: 'unchanged' };
}

function isOfAnother(current: Transaction, wanted: WantedTransition): boolean {
  return current.card !== null && wanted.card !== null && current.card !== wanted.card;
}

function refused(
  { address, state }: Transaction,
  wanted: WantedTransition,
  why: string,
): TransitionVerdict {
  const message = `the transaction '${address}' is ${state} and cannot become ${wanted.state} for ${wanted.card === null ? 'no card' : `the card '${wanted.card}'`}: ${why}`;
  return { kind: 'refused', error: new Refused('refused', message, { at: '/data/state' }) };
}

function unknown({ address }: WantedTransition): TransitionVerdict {
  const message = `there is no transaction '${address}' that could be confirmed`;
  return { kind: 'refused', error: new Refused('not-found', message, { at: '/data/transaction' }) };
}
