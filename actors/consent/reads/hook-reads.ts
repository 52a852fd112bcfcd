/** The reads behind hooks of an entity: nodes with their attributes, and the reasons of the hooks. */
import type { DependantRefusal, HookedNode, NodeHooks, SharingNode } from '../nodes.ts';
import { vetoMembers } from '../retained.ts';
import type { Result, Sources, VoterPorts } from './sources.ts';

function read(
  from: Sources<VoterPorts>,
  hooks: NodeHooks,
  ids: readonly string[],
): Promise<readonly HookedNode[]> {
  return ids.length === 0 ? Promise.resolve([]) : from.rows(hooks.read(ids));
}

/**
 * The reasons of the hook `deleting` against the deletion of own nodes. `going`: the nodes by id,
 * each with the node that was asked about.
 */
export async function hookRefusals(
  from: Sources<VoterPorts>,
  going: ReadonlyMap<string, string>,
): Promise<readonly DependantRefusal[]> {
  const { hooks } = from.ports.nodes ?? {};
  const { deleting } = hooks ?? {};
  if (hooks === undefined || deleting === undefined) return [];
  const nodes = await read(from, hooks, [...going.keys()]);
  return nodes.flatMap((node) => {
    const veto = deleting(node);
    const nodeId = going.get(node.id) ?? node.id;
    return veto === undefined ? [] : [{ nodeId, ...vetoMembers(veto) }];
  });
}

/**
 * The nodes that are removed, for the hook `deleted`, and the nodes that stay and share files with
 * them; empty without the hook.
 */
export async function removedNodes(
  from: Sources,
  nodeIds: readonly string[],
): Promise<Pick<Result<'removal'>, 'removed' | 'sharing'>> {
  const { hooks } = from.ports.nodes;
  if (hooks?.deleted === undefined) return {};
  const removed = await read(from, hooks, nodeIds);
  const reads = hooks.sharing?.(removed) ?? [];
  if (reads.length === 0) return { removed };
  const found = await Promise.all(reads.map((each) => from.rows<readonly SharingNode[]>(each)));
  return { removed, sharing: found.flat().filter(({ id }) => !nodeIds.includes(id)) };
}

/** The URLs of the files that a removal takes, by node. */
export async function removedFiles(
  from: Sources,
  nodeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { files } = from.ports.nodes.hooks ?? {};
  if (files === undefined) return new Map();
  const { removed = [], sharing = [] } = await removedNodes(from, nodeIds);
  const urls = new Map<string, string[]>();
  for (const { nodeId, url } of files(removed, sharing))
    urls.set(nodeId, [...(urls.get(nodeId) ?? []), url]);
  return urls;
}
