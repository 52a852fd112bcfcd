/**
 * Why a node stays or waits: who owns the node, who is subscribed, what the owner itself has against a deletion, and which sagas
 * hold the node.
 */
import { unansweredText } from '../actors/consent/unanswered.ts';
import type { NodeWhy, SagaWhy } from './why-documents.ts';
import { whySaga } from './why-saga.ts';
import type { OwnedNode, WhySources } from './why-sources.ts';

/** undefined: no service of these databases owns such a node. */
export async function whyNode(id: string, sources: WhySources): Promise<NodeWhy | undefined> {
  const found = await sources.owned(id);
  if (found === undefined) return undefined;
  const { owner, engagement } = found;
  const { nodes, subscriptions, refusals, unanswered, gone } = engagement;
  const node = nodes.find((one) => one.id === id);
  const sagas = await sagasOver(id, found, sources);
  const isGone = gone.includes(id);
  const held = sagas.length > 0 ? 'held' : 'free';
  return {
    kind: 'node',
    id,
    cn: node?.cn ?? null,
    objectClass: node?.objectClass ?? null,
    owner: isGone ? null : owner,
    state: isGone ? 'gone' : held,
    subscribers: subscriptions
      .filter(({ nodeId }) => nodeId === id)
      .map(({ service, consent }) => ({ service, consent })),
    refusals: refusals.map(({ nodeId, reason }) => ({ nodeId, reason })),
    unanswered: unanswered === undefined ? null : unansweredText(unanswered),
    sagas,
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
    const waiting = await whySaga(saga, sources);
    if (waiting !== undefined) found.push({ kind: 'saga', ...waiting });
  }
  return found;
}
