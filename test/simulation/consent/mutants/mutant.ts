/**
 * A known defect, built by putting something else in the place of a port, a machine or one of a machine's named rules.
 *
 * 1. Nothing of it is in the product: no flag, no branch.
 * 2. A rule that is replaced must be there under its name; else the mutant would be none.
 */
import { type AnyStateMachine, assign } from 'xstate';
import type { ConsentMachines } from '../../../../actors/catalog.ts';
import type { MemoryHierarchyStore } from '../../../../actors/hierarchy/memory/memory-store.ts';
import type { Seams } from '../../../../testing/simulation/simulation.ts';

export interface Mutant {
  readonly name: string;
  readonly machines?: Partial<ConsentMachines>;
  readonly through?: Partial<Seams>;
  /** The hierarchy as it stands in for the real one. */
  readonly store?: (
    store: MemoryHierarchyStore,
  ) => Pick<MemoryHierarchyStore, 'name' | 'read' | 'apply'>;
}

type Replacements = Parameters<AnyStateMachine['provide']>[0];

/** The machine with these rules in the place of its own. Throws when it has none of the name. */
export function replaced(machine: AnyStateMachine, replacements: Replacements): AnyStateMachine {
  for (const [kind, rules] of Object.entries(replacements)) {
    const own = machine.implementations[
      kind as keyof AnyStateMachine['implementations']
    ] as Readonly<Record<string, unknown>>;
    const missing = Object.keys(rules as object).find((name) => own[name] === undefined);
    if (missing !== undefined)
      throw new Error(
        `the machine '${machine.id}' has no ${kind} '${missing}' that could be replaced`,
      );
  }
  return machine.provide(replacements);
}

/** An `assign` for a machine that is not typed here. */
export function assigning<Context, Event>(
  change: (args: { readonly context: Context; readonly event: Event }) => Partial<Context>,
): never {
  return assign(change as never) as never;
}
