/** In which states actors are stored, told from what is committed. */
import type { AnyStateMachine } from 'xstate';
import type { StoredFamily, StoredMachine } from '../../../runtime/family-record.ts';
import type { TurnCommit } from '../../../runtime/journal.ts';
import type { Json } from '../../../runtime/json.ts';
import type { MachineDefinition } from '../../../runtime/machine-definition.ts';

/** `delete-saga pending.waiting`: of a machine and of every child it has. */
export function storedStates({ record }: TurnCommit): readonly string[] {
  return record === null ? [] : statesOf((record.family as unknown as StoredFamily).root);
}

/** All a machine and its children may be stored in, as `storedStates` names them. */
export function possibleStates({ machine, children }: MachineDefinition): readonly string[] {
  return [...new Set([...ownStates(machine), ...[...children.values()].flatMap(possibleStates)])];
}

function ownStates(machine: AnyStateMachine): readonly string[] {
  const leaves = Object.values(machine.states).flatMap(function below(node): readonly string[] {
    const inner = Object.values(node.states);
    return inner.length === 0 ? [node.path.join('.')] : inner.flatMap(below);
  });
  return leaves.map((leaf) => `${machine.id} ${leaf}`);
}

function statesOf({ machine, value, children = {} }: StoredMachine): readonly string[] {
  return [`${machine} ${pathOf(value)}`, ...Object.values(children).flatMap(statesOf)];
}

function pathOf(value: Json): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, below]) => `${name}.${pathOf(below ?? '')}`)
    .join(' ');
}
