/**
 * The measured saga by hand: a reducer over a map, and a writer that takes whatever is ready as one batch. Two writers at once, as the
 * runtime has; the votes are given in the process and cost nothing. Or, in place of the reducer, the measured machines.
 */
import { benchId } from './bench-ids.ts';
import type { HandwrittenJournal, HandwrittenStep } from './handwritten-journal.ts';
import { voterNames } from './measured-saga.ts';

/** Gives a saga's state after each of its steps; `removed` with the last. */
export interface Stepping {
  next(): { readonly value: unknown; readonly context: unknown; readonly removed: boolean };
}

interface Saga {
  readonly id: string;
  readonly stepping: Stepping;
  version: number;
  ended: boolean;
  readonly done: () => void;
}

/** The reducer: three votes, then the delete. */
export function reducer(id: string): Stepping {
  let votes = -1;
  return {
    next() {
      votes += 1;
      const removed = votes === voterNames.length;
      return { value: removed ? 'gone' : 'asking', context: { id, votes }, removed };
    },
  };
}

const writersMax = 2;
const batchMax = 500;

export class HandwrittenSagas {
  readonly #journal: HandwrittenJournal;
  readonly #begin: (id: string) => Stepping;
  readonly #taken: (saga: Saga) => HandwrittenStep;
  #ready: Saga[] = [];
  #writers = 0;

  /** `commits`: whether each step of a saga is a commit, or the whole saga is one. */
  constructor(
    journal: HandwrittenJournal,
    begin: (id: string) => Stepping = reducer,
    commits: 'each' | 'once' = 'each',
  ) {
    this.#journal = journal;
    this.#begin = begin;
    this.#taken = commits === 'each' ? step : whole;
  }

  /** Resolves when the item is gone and its announcement is durable. */
  run(id: string): Promise<void> {
    return new Promise((done) =>
      this.#put({ id, stepping: this.#begin(id), version: 0, ended: false, done }),
    );
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
      const steps = batch.map(this.#taken);
      await this.#journal.commit(steps);
      this.#journal.confirm(steps.flatMap(({ outbox }) => outbox.map(({ id }) => id)));
      for (const saga of batch) this.#next(saga);
    }
    this.#writers -= 1;
  }

  #next(saga: Saga): void {
    if (saga.ended) saga.done();
    else this.#ready.push(saga);
  }
}

/** The step a saga takes now: a question, or the delete with its announcement. */
function step(saga: Saga): HandwrittenStep {
  const { id } = saga;
  const { value, context, removed } = saga.stepping.next();
  const voter = voterNames[saga.version];
  saga.version += 1;
  saga.ended = removed;
  const message = removed
    ? { action: 'deleted', data: { id } }
    : { action: 'mayDelete', data: { id }, to: voter, messageId: `${id}/${voter}` };
  return {
    id,
    version: saga.version,
    state: { value, context },
    messageIds: [`${id}/${saga.version}`],
    outbox: [{ id: benchId(), message }],
    ...(removed ? { deletes: id } : {}),
  };
}

/** All steps of a saga: the request is in the inbox, and the announcement in the outbox. */
function whole(saga: Saga): HandwrittenStep {
  let last = step(saga);
  while (!saga.ended) last = step(saga);
  return { ...last, messageIds: [saga.id] };
}
