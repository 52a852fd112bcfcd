/**
 * What `why` reads: the actors, ledgers, nodes, cards and histories of some services, in all their
 * databases.
 *
 * - unmade: a database that no service has used yet has no rows.
 */
import type { CardLookup } from '../actors/cards/store.ts';
import { cardsStoreName } from '../actors/cards/store.ts';
import { type ConsentReads, consentRead } from '../actors/consent/consent-reads.ts';
import {
  type Hold,
  type LedgerReads,
  ledgerRead,
  ledgerStoreName,
  type SagaPart,
} from '../actors/consent/ledger/store.ts';
import { nodeIdsIn } from '../actors/consent/saga-history.ts';
import type { ActorRows } from '../actors/waiting/machine-view.ts';
import type { ServiceDefinition } from '../runtime/messages/service-definition.ts';
import { type ActorAddress, addressId } from '../runtime/ports/address.ts';
import { systemClock } from '../runtime/ports/clock.ts';
import type { Journal } from '../runtime/ports/journal.ts';
import type { HistoryLine } from '../runtime/ports/journal-rows.ts';
import type { Json } from '../runtime/ports/json.ts';
import type { Read } from '../runtime/ports/store.ts';
import { storeReads } from '../runtime/turn/store-reads.ts';
import { requestSaga } from './request-saga.ts';

/** A node with what its owner finds before a deletion. */
export type OwnedNode = {
  readonly owner: string;
  readonly engagement: ConsentReads['engagement']['result'];
};

/** A card or its tombstone, with the service that keeps the card. */
type KeptCard = CardLookup & { readonly service: string };

export type LedgerStands = {
  readonly services: readonly string[];
  readonly stands: LedgerReads['node']['result'];
};

/** The removal of a node by its owner. */
export type Removal = { readonly saga: string; readonly service: string; readonly atMs: number };

export type WhySources = {
  /** By name. */
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  /** By name of the service. */
  readonly journals: ReadonlyMap<string, Journal>;
  /** undefined: there is no such actor. */
  actor(address: ActorAddress): Promise<ActorRows | undefined>;
  /** The parts of all services in the given saga; without a saga, in every saga under way. */
  parts(saga?: string): Promise<readonly SagaPart[]>;
  /** The holds on exactly these nodes, by any saga. */
  holds(nodeIds: readonly string[]): Promise<readonly Hold[]>;
  /** undefined: no service of these owns the node, or has owned the node. */
  owned(nodeId: string): Promise<OwnedNode | undefined>;
  /** What each ledger says about the node, with the services of its database. */
  standing(nodeId: string): Promise<readonly LedgerStands[]>;
  /** The removal of the node, from the tombstones or, when these are pruned, from the histories. */
  removal(nodeId: string): Promise<Removal | undefined>;
  /** The newest saga over the node that was called off within the last day. */
  calledOff(nodeId: string): Promise<string | undefined>;
  card(id: string): Promise<KeptCard | undefined>;
  history(topic: string): Promise<readonly HistoryLine[]>;
  /** As `requestSaga`. */
  sagaOf(request: string): Promise<string | undefined>;
};

/** Most timers and activities of one actor that are read. */
const rowsMax = 1_000;
const dayMs = 24 * 60 * 60_000;

/** `journals`: by name of the service. */
export function whySources(
  definitions: readonly ServiceDefinition[],
  journals: ReadonlyMap<string, Journal>,
  now: () => number = () => systemClock.now(),
): WhySources {
  const services = new Map(definitions.map((service) => [service.name, service]));
  const perform = storeReads(services);
  const withStore = (store: string) =>
    definitions.filter(({ stores }) => stores.has(store)).map(({ name }) => name);
  const readAs = async <Result>(service: string, read: Read): Promise<Result> =>
    (await perform(service, read)) as Json as Result;
  const reader: Reader = { services, journals, withStore, read: readAs };
  return {
    services,
    journals,
    actor: (address) => actorRows(address, journals.get(address.service)),
    parts: (saga) => partsOf(saga, reader),
    holds: (nodeIds) => holdsOn(nodeIds, reader),
    owned: (nodeId) => ownedNode(nodeId, reader),
    standing: (nodeId) => ledgerStands(nodeId, reader),
    removal: async (nodeId) =>
      (await removalNoted(nodeId, reader)) ?? removalRecorded(nodeId, journals),
    calledOff: (nodeId) => newestCalledOff(nodeId, journals, now() - dayMs),
    card: (id) => keptCard(id, reader),
    history: async (topic) => historyOf(topic, journals),
    sagaOf: (request) => requestSaga(request, journals),
  };
}

type Reader = {
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  readonly journals: ReadonlyMap<string, Journal>;
  readonly withStore: (store: string) => readonly string[];
  readonly read: <Result>(service: string, read: Read) => Promise<Result>;
};

