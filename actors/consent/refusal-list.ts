/**
 * The refusals of an operation in a size that a person reads and a message carries: a text names ten
 * reasons, an answer to a client lists a hundred refusals. The record of the saga has all. Pure.
 */
import type { JsonObject } from '../../runtime/ports/json.ts';
import type { Refusal } from './answers.ts';

const namedMax = 10;
const listedMax = 100;

/** `a; b; and 3 more`: each distinct reason once, at most ten. */
export function reasonsText(reasons: readonly string[]): string {
  const distinct = [...new Set(reasons)];
  const named = distinct.slice(0, namedMax).join('; ');
  const more = distinct.length - namedMax;
  return more > 0 ? `${named}; and ${more} more` : named;
}

/** `tags_model_crud says no for <id>: <reason>; …` */
export function refusalsText(refusals: readonly Refusal[]): string {
  return reasonsText(
    refusals.map(({ service, nodeId, reason }) => `${service} says no for ${nodeId}: ${reason}`),
  );
}

/** The members of an answer. `refusals_count` is present when the list is cut. */
export function listedRefusals(refusals: readonly Refusal[]): JsonObject {
  if (refusals.length <= listedMax) return { refusals };
  return { refusals: refusals.slice(0, listedMax), refusals_count: refusals.length };
}
