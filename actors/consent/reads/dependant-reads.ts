/** The reads of a voter: the dependants and rows of the service behind nodes of other services. */
import type { Json } from '../../../runtime/ports/json.ts';
import { dependenceReads, type FoundRows, foundRows, rowFacts } from '../dependences.ts';
import type { LinkState } from '../ledger/store.ts';
import type { DependantNodes } from '../nodes.ts';
import { unansweredRefusals, unasked } from '../unanswered.ts';
import { verbOfMode } from '../verbs.ts';
import { idsOf, leftBehind, withAlwaysAsked, withEpochs } from './asked-services.ts';
import { hookRefusals } from './hook-reads.ts';
import { leavingNodes } from './leaving-reads.ts';
import type { Args, Result, Sources, VoterPorts } from './sources.ts';

export async function dependants(
  from: Sources<VoterPorts>,
  args: Args<'dependants'>,
): Promise<Result<'dependants'>> {
  const { saga, mode, ids } = args;
  const { service, isOutside } = from.ports;
  const { links, engaged, done } = await from.ledger('asked', { service, saga, ids });
  if (isOutside === true) return { links, ...outsideDependants(from.ports, args, links) };
  const own = await ownDependants(from, args, engaged);
  const { dependences = [] } = from.ports;
  if (dependences.length === 0) return { links, ...own };
  const rows = await dependentRows(from, args, links, done);
  const facts = rowFacts(dependences, verbOfMode(mode), rows);
  return { links, ...own, ...facts, refusals: [...own.refusals, ...facts.refusals] };
}

/** A dependant for each asked node that exists and that the service has not promised. */
function outsideDependants(
  { upstreams }: VoterPorts,
  { saga, exchange, retentionEnded = false }: Args<'dependants'>,
  links: readonly LinkState[],
): Omit<Result<'dependants'>, 'links' | 'rows'> {
  const entity = upstreams.find((upstream) => upstream.exchange === exchange)?.entity ?? '';
  const isNew = ({ tombstoned, promises }: LinkState) =>
    (retentionEnded || !tombstoned) && promises.every((promise) => promise.saga !== saga);
  const nodes = links.filter(isNew).map(({ nodeId: id }) => ({
    id,
    cn: id,
    objectClass: entity,
    parentId: null,
    version: 0,
    depth: 0,
    epoch: 0,
    through: id,
    isOutside: true as const,
    ...(retentionEnded ? { retentionEnded } : {}),
  }));
  return { refusals: [], nodes, detached: [], conflicts: [], subscriptions: [] };
}

/** The own nodes that would go along with the asked nodes, or would lose a reference. */
async function ownDependants(
  from: Sources<VoterPorts>,
  { saga, mode, ids, except = [] }: Args<'dependants'>,
  engaged: readonly string[],
): Promise<Omit<Result<'dependants'>, 'links' | 'rows'>> {
  const { service, dependants: port } = from.ports;
  const none = { nodes: [], conflicts: [], subscriptions: [] };
  if (mode !== 'D' || port === undefined) return { refusals: [], detached: [], ...none };
  const found = await from.rows<DependantNodes>(port.of(ids, [...engaged, ...except]));
  const { nodes, detached, beneath = [] } = found;
  const going = new Map(nodes.map(({ id, through }) => [id, through]));
  const refusals = [...found.refusals, ...(await hookRefusals(from, going))];
  if (nodes.length === 0) return { refusals, detached, ...none };
  const nodeIds = idsOf(nodes);
  const asked = { service, saga, mode, nodeIds, above: [], absent: [] };
  const { epochs, conflicts, subscriptions } = await from.ledger('owned', asked);
  const excepted = new Set(except);
  const below = unasked(beneath, subscriptions).filter(({ id }) => !excepted.has(id));
  const left = await leftBehind(from, saga, below);
  const reasons = left === undefined ? [] : unansweredRefusals(left);
  return {
    refusals: [...refusals, ...reasons],
    nodes: withEpochs(nodes, epochs),
    detached,
    conflicts,
    subscriptions: withAlwaysAsked(from.ports, nodes, subscriptions),
  };
}

/**
 * The rows of the service that depend on the asked nodes. `done`: nodes whose rows are cleaned up
 * already, for another saga. A second saga neither finds nor cleans up these rows.
 */
export async function dependentRows(
  from: Sources<VoterPorts>,
  { mode, ids, exchange, retentionEnded = false }: Args<'dependants'>,
  links: readonly LinkState[],
  done: readonly string[],
): Promise<readonly FoundRows[]> {
  const { dependences = [], upstreams } = from.ports;
  const [first, ...others] = upstreams.filter((upstream) => upstream.exchange === exchange);
  const asked = others.length === 0 ? first?.entity : undefined;
  const cleaned = new Set(retentionEnded ? [] : done);
  const open = ids.filter((id) => !cleaned.has(id));
  const reads = dependenceReads(dependences, verbOfMode(mode), open, links, asked);
  const found = await Promise.all(
    reads.map(async (one) => foundRows(one, await from.rows<Json>(one.read))),
  );
  const rows = found.flat();
  return retentionEnded ? rows.map((one) => ({ ...one, retentionEnded: true })) : rows;
}

export async function dependency(
  from: Sources<VoterPorts>,
  { on, own = [], writes = [] }: Args<'dependency'>,
): Promise<Result<'dependency'>> {
  const { service, upstreams } = from.ports;
  const entities = new Map(
    Object.entries(on).flatMap(([entity, ids]) => ids.map((id) => [id, entity] as const)),
  );
  const ids = [...entities.keys()];
  const { holds, links } = await from.ledger('place', {
    service,
    above: own,
    ids: [...ids, ...own],
  });
  const nodes = links.flatMap((link) => {
    const entity = entities.get(link.nodeId);
    if (entity === undefined) return [];
    const owner = upstreams.find((upstream) => upstream.entity === entity)?.owner ?? null;
    return [{ entity, owner, link }];
  });
  const owned = new Set(own);
  const removed = links.filter(({ nodeId, tombstoned }) => tombstoned && owned.has(nodeId));
  const { leaving, due } = await leavingNodes(from, writes, new Set(ids));
  return {
    service,
    known: upstreams.map((upstream) => upstream.entity),
    nodes,
    holds,
    removed: removed.map(({ nodeId }) => nodeId),
    leaving,
    due,
  };
}
