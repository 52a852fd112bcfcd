/** In which states actors are stored, told from what is committed. */
import type { AnyStateMachine } from 'xstate';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { Json } from '../../../runtime/ports/json.ts';
import type { StoredFamily, StoredMachine } from '../../../runtime/step/family-record.ts';
import type { MachineDefinition } from '../../../runtime/step/machine-definition.ts';

/**
 * `delete-saga pending.waiting`, `voter > innerSaga asking`: of a machine and of every child it has, each under its parents, because
 * a machine is another one as a child.
 */
export function storedStates({ record }: TurnCommit): readonly string[] {
  return record === null ? [] : familyStates(record.family);
}

export function familyStates(family: Json): readonly string[] {
  return statesOf((family as unknown as StoredFamily).root, '');
}

/** All a machine and its children may be stored in, as `storedStates` names them. */
export function possibleStates(
  { name, machine, children }: MachineDefinition,
  above = '',
): readonly string[] {
  const below = [...children.values()].flatMap((child) =>
    possibleStates(child, `${above}${name} > `),
  );
  return [...new Set([...ownStates(machine, `${above}${name}`), ...below])];
}

function ownStates(machine: AnyStateMachine, place: string): readonly string[] {
  const leaves = Object.values(machine.states).flatMap(function below(node): readonly string[] {
    const inner = Object.values(node.states);
    return inner.length === 0 ? [node.path.join('.')] : inner.flatMap(below);
  });
  return leaves.map((leaf) => `${place} ${leaf}`);
}

function statesOf(
  { machine, value, children = {} }: StoredMachine,
  above: string,
): readonly string[] {
  const below = Object.values(children).flatMap((child) =>
    statesOf(child, `${above}${machine} > `),
  );
  return [`${above}${machine} ${pathOf(value)}`, ...below];
}

function pathOf(value: Json): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, below]) => `${name}.${pathOf(below ?? '')}`)
    .join(' ');
}
