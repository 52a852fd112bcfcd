/** Every state and transition a machine and its child machines have, by name. */
import type { AnyStateNode } from 'xstate';
import type { MachineDefinition } from '../../runtime/step/machine-definition.ts';

export interface MachineMap {
  /** Ids of states, histories left out. */
  readonly states: ReadonlySet<string>;
  readonly transitions: ReadonlySet<string>;
  /** The name of a transition as XState has it. */
  readonly nameOf: (transition: object) => string | undefined;
}

type Transition = AnyStateNode['always'] extends readonly (infer T)[] | undefined ? T : never;

function nameOf(node: AnyStateNode, index: number, { eventType, target }: Transition): string {
  const event = eventType === '' ? 'always' : eventType;
  const to = target === undefined ? 'stays' : target.map(({ id }) => id).join(' ');
  return `${node.id} on ${event}${index === 0 ? '' : ` (${index + 1})`}: ${to}`;
}

function definitionsOf(definition: MachineDefinition): readonly MachineDefinition[] {
  return [definition, ...[...definition.children.values()].flatMap(definitionsOf)];
}

export function machineMap(definition: MachineDefinition): MachineMap {
  const states = new Set<string>();
  const names = new Map<object, string>();
  const visit = (node: AnyStateNode): void => {
    if (node.type !== 'history') states.add(node.id);
    for (const list of [...node.transitions.values(), node.always ?? []])
      for (const [index, transition] of list.entries())
        names.set(transition, nameOf(node, index, transition));
    for (const child of Object.values(node.states)) visit(child as AnyStateNode);
  };
  for (const { machine } of definitionsOf(definition)) visit(machine.root as AnyStateNode);
  return {
    states,
    transitions: new Set(names.values()),
    nameOf: (transition) => names.get(transition),
  };
}
