/**
 * The read before rows leave their nodes: the nodes that lose rows by some writes, with the links
 * of the service, and whether another row depends on the node.
 *
 * - Rows, links, rows: the rows are read to find their nodes, then the versions of the links, then
 *   the other rows. A write that adds or removes a row raises the version of the link. So of two
 *   writes that remove the last rows at the same time, the second finds another version and repeats
 *   the read.
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
};

/** `staying`: nodes on which the writes make a row depend. */
export async function leavingNodes(
  from: Sources<VoterPorts>,
  writes: readonly Write[],
  staying: ReadonlySet<string>,
): Promise<readonly LeavingNode[]> {
  const { service, dependences = [], upstreams } = from.ports;
  const left = await Promise.all(
    distinct(dependences).map((dependence) => leftRows(from, dependence, writes)),
  );
  const nodeIds = [...new Set(left.flatMap((one) => one.nodeIds))].filter((id) => !staying.has(id));
  if (nodeIds.length === 0) return [];
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
  if (leaving === undefined || going.size === 0) return { dependence, rowIds: [], nodeIds: [] };
  const found = await from.rows<readonly DependentRow[]>(leaving.present([...going.keys()]));
  const moved = found.filter((row) => row[by] !== going.get(row.id));
  return {
    dependence,
    rowIds: moved.map(({ id }) => id),
    nodeIds: moved.map((row) => row[by]).filter((node) => typeof node === 'string'),
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
