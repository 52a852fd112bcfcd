/** The events, answers, findings and outcomes that an exploration tries on a machine. */
import { Broken, type ErrorBody } from '../../runtime/ports/errors.ts';
import type { ActivityOutcome } from '../../runtime/ports/journal-rows.ts';
import type { Json } from '../../runtime/ports/json.ts';
import type { Read } from '../../runtime/ports/store.ts';

/** A result of a read: a value, or a function of the read's arguments. */
export type ReadFinding = Json | ((args: Json) => Json);

/** All that may happen to the machine. The exploration tries each entry wherever it can happen. */
export interface Alphabet {
  /**
   * Messages for the root machine. A message contains the result of its route's read. The
   * exploration tries each message in every state.
   */
  readonly events?: readonly { readonly type: string }[];
  /**
   * Bodies of answers, by the event type that the question named. The exploration also tries, for
   * each question, that the question reaches nobody.
   */
  readonly answers?: Readonly<Record<string, readonly Json[]>>;
  /**
   * Results of the reads that the machine asks for, by `store.op`. A read without a result here
   * ends the exploration with an error that names the read.
   */
  readonly reads?: Readonly<Record<string, readonly ReadFinding[]>>;
  /** Outcomes of activities, by the activity's name. Default: done with null, and failed. */
  readonly activities?: Readonly<Record<string, readonly ActivityOutcome[]>>;
  /**
   * Errors with which a store may refuse a write. The exploration tries each error in place of
   * every step that writes. Default: no errors.
   */
  readonly writeErrors?: readonly ErrorBody[];
}

const doneOrFailed: readonly ActivityOutcome[] = [
  { output: null },
  { error: { code: 'failed', message: 'the activity failed' } },
];

/** The outcomes of an activity. */
export function outcomesOf(
  { activities = {} }: Alphabet,
  name: string,
): readonly ActivityOutcome[] {
  return activities[name] ?? doneOrFailed;
}

/** The results of a read. Throws `IncompleteAlphabet` when the alphabet has none. */
export function findingsOf({ reads = {} }: Alphabet, { store, op, args }: Read): readonly Json[] {
  const findings = reads[`${store}.${op}`] ?? [];
  if (findings.length === 0)
    throw new IncompleteAlphabet(`the alphabet does not say what '${store}.${op}' finds`);
  return findings.map((finding) => (typeof finding === 'function' ? finding(args) : finding));
}

/** The alphabet lacks an entry. The test has to add the entry; the machine has not failed. */
export class IncompleteAlphabet extends Broken {
  constructor(problem: string) {
    super('broken', problem);
  }
}
