/** Defects of the cards and of the file remover. */
import type { DeletionContext, FileRestoredEvent } from '../../../../actors/cards/card-deletion.ts';
import { fileListings } from '../../../../actors/file-remover/file-listings.ts';
import { assigning, type Mutant, withMachine } from './mutant.ts';

/** A refused restoration counts as done, also of a file that is removed. */
const keepRestored = assigning<DeletionContext, FileRestoredEvent>(({ context, event }) => ({
  restoring: context.restoring.filter(({ id }) => id !== event.about.id),
}));

const nobody = fileListings([]);

export const cardMutants: readonly Mutant[] = [
  {
    name: 'an undeletion succeeds without its file',
    cards: (service) =>
      service.name === 'mcards'
        ? withMachine(service, 'card-deletion', { actions: { keepRestored } })
        : service,
  },
  {
    name: 'the file remover does not ask who lists a file',
    cards: (service) =>
      service.name === 'file_remover'
        ? { ...service, views: new Map([[nobody.name, nobody]]) }
        : service,
  },
];
