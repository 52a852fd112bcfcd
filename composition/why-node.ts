/**
 * Why a node stays or waits: who owns the node, who is subscribed, what the owner itself has
 * against a deletion, which sagas hold the node, and which saga was called off a short time ago.
 */
import { sagaRecord } from '../actors/consent/saga-record.ts';
import { unansweredText } from '../actors/consent/unanswered.ts';
import { heldDeletionOf } from './held-deletions.ts';
import type { NodeWhy, SagaWhy } from './why-documents.ts';
import { whySaga } from './why-saga.ts';
import type { OwnedNode, WhySources } from './why-sources.ts';

/** undefined: no service of these databases owns such a node. */
export async function whyNode(id: string, sources: WhySources): Promise<NodeWhy | undefined> {
  const found = await sources.owned(id);
  if (found === undefined) return undefined;
  if (found.engagement.gone.includes(id)) return (await deletedNode(id, sources)) ?? goneNode(id);
  const { owner, engagement } = found;
  const { nodes, subscriptions, refusals, unanswered } = engagement;
  const node = nodes.find((one) => one.id === id);
  const sagas = await sagasOver(id, found, sources);
  return {
    kind: 'node',
    id,
    cn: node?.cn ?? null,
    objectClass: node?.objectClass ?? null,
    owner,
    state: sagas.length > 0 ? 'held' : 'free',
    deletion: null,
    subscribers: subscriptions
      .filter(({ nodeId }) => nodeId === id)
      .map(({ service, consent }) => ({ service, consent })),
    refusals: refusals.map(({ nodeId, reason }) => ({ nodeId, reason })),
    unanswered: unanswered === undefined ? null : unansweredText(unanswered),
    sagas,
    calledOff: (await sagaNamed(await sources.calledOff(id), sources)) ?? null,
    held: (await heldDeletionOf(id, owner, sources)) ?? null,
    plan: null,
  };
}

/** undefined: neither a ledger nor a history names the removal of the node. */
export async function deletedNode(id: string, sources: WhySources): Promise<NodeWhy | undefined> {
  const removal = await sources.removal(id);
  if (removal === undefined) return undefined;
  const { saga, service, atMs } = removal;
  const record = sagaRecord(saga, await sources.history(saga));
  const node = record?.nodes.find((each) => each.id === id);
  return {
    ...goneNode(id),
    cn: node?.cn ?? null,
    objectClass: node?.objectClass ?? null,
    owner: service,
    deletion: {
      saga,
      service,
      atMs,
      requestedBy: record?.requestedBy ?? null,
      requestedAtMs: record?.requestedAtMs ?? null,
    },
  };
}

function goneNode(id: string): NodeWhy {
  return {
    kind: 'node',
    id,
    cn: null,
    objectClass: null,
    owner: null,
    state: 'gone',
    deletion: null,
    subscribers: [],
    refusals: [],
    unanswered: null,
    sagas: [],
    calledOff: null,
    held: null,
    plan: null,
  };
}

async function sagasOver(
  id: string,
  { engagement: { conflicts } }: OwnedNode,
  sources: WhySources,
): Promise<readonly SagaWhy[]> {
  const parts = await sources.parts();
  const concerned = parts.filter(
    ({ nodeIds, promised }) => nodeIds.includes(id) || promised.includes(id),
  );
  const ids = new Set([...concerned, ...conflicts].map(({ saga }) => saga));
  const found: SagaWhy[] = [];
  for (const saga of ids) {
    const waiting = await sagaNamed(saga, sources);
    if (waiting !== undefined) found.push(waiting);
  }
  return found;
}

async function sagaNamed(
  saga: string | undefined,
  sources: WhySources,
): Promise<SagaWhy | undefined> {
  const waiting = saga === undefined ? undefined : await whySaga(saga, sources);
  return waiting && { kind: 'saga', ...waiting };
}
