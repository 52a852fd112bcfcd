/**
 * The read before rows leave their nodes: the nodes that lose rows by some writes, with the links
 * of the service, and whether another row depends on the node.
 *
 * - Rows, links, rows: the rows are read to find their nodes, then the versions of the links, then
 *   the other rows. A write that adds or removes a row raises the version of the link. So of two
 *   writes that remove the last rows at the same time, the second finds another version and repeats
 *   the read.
 * - Nothing unseen is removed: a removal of a row that the read does not find is left out. Another
 *   write may add the row meanwhile, and no link would be given back for a row without a known node.
 */
import type { Json } from '../../../runtime/ports/json.ts';
import type { Write } from '../../../runtime/ports/store.ts';
import type { LeavingNode } from '../consent-reads.ts';
import { type Dependence, type DependentRow, foundRows } from '../dependences.ts';
import type { LinkState } from '../ledger/store.ts';
import type { Sources, VoterPorts } from './sources.ts';

/** The rows of a dependence that leave their nodes, and these nodes. */
type Left = {
  readonly dependence: Dependence;
  readonly rowIds: readonly string[];
  readonly nodeIds: readonly string[];
  /** The writes without removals of rows that are not stored. */
  readonly due: (writes: readonly Write[]) => readonly Write[];
};

/** `due`: the writes without removals of rows that are not stored. */
export type Leaving = { readonly leaving: readonly LeavingNode[]; readonly due: readonly Write[] };

/** `staying`: nodes on which the writes make a row depend. */
export async function leavingNodes(
  from: Sources<VoterPorts>,
  writes: readonly Write[],
  staying: ReadonlySet<string>,
): Promise<Leaving> {
  const { dependences = [] } = from.ports;
  const left = await Promise.all(
    distinct(dependences).map((dependence) => leftRows(from, dependence, writes)),
  );
  const due = left.reduce((rest, one) => one.due(rest), writes);
  const nodeIds = [...new Set(left.flatMap((one) => one.nodeIds))].filter((id) => !staying.has(id));
  return { leaving: nodeIds.length === 0 ? [] : await lostLinks(from, left, nodeIds), due };
}

/** The links to the nodes, with the owners of the nodes. */
async function lostLinks(
  from: Sources<VoterPorts>,
  left: readonly Left[],
  nodeIds: readonly string[],
): Promise<readonly LeavingNode[]> {
  const { service, upstreams } = from.ports;
  const links = (await from.ledger('links', { service, nodeIds })).filter(isSubscribed);
  if (links.length === 0) return [];
  const linked = links.map(({ nodeId }) => nodeId);
  const needing = await Promise.all(left.map((one) => nodesNeeding(from, one, linked)));
  const needed = new Set(needing.flat());
  return links.flatMap((link) => {
    const owner = upstreams.find(({ entity }) => entity === link.entity)?.owner;
    return owner === undefined ? [] : [{ owner, link, isNeeded: needed.has(link.nodeId) }];
  });
}

/** One member of a table may hold nodes of several entities; the rows are read once. */
function distinct(dependences: readonly Dependence[]): readonly Dependence[] {
  const byRead = new Map(
    dependences.map((one) => [JSON.stringify([one.by, one.read([])]), one] as const),
  );
  return [...byRead.values()];
}

async function leftRows(
  from: Sources<VoterPorts>,
  dependence: Dependence,
  writes: readonly Write[],
): Promise<Left> {
  const { by, leaving } = dependence;
  const going = new Map(leaving?.rows(writes).map(({ id, to }) => [id, to]));
  if (leaving === undefined || going.size === 0)
    return { dependence, rowIds: [], nodeIds: [], due: (all) => all };
  const found = await from.rows<readonly DependentRow[]>(leaving.present([...going.keys()]));
  const presentIds = found.map(({ id }) => id);
  const moved = found.filter((row) => row[by] !== going.get(row.id));
  return {
    dependence,
    rowIds: moved.map(({ id }) => id),
    nodeIds: moved.map((row) => row[by]).filter((node) => typeof node === 'string'),
    due: (all) => leaving.due(all, presentIds),
  };
}

/** A subscription ends only once, and the link to a deleted node goes with the node. */
function isSubscribed({ generation, givenUp, tombstoned }: LinkState): boolean {
  return generation > givenUp && !tombstoned;
}

/** The nodes that another row of the dependence depends on. */
async function nodesNeeding(
  from: Sources<VoterPorts>,
  { dependence, rowIds }: Left,
  nodes: readonly string[],
): Promise<readonly string[]> {
  const { leaving } = dependence;
  if (leaving !== undefined) return from.rows<readonly string[]>(leaving.needed(nodes, rowIds));
  const read = dependence.read(nodes);
  const rows = foundRows({ dependence, nodeIds: nodes, read }, await from.rows<Json>(read));
  return rows.filter(({ dependants }) => dependants.length > 0).map(({ node }) => node);
}
