/**
 * The measured saga by hand: a reducer over a map, and a writer that takes whatever is ready as one batch. Two writers at once, as the
 * runtime has; the votes are given in the process and cost nothing.
 */
import { benchId } from './bench-ids.ts';
import type { HandwrittenJournal, HandwrittenStep } from './handwritten-journal.ts';
import { voterNames } from './measured-saga.ts';

interface Saga {
  readonly id: string;
  votes: number;
  version: number;
  readonly done: () => void;
}

const writersMax = 2;
const batchMax = 500;

export class HandwrittenSagas {
  readonly #journal: HandwrittenJournal;
  #ready: Saga[] = [];
  #writers = 0;

  constructor(journal: HandwrittenJournal) {
    this.#journal = journal;
  }

  /** Resolves when the item is gone and its announcement is durable. */
  run(id: string): Promise<void> {
    return new Promise((done) => this.#put({ id, votes: 0, version: 0, done }));
  }

  #put(saga: Saga): void {
    this.#ready.push(saga);
    queueMicrotask(() => {
      if (this.#ready.length > 0 && this.#writers < writersMax) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writers += 1;
    while (this.#ready.length > 0) {
      const batch = this.#ready.splice(0, batchMax);
      const steps = batch.map(step);
      await this.#journal.commit(steps);
      this.#journal.confirm(steps.flatMap(({ outbox }) => outbox.map(({ id }) => id)));
      for (const saga of batch) this.#next(saga);
    }
    this.#writers -= 1;
  }

  #next(saga: Saga): void {
    if (saga.votes > voterNames.length) saga.done();
    else this.#ready.push(saga);
  }
}

/** The step a saga takes now: a question, or the delete with its announcement. */
function step(saga: Saga): HandwrittenStep {
  const { id } = saga;
  const voter = voterNames[saga.votes];
  const isLast = voter === undefined;
  saga.votes += 1;
  saga.version += 1;
  const message = isLast
    ? { action: 'deleted', data: { id } }
    : { action: 'mayDelete', data: { id }, to: voter, messageId: `${id}/${voter}` };
  return {
    id,
    version: saga.version,
    state: { value: isLast ? 'gone' : 'asking', context: { id, votes: saga.votes } },
    messageId: `${id}/${saga.version}`,
    outbox: [{ id: benchId(), message }],
    ...(isLast ? { deletes: id } : {}),
  };
}
