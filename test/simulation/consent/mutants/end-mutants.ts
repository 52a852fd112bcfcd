/** Defects of the ends: of a retention, and of a hold that a deletion waits for. */
import { deleteSagaMachine } from '../../../../actors/delete-saga/delete-saga-machine.ts';
import { publish } from '../../../../runtime/step/effects.ts';
import { type Mutant, replaced, withMachine } from './mutant.ts';

export const endMutants: readonly Mutant[] = [
  {
    name: 'a retention is forgotten',
    machines: {
      deleteSaga: (...given) =>
        replaced(deleteSagaMachine(...given), {
          actions: { keepRetentions: publish(() => []) },
        }),
    },
  },
  {
    name: 'a retry starts before its hold has ended',
    owners: (service) => withMachine(service, 'held-deletion', { delays: { end: 1 } }),
  },
];
