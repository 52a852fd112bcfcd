/** The reads behind hooks of an entity: nodes with their attributes, and the reasons of the hooks. */
import type { DependantRefusal, HookedNode, NodeHooks } from '../nodes.ts';
import { vetoMembers } from '../retained.ts';
import type { Sources, VoterPorts } from './sources.ts';

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

/** The nodes that a removal takes, for the hook `deleted`; undefined without the hook. */
export async function removedNodes(
  from: Sources,
  nodeIds: readonly string[],
): Promise<readonly HookedNode[] | undefined> {
  const { hooks } = from.ports.nodes;
  return hooks?.deleted === undefined ? undefined : read(from, hooks, nodeIds);
}
