/**
 * The reads `sagas` and `subscriber`: the parts of a service in the open sagas, for operators and
 * their commands.
 *
 * 1. A part is the owner's when the operation named its nodes. Otherwise, and for a promise alone,
 *    the part is a voter's.
 * 2. A saga that waits for its start has an owner's part without holds and without questions.
 * 3. The key of a voter's actor is the saga. The key of an owner's actor is the request's identity,
 *    which the engagement names.
 */
import type { Draft } from '../../../../runtime/ports/draft.ts';
import type { LedgerReads, PromiseState, SagaPart, UnheldSaga } from '../store.ts';
import { subscriptionsOf } from './lists.ts';
import type { Engagement, LedgerRows } from './rows.ts';

function emptyPart(
  { saga, service, mode }: Pick<SagaPart, 'saga' | 'service' | 'mode'>,
  role: SagaPart['role'],
  actor: string,
): Draft<SagaPart> {
  return {
    saga,
    service,
    mode,
    role,
    actor,
    states: [],
    nodeIds: [],
    promised: [],
    subscribers: [],
  };
}

function withNew<T>(list: readonly T[], one: T): readonly T[] {
  return list.includes(one) ? list : [...list, one];
}

function byNode<T extends { readonly nodeId: string }>(rows: readonly T[]): readonly T[] {
  return [...rows].sort((a, b) => (a.nodeId < b.nodeId ? -1 : Number(a.nodeId > b.nodeId)));
}

/** One part for each saga and role. A store gives rows in any order: the order of nodes counts. */
function partsFrom(
  engagements: readonly Engagement[],
  promises: readonly PromiseState[],
): readonly Draft<SagaPart>[] {
  const parts = new Map<string, Draft<SagaPart>>();
  const partOf = (
    row: Engagement | PromiseState,
    role: SagaPart['role'],
    actor: string,
  ): Draft<SagaPart> => {
    const key = `${row.saga} ${role}`;
    const part = parts.get(key) ?? emptyPart(row, role, actor);
    parts.set(key, part);
    return part;
  };
  for (const row of byNode(engagements)) {
    const part =
      row.through.length === 0 ? partOf(row, 'owner', row.actor) : partOf(row, 'voter', row.saga);
    part.states = withNew(part.states, row.state);
    part.nodeIds = withNew(part.nodeIds, row.nodeId);
  }
  for (const row of byNode(promises)) {
    const part = partOf(row, 'voter', row.saga);
    part.states = withNew(part.states, row.state);
    part.promised = withNew(part.promised, row.nodeId);
  }
  return [...parts.values()].sort((a, b) =>
    `${a.saga} ${a.role}` < `${b.saga} ${b.role}` ? -1 : 1,
  );
}

/** The part of a saga without holds. */
function waitingPart({ saga, service, mode, actor, nodeIds }: UnheldSaga): SagaPart {
  return { ...emptyPart({ saga, service, mode }, 'owner', actor), states: ['waiting'], nodeIds };
}

function concerns({ nodeIds, promised }: SagaPart, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || [...nodeIds, ...promised].some((id) => wanted.includes(id));
}

export async function sagas(
  ledger: LedgerRows,
  { service, saga, nodeIds }: LedgerReads['sagas']['args'],
): Promise<LedgerReads['sagas']['result']> {
  const [engagements, promises, waiting] = await Promise.all([
    ledger.engagementsOf(service, saga),
    ledger.promisesOf(service, saga),
    // A waiting saga has asked no subscriber.
    nodeIds === undefined ? ledger.waiting(service, saga) : [],
  ]);
  const parts = partsFrom(engagements, promises).filter((part) => concerns(part, nodeIds));
  const subscriptions = await subscriptionsOf(ledger, [
    ...new Set(parts.flatMap((part) => part.nodeIds)),
  ]);
  const held = parts.map((part) => {
    const own = new Set(part.nodeIds);
    const subscribers = new Set(
      subscriptions.filter(({ nodeId }) => own.has(nodeId)).map((one) => one.service),
    );
    return {
      ...part,
      states: [...part.states].sort(),
      nodeIds: [...part.nodeIds].sort(),
      promised: [...part.promised].sort(),
      subscribers: [...subscribers].sort(),
    };
  });
  return [...held, ...waiting.map(waitingPart)].sort((a, b) =>
    a.saga < b.saga ? -1 : Number(a.saga > b.saga),
  );
}

export async function subscriber(
  ledger: LedgerRows,
  args: LedgerReads['subscriber']['args'],
): Promise<LedgerReads['subscriber']['result']> {
  const nodeIds = [...(await ledger.lists.subscribedTo(args.service, args.subscriber))].sort();
  // The parts of a saga are of one service.
  const { service } = args;
  return {
    nodeIds,
    sagas:
      service === null || nodeIds.length === 0 ? [] : await sagas(ledger, { service, nodeIds }),
  };
}
