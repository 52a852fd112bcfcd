/**
 * The answers to the reads of the protocol in a specification, from rows that the test gives in
 * place of tables. The rules of the service, and the rules of the protocol over its rows, are those
 * of a running service.
 *
 * - Idle: no other operation is under way, and the service is subscribed to no node yet.
 */

import type { ConsentReads } from '../../actors/consent/consent-reads.ts';
import {
  type Dependence,
  type DependentRow,
  dependenceReads,
  type FoundRows,
  foundRows,
  rowFacts,
} from '../../actors/consent/dependences.ts';
import type { LinkState, Subscription } from '../../actors/consent/ledger/store.ts';
import type { DependantNodes, NodeFacts, NodeState } from '../../actors/consent/nodes.ts';
import type { ConsentSettings } from '../../actors/consent/settings.ts';
import { type Verb, verbOfMode } from '../../actors/consent/verbs.ts';
import {
  foundNodes,
  goingAlong,
  type OwnedDependence,
  type OwnedRows,
} from '../../actors/peer/owned-rows.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { ReadAnswers } from './spec-actor.ts';

/** A service in the protocol, and its rows. */
export interface RowsOfService {
  readonly settings: ConsentSettings;
  readonly dependences: readonly Dependence[];
  /** The rows that depend on nodes of others, by entity. */
  readonly rows: { readonly [entity: string]: readonly DependentRow[] | undefined };
  /** Of an owner. */
  readonly owned?: {
    readonly owns: OwnedRows;
    readonly along: readonly OwnedDependence[];
    /** The rows that are nodes, beside those that go along with nodes of others. */
    readonly rows: readonly DependentRow[];
    /** The services that have subscribed to each row. */
    readonly subscribers: readonly string[];
  };
}

/** A service in the protocol with the rows of a specification. */
export interface SpecConsent {
  readonly service: RowsOfService;
  /** The nodes of others that the service was asked about, by operation. */
  readonly asked: { readonly [Name in Verb['name']]: readonly string[] };
  /** Answers of the test in place of those from the rows. */
  readonly reads: ReadAnswers;
}

export const askedNothing: SpecConsent['asked'] = { delete: [], update: [] };

/** The answers to the reads of a service that was asked so far. */
export function readsOf({ service, asked: { delete: engaged }, reads }: SpecConsent): ReadAnswers {
  return { ...consentRows(service, engaged), ...reads };
}

type Args<Op extends keyof ConsentReads> = ConsentReads[Op]['args'];
type Result<Op extends keyof ConsentReads> = ConsentReads[Op]['result'];

/** The answers, by `store.op`. `engaged`: nodes of others that the service was asked about before. */
function consentRows(service: RowsOfService, engaged: readonly string[]): ReadAnswers {
  const answers: { readonly [Op in keyof ConsentReads]?: (args: Args<Op>) => Result<Op> } = {
    dependants: (args) => dependants(service, args, engaged),
    dependency: (args) => dependency(service, args),
    engagement: (args) => engagement(service, args),
    roster: ({ nodeIds }) => listed(service, nodesIn(service, nodeIds)),
    footprint: ({ nodeIds }) => nodeIds.map((nodeId) => ({ nodeId, rows: 1, files: [] })),
    removal: () => ({ links: [], beside: [] }),
  };
  const consent = Object.entries(answers).map(([op, answer]) => [`consent.${op}`, answer]);
  // A read hands its own arguments back.
  return Object.fromEntries(consent) as Readonly<Record<string, (args: Json) => Json>>;
}

/** The entity of a node that some row depends on. */
function entityOf({ dependences, rows }: RowsOfService, nodeId: string): string | null {
  const dependence = dependences.find(({ entity, by }) =>
    rows[entity]?.some((row) => row[by] === nodeId),
  );
  return dependence?.entity ?? null;
}

function linkTo(service: RowsOfService, nodeId: string): LinkState {
  return {
    nodeId,
    entity: entityOf(service, nodeId),
    version: 0,
    generation: 0,
    givenUp: 0,
    tombstoned: false,
    promises: [],
  };
}

