/** The reasons why a deletion or an update cannot begin at the service that owns the nodes. Pure. */

import type { Refusal } from './answers.ts';
import type { ConsentReads } from './consent-reads.ts';
import type { Hold } from './ledger/store.ts';
import type { Problem } from './placement.ts';
import { listedRefusals, refusalsText } from './refusal-list.ts';
import { standingAt } from './retained.ts';
import { type Unanswered, unansweredText } from './unanswered.ts';
import type { Verb } from './verbs.ts';

export type Engagement = ConsentReads['engagement']['result'];

/** The error body of an operation that cannot begin. */
export type StartProblem = Problem & {
  /** The id that a retry names in `retry_of` to keep the age. */
  readonly saga?: string;
  /** The nodes below that no service will remove. */
  readonly unanswered?: Unanswered;
  readonly refusals?: readonly Refusal[];
  /** Empty beside `refusals`: nobody was asked. */
  readonly silent?: readonly string[];
  readonly unreachable?: readonly string[];
};

/** The nodes of the request are missing, of another class, or (for an update) deleted. */
export function nodesProblem(
  { missing, foreign, gone }: Engagement,
  verb: Verb,
  ownClass: string,
): StartProblem | undefined {
  if (missing.length > 0)
    return { code: 404, name: 'not-found', message: `there is no node ${missing.join(', ')}` };
  if (foreign.length > 0) {
    const message = `${foreign.join(', ')} is not a ${ownClass}; another service ${verb.name}s the node`;
    return { code: 409, name: 'wrong-class', message };
  }
  if (verb.name === 'update' && gone.length > 0)
    return { code: 410, name: 'gone', message: `node ${gone.join(', ')} is deleted` };
  return undefined;
}

/** The condition `if_version`: the node must have one of the versions. */
export type IfVersion = { readonly ids: readonly string[]; readonly versions: readonly number[] };

/** `version-changed` for a node that has none of the versions. A deleted node has no version. */
export function versionProblem(
  { nodes }: Engagement,
  condition: IfVersion | undefined,
): StartProblem | undefined {
  if (condition === undefined) return undefined;
  const { ids, versions } = condition;
  const at = '/data/if_version';
  if (ids.length > 1) {
    const message = `if_version needs one id; found ${ids.length}`;
    return { code: 400, name: 'bad-message', message, at };
  }
  const found = nodes.find(({ id }) => id === ids[0])?.version;
  if (found === undefined || versions.includes(found)) return undefined;
  const message = `the node has the version ${found}, and not ${versions.join(' or ')}`;
  return { code: 412, name: 'version-changed', message, at };
}

/** `in-use` while nodes of other services stand below that no service will remove. */
export function unansweredProblem({ unanswered }: Engagement): StartProblem | undefined {
  if (unanswered === undefined) return undefined;
  const message = `nobody answers for ${unansweredText(unanswered)} below; adopt the nodes, or start their service`;
  return { code: 409, name: 'in-use', message, unanswered };
}

/** The service's own objections to the deletion of its nodes, as refusals of this service. */
export function ownRefusals(
  { refusals }: Pick<Engagement, 'refusals'>,
  service: string,
): readonly Refusal[] {
  return refusals.map((refusal) => ({ service, ...refusal }));
}

/**
 * `refused` before a subscriber is asked: the service itself objects to the deletion. `atMs`: the
 * time of the request; a reason that has ended by then forbids nothing.
 */
export function objectionProblem(
  engagement: Engagement,
  service: string,
  atMs: number,
): StartProblem | undefined {
  const refusals = standingAt(ownRefusals(engagement, service), atMs);
  if (refusals.length === 0) return undefined;
  const message = `the delete is refused: ${refusalsText(refusals)}`;
  const listed = listedRefusals(refusals);
  return { code: 409, name: 'refused', message, ...listed, silent: [], unreachable: [] };
}

/** `frozen` for the first of the holds that exclude the operation; undefined without a hold. */
export function heldProblem([hold]: readonly Hold[], saga: string): StartProblem | undefined {
  if (hold === undefined) return undefined;
  const message = `node ${hold.nodeId} is held by the saga ${hold.saga} of ${hold.service}; try again, with retry_of to keep the age`;
  return { code: 423, name: 'frozen', message, saga };
}

/**
 * A retry keeps the age of the saga in `retry_of`, if this service refused that saga to the same
 * requester. So nobody takes the age of another requester's saga. undefined: the retry is right, or
 * the request is no retry.
 */
export function retryProblem(
  { retried }: Engagement,
  requestedBy: string | null,
  service: string,
): StartProblem | undefined {
  const at = '/data/retry_of';
  if (retried === null) {
    const message = `${service} has refused no saga with the id in retry_of`;
    return { code: 404, name: 'not-found', message, at };
  }
  if (retried === undefined || retried.requestedBy === requestedBy) return undefined;
  const message = 'another requester asked for the saga in retry_of';
  return { code: 403, name: 'not-permitted', message, at };
}
