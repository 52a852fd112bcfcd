/**
 * The reads of the consent actors: each joins the nodes or the dependants of a service with the
 * ledger.
 *
 * - Expected, not shared: the stores are read one after another, without a common snapshot. Every
 *   write that follows expects the versions of the nodes and the epochs of the lists.
 * - Links first: the versions of links are read before the rows that depend on the links. So a
 *   dependant that is added between the two reads is found, and its link has another version.
 */
import { Broken } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Read, StoreView } from '../../runtime/ports/store.ts';
import {
  type Dependence,
  dependenceReads,
  type FoundRows,
  foundRows,
  rowRefusals,
  rowRetentions,
} from './dependences.ts';
import {
  type Epochs,
  type Hold,
  type LedgerReads,
  type LinkState,
  type LockMode,
  ledgerRead,
  ledgerStoreName,
  type Subscription,
} from './ledger/store.ts';
import type {
  AdoptableNode,
  DependantNodes,
  DependantRefusal,
  Dependants,
  DetachedReference,
  ForeignNode,
  FoundNodes,
  ListedNode,
  NodeFacts,
  NodePlace,
  NodeState,
  Nodes,
} from './nodes.ts';
import { PairSet } from './pairs.ts';
import type { Retained } from './retained.ts';
import type { OwnerAddress, Upstream } from './settings.ts';
import {
  type Unanswered,
  unansweredOf,
  unansweredRefusals,
  unasked,
  withoutOldPeers,
} from './unanswered.ts';
import { verbOfMode } from './verbs.ts';

/** The list of a node, as a `subscribe` or an `unsubscribe` finds the list. */
export type SubscriptionNow = {
  readonly nodeId: string;
  /** null: there is no node that may have subscribers. */
  readonly node: (ListedNode & { readonly epoch: number }) | null;
  readonly tombstoned: boolean;
  /** On the node, and on the nodes above. */
  readonly holds: readonly Hold[];
  readonly existing: Subscription | null;
  readonly subscribers: number;
};

/**
 * `through`: the asked node. `isOutside`: stands for what another system keeps about the asked node;
 * `objectClass` is then the entity.
 */
type Through = { readonly through: string; readonly isOutside?: true };

/** Ids of nodes of other services, by the entity in the section `subscribe`. */
export type NodesByEntity = { readonly [entity: string]: readonly string[] };

/** The reads, by name. */
export interface ConsentReads {
  /** The nodes that a delete (mode D) or an update (mode U, M) would engage in the owner. */
  engagement: {
    args: {
      readonly ids: readonly string[];
      readonly saga: string;
      readonly mode: LockMode;
      /** The refused saga that this saga retries. */
      readonly retryOf?: string;
    };
    result: {
      /** The live named nodes; in mode D also the nodes that are removed along. Parents first. */
      readonly nodes: readonly NodeState[];
      /** Ids of the nodes above the nodes, in a mode other than D. */
      readonly above: readonly string[];
      /** Named ids that are unknown. */
      readonly missing: readonly string[];
      /** Named ids that are tombstoned. */
      readonly gone: readonly string[];
      /** Named nodes of another owner. */
      readonly foreign: readonly string[];
      /** Mode D only. The service's own reasons against the deletion. */
      readonly refusals: readonly DependantRefusal[];
      /** Holds of other sagas, on these nodes or above them, that conflict with the mode. */
      readonly conflicts: readonly Hold[];
      readonly subscriptions: readonly Subscription[];
      /** Mode D only. The nodes of other services below these nodes that no service will remove. */
      readonly unanswered?: Unanswered;
      /**
       * Age and requester of the retried saga; null when this service refused no saga of that id.
       */
      readonly retried?: { readonly age: string; readonly requestedBy: string | null } | null;
    };
  };

