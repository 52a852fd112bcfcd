/**
 * Times of a voter, and the question it asks in doubt. Pure.
 */
import type { Ask } from '../../runtime/step/effects.ts';
import { nodesTag } from '../consent/node-ids.ts';
import { consentHeaders } from '../consent/saga-headers.ts';
import type { ConsentSettings, Upstream } from '../consent/settings.ts';
import { type Verb, verbs } from '../consent/verbs.ts';
import { type Part, undecided } from './part.ts';

/** Silence after the deadline before the first inquiry. */
const doubtMs = 5_000;
const inquiryMaxMs = 300_000;

/** When to inquire: deadline + 5 s, then doubling up to 5 min. */
export function inquiryDelayMs(remainingMs: number, inquiries: number): number {
  return inquiries === 0 ? remainingMs + doubtMs : Math.min(inquiryMaxMs, doubtMs * 2 ** inquiries);
}

type Doubt = Part & {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly hops: number;
  readonly inquiries: number;
};

/**
 * `isDeleting` to each owner, about what was promised to it. An owner is asked about nothing else: it knows nothing of the others' nodes,
 * and would say that it is off.
 */
export function inquiryMessages(settings: ConsentSettings, doubt: Doubt): readonly Ask[] {
  return settings.upstreams.flatMap((upstream) => {
    const ids = undecided(doubt).flatMap(({ id, exchange }) =>
      exchange === upstream.exchange ? [id] : [],
    );
    return ids.length === 0 ? [] : [inquiryMessage(settings, doubt, upstream, ids)];
  });
}

function inquiryMessage(
  { service }: ConsentSettings,
  { saga, verb, hops, inquiries }: Doubt,
  { owner, entity }: Upstream,
  ids: readonly string[],
): Ask {
  const action = verbs[verb].is;
  return {
    ...owner,
    action,
    data: { id: ids.length === 1 ? (ids[0] as string) : ids },
    messageId: `${saga}/${nodesTag(ids)}/${action}/${entity}/${service}/${inquiries + 1}`,
    headers: consentHeaders({ saga, epoch: 0, hops, deadlineMs: null }),
    answer: 'standing',
    about: { ids },
  };
}
