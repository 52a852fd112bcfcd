/** The votes of a saga and their count, as a vote collection hands them to the saga. */
import type { Refusal } from './answers.ts';
import type { Inventory } from './inventory.ts';
import type { Pair } from './pairs.ts';
import type { RetainedBy } from './retained.ts';

/** The first answer of a voter about a node. A recorded vote never changes. */
export type Vote = Pair & {
  readonly response: 'ok' | 'no';
  readonly reason: string | null;
  readonly atMs: number;
  /** The refusals behind the `no` of a voter that asked others. */
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
  /** When a `no` ends. */
  readonly until?: string;
  /** What the voter and the services further down keep; absent: nothing. */
  readonly retains?: readonly RetainedBy[];
  /** One answer speaks for several nodes: the vote about the first node has the refusals. */
  readonly isToldBefore?: true;
  /**
   * The inventory of an `ok` to a planned deletion. Of several votes in one answer, only the
   * first vote has the inventory.
   */
  readonly engaged?: Inventory;
};

/** An answer that is neither ok, no nor wait, or that names another service than the asked one. */
export type Malformed = {
  /** The service that was asked. */
  readonly service: string;
  /** The other service that the answer names; absent: none. */
  readonly named?: string;
  /** The body as JSON, cut after 200 characters. */
  readonly said: string;
};

/** The votes with the reasons why they are not unanimous. */
export type Verdict = {
  readonly outcome: 'unanimous' | 'refused' | 'silent' | 'unreachable';
  readonly votes: readonly Vote[];
  readonly refusals: readonly Refusal[];
  readonly silent: readonly string[];
  readonly unreachable: readonly string[];
  /** Voters whose last answer is no vote; absent: none. */
  readonly malformed?: readonly Malformed[];
};

/** Why an answer is no vote. `spoken`: the verb of the sentence, in present or past. */
export function malformedText(
  { service, named, said }: Malformed,
  spoken: 'answers' | 'answered',
): string {
  return named === undefined
    ? `${service} ${spoken} neither ok nor no: ${said}`
    : `an answer for ${service} ${spoken === 'answers' ? 'names' : 'named'} the service ${JSON.stringify(named)}: ${said}`;
}
