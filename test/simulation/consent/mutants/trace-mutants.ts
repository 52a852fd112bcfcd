/** Defects of the rows that keep the context of a trace. */
import type { Adopted, Journal } from '../../../../runtime/ports/journal.ts';
import type { OutboxRow } from '../../../../runtime/ports/journal-rows.ts';
import type { Mutant } from './mutant.ts';
import { over } from './port-mutants.ts';

function withoutTrace(row: OutboxRow): OutboxRow {
  const { traceparent: _lost, ...headers } = row.properties.headers ?? {};
  return { ...row, properties: { ...row.properties, headers } };
}

function forgettingAdoption(journal: Journal): Journal {
  return over(journal, {
    adopt: async (...request): Promise<Adopted> => {
      const adopted = await journal.adopt(...request);
      return { ...adopted, outbox: adopted.outbox.map(withoutTrace) };
    },
  });
}

function forgettingTimers(journal: Journal): Journal {
  return over(journal, {
    dueTimers: async (...request) => {
      const due = await journal.dueTimers(...request);
      return due.map(({ trace: _lost, ...timer }) => timer);
    },
  });
}

export const traceMutants: readonly Mutant[] = [
  {
    name: 'a message that is published after a crash loses its trace',
    through: { journal: forgettingAdoption },
  },
  { name: 'a timer forgets its trace', through: { journal: forgettingTimers } },
];
