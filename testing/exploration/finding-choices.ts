/**
 * Runs a turn again and again, until every combination of results of its reads was tried.
 *
 * Invariants:
 * - Same turn, same reads: two runs that got the same results so far ask for the same next read. So
 *   the results that were chosen before lead a run to its next choice.
 */
import type { Json } from '../../runtime/ports/json.ts';
import type { Read } from '../../runtime/ports/store.ts';
import { type Alphabet, findingsOf } from './alphabet.ts';

interface Choice {
  /** Index of the result that this run gets. */
  index: number;
  readonly count: number;
}

/**
 * Calls `run` once for each combination of results that the alphabet gives the reads of the run,
 * the first results first.
 */
export function withEachFinding(
  alphabet: Alphabet,
  run: (read: (wanted: Read) => Json) => void,
): void {
  const choices: Choice[] = [];
  do {
    let reads = 0;
    run((wanted) => {
      const findings = findingsOf(alphabet, wanted);
      choices[reads] ??= { index: 0, count: findings.length };
      const { index } = choices[reads] as Choice;
      reads += 1;
      return findings[index] as Json;
    });
  } while (advanced(choices));
}

/** Moves the last choice that has another result to that result. False: there is none. */
function advanced(choices: Choice[]): boolean {
  for (let last = choices.at(-1); last !== undefined; last = choices.at(-1)) {
    last.index += 1;
    if (last.index < last.count) return true;
    choices.pop();
  }
  return false;
}