/** The rows of these dependences that depend on these nodes. */
function rowsOn(
  service: RowsOfService,
  dependences: readonly Dependence[],
  verb: Parameters<typeof dependenceReads>[1] | undefined,
  ids: readonly string[],
): readonly FoundRows[] {
  const links = ids.map((id) => linkTo(service, id));
  const asked =
    verb === undefined
      ? dependences.map((dependence) => ({ dependence, nodeIds: ids, read: dependence.read(ids) }))
      : dependenceReads(dependences, verb, ids, links);
  return asked.flatMap((one) => {
    const { entity, by } = one.dependence;
    const given = service.rows[entity] ?? [];
    return foundRows(
      one,
      given.filter((row) => one.nodeIds.includes(String(row[by]))),
    );
  });
}

function dependants(
  service: RowsOfService,
  { mode, ids, except = [] }: Args<'dependants'>,
  engaged: readonly string[],
): Result<'dependants'> {
  const links = ids.map((id) => linkTo(service, id));
  const known = alongWith(service, engaged, []).nodes.map(({ id }) => id);
  const along = mode === 'D' ? alongWith(service, ids, [...known, ...except]) : noDependants;
  const verb = verbOfMode(mode);
  const { dependences } = service;
  const facts = rowFacts(dependences, verb, rowsOn(service, dependences, verb, ids));
  const { nodes, subscriptions } = listed(service, along.nodes);
  const through = new Map(along.nodes.map((node) => [node.id, node.through]));
  return {
    links,
    ...facts,
    refusals: [...along.refusals, ...facts.refusals],
    nodes: nodes.map((node) => ({ ...node, through: through.get(node.id) ?? '' })),
    subscriptions,
    detached: [],
    conflicts: [],
  };
}

const noDependants: DependantNodes = { nodes: [], refusals: [], detached: [] };

function alongWith(
  service: RowsOfService,
  ids: readonly string[],
  except: readonly string[],
): DependantNodes {
  if (service.owned === undefined) return noDependants;
  const { owns, along } = service.owned;
  return goingAlong(owns, rowsOn(service, along, undefined, ids), except);
}

/** The nodes with the subscribers of each. */
function listed(service: RowsOfService, nodes: readonly NodeFacts[]) {
  const subscribers = service.owned?.subscribers ?? [];
  const subscriptions = nodes.flatMap(({ id: nodeId }) =>
    subscribers.map(
      (subscriber): Subscription => ({
        nodeId,
        service: subscriber,
        generation: 1,
        consent: true,
      }),
    ),
  );
  return { nodes: nodes.map((node): NodeState => ({ ...node, epoch: 0 })), subscriptions };
}

/** The rows of an owner with these ids, also those that go along with nodes of others. */
function ownRows({ owned, rows }: RowsOfService, ids: readonly string[]): readonly DependentRow[] {
  if (owned === undefined) return [];
  const along = owned.along.flatMap(({ entity }) => rows[entity] ?? []);
  const all = new Map([...along, ...owned.rows].map((row) => [row.id, row]));
  return ids.flatMap((id) => all.get(id) ?? []);
}

function nodesIn(service: RowsOfService, ids: readonly string[]): readonly NodeFacts[] {
  const { owned } = service;
  if (owned === undefined) return [];
  return foundNodes(owned.owns, ownRows(service, ids), { ids, below: false }).nodes;
}

function engagement(
  service: RowsOfService,
  { ids, mode, retryOf }: Args<'engagement'>,
): Result<'engagement'> {
  const { owned } = service;
  const found =
    owned === undefined
      ? { nodes: [], absent: ids, refusals: [] }
      : foundNodes(owned.owns, ownRows(service, ids), { ids, below: mode === 'D' });
  return {
    ...listed(service, found.nodes),
    above: [],
    missing: found.absent,
    gone: [],
    foreign: [],
    refusals: found.refusals,
    conflicts: [],
    ...(retryOf === undefined ? {} : { retried: null }),
  };
}

function dependency(service: RowsOfService, { on }: Args<'dependency'>): Result<'dependency'> {
  const { service: name, upstreams } = service.settings;
  const nodes = Object.entries(on).flatMap(([entity, ids]) => {
    const owner = upstreams.find((upstream) => upstream.entity === entity)?.owner ?? null;
    return ids.map((id) => ({ entity, owner, link: linkTo(service, id) }));
  });
  return {
    service: name,
    known: upstreams.map(({ entity }) => entity),
    nodes,
    holds: [],
    removed: [],
    // A specification sees no rows by their ids, so no row leaves a node.
    leaving: [],
  };
}
