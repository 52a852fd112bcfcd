/** A defect of the cards. */
import type { DeletionContext, FileRestoredEvent } from '../../../../actors/cards/card-deletion.ts';
import { assigning, type Mutant, withMachine } from './mutant.ts';

/** A refused restoration counts as done, also of a file that is removed. */
const keepRestored = assigning<DeletionContext, FileRestoredEvent>(({ context, event }) => ({
  restoring: context.restoring.filter(({ id }) => id !== event.about.id),
}));

export const cardMutants: readonly Mutant[] = [
  {
    name: 'an undeletion succeeds without its file',
    cards: (service) =>
      service.name === 'mcards'
        ? withMachine(service, 'card-deletion', { actions: { keepRestored } })
        : service,
  },
];
