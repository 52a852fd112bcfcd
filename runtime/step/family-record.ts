/**
 * From a family to its stored form, and back.
 *
 * Invariants:
 * - JSON: a stored family is JSON. The journal keeps the version of the machine in the same row.
 * - Same steps: a restored family takes the same next steps as the stored family. So the order in
 *   which parallel states were entered, and the children that have ended, are stored too.
 * - No live actors: references to children and parents are inert.
 */
import type { AnyMachineSnapshot, AnyStateNode } from 'xstate';
import type { Draft } from '../ports/draft.ts';
import { Broken, errorText } from '../ports/errors.ts';
import type { Json } from '../ports/json.ts';
import { thrownAsJson } from '../ports/thrown.ts';
import { Entries } from './entries.ts';
import {
  activitiesOf,
  type Family,
  isEmpty,
  type Member,
  noActivities,
  noChildren,
  noTimers,
  type PendingActivity,
  type PendingTimer,
  timersOf,
} from './family.ts';
import { referTo } from './inert-reference.ts';
import { ownJson } from './json-value.ts';
import type { MachineDefinition } from './machine-definition.ts';

/** The stored form of a machine with its children: the argument and the result of a migration. JSON. */
export interface StoredMachine {
  /** The name of a root is its id; the name of a child is its key in `setup({ actors })`. */
  readonly machine: string;
  /** The state value of XState. */
  readonly value: Json;
  readonly context: Json;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly output?: Json;
  readonly error?: Json;
  /** For each history state with states to return to, by its id: the ids of these states. */
  readonly history?: { readonly [stateId: string]: readonly string[] };
  /** Ids of the active states in XState's order, when the order does not follow from the value. */
  readonly states?: readonly string[];
  /**
   * The timers, by send id, with their events. The send id of an `after` of 60 s in the state `paying`
   * of `order` is `xstate.after.60000.order.paying`.
   */
  readonly timers?: Readonly<Record<string, PendingTimer>>;
  /** The running activities, by the id under which they were invoked or spawned. */
  readonly activities?: Readonly<Record<string, PendingActivity>>;
  /** The children, by the id under which they were invoked or spawned. */
  readonly children?: Readonly<Record<string, StoredMachine>>;
  /** Children and activities that have ended while their state goes on. */
  readonly ended?: readonly string[];
  /** The number of a child that has asked; a migration keeps it, or the child gets no answers. */
  readonly asker?: number;
}

/** The stored form of a whole actor. */
export interface StoredFamily {
  /** The identifier of this life of the actor; tokens and message ids are made of it. */
  readonly life: string;
  /** Counts timers and activities; a number is never used again in the same life. */
  readonly tokens: number;
  readonly root: StoredMachine;
  readonly waiting?: NonNullable<Family['waiting']>;
}

function idsOf(nodes: readonly AnyStateNode[]): readonly string[] {
  return nodes.map(({ id }) => id);
}

function storedHistory({
  historyValue,
}: AnyMachineSnapshot): NonNullable<StoredMachine['history']> {
  return Object.fromEntries(
    Object.entries(historyValue as Record<string, AnyStateNode[]>).map(([id, nodes]) => [
      id,
      idsOf(nodes),
    ]),
  );
}

/** Whether the active states are one line from the root to a leaf. Then the value says their order. */
function isLine(nodes: readonly AnyStateNode[]): boolean {
  const leaf = nodes.at(-1);
  return (
    leaf !== undefined &&
    isEmpty(leaf.states) &&
    nodes.every((node, depth) => node.parent === nodes[depth - 1])
  );
}

function endedChildren({ snapshot, activities, children }: Member): readonly string[] {
  return Object.keys(snapshot.children).filter((id) => !activities.has(id) && !children.has(id));
}

function storeMember(member: Member): StoredMachine {
  const { definition, snapshot, timers, activities, children, asker } = member;
  const ended = isEmpty(snapshot.children) ? [] : endedChildren(member);
  const stored: Draft<StoredMachine> = {
    machine: definition.name,
    value: snapshot.value as Json,
    context: snapshot.context as Json,
    status: snapshot.status,
  };
  if (snapshot.output !== undefined) stored.output = snapshot.output as Json;
  if (snapshot.error !== undefined) stored.error = thrownAsJson(snapshot.error);
  if (!isEmpty(snapshot.historyValue)) stored.history = storedHistory(snapshot);
  if (!isLine(snapshot._nodes)) stored.states = idsOf(snapshot._nodes);
  if (timers.size > 0) stored.timers = timers.record();
  if (activities.size > 0) stored.activities = activities.record();
  if (children.size > 0) {
    stored.children = Object.fromEntries(
      children.entries().map(([id, child]) => [id, storeMember(child)]),
    );
  }
  if (ended.length > 0) stored.ended = ended;
  if (asker !== undefined) stored.asker = asker;
  return stored;
}

