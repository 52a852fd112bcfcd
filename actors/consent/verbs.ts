/** The two operations that need consent, with the names of their messages. */
import type { LockMode } from './ledger/store.ts';

/** An operation and the actions of its messages, in the order in which a saga sends them. */
export type Verb = {
  readonly name: 'delete' | 'update';
  /** The mode of the engagements. A move has the mode `M` instead. */
  readonly mode: Exclude<LockMode, 'M'>;
  readonly may: 'mayDelete' | 'mayUpdate';
  readonly doing: 'deleting' | 'updating';
  readonly done: 'deleted' | 'updated';
  readonly off: 'notDeleted' | 'notUpdated';
  readonly is: 'isDeleting' | 'isUpdating';
};

export const verbs: { readonly delete: Verb; readonly update: Verb } = {
  delete: {
    name: 'delete',
    mode: 'D',
    may: 'mayDelete',
    doing: 'deleting',
    done: 'deleted',
    off: 'notDeleted',
    is: 'isDeleting',
  },
  update: {
    name: 'update',
    mode: 'U',
    may: 'mayUpdate',
    doing: 'updating',
    done: 'updated',
    off: 'notUpdated',
    is: 'isUpdating',
  },
};

/** The operation to which the action of a message belongs. Default: the deletion. */
export function verbOf(action: string): Verb {
  const { delete: deletion, update } = verbs;
  return [update.may, update.doing, update.done, update.off, update.is].some(
    (name) => name === action,
  )
    ? update
    : deletion;
}

/** The name of the operation whose engagements have the mode. */
export function verbOfMode(mode: LockMode): Verb['name'] {
  return mode === 'D' ? 'delete' : 'update';
}
