/** From a machine to its chart. Pure. */
import type { AnyStateNode } from 'xstate';
import type { ChartState, ChartTransition } from '../ports/machine-chart.ts';
import type { MachineDefinition } from './machine-definition.ts';

export function machineChart({ machine }: Pick<MachineDefinition, 'machine'>): ChartState {
  return chartOf(machine.root as AnyStateNode);
}

function chartOf(node: AnyStateNode): ChartState {
  const { id, key, type } = node;
  const [first] = type === 'compound' ? (node.initial.target ?? []) : [];
  return {
    id,
    key,
    type,
    initial: first?.id ?? null,
    states: Object.values(node.states).map((below) => chartOf(below as AnyStateNode)),
    transitions: transitionsOf(node),
  };
}

function transitionsOf(node: AnyStateNode): readonly ChartTransition[] {
  const listed = [...node.transitions.values()].flat();
  const all = [...listed, ...(node.always ?? [])];
  return all.map(({ eventType, target = [], guard }) => ({
    event: eventType,
    targets: target.map(({ id }) => id),
    guard: guard === undefined ? null : nameOf(guard),
  }));
}

function nameOf(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  // XState names nothing that is written in its place; a function there has the name of the member.
  if (typeof guard === 'function') return guard.name === 'guard' ? '…' : guard.name || '…';
  const { type = '…' } = guard as { readonly type?: string };
  return type;
}

/** The ids of the states that a stored value names, and of the states above them. */
export function activeStates(chart: ChartState, value: unknown): readonly string[] {
  const below = (key: string, inner: unknown): readonly string[] => {
    const state = chart.states.find((one) => one.key === key);
    return state === undefined ? [] : activeStates(state, inner);
  };
  if (typeof value === 'string') return [chart.id, ...below(value, undefined)];
  if (typeof value !== 'object' || value === null) return [chart.id];
  return [chart.id, ...Object.entries(value).flatMap(([key, inner]) => below(key, inner))];
}
