/**
 * The states and transitions of a machine that an exploration has seen, and those that it has not.
 */

import type { Member } from '../../runtime/step/family.ts';
import { observeMicrosteps } from '../../runtime/step/inert-scope.ts';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';
import { type MachineMap, machineMap } from './machine-map.ts';

interface SeenTransition {
  readonly source?: { readonly id: string };
}

export class Coverage {
  readonly #map: MachineMap;
  readonly #reached = new Set<string>();
  readonly #taken = new Set<string>();

  constructor(definition: MachineDefinition) {
    this.#map = machineMap(definition);
  }

  /** Sees all microsteps, of any machine, until the returned function is called. */
  observe(): () => void {
    return observeMicrosteps((transitions, { _nodes }) => {
      for (const { id } of _nodes) this.#reached.add(id);
      for (const transition of transitions) this.#seeTransition(transition as SeenTransition);
    });
  }

  #seeTransition(transition: SeenTransition): void {
    const name = this.#map.nameOf(transition);
    if (name !== undefined) this.#taken.add(name);
    if (transition.source !== undefined) this.#reached.add(transition.source.id);
  }

  /** Sees the states of a machine and of the machines below it. */
  seeMember({ snapshot, children }: Member): void {
    for (const { id } of snapshot._nodes) this.#reached.add(id);
    for (const child of children.values()) this.seeMember(child);
  }

  unreachable(): readonly string[] {
    return [...this.#map.states].filter((id) => !this.#reached.has(id));
  }

  neverTaken(): readonly string[] {
    return [...this.#map.transitions].filter((name) => !this.#taken.has(name));
  }
}
