/**
 * Everything that the ledgers of some services say about one node: its list of subscribers, and the
 * engagements and promises that stand. One entry for each database that says something.
 */
import type { LedgerReads } from '../actors/consent/ledger/store.ts';
import { Refused } from '../runtime/ports/errors.ts';
import type { WhySources } from './why-sources.ts';

type Stands = LedgerReads['node']['result'];

/** A subscriber, with the way on which the owner asks it. */
export type AskedSubscriber = {
  readonly service: string;
  /** Exchange of the owner; null: the owner is none of the services. */
  readonly exchange: string | null;
  readonly routingKey: string;
  readonly generation: number;
  /** false: an old peer. */
  readonly consent: boolean;
  /** Milliseconds since the epoch; null: not known. */
  readonly sinceMs: number | null;
};

export type LedgerStanding = Pick<Stands, 'epoch' | 'engagements' | 'promises' | 'tombstones'> & {
  /** The services of the database. */
  readonly services: readonly string[];
  readonly subscribers: readonly AskedSubscriber[];
};

export type NodeStanding = {
  readonly id: string;
  /** null: none of the services owns the node now. */
  readonly owner: string | null;
  readonly cn: string | null;
  readonly ledgers: readonly LedgerStanding[];
};

/** Rejects with `Refused('not-found')` if no service owns the node and no ledger knows the node. */
export async function nodeStanding(id: string, sources: WhySources): Promise<NodeStanding> {
  const [owned, found] = await Promise.all([sources.owned(id), sources.standing(id)]);
  const isGone = owned?.engagement.gone.includes(id) ?? true;
  const ledgers = found.filter(({ stands }) => saysSomething(stands));
  if (owned === undefined && ledgers.length === 0)
    throw new Refused(
      'not-found',
      `no service owns a node ${id} and nobody is subscribed to it, in the databases of ${[...sources.services.keys()].join(', ')}`,
    );
  return {
    id,
    owner: isGone ? null : (owned?.owner ?? null),
    cn: owned?.engagement.nodes.find((node) => node.id === id)?.cn ?? null,
    ledgers: ledgers.map(({ services, stands }) => {
      const { subscriptions, ...rest } = stands;
      return {
        services,
        ...rest,
        subscribers: subscriptions.map(({ service, owner, routingKey, ...how }) => ({
          service,
          exchange: sources.services.get(owner)?.config.publish['main']?.exchange ?? null,
          routingKey: routingKey ?? service,
          generation: how.generation,
          consent: how.consent,
          sinceMs: how.sinceMs,
        })),
      };
    }),
  };
}

function saysSomething({ epoch, ...lists }: Stands): boolean {
  return epoch > 0 || Object.values(lists).some((list) => list.length > 0);
}
