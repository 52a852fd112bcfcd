/** What is known of one saga from what was committed. */
import type { Verb } from '../../../actors/consent/verbs.ts';

export interface SagaStory {
  readonly saga: string;
  verb: Verb['name'];
  /** The service that owns what was named; undefined until its root has frozen it. */
  owner: string | undefined;
  decisions: number;
  /** How its root ended. */
  ended: 'done' | 'called off' | undefined;
  /** Services whose part was called off. */
  readonly offBy: Set<string>;
  /** Who said no to a question of it. */
  readonly noBy: Set<string>;
  /** What each service engaged. */
  readonly engaged: Map<string, Set<string>>;
  /** What each service has ever promised under it, taken back or not. */
  readonly promised: Map<string, Set<string>>;
  /** Who is not waited for any more, by node: an operator's word. */
  readonly skipped: Map<string, Set<string>>;
  /** Who was told `deleting` about which node: service or `all`, by node. */
  readonly told: Map<string, Set<string>>;
  readonly removed: Set<string>;
  /** Nodes of which `deleted` (`updated`) was published, and those of which `notDeleted` was. */
  readonly announced: Set<string>;
  readonly taken: Set<string>;
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
    ...{ promised: new Map(), skipped: new Map() },
    ...{ announced: new Set(), taken: new Set(), answers: new Map() },
  };
}

export function addTo<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
}
