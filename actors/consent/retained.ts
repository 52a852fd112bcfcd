/**
 * What a service keeps although it agrees to a deletion, and until when a `no` stands. Pure.
 *
 * - Peers write these members, so a malformed entry is left out, a malformed time counts as absent,
 *   and a long text is cut.
 */

import { type Static, Type } from 'typebox';
import { parseIsoTime } from '../../config/iso-time.ts';
import { isJsonObject } from '../../config/json.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import { boundedReason } from './reason-text.ts';

/** What is kept, why, and until when. */
export const RetainedSchema = Type.Object({
  what: Type.String({ minLength: 1, description: 'What is kept, for people.' }),
  basis: Type.String({ minLength: 1, description: 'Why, such as a paragraph of a law.' }),
  until: Type.Optional(
    Type.String({ description: 'A date or a time of ISO 8601. Absent: without an end.' }),
  ),
});
export type Retained = Static<typeof RetainedSchema>;

/** Data of one service. */
export type RetainedBy = Retained & { readonly service: string };

/** A reason against an operation that ends. */
export type Hold = {
  readonly reason: string;
  /** A date or a time of ISO 8601. */
  readonly until: string;
};

/** A reason, or a reason that ends. */
export type Veto = string | Hold;

/** The members of a refusal. */
export function vetoMembers(veto: Veto): { readonly reason: string; readonly until?: string } {
  return typeof veto === 'string' ? { reason: veto } : { reason: veto.reason, until: veto.until };
}

/** The reasons that have not ended. */
export function standingAt<Reason extends { readonly until?: string }>(
  reasons: readonly Reason[],
  atMs: number,
): readonly Reason[] {
  return reasons.filter(
    ({ until }) => until === undefined || (parseIsoTime(until) ?? Number.POSITIVE_INFINITY) > atMs,
  );
}

/** The member `until` of a body. */
export function untilIn(value: Json | undefined): { readonly until?: string } {
  return typeof value === 'string' && parseIsoTime(value) !== undefined ? { until: value } : {};
}

/** The entries of the member `retains` of an answer of `service`. */
export function retainsIn(value: Json | undefined, service: string): RetainedBy[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: Json) => {
    if (!isJsonObject(entry)) return [];
    const { what, basis } = entry;
    if (typeof what !== 'string' || typeof basis !== 'string') return [];
    const by = typeof entry['service'] === 'string' ? entry['service'] : service;
    const texts = { what: boundedReason(what), basis: boundedReason(basis) };
    return [{ service: by, ...texts, ...untilIn(entry['until']) }];
  });
}

/** The member of an answer; none without an entry. */
export function retainsMember(retains: readonly RetainedBy[]): JsonObject {
  return retains.length === 0 ? {} : { retains };
}
