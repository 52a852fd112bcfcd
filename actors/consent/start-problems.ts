/** Why an operation on nodes cannot even begin at the service that owns them. Pure. */
import type { HierarchyReads, Hold } from '../hierarchy/store.ts';
import type { Verb } from './messages.ts';

export type Engagement = HierarchyReads['engagement']['result'];

/** Why an engagement cannot even begin; undefined when it can. */
export type StartProblem = {
  readonly code: number;
  readonly name: string;
  readonly message: string;
  readonly at?: string;
  /** What a retry names to keep its age. */
  readonly saga?: string;
};

export function startProblem(
  engagement: Engagement,
  verb: Verb,
  ownClass: string,
): StartProblem | undefined {
  const { missing, foreign, gone } = engagement;
  if (missing.length > 0)
    return { code: 404, name: 'not-found', message: `there is no node ${missing.join(', ')}` };
  if (foreign.length > 0)
    return {
      code: 409,
      name: 'wrong-class',
      message: `${foreign.join(', ')} is not a ${ownClass}; its own service ${verb.name}s it`,
    };
  if (verb.name === 'update' && gone.length > 0)
    return { code: 410, name: 'gone', message: `node ${gone.join(', ')} is deleted` };
  return undefined;
}

/** An operation that excludes this one is under way, and it is not for this one to wait. */
export function heldProblem([hold]: readonly Hold[], saga: string): StartProblem | undefined {
  if (hold === undefined) return undefined;
  const message = `node ${hold.nodeId} is held by the saga ${hold.saga} of ${hold.service}; try again, with retry_of to keep its age`;
  return { code: 423, name: 'frozen', message, saga };
}

/** Why a request may not count as old as the saga it names (`retry_of`); undefined when it may, or names none. */
export function retryProblem(
  { retried }: Engagement,
  requestedBy: string | null,
  service: string,
): StartProblem | undefined {
  const at = '/data/retry_of';
  if (retried === null)
    return {
      code: 404,
      name: 'not-found',
      message: `${service} has refused no saga of that id: it is no retry`,
      at,
    };
  if (retried === undefined || retried.requestedBy === requestedBy) return undefined;
  return {
    code: 403,
    name: 'not-permitted',
    message: 'the saga that is tried again was asked for by somebody else',
    at,
  };
}
