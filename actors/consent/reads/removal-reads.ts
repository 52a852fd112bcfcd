/**
 * The reads before a removal, or for its plan: what goes with the nodes, the links that lose their
 * last dependant, and the nodes of other services below.
 */
import type { ForeignNode, RowCount } from '../nodes.ts';
import { removedFiles, removedNodes } from './hook-reads.ts';
import type { Args, Result, Sources } from './sources.ts';

export async function orphanedLinks(
  from: Sources,
  { nodeIds, upstream }: Args<'orphanedLinks'>,
): Promise<Result<'orphanedLinks'>> {
  const { service, dependants: port } = from.ports;
  if (port === undefined) return [];
  const candidates = upstream ?? (await from.rows<readonly string[]>(port.upstream(nodeIds)));
  const links = await from.ledger('links', { service, nodeIds: candidates });
  if (links.length === 0) return [];
  const linked = links.map(({ nodeId }) => nodeId);
  const needed = new Set(await from.rows<readonly string[]>(port.needed(linked, nodeIds)));
  return links.filter(({ nodeId }) => !needed.has(nodeId));
}

export async function footprint(
  from: Sources,
  { nodeIds }: Args<'footprint'>,
): Promise<Result<'footprint'>> {
  const [counts, files] = await Promise.all([
    from.rows<readonly RowCount[]>(from.ports.nodes.footprint(nodeIds)),
    removedFiles(from, nodeIds),
  ]);
  return counts.map((count) => ({ ...count, files: files.get(count.nodeId) ?? [] }));
}

export async function removal(
  from: Sources,
  { saga, nodeIds }: Args<'removal'>,
): Promise<Result<'removal'>> {
  const { nodes } = from.ports;
  const [links, others, removed] = await Promise.all([
    orphanedLinks(from, { nodeIds }),
    from.rows<readonly ForeignNode[]>(nodes.foreignBelow(nodeIds)),
    removedNodes(from, nodeIds),
  ]);
  const otherIds = others.map(({ id }) => id);
  const beside =
    others.length === 0 ? [] : await from.ledger('decided', { saga, nodeIds: otherIds });
  return { links, beside, ...removed };
}