  /** The facts for a voter's answer about the asked nodes. */
  dependants: {
    args: {
      readonly saga: string;
      readonly mode: LockMode;
      /** The asked nodes: nodes of another service, or in a cycle of this service. */
      readonly ids: readonly string[];
      /** Nodes that count as engaged under the saga, although a plan engages no node. */
      readonly except?: readonly string[];
      /** The exchange of the question; needed by a service that answers outside its journal. */
      readonly exchange?: string;
      /** true: the rows that were kept are asked for, of nodes that are gone. */
      readonly retentionEnded?: boolean;
    };
    result: {
      readonly links: readonly LinkState[];
      /** Reasons against the operation, also of nodes below that nobody will remove. */
      readonly refusals: readonly DependantRefusal[];
      /** Mode D only. Own live nodes not yet engaged under this saga. Parents first. */
      readonly nodes: readonly (NodeState & Through)[];
      /** Mode D only. References that would be taken out of own nodes. */
      readonly detached: readonly DetachedReference[];
      /** Conflicting holds of other sagas on these nodes. */
      readonly conflicts: readonly Hold[];
      readonly subscriptions: readonly Subscription[];
      /** The rows that are no nodes, by asked node; absent in a service without such rows. */
      readonly rows?: readonly FoundRows[];
      /** Mode D only. What the service keeps of its rows although it agrees; absent: nothing. */
      readonly retained?: readonly { readonly nodeId: string; readonly retained: Retained }[];
    };
  };

  /**
   * The facts for a write that makes rows of this service depend on nodes of other services, or that
   * changes rows which are nodes themselves.
   */
  dependency: {
    args: {
      readonly on: NodesByEntity;
      /** Ids of the written rows that are nodes of this service. Default: none. */
      readonly own?: readonly string[];
    };
    result: {
      readonly service: string;
      /** The entities in the config's section `subscribe`. */
      readonly known: readonly string[];
      /** Each node once. `owner`: null where the config subscribes to no such entity. */
      readonly nodes: readonly {
        readonly entity: string;
        readonly owner: OwnerAddress | null;
        readonly link: LinkState;
      }[];
      /** Of any saga, on the nodes `own`. */
      readonly holds: readonly Hold[];
      /** Those of `own` that are tombstoned. */
      readonly removed: readonly string[];
    };
  };

  /** The present lists, for the decision. Removed nodes are not in `nodes`. */
  roster: {
    args: {
      readonly nodeIds: readonly string[];
      /** The saga that decides about a deletion; absent: `unanswered` is not looked for. */
      readonly deletion?: string;
    };
    result: {
      readonly nodes: readonly NodeState[];
      readonly subscriptions: readonly Subscription[];
      /** The nodes of other services below the nodes that do not go with the saga. */
      readonly unanswered?: Unanswered;
    };
  };

  /** The facts for a create or a move about its place. */
  place: {
    args: {
      readonly parentId?: string;
      readonly references: readonly string[];
      readonly moving?: string;
    };
    /** `links`: of this service to the parent and to the references. */
    result: NodePlace & {
      readonly holds: readonly Hold[];
      readonly links: readonly LinkState[];
    };
  };

  /** The facts for a `subscribe` or an `unsubscribe`, one item for each node. */
  subscriptions: {
    args: { readonly nodeIds: readonly string[]; readonly subscriber: string };
    result: readonly SubscriptionNow[];
  };

  /** The facts for an adoption of all nodes of another service. */
  adoption: {
    args: { readonly from: string };
    result: {
      /** `mentions`: only of nodes that the other service has subscribed to. */
      readonly nodes: readonly AdoptableNode[];
      /** All nodes of this ledger on whose lists the other service stands. */
      readonly listing: readonly string[];
      /** Of any saga, on the nodes, on the nodes that they depend on, and on those of `listing`. */
      readonly holds: readonly Hold[];
      /** Of this service, to the same nodes. */
      readonly links: readonly LinkState[];
    };
  };

  /** The nodes and sagas of a subscriber, and the nodes of the subscriber below these nodes. */
  retirement: {
    args: { readonly subscriber: string };
    result: LedgerReads['subscriber']['result'] & { readonly below: readonly ForeignNode[] };
  };

  /**
   * The links that lose their last dependant of this service with the removal of the given nodes.
   * `upstream`: only these links, instead of those of the nodes.
   */
  orphanedLinks: {
    args: { readonly nodeIds: readonly string[]; readonly upstream?: readonly string[] };
    result: readonly LinkState[];
  };

  /** The facts for a removal. `beside`: nodes of others below, about which the saga has decided. */
  removal: {
    args: { readonly saga: string; readonly nodeIds: readonly string[] };
    result: { readonly links: readonly LinkState[]; readonly beside: readonly string[] };
  };
}

/** The service whose dependants and rows are read. */
export type VoterPorts = {
  readonly service: string;
  readonly upstreams: readonly Pick<Upstream, 'entity' | 'owner' | 'exchange'>[];
  /** Absent: the service has no nodes of its own. */
  readonly nodes?: Nodes;
  /** Absent: no node of the service depends on a node of another service. */
  readonly dependants?: Dependants;
  /** The rows of the service that depend on nodes of others and are no nodes. Default: none. */
  readonly dependences?: readonly Dependence[];
  /** The services that are asked about every own node. Default: none. */
  readonly alwaysAsk?: readonly string[];
  /** true: another system keeps data about the nodes, and answers for the service. */
  readonly isOutside?: true;
};

