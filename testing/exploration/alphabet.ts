/** What may come to a machine from outside, for an exploration of all that can become of it. */
import { Broken, type ErrorBody } from '../../runtime/ports/errors.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { ActivityOutcome } from '../../runtime/step/machine-step.ts';

/** What a read may find: a value, or a function of the read's arguments. */
export type ReadFinding = Json | ((args: Json) => Json);

/** What may happen to the machine that is explored; each thing is tried wherever it can happen. */
export interface Alphabet {
  /** Messages for the root machine, with what their read has found; each is tried in every state. */
  readonly events?: readonly { readonly type: string }[];
  /** Bodies of answers, by the event type the question named. That nobody can be reached is tried by itself. */
  readonly answers?: Readonly<Record<string, readonly Json[]>>;
  /** Findings of the reads a machine asks for, by `store.op`. One that is missing ends the exploration with an error that names it. */
  readonly reads?: Readonly<Record<string, readonly ReadFinding[]>>;
  /** Outcomes of activities by their name. Default: done with null, and failed. */
  readonly activities?: Readonly<Record<string, readonly ActivityOutcome[]>>;
  /** Errors with which a write may be refused; each is tried in place of every step that writes. Default: none. */
  readonly writeErrors?: readonly ErrorBody[];
}

const doneOrFailed: readonly ActivityOutcome[] = [
  { output: null },
  { error: { code: 'failed', message: 'the activity failed' } },
];

export function outcomesOf(
  { activities = {} }: Alphabet,
  name: string,
): readonly ActivityOutcome[] {
  return activities[name] ?? doneOrFailed;
}

/** The one who explores has forgotten something; that is no failure of the machine. */
export class IncompleteAlphabet extends Broken {
  constructor(problem: string) {
    super('broken', problem);
  }
}
