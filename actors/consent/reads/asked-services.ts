/**
 * The parts that several reads share: the epochs of nodes, the services to ask about nodes, and the
 * nodes that no service will remove.
 */
import type { Epochs, Subscription } from '../ledger/store.ts';
import type { ForeignNode, NodeFacts, NodeState } from '../nodes.ts';
import { PairSet } from '../pairs.ts';
import { type Unanswered, unansweredOf } from '../unanswered.ts';
import type { Sources, VoterPorts } from './sources.ts';

export function withEpochs<Facts extends NodeFacts>(
  nodes: readonly Facts[],
  epochs: Epochs,
): readonly (Facts & NodeState)[] {
  return nodes.map((node) => ({ ...node, epoch: epochs[node.id] ?? 0 }));
}

export function idsOf(nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.map(({ id }) => id);
}

/** The lists of the nodes with the services that are asked about every node. */
export function withAlwaysAsked(
  { alwaysAsk = [] }: VoterPorts,
  nodes: readonly NodeFacts[],
  subscriptions: readonly Subscription[],
): readonly Subscription[] {
  if (alwaysAsk.length === 0) return subscriptions;
  const listed = new PairSet(
    subscriptions.map(({ service: voter, nodeId }) => ({ voter, nodeId })),
  );
  const added = nodes.flatMap(({ id: nodeId }) =>
    alwaysAsk
      .filter((service) => !listed.has(service, nodeId))
      .map((service) => ({ nodeId, service, generation: 0, consent: true })),
  );
  return [...subscriptions, ...added];
}

/**
 * The nodes that would stay although the saga removes the node above them; undefined: none. A node
 * that is missing in the second look was removed meanwhile by its service, which then left the
 * list.
 */
export async function leftBehind(
  from: Sources<VoterPorts>,
  saga: string,
  nodes: readonly ForeignNode[],
): Promise<Unanswered | undefined> {
  const { nodes: port } = from.ports;
  if (nodes.length === 0 || port === undefined) return undefined;
  const nodeIds = nodes.map(({ id }) => id);
  const staying = new Set(await from.ledger('staying', { saga, nodeIds }));
  if (staying.size === 0) return undefined;
  const left = nodes.filter(({ id }) => staying.has(id));
  const parents = [...new Set(left.map(({ parentId }) => parentId))];
  const now = await from.rows<readonly ForeignNode[]>(port.foreignBelow(parents));
  const there = new Set(now.map(({ id }) => id));
  return unansweredOf(left.filter(({ id }) => there.has(id)));
}