async function actorRows(
  address: ActorAddress,
  journal: Journal | undefined,
): Promise<ActorRows | undefined> {
  const record = await journal?.inspect(address);
  if (journal === undefined || record === undefined) return undefined;
  const first = { address, token: '' };
  const timers = await journal.listTimers([address.service], first, rowsMax);
  const activities = await journal.activitiesOf(address);
  const own = timers.filter((timer) => addressId(timer.address) === addressId(address));
  return {
    address,
    record,
    timers: Object.fromEntries(own.map(({ token, dueAtMs }) => [token, dueAtMs])),
    activities,
  };
}

async function partsOf(
  saga: string | undefined,
  { withStore, read }: Reader,
): Promise<readonly SagaPart[]> {
  const only = saga === undefined ? {} : { saga };
  const found = await Promise.all(
    withStore(ledgerStoreName).map((service) =>
      read<readonly SagaPart[]>(service, ledgerRead('sagas', { service, ...only })),
    ),
  );
  return found.flat();
}

/** Ledgers of one database are one store, which every service of the database reads. */
async function holdsOn(
  nodeIds: readonly string[],
  { withStore, read }: Reader,
): Promise<readonly Hold[]> {
  const found = await Promise.all(
    withStore(ledgerStoreName).map((service) =>
      read<LedgerReads['subscriptions']['result']>(
        service,
        ledgerRead('subscriptions', { nodeIds, subscriber: service, above: [] }),
      ),
    ),
  );
  const holds = found.flatMap((list) => list.holds);
  return [...new Map(holds.map((hold) => [`${hold.nodeId} ${hold.saga}`, hold])).values()];
}

async function ownedNode(
  nodeId: string,
  { services, read }: Reader,
): Promise<OwnedNode | undefined> {
  for (const [owner, { machines }] of services) {
    if (!machines.has('delete-saga')) continue;
    const asked = consentRead('engagement', { ids: [nodeId], saga: '', mode: 'D' });
    const engagement = await read<OwnedNode['engagement']>(owner, asked);
    const { missing, foreign } = engagement;
    if (!missing.includes(nodeId) && !foreign.includes(nodeId)) return { owner, engagement };
  }
  return undefined;
}

/** Services of one database have one ledger. */
async function ledgerStands(
  nodeId: string,
  { journals, withStore, read }: Reader,
): Promise<readonly LedgerStands[]> {
  const byJournal = new Map<Journal | undefined, string[]>();
  for (const service of withStore(ledgerStoreName)) {
    const journal = journals.get(service);
    byJournal.set(journal, [...(byJournal.get(journal) ?? []), service]);
  }
  return Promise.all(
    [...byJournal.values()].map(async (services) => ({
      services,
      stands: await read<LedgerStands['stands']>(services[0] ?? '', ledgerRead('node', { nodeId })),
    })),
  );
}

async function removalNoted(nodeId: string, reader: Reader): Promise<Removal | undefined> {
  const found = await ledgerStands(nodeId, reader);
  return found.flatMap(({ stands }) => stands.tombstones).find(({ removed }) => removed);
}

/** Looks at the whole history of each journal: for a node of which nothing else is left. */
async function removalRecorded(
  nodeId: string,
  journals: ReadonlyMap<string, Journal>,
): Promise<Removal | undefined> {
  for (const journal of new Set(journals.values())) {
    const from = { atMs: 0, id: '' };
    const lines = await journal.listHistory('deleted', from, rowsMax, nodeId);
    const line = lines.find((each) => nodeIdsIn(each.line).includes(nodeId));
    if (line !== undefined)
      return { saga: line.topic, service: line.address.service, atMs: line.atMs };
  }
  return undefined;
}

async function newestCalledOff(
  nodeId: string,
  journals: ReadonlyMap<string, Journal>,
  sinceMs: number,
): Promise<string | undefined> {
  const since = { atMs: sinceMs, id: '' };
  const found = await Promise.all(
    [...new Set(journals.values())].map((journal) =>
      journal.listHistory('called off', since, rowsMax, nodeId),
    ),
  );
  const lines = found.flat().filter(({ line }) => nodeIdsIn(line).includes(nodeId));
  return lines.sort((a, b) => b.atMs - a.atMs)[0]?.topic;
}

async function keptCard(id: string, { withStore, read }: Reader): Promise<KeptCard | undefined> {
  for (const service of withStore(cardsStoreName)) {
    const found = await read<CardLookup>(service, {
      store: cardsStoreName,
      op: 'card',
      args: { id },
    });
    if (found.card !== null || found.tombstone !== null) return { service, ...found };
  }
  return undefined;
}

async function historyOf(
  topic: string,
  journals: ReadonlyMap<string, Journal>,
): Promise<readonly HistoryLine[]> {
  const distinct = [...new Set(journals.values())];
  const lines = await Promise.all(distinct.map((journal) => journal.history(topic)));
  return lines.flat().sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
}
