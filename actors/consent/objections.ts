/** What one service has against an operation on nodes of others. Pure. */
import type { HierarchyReads } from '../hierarchy/store.ts';
import { hopsMax, type Refusal, type Verb } from './messages.ts';

export type Dependants = HierarchyReads['dependants']['result'];

/** A no of this service's own. */
export type OwnRefusal = {
  readonly reason: string;
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
};

/** The rule of this service: a constant in use is not deleted, nor is what is being updated. Undefined: nothing forbids. */
export function forbids(
  service: string,
  verb: Verb['name'],
  dependants: Dependants,
): OwnRefusal | undefined {
  const using = verb === 'delete' ? dependants.refusals : [];
  const inUse = using.map(({ nodeId, byId, byCn, attribute }) => ({
    service,
    nodeId,
    reason: `it is in use by ${byCn} (${byId}, ${attribute})`,
  }));
  const held = dependants.conflicts.map(({ nodeId, saga }) => ({
    service,
    nodeId,
    reason: `it is being updated by the saga ${saga}`,
  }));
  const refusals = [...inUse, ...held];
  const [first] = refusals;
  return first === undefined
    ? undefined
    : { reason: refusals.map(({ reason }) => reason).join('; '), refusals, silent: [] };
}

/** A question that has gone round too long is a no. */
export function tooManyHops(service: string, hops: number): OwnRefusal | undefined {
  if (hops <= hopsMax) return undefined;
  const reason = `the question has come over more than ${hopsMax} services`;
  return { reason, refusals: [{ service, nodeId: '', reason }], silent: [] };
}
