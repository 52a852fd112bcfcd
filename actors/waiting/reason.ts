/**
 * Why something waits: the words in which commands, HTTP and pages tell the reason. JSON.
 *
 * - Never unknown: a machine that has not ended has a reason in each of its states.
 * - Times are milliseconds since the epoch, by the clock of the service. null: the stored state
 *   does not tell the time.
 */

export const voterStates = [
  'asked',
  'ok',
  'no',
  'unreachable',
  'malformed',
  'done',
  'skipped',
] as const;

/**
 * The state of a voter about some nodes. `asked`: no answer so far. `unreachable`: the broker gave
 * the question back. `malformed`: its answer is no vote. `done`: the service has done its part
 * after the decision.
 */
export type VoterState = (typeof voterStates)[number];

export type WaitingVoter = {
  readonly service: string;
  readonly question: string;
  readonly nodeIds: readonly string[];
  readonly state: VoterState;
  /** The reason of a `no`, or what a malformed answer said. */
  readonly reason: string | null;
  /** When it has answered. */
  readonly atMs: number | null;
};

/** Why one machine of an actor waits. */
export type Reason = {
  /** Ids of the children from the actor down to the machine; empty: the actor itself. */
  readonly path: readonly string[];
  readonly machine: string;
  /** The active states, for example `pending.waiting`. */
  readonly state: string;
  /** One sentence without a full stop. */
  readonly text: string;
  /** Services that must do something before the machine goes on. */
  readonly waitsFor: readonly string[];
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  /** What happens at `untilMs`. */
  readonly next: string | null;
  /** The obstacle of the latest try. */
  readonly error: string | null;
  readonly voters: readonly WaitingVoter[];
};

/** What a rule tells of a machine in one state; every other member has its empty value. */
export type Told = Partial<Omit<Reason, 'path' | 'machine' | 'state' | 'text'>> &
  Pick<Reason, 'text'>;

/** `a`, `a and b`, `a, b and c`, `a, b, c and 9 more`. */
export function named(names: readonly string[], namedMax = 5): string {
  const distinct = [...new Set(names)];
  const more = distinct.length - namedMax;
  const shown = more > 0 ? [...distinct.slice(0, namedMax), `${more} more`] : distinct;
  const last = shown.at(-1) ?? 'nobody';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}
