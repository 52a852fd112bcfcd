/**
 * The subscribers of a node, and the engagements and promises about the node, as lines for a
 * terminal. Pure.
 */

import type { LedgerStanding, NodeStanding } from '../composition/node-standing.ts';
import { isoTime } from '../config/iso-time.ts';

export function standingLines({ id, owner, cn, ledgers }: NodeStanding): readonly string[] {
  const name = cn === null ? id : `${cn} (${id})`;
  const several = ledgers.length > 1;
  return [
    `${name}: ${owner === null ? 'none of the services owns the node' : `owner ${owner}`}`,
    ...(ledgers.length === 0 ? ['  nobody is subscribed'] : []),
    ...ledgers.flatMap((ledger) => [
      ...(several ? [`  database of ${ledger.services.join(', ')}`] : []),
      ...ledgerLines(ledger).map((line) => `${several ? '    ' : '  '}${line}`),
    ]),
  ];
}

const modes = { D: 'delete', U: 'update', M: 'move' } as const;

function ledgerLines(ledger: LedgerStanding): readonly string[] {
  const { epoch, subscribers, engagements, promises, tombstones } = ledger;
  return [
    `list: epoch ${epoch}, subscribers: ${subscribers.length}`,
    ...subscribers.map(({ service, exchange, routingKey, generation, consent, sinceMs }) => {
      const way = `asked on ${exchange ?? 'an exchange of another owner'} with ${routingKey}`;
      const since = sinceMs === null ? 'since when is not known' : `since ${isoTime(sinceMs)}`;
      return `  ${service}  ${way}, ${since}, generation ${generation}${consent ? '' : ', old peer'}`;
    }),
    ...engagements.map(
      ({ service, mode, saga, state }) =>
        `engaged by ${service}: ${modes[mode]}, ${state}, saga ${saga}`,
    ),
    ...promises.map(
      ({ service, mode, saga, state }) =>
        `promise of ${service}: ${modes[mode]}, ${state === 'ok' ? 'ok' : 'asks its own subscribers'}, saga ${saga}`,
    ),
    ...tombstones.map(
      ({ service, saga, atMs, removed }) =>
        `${removed ? 'removed' : 'given up'} by ${service} at ${isoTime(atMs)}, saga ${saga}`,
    ),
  ];
}