/** A service with nodes of its own. */
export type ConsentPorts = VoterPorts & { readonly nodes: Nodes };

const consentViewName = 'consent';

/** A typed read of the view. */
export function consentRead<Op extends keyof ConsentReads>(
  op: Op,
  args: ConsentReads[Op]['args'],
): Read {
  return { store: consentViewName, op, args };
}

type Args<Op extends keyof ConsentReads> = ConsentReads[Op]['args'];
type Result<Op extends keyof ConsentReads> = ConsentReads[Op]['result'];
type ReadOf<Op extends keyof ConsentReads> = (from: Sources, args: Args<Op>) => Promise<Result<Op>>;

/** The ports of the service, with its stores. */
class Sources<Ports extends VoterPorts = ConsentPorts> {
  readonly ports: Ports;
  readonly #read: (read: Read) => Promise<Json>;

  constructor(ports: Ports, read: (read: Read) => Promise<Json>) {
    this.ports = ports;
    this.#read = read;
  }

  /** A port names the type of each result beside its read. */
  async rows<Result>(read: Read): Promise<Result> {
    return (await this.#read(read)) as Result;
  }

  ledger<Op extends keyof LedgerReads>(
    op: Op,
    args: LedgerReads[Op]['args'],
  ): Promise<LedgerReads[Op]['result']> {
    return this.rows(ledgerRead(op, args));
  }
}

const reads: { readonly [Op in keyof ConsentReads]: ReadOf<Op> } = {
  engagement,
  dependants,
  dependency,
  roster,
  place,
  subscriptions,
  adoption,
  retirement,
  orphanedLinks,
  removal,
};

/** The view of an owner. `stores`: the stores of the ports. */
export function consentView(ports: ConsentPorts, stores: readonly string[]): StoreView {
  return view(stores, reads, (read) => new Sources(ports, read));
}

/** The view of a service without nodes of its own. `stores`: the stores of the ports. */
export function voterView(ports: VoterPorts, stores: readonly string[]): StoreView {
  return view<Sources<VoterPorts>>(
    stores,
    { dependants, dependency },
    (read) => new Sources(ports, read),
  );
}

function view<From>(
  stores: readonly string[],
  known: Readonly<Record<string, (from: From, args: never) => Promise<Json>>>,
  sources: (read: (read: Read) => Promise<Json>) => From,
): StoreView {
  return {
    name: consentViewName,
    over: [...stores, ledgerStoreName],
    read: async (op, args, read) => {
      const perform = Object.hasOwn(known, op) ? known[op] : undefined;
      if (perform === undefined)
        throw new Broken('broken', `the consent actors have no read "${op}"`);
      return perform(sources(read), args as never);
    },
  };
}

function withEpochs<Facts extends NodeFacts>(
  nodes: readonly Facts[],
  epochs: Epochs,
): readonly (Facts & NodeState)[] {
  return nodes.map((node) => ({ ...node, epoch: epochs[node.id] ?? 0 }));
}

function idsOf(nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.map(({ id }) => id);
}

/** The lists of the nodes with the services that are asked about every node. */
function withAlwaysAsked(
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

async function engagement(
  from: Sources,
  { ids, saga, mode, retryOf }: Args<'engagement'>,
): Promise<Result<'engagement'>> {
  const { service, nodes: port } = from.ports;
  const isDeletion = mode === 'D';
  const found = await from.rows<FoundNodes>(
    port.find(ids, { below: isDeletion, above: !isDeletion }),
  );
  const { nodes, absent, foreign, above, refusals, beneath = [] } = found;
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

async function dependants(
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
  const verb = verbOfMode(mode);
  const refusals = [...own.refusals, ...rowRefusals(dependences, verb, rows)];
  const retained = rowRetentions(dependences, verb, rows);
  return { links, ...own, refusals, rows, ...(retained.length === 0 ? {} : { retained }) };
}

/** One dependant for each asked node that is not gone, and that the service has not promised. */
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
  const { refusals, nodes, detached, beneath = [] } = found;
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
async function dependentRows(
  from: Sources<VoterPorts>,
  { mode, ids, retentionEnded = false }: Args<'dependants'>,
  links: readonly LinkState[],
  done: readonly string[],
): Promise<readonly FoundRows[]> {
  const { dependences = [] } = from.ports;
  const cleaned = new Set(retentionEnded ? [] : done);
  const open = ids.filter((id) => !cleaned.has(id));
  const reads = dependenceReads(dependences, verbOfMode(mode), open, links);
  const found = await Promise.all(
    reads.map(async (asked) => foundRows(asked, await from.rows<Json>(asked.read))),
  );
  const rows = found.flat();
  return retentionEnded ? rows.map((one) => ({ ...one, retentionEnded: true })) : rows;
}

async function dependency(
  from: Sources<VoterPorts>,
  { on, own = [] }: Args<'dependency'>,
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
  return {
    service,
    known: upstreams.map((upstream) => upstream.entity),
    nodes,
    holds,
    removed: removed.map(({ nodeId }) => nodeId),
  };
}

async function roster(
  from: Sources,
  { nodeIds, deletion }: Args<'roster'>,
): Promise<Result<'roster'>> {
  const { nodes: port } = from.ports;
  const [nodes, { epochs, subscriptions }, below] = await Promise.all([
    from.rows<readonly NodeFacts[]>(port.present(nodeIds)),
    from.ledger('roster', { nodeIds }),
    deletion === undefined ? [] : from.rows<readonly ForeignNode[]>(port.foreignBelow(nodeIds)),
  ]);
  const others = withoutOldPeers(below, subscriptions);
  const left = deletion === undefined ? undefined : await leftBehind(from, deletion, others);
  const unanswered = left === undefined ? {} : { unanswered: left };
  const asked = withAlwaysAsked(from.ports, nodes, subscriptions);
  return { nodes: withEpochs(nodes, epochs), subscriptions: asked, ...unanswered };
}

/**
 * The nodes that do not go with the saga; undefined without such a node. A node that is gone when
 * the read looks again was removed meanwhile by its service, which then left the list.
 */
async function leftBehind(
  from: Sources<VoterPorts>,
  saga: string,
  nodes: readonly ForeignNode[],
): Promise<Unanswered | undefined> {
  const { nodes: port } = from.ports;
  if (nodes.length === 0 || port === undefined) return undefined;
  const nodeIds = nodes.map(({ id }) => id);
  const going = new Set(await from.ledger('going', { saga, nodeIds }));
  const left = nodes.filter(({ id }) => !going.has(id));
  if (left.length === 0) return undefined;
  const parents = [...new Set(left.map(({ parentId }) => parentId))];
  const now = await from.rows<readonly ForeignNode[]>(port.foreignBelow(parents));
  const there = new Set(now.map(({ id }) => id));
  return unansweredOf(left.filter(({ id }) => there.has(id)));
}

async function place(from: Sources, args: Args<'place'>): Promise<Result<'place'>> {
  const { service, nodes } = from.ports;
  const at = await from.rows<NodePlace>(nodes.place(args));
  const parentIds = at.parent === null ? [] : [at.parent.id];
  const given = args.parentId === undefined ? parentIds : [args.parentId];
  const ids = [...new Set([...given, ...args.references])];
  const above = [...parentIds, ...at.above];
  return { ...at, ...(await from.ledger('place', { service, above, ids })) };
}

async function subscriptions(
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

async function adoption(
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

/** Only the mentions that are references of the former service: its ledger has a link for each. */
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

async function retirement(
  from: Sources,
  { subscriber }: Args<'retirement'>,
): Promise<Result<'retirement'>> {
  const { service, nodes } = from.ports;
  const found = await from.ledger('subscriber', { service, subscriber });
  const below = await from.rows<readonly ForeignNode[]>(nodes.foreignBelow(found.nodeIds));
  return { ...found, below: below.filter((node) => node.service === subscriber) };
}

async function orphanedLinks(
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

async function removal(
  from: Sources,
  { saga, nodeIds }: Args<'removal'>,
): Promise<Result<'removal'>> {
  const { nodes } = from.ports;
  const [links, others] = await Promise.all([
    orphanedLinks(from, { nodeIds }),
    from.rows<readonly ForeignNode[]>(nodes.foreignBelow(nodeIds)),
  ]);
  const otherIds = others.map(({ id }) => id);
  const beside =
    others.length === 0 ? [] : await from.ledger('decided', { saga, nodeIds: otherIds });
  return { links, beside };
}
