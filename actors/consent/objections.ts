/** The objections of one service to an operation on nodes of other services. Pure. */

import type { Refusal } from './answers.ts';
import type { ConsentReads } from './consent-reads.ts';
import { reasonsText } from './refusal-list.ts';
import { standingAt } from './retained.ts';
import { hopsMax } from './saga-headers.ts';

export type Dependants = ConsentReads['dependants']['result'];

/** A `no`: its reason, the refusals behind the `no`, and the voters that did not answer. */
export type Objection = {
  readonly reason: string;
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
};

/**
 * An operation is refused while a dependant forbids the operation, and while another operation holds
 * a dependant. `atMs`: the time of the question; a reason that has ended by then forbids nothing.
 * Undefined: the service has no objection.
 */
export function objectionTo(
  service: string,
  dependants: Dependants,
  atMs: number,
): Objection | undefined {
  const inUse = standingAt(dependants.refusals, atMs).map((refusal) => ({ service, ...refusal }));
  const held = dependants.conflicts.map(({ nodeId, saga }) => ({
    service,
    nodeId,
    reason: `it is being updated by the saga ${saga}`,
  }));
  const refusals = [...inUse, ...held];
  return refusals.length === 0
    ? undefined
    : { reason: reasonsText(refusals.map(({ reason }) => reason)), refusals, silent: [] };
}

/** The objection to a question that has passed through too many services; undefined up to the limit. */
export function tooManyHops(service: string, hops: number): Objection | undefined {
  if (hops <= hopsMax) return undefined;
  const reason = `the question has passed through more than ${hopsMax} services`;
  return { reason, refusals: [{ service, nodeId: '', reason }], silent: [] };
}
