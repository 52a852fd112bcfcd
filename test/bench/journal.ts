/**
 * Turns committed per second, 50 actors ready at a time: snapshot, one inbox entry, one message out; what the last batch has sent is
 * forgotten with it. So a process commits that is alone with its actors; `loading` is one that shares them, and loads versions and inbox
 * before each batch.
 */

import { systemClock } from '../../runtime/ports/clock.ts';
import type { TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { SqlJournal } from '../../runtime/postgres/sql-journal.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Sample, Size } from './contest.ts';
import { HandwrittenJournal, type HandwrittenStep } from './handwritten-journal.ts';
import { openPlace } from './postgres-place.ts';

const actors = 50;
const batchesBySize: Readonly<Record<Size, number>> = { tiny: 5, quick: 200, full: 1_000 };
const state = {
  value: 'asking',
  context: { id: '0197', votes: ['tags', 'methods'], at: 1_760_000_000_000 },
};
const message = { action: 'mayDelete', data: { id: '0197' } };
const none = {
  answers: [],
  asks: [],
  repeated: [],
  answered: [],
  askersEnded: [],
  timers: [],
  timersEnded: [],
  activities: [],
  activitiesEnded: [],
  history: [],
  deadLetters: [],
  writes: [],
};

function turn(key: string, version: number): TurnCommit {
  const address = { service: 'bench', machine: 'saga', key };
  const properties = { messageId: benchId(), persistent: true };
  return {
    ...none,
    address,
    atMs: systemClock.now(),
    expectedVersion: version,
    record: {
      machineVersion: 1,
      status: 'active',
      family: { tokens: 0, root: { machine: 'saga', status: 'active', ...state } },
    },
    inbox: [{ digest: 'd', messageId: benchId() }],
    outbox: [
      {
        id: benchId(),
        address,
        exchange: 'x',
        routingKey: 'k',
        mandatory: true,
        properties,
        body: message,
      },
    ],
  };
}

export async function journalRun(
  journal: SqlJournal,
  batches: number,
  { loading = false } = {},
): Promise<Sample> {
  const keys = Array.from({ length: actors }, () => benchId());
  const latenciesMs: number[] = [];
  let confirmed: readonly string[] = [];
  const startMs = performance.now();
  for (let version = 0; version < batches; version += 1) {
    const beganMs = performance.now();
    const turns = keys.map((key) => turn(key, version));
    if (loading) {
      await journal.load(
        turns.map(({ address, inbox }) => ({
          address,
          cachedVersion: version,
          messageIds: inbox.map(({ messageId }) => messageId),
        })),
      );
    }
    await journal.commit('bench', turns, confirmed);
    confirmed = turns.flatMap(({ outbox }) => outbox.map(({ id }) => id));
    latenciesMs.push(performance.now() - beganMs);
  }
  return { value: (actors * batches * 1_000) / (performance.now() - startMs), latenciesMs };
}

function step(id: string, version: number): HandwrittenStep {
  return { id, version, state, messageIds: [benchId()], outbox: [{ id: benchId(), message }] };
}

async function handwrittenRun(journal: HandwrittenJournal, batches: number): Promise<Sample> {
  const ids = Array.from({ length: actors }, () => benchId());
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  for (let version = 1; version <= batches; version += 1) {
    const beganMs = performance.now();
    const steps = ids.map((id) => step(id, version));
    await journal.commit(steps);
    journal.confirm(steps.flatMap(({ outbox }) => outbox.map(({ id }) => id)));
    latenciesMs.push(performance.now() - beganMs);
  }
  return { value: (actors * batches * 1_000) / (performance.now() - startMs), latenciesMs };
}

async function open(size: Size, loading: boolean): Promise<Contest> {
  const [place, handwritten] = [await openPlace('postgres'), await HandwrittenJournal.open()];
  return {
    ours: () => journalRun(place.journal, batchesBySize[size], { loading }),
    other: () => handwrittenRun(handwritten, batchesBySize[size]),
    async close() {
      await place.close();
      await handwritten.close();
    },
  };
}

const turnsPerSecond = { name: 'journal', unit: 'turns/s', needs: ['postgres'] } as const;

export const journalBenchmarks: readonly Benchmark[] = [
  { ...turnsPerSecond, open: (size) => open(size, false) },
  { ...turnsPerSecond, parameter: 'loading', open: (size) => open(size, true) },
];
