/** Defects of the hand-over to newer code: what a process sees of the other processes. */
import type { Journal } from '../../../../runtime/ports/journal.ts';
import type { ProcessService } from '../../../../runtime/ports/journal-processes.ts';
import type { Mutant } from './mutant.ts';
import { over } from './port-mutants.ts';

/** Each process sees all processes that it has seen once, also those that have died since. */
function rememberingTheDead(journal: Journal): Journal {
  const seen = new Map<string, ProcessService>();
  return over(journal, {
    processes: async (services, aliveSinceMs) => {
      const found = await journal.processes(services, aliveSinceMs);
      for (const one of found) seen.set(`${one.service} ${one.instance}`, one);
      return [...seen.values()].filter(({ service }) => services.includes(service));
    },
  });
}

export const upgradeMutants: readonly Mutant[] = [
  {
    name: 'an old process goes on beside newer code',
    through: { journal: (journal) => over(journal, { processes: async () => [] }) },
  },
  {
    name: 'a process forgets that the newer one has died',
    through: { journal: rememberingTheDead },
  },
  {
    name: 'an outcome that is kept for newer code is run again',
    through: {
      journal: (journal) =>
        over(journal, {
          adopt: async (...request) => {
            const adopted = await journal.adopt(...request);
            const activities = adopted.activities.map(({ outcome: _kept, ...row }) => row);
            return { ...adopted, activities };
          },
        }),
    },
  },
];
