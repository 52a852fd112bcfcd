/** The sagas under way, each with its age and with what it waits for. */
import type { SagaPart } from '../actors/consent/ledger/store.ts';
import type { SagaWaiting } from '../actors/waiting/saga-waiting.ts';
import { whySaga } from './why-saga.ts';
import type { WhySources } from './why-sources.ts';

export type ListedSaga = Pick<
  SagaWaiting,
  'saga' | 'verb' | 'state' | 'level' | 'owner' | 'requestedBy' | 'text' | 'blockers' | 'sinceMs'
> & {
  /** When the saga began, milliseconds since the epoch; null: not known. */
  readonly requestedAtMs: number | null;
  readonly untilMs: number | null;
  readonly parts: readonly SagaPart[];
};

/** At most `limit` sagas, the oldest first. */
export async function listedSagas(
  sources: WhySources,
  limit: number,
): Promise<readonly ListedSaga[]> {
  const parts = await sources.parts();
  const ids = [...new Set(parts.map(({ saga }) => saga))].sort().slice(0, limit);
  const found: ListedSaga[] = [];
  for (const saga of ids) {
    const waiting = await whySaga(saga, sources);
    if (waiting !== undefined)
      found.push(
        listed(
          waiting,
          parts.filter((part) => part.saga === saga),
        ),
      );
  }
  return found;
}

function listed(waiting: SagaWaiting, parts: readonly SagaPart[]): ListedSaga {
  const { saga, verb, state, level, owner, requestedBy, requestedAtMs } = waiting;
  const { text, blockers, sinceMs, untilMs } = waiting;
  const who = { saga, verb, state, level, owner, requestedBy, requestedAtMs };
  return { ...who, text, blockers, sinceMs, untilMs, parts };
}
