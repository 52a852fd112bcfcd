/**
 * Times of a voter, and the question it asks in doubt. Pure.
 */
import type { Ask } from '../../runtime/effects.ts';
import { consentHeaders, nodesTag, type Verb, verbs } from '../consent/messages.ts';
import type { ConsentSettings } from '../consent/settings.ts';
import type { Part } from './part.ts';

/** Silence after the deadline before the first inquiry. */
const doubtMs = 5_000;
const inquiryMaxMs = 300_000;

/** What a voter passes on of the time it was given: less the smaller of 500 ms and 5 %. */
export function remainingForOthersMs(remainingMs: number): number {
  return Math.max(0, remainingMs - Math.min(500, remainingMs * 0.05));
}

/** When to inquire: deadline + 5 s, then doubling up to 5 min. */
export function inquiryDelayMs(remainingMs: number, inquiries: number): number {
  return inquiries === 0 ? remainingMs + doubtMs : Math.min(inquiryMaxMs, doubtMs * 2 ** inquiries);
}

interface Doubt extends Part {
  readonly saga: string;
  readonly verb: Verb['name'];
  readonly exchange: string;
  readonly hops: number;
  readonly inquiries: number;
}

/** `isDeleting` to the owner, about everything promised; none when nothing is promised or the owner is not known. */
export function inquiryMessage(settings: ConsentSettings, { saga, verb, exchange, hops, inquiries, nodes }: Doubt): Ask | undefined {
  const ids = nodes.flatMap(({ id, phase }) => (phase === 'promised' || phase === 'asked' ? [id] : []));
  const upstream = settings.upstreams.find((candidate) => candidate.exchange === exchange);
  if (ids.length === 0 || upstream === undefined) return undefined;
  return {
    ...upstream.owner,
    action: verbs[verb].is,
    data: { id: ids.length === 1 ? (ids[0] as string) : ids },
    messageId: `${saga}/${nodesTag(ids)}/${verbs[verb].is}/${upstream.entity}/${settings.service}/${inquiries + 1}`,
    headers: consentHeaders({ saga, epoch: 0, hops, deadlineMs: null }),
    answer: 'standing',
    about: { ids },
  };
}
