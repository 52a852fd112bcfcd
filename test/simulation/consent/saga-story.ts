/** The facts about one saga, from its commits. */
import type { Verb } from '../../../actors/consent/verbs.ts';

export interface SagaStory {
  readonly saga: string;
  verb: Verb['name'];
  /** The service of the named nodes; undefined before the freeze at the root. */
  owner: string | undefined;
  decisions: number;
  /** The end of the root. */
  ended: 'done' | 'called off' | undefined;
  /** Services whose part was called off. */
  readonly offBy: Set<string>;
  /** The voters with a no. */
  readonly noBy: Set<string>;
  /** Engaged nodes by service. */
  readonly engaged: Map<string, Set<string>>;
  /** All promises by service, also those taken back. */
  readonly promised: Map<string, Set<string>>;
  /** Voters skipped by an operator, by node. */
  readonly skipped: Map<string, Set<string>>;
  /** The subscribers at the decision of the root, by node. */
  readonly listed: Map<string, Set<string>>;
  /** Receivers of `deleting` by node: a service or `all`. */
  readonly told: Map<string, Set<string>>;
  readonly removed: Set<string>;
  /** Nodes with a published `deleted` (`updated`), and nodes with a published `notDeleted`. */
  readonly announced: Set<string>;
  readonly taken: Set<string>;
  /** The services of ours whose answers to a question before the decision were committed. */
  readonly voted: Set<string>;
  /** First answers, by question and voter. */
  readonly answers: Map<string, string>;
  rounds: number;
}

export function newStory(saga: string): SagaStory {
  return {
    ...{ saga, verb: 'delete', owner: undefined, decisions: 0, ended: undefined, rounds: 0 },
    ...{
      offBy: new Set(),
      noBy: new Set(),
      engaged: new Map(),
      told: new Map(),
      removed: new Set(),
    },
    ...{ promised: new Map(), skipped: new Map(), listed: new Map() },
    ...{ announced: new Set(), taken: new Set(), voted: new Set(), answers: new Map() },
  };
}

export function addTo<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
}