const nodesByMachine = new WeakMap<object, ReadonlyMap<string, AnyStateNode>>();

function nodesOf({ machine }: MachineDefinition): ReadonlyMap<string, AnyStateNode> {
  const known = nodesByMachine.get(machine);
  if (known !== undefined) return known;
  const nodes = new Map<string, AnyStateNode>();
  const visit = (node: AnyStateNode): void => {
    nodes.set(node.id, node);
    for (const child of Object.values(node.states)) visit(child as AnyStateNode);
  };
  visit(machine.root as AnyStateNode);
  nodesByMachine.set(machine, nodes);
  return nodes;
}

function stateNode(definition: MachineDefinition, id: string): AnyStateNode {
  const node = nodesOf(definition).get(id);
  if (node === undefined)
    throw new Broken(
      'broken',
      `machine '${definition.name}' has no state '${id}', but one is stored`,
    );
  return node;
}

function revivedHistory(
  definition: MachineDefinition,
  stored: StoredMachine['history'] = {},
): object {
  return Object.fromEntries(
    Object.entries(stored).map(([id, nodes]) => [
      id,
      nodes.map((node) => stateNode(definition, node)),
    ]),
  );
}

function childDefinition(definition: MachineDefinition, name: string): MachineDefinition {
  const child = definition.children.get(name);
  if (child !== undefined) return child;
  throw new Broken(
    'broken',
    `machine '${definition.name}' has no child machine '${name}', but one is stored`,
  );
}

function revivedSnapshot(definition: MachineDefinition, stored: StoredMachine): AnyMachineSnapshot {
  const { value, context, status, output, error, history, states } = stored;
  const historyValue = revivedHistory(definition, history);
  const snapshot: AnyMachineSnapshot = definition.machine.resolveState({
    value,
    context,
    status,
    output,
    error,
    historyValue,
  } as never);
  if (states === undefined) return snapshot;
  const nodes = states.map((id) => stateNode(definition, id));
  // XState may leave a state without an active state below, and fills in one when it resolves a value.
  const kept = nodes.length < snapshot._nodes.length ? { value } : {};
  return Object.assign(snapshot, { _nodes: nodes, ...kept });
}

function restoreChildren(
  definition: MachineDefinition,
  children: StoredMachine['children'],
): Member['children'] {
  if (children === undefined) return noChildren;
  const restored = Object.entries(children).map(([id, child]) => [
    id,
    restoreMember(childDefinition(definition, child.machine), child),
  ]);
  return Entries.of(Object.fromEntries(restored));
}

function restoreMember(definition: MachineDefinition, stored: StoredMachine): Member {
  const { timers, activities, children, ended = [], asker } = stored;
  const snapshot = revivedSnapshot(definition, stored);
  referTo(snapshot, [...Object.keys(activities ?? {}), ...Object.keys(children ?? {}), ...ended]);
  const member: Draft<Member> = {
    definition,
    snapshot,
    timers: timers === undefined ? noTimers : timersOf(timers),
    activities: activities === undefined ? noActivities : activitiesOf(activities),
    children: restoreChildren(definition, children),
  };
  if (asker !== undefined) member.asker = asker;
  return member;
}

/** The family as JSON, without the version of the machine, which the journal keeps in the same row. */
export function storeFamily({ life, tokens, root, waiting }: Family): Json {
  const stored = { life, tokens, root: storeMember(root) as unknown as Json };
  return waiting === undefined ? stored : { ...stored, waiting };
}

/**
 * The family of the stored JSON. The family keeps the JSON. Throws `Broken` when the JSON does not fit
 * the machine.
 */
export function restoreFamily(definition: MachineDefinition, stored: Json, key = ''): Family {
  const { life, tokens, root, waiting } = ownJson(stored) as unknown as StoredFamily;
  try {
    const family = { key, life, tokens, root: restoreMember(definition, root) };
    return waiting === undefined ? family : { ...family, waiting };
  } catch (cause) {
    throw new Broken(
      'broken',
      `a stored state of machine '${definition.name}' does not fit its code: ${errorText(cause)}`,
      { cause },
    );
  }
}

/** The tokens of all timers and activities that run. */
export function storedTokens({
  timers = {},
  activities = {},
  children = {},
}: StoredMachine): ReadonlySet<string> {
  const own = [...Object.values(timers), ...Object.values(activities)].map(({ token }) => token);
  return new Set([...own, ...Object.values(children).flatMap((child) => [...storedTokens(child)])]);
}
