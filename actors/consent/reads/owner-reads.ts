/**
 * The reads of an owner: its nodes with their lists, and the place of a node in the tree.
 */

import { Broken } from '../../../runtime/ports/errors.ts';
import type {
  AdoptableNode,
  ForeignNode,
  FoundNodes,
  ListedNode,
  NodeFacts,
  NodePlace,
  Subtree,
} from '../nodes.ts';
import { unasked, withoutOldPeers } from '../unanswered.ts';
import { idsOf, leftBehind, withAlwaysAsked, withEpochs } from './asked-services.ts';
import { hookRefusals } from './hook-reads.ts';
import type { Args, Result, Sources } from './sources.ts';

export async function engagement(
  from: Sources,
  { ids, saga, mode, retryOf }: Args<'engagement'>,
): Promise<Result<'engagement'>> {
  const { service, nodes: port } = from.ports;
  const isDeletion = mode === 'D';
  const found = await from.rows<FoundNodes>(
    port.find(ids, { below: isDeletion, above: !isDeletion }),
  );
  const { nodes, absent, foreign, above, beneath = [] } = found;
  const going = new Map(isDeletion ? idsOf(nodes).map((id) => [id, id]) : []);
  const refusals = [...found.refusals, ...(await hookRefusals(from, going))];
  const { epochs, gone, subscriptions, ...owned } = await from.ledger('owned', {
    service,
    saga,
    mode,
    nodeIds: idsOf(nodes),
    above,
    absent,
    ...(retryOf === undefined ? {} : { retryOf }),
  });
  const tombstoned = new Set(gone);
  const missing = absent.filter((id) => !tombstoned.has(id));
  const left = await leftBehind(from, saga, unasked(beneath, subscriptions));
  const unanswered = left === undefined ? {} : { unanswered: left };
  const facts = { above, foreign, gone, missing, refusals, ...unanswered };
  const asked = withAlwaysAsked(from.ports, nodes, subscriptions);
  return { ...owned, ...facts, subscriptions: asked, nodes: withEpochs(nodes, epochs) };
}

export async function roster(
  from: Sources,
  { nodeIds, deletion }: Args<'roster'>,
): Promise<Result<'roster'>> {
  const { nodes: port } = from.ports;
  const [present, { epochs, subscriptions, removed }, below] = await Promise.all([
    from.rows<readonly NodeFacts[]>(port.present(nodeIds)),
    from.ledger('roster', { nodeIds }),
    deletion === undefined ? [] : from.rows<readonly ForeignNode[]>(port.foreignBelow(nodeIds)),
  ]);
  // The rows and the ledger have no common snapshot: a node that is removed between the two reads
  // would appear without its list.
  const isRemoved = new Set(removed);
  const nodes = present.filter(({ id }) => !isRemoved.has(id));
  const others = withoutOldPeers(below, subscriptions);
  const left = deletion === undefined ? undefined : await leftBehind(from, deletion, others);
  const unanswered = left === undefined ? {} : { unanswered: left };
  const asked = withAlwaysAsked(from.ports, nodes, subscriptions);
  return { nodes: withEpochs(nodes, epochs), subscriptions: asked, ...unanswered };
}

export async function place(from: Sources, args: Args<'place'>): Promise<Result<'place'>> {
  const { service, nodes } = from.ports;
  const at = await from.rows<NodePlace>(nodes.place(args));
  const parentIds = at.parent === null ? [] : [at.parent.id];
  const given = args.parentId === undefined ? parentIds : [args.parentId];
  const ids = [...new Set([...given, ...args.references])];
  const above = [...parentIds, ...at.above];
  return { ...at, ...(await from.ledger('place', { service, above, ids })) };
}

export async function copying(
  from: Sources,
  { id, references, attributes, replace, ...parent }: Args<'copying'>,
): Promise<Result<'copying'>> {
  const { service, nodes } = from.ports;
  if (nodes.subtree === undefined)
    throw new Broken('broken', `${service}: no node of the service can be copied`);
  const source = await from.rows<Subtree>(nodes.subtree(id));
  const texts = source.nodes.flatMap((node) =>
    attributes.flatMap((name) => node.attributes[name] ?? []).map(String),
  );
  const named = texts.map((text) => (Object.hasOwn(replace, text) ? replace[text] : text) ?? text);
  const at = await place(from, { ...parent, references: [...new Set([...references, ...named])] });
  const above = [id, ...source.above];
  const { holds } = await from.ledger('place', { service, above, ids: [] });
  return { ...at, source: { ...source, holds } };
}

export async function subscriptions(
  from: Sources,
  { nodeIds, subscriber }: Args<'subscriptions'>,
): Promise<Result<'subscriptions'>> {
  const found = await from.rows<readonly ListedNode[]>(from.ports.nodes.listed(nodeIds));
  const nodes = new Map(found.map((node) => [node.id, node]));
  const above = [...new Set(found.flatMap((node) => node.above))];
  const { holds, lists } = await from.ledger('subscriptions', { nodeIds, subscriber, above });
  return lists.map(({ epoch, tombstoned, ...list }) => {
    const node = nodes.get(list.nodeId);
    if (node === undefined) return { ...list, node: null, tombstoned, holds: [] };
    const concerned = new Set([node.id, ...node.above]);
    return {
      ...list,
      node: { ...node, epoch },
      tombstoned: false,
      holds: holds.filter(({ nodeId }) => concerned.has(nodeId)),
    };
  });
}

export async function adoption(
  from: Sources,
  { from: retired }: Args<'adoption'>,
): Promise<Result<'adoption'>> {
  const { service, nodes: port } = from.ports;
  const owned = port.adoption?.owned(retired);
  const found = owned === undefined ? [] : await from.rows<readonly AdoptableNode[]>(owned);
  const nodes = await withLinkedMentions(from, retired, found);
  const upstream = nodes.flatMap(({ parent, references }) =>
    [parent ?? [], references].flat().map(({ id }) => id),
  );
  const { nodeIds: listing } = await from.ledger('subscriber', {
    service: null,
    subscriber: retired,
  });
  const ids = [...new Set([...nodes.map(({ id }) => id), ...upstream, ...listing])];
  return { nodes, listing, ...(await from.ledger('place', { service, above: ids, ids })) };
}

/**
 * Keeps only the mentions that are references of the former service: the ledger has a link of that
 * service for each of them.
 */
async function withLinkedMentions(
  from: Sources,
  service: string,
  nodes: readonly AdoptableNode[],
): Promise<readonly AdoptableNode[]> {
  const nodeIds = [...new Set(nodes.flatMap(({ mentions }) => mentions.map(({ id }) => id)))];
  const links = nodeIds.length === 0 ? [] : await from.ledger('links', { service, nodeIds });
  const linked = new Set(
    links.filter(({ generation, givenUp }) => generation > givenUp).map(({ nodeId }) => nodeId),
  );
  return nodes.map((node) => ({
    ...node,
    mentions: node.mentions.filter(({ id }) => linked.has(id)),
  }));
}

export async function retirement(
  from: Sources,
  { subscriber }: Args<'retirement'>,
): Promise<Result<'retirement'>> {
  const { service, nodes } = from.ports;
  const found = await from.ledger('subscriber', { service, subscriber });
  const below = await from.rows<readonly ForeignNode[]>(nodes.foreignBelow(found.nodeIds));
  return { ...found, below: below.filter((node) => node.service === subscriber) };
}
