/**
 * A deletion that was refused only for reasons that end, and whose request asks for a retry. Pure.
 *
 * - Every refusal must have an end: a reason without an end, a silent voter and a cancellation make
 *   no held deletion.
 * - A node has at most one held deletion, so that a lifted hold finds the deletion by the node.
 */

import { type Static, Type } from 'typebox';
import { parseIsoTime } from '../../config/iso-time.ts';
import type { Refusal } from '../consent/answers.ts';
import { NodeIdSchema } from '../consent/node-ids.ts';

/** The data of a service's message to itself. */
export const HoldDeletionSchema = Type.Object(
  {
    id: NodeIdSchema,
    /** The saga that was refused. */
    saga: Type.String(),
    until: Type.String(),
    giveUpAtMs: Type.Union([Type.Number(), Type.Null()]),
    requestedBy: Type.Union([Type.String(), Type.Null()]),
    /** Who says no and why; absent in rows of an earlier version. */
    refusals: Type.Optional(
      Type.Array(
        Type.Object({
          service: Type.String(),
          reason: Type.String(),
          until: Type.Optional(Type.String()),
        }),
      ),
    ),
  },
  { additionalProperties: false },
);
export type HoldDeletion = Static<typeof HoldDeletionSchema>;

type HeldRefusal = Pick<Refusal, 'service' | 'reason' | 'until'>;
const heldRefusalsMax = 20;

/** The reasons as a held deletion keeps them. */
export function heldRefusals(refusals: readonly Refusal[]): HeldRefusal[] {
  return refusals.slice(0, heldRefusalsMax).map(({ service, reason, until }) => {
    const end = until === undefined ? {} : { until };
    return { service, reason, ...end };
  });
}

/** What a voter sends when a hold was lifted before its end. */
export const UnheldSchema = Type.Object({ id: NodeIdSchema });

/** What an operator sends to end the waiting. */
export const CancelHeldSchema = Type.Object(
  {
    id: NodeIdSchema,
    by: Type.String({ minLength: 1, maxLength: 200 }),
    why: Type.String({ minLength: 1, maxLength: 2_000 }),
  },
  { additionalProperties: false },
);
export type CancelHeld = Static<typeof CancelHeldSchema>;

/** How the request of a deletion wants to go on after a refusal. */
export type WhenHeld = {
  /** No hold that ends later is waited for; null: every hold is. */
  readonly giveUpAtMs: number | null;
};

/** `when_held` and `give_up_at` of a request; undefined: a refusal is the end. */
export function whenHeldIn(data: {
  readonly when_held?: 'retry';
  readonly give_up_at?: string;
}): WhenHeld | undefined {
  if (data.when_held === undefined) return undefined;
  return {
    giveUpAtMs: data.give_up_at === undefined ? null : (parseIsoTime(data.give_up_at) ?? null),
  };
}

/** The last end of all reasons; undefined where a reason has no end. */
export function lastEnd(refusals: readonly Pick<Refusal, 'until'>[]): string | undefined {
  const ends = refusals.map(({ until }) => until);
  if (ends.length === 0 || ends.some((until) => until === undefined)) return undefined;
  const known = ends.filter((until) => until !== undefined);
  return known.reduce((last, until) =>
    (parseIsoTime(until) ?? 0) > (parseIsoTime(last) ?? 0) ? until : last,
  );
}

/** The waiting that follows a refusal; undefined: none. */
export function heldUntil(
  whenHeld: WhenHeld | undefined,
  refusals: readonly Pick<Refusal, 'until'>[],
): string | undefined {
  const until = lastEnd(refusals);
  if (whenHeld === undefined || until === undefined) return undefined;
  const { giveUpAtMs } = whenHeld;
  return giveUpAtMs === null || (parseIsoTime(until) ?? 0) <= giveUpAtMs ? until : undefined;
}
