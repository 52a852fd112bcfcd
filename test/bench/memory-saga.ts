/**
 * A coordinator that asks three subscribers, nothing durable, all machines: the whole runtime (exchanges, envelopes, turns, a journal in
 * memory), beside live XState actors that do the same, an actor each; behind a slash, our machines stepped by hand in one shared scope.
 */
import { type AnyActorRef, createActor } from 'xstate';
import { createRuntime } from '../../composition/create-runtime.ts';
import { MemoryJournal } from '../../runtime/memory/memory-journal.ts';
import { benchId } from './bench-ids.ts';
import type { Benchmark, Contest, Size } from './contest.ts';
import { memoryItems } from './items-store.ts';
import { coordinator, subscriber } from './live-saga.ts';
import { ownerService, voterService } from './measured-saga.ts';
import { sharedScopeSaga } from './shared-scope-saga.ts';
import { inFlight } from './work.ts';

const sagasBySize: Readonly<Record<Size, number>> = { tiny: 20, quick: 6_000, full: 40_000 };

/** Live XState: one actor for the coordinator, one for each subscriber. */
function liveSaga(id: string): Promise<void> {
  return new Promise((resolve) => {
    const subscribers: AnyActorRef[] = [0, 1, 2].map(() => createActor(subscriber).start());
    const root = createActor(coordinator, { input: { id, subscribers } });
    root.subscribe({ complete: resolve });
    root.start();
    for (const one of subscribers) one.stop();
  });
}

async function open(size: Size): Promise<Contest> {
  const count = sagasBySize[size];
  const items = memoryItems();
  const running = createRuntime({
    services: [ownerService(items), voterService(false)],
    journal: new MemoryJournal({ stores: [items] }),
  });
  await running.start();
  const client = await running.client('bench');
  const request = () => {
    const id = benchId();
    return client.request(
      { exchange: 'owner', routingKey: 'owner_consume' },
      { action: 'delete', data: { id } },
      { messageId: id },
    );
  };
  return {
    ours: () => inFlight(count, 256, request),
    other: () => inFlight(count, 256, () => liveSaga(benchId())),
    also: { 'shared-scope': () => inFlight(count, 256, async () => sharedScopeSaga(benchId())) },
    async close() {
      await client.close();
      await running.stop();
    },
  };
}

export const memorySaga: Benchmark = { name: 'memory-saga', unit: 'sagas/s', needs: [], open };
