/**
 * How much memory idle actors take, measured in a process of its own with the garbage collector at hand: run by `actors.ts` with
 * `--expose-gc`, the kind and the number of actors as arguments; prints bytes an actor.
 *
 * `cached` and `evicted` are durable actors that have had one turn in the runtime's loop, over a journal that keeps nothing; `live` are
 * XState actors of the same machine.
 */
import { createActor } from 'xstate';
import { systemClock } from '../../runtime/ports/clock.ts';
import { noFailpoints } from '../../runtime/ports/failpoints.ts';
import { InstanceName } from '../../runtime/ports/instance-name.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import { noLog } from '../../runtime/ports/log.ts';
import { FamilyCache } from '../../runtime/turn/family-cache.ts';
import { TurnLoop } from '../../runtime/turn/turn-loop.ts';
import { nothingConfirmed } from '../support/nothing-confirmed.ts';
import { benchId } from './bench-ids.ts';
import { memoryItems } from './items-store.ts';
import { ownerService, sagaMachine } from './measured-saga.ts';

const [kind = '', text = ''] = process.argv.slice(2);
const count = Number(text);

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Answers what a real journal would, and forgets. */
const forgetful = {
  load: async (requests: readonly unknown[]) => requests.map(() => ({ version: 0, seen: [] })),
  commit: async () => undefined,
} as unknown as Journal;

async function turns(cacheMax: number): Promise<unknown> {
  const service = ownerService(memoryItems());
  const loop = new TurnLoop({
    ...{
      journal: forgetful,
      instance: new InstanceName('bench'),
      clock: systemClock,
      ids: { next: benchId },
      log: noLog,
      failpoints: noFailpoints,
    },
    ...{
      settleWhen: 'committed',
      lanes: 1,
      batchMax: 128,
      families: new FamilyCache({ max: cacheMax, alone: false }),
    },
    services: new Map([[service.name, service]]),
    room: () => undefined,
    confirmed: nothingConfirmed,
    afterCommit: async () => undefined,
  });
  const settled = Array.from(
    { length: count },
    () => new Promise((settle) => loop.post(start(settle))),
  );
  await Promise.all(settled);
  return loop;
}

function start(settle: (settlement: unknown) => void) {
  const key = benchId();
  const message = {
    identity: key,
    from: null,
    headers: {},
    exchange: 'owner',
    routingKey: 'owner_consume',
    replyTo: null,
  };
  const event = { type: 'delete', data: { id: key }, message };
  return {
    kind: 'event',
    address: { service: 'owner', machine: 'saga', key },
    path: [],
    event,
    starts: true,
    ignoreIfAbsent: false,
    settle,
  } as const;
}

async function made(): Promise<unknown> {
  if (kind === 'live') return Array.from({ length: count }, () => createActor(sagaMachine).start());
  return turns(kind === 'cached' ? count : 1);
}

const before = heapBytes();
const kept = await made();
const bytes = (heapBytes() - before) / count;
process.stdout.write(`${bytes} ${kept === undefined ? '' : 'kept'}\n`);
process.exit(0);
