/** What an exploration of a machine we ship must show, and the exceptions a test argues for. */
import type { Exploration } from '../../testing.ts';
import { assert } from './suite.ts';

export interface Exceptions {
  /** Transitions that cannot be taken, and why they stand there. */
  readonly neverTaken?: Readonly<Record<string, string>>;
  /** Messages no state takes, by the state's value as JSON. Default: none. */
  readonly unhandled?: Readonly<Record<string, readonly string[]>>;
}

/** Every state and transition is reached, nothing throws, and something can always happen until the actor ends. */
export function assertExplored(found: Exploration, { neverTaken = {}, unhandled = {} }: Exceptions = {}): void {
  const { complete, unreachable, deadEnds, failures } = found;
  assert.equal(failures.slice(0, 3), []);
  assert.equal({ complete, unreachable, deadEnds: deadEnds.slice(0, 3) }, { complete: true, unreachable: [], deadEnds: [] });
  assert.equal([...found.neverTaken].sort(), Object.keys(neverTaken).sort());
  assert.equal(found.unhandled, unhandled);
}
