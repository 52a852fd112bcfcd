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
export function assertExplored(
  found: Exploration,
  { neverTaken = {}, unhandled = {} }: Exceptions = {},
): void {
  const { complete, unreachable, deadEnds, failures } = found;
  assert.equal(failures.slice(0, 3), []);
  assert.equal(
    { complete, unreachable, deadEnds: deadEnds.slice(0, 3) },
    { complete: true, unreachable: [], deadEnds: [] },
  );
  assert.equal([...found.neverTaken].sort(), Object.keys(neverTaken).sort());
  assert.equal(found.unhandled, unhandled);
}

/** Several explorations of one machine, begun differently or with other messages, as one: reached is what any of them has reached. */
export function together(...all: readonly Exploration[]): Exploration {
  const inAll = (list: (one: Exploration) => readonly string[]) =>
    all.map(list).reduce((missing, more) => missing.filter((name) => more.includes(name)));
  return {
    situations: all.reduce((sum, { situations }) => sum + situations, 0),
    steps: all.reduce((sum, { steps }) => sum + steps, 0),
    complete: all.every(({ complete }) => complete),
    unreachable: inAll(({ unreachable }) => unreachable),
    neverTaken: inAll(({ neverTaken }) => neverTaken),
    deadEnds: all.flatMap(({ deadEnds }) => deadEnds),
    unhandled: unionOf(all.map(({ unhandled }) => unhandled)),
    failures: all.flatMap(({ failures }) => failures),
  };
}

function unionOf(all: readonly Exploration['unhandled'][]): Exploration['unhandled'] {
  const states = [...new Set(all.flatMap((one) => Object.keys(one)))];
  return Object.fromEntries(
    states.map((state) => [state, [...new Set(all.flatMap((one) => one[state] ?? []))].sort()]),
  );
}
