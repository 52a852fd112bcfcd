/**
 * A situation of an actor: its rows as a journal stores them, and the key by which the exploration
 * recognises the situation.
 *
 * Invariants:
 * - Stored: an exploration restores the actor from its rows in each situation. So everything that
 *   was explored also holds after a restart.
 * - Same situation: two situations are the same when states, histories, kinds of timers,
 *   activities, children, and the view of each context are the same. Tokens, the time and the
 *   number of timers of one kind do not count.
 */
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { Member } from '../../runtime/step/family.ts';
import type { ActorRows } from '../turns/actor-rows.ts';

/**
 * The part of a context that tells situations apart. `machine` is the id of the machine that has
 * the context.
 */
export type View = (context: JsonObject, machine: string) => Json;

export interface Situation {
  readonly rows: ActorRows;
  /** The time at which the situation was reached. */
  readonly atMs: number;
}

/** Two families with the same key are in the same situation. */
export function keyOf(root: Member, view: View): string {
  return JSON.stringify(memberKey(root, view));
}

function memberKey(
  { definition, snapshot, timers, activities, children }: Member,
  view: View,
): Json {
  const { value, context, status, historyValue, _nodes } = snapshot;
  return [
    definition.name,
    value as Json,
    view(context as JsonObject, definition.name),
    status,
    Object.entries(historyValue as Record<string, { id: string }[]>).map(([id, nodes]) => [
      id,
      ...nodes.map((node) => node.id),
    ]),
    _nodes.map(({ id }) => id),
    [
      ...new Set(
        timers.entries().map(([id, { event, to = '' }]) => `${numberless(id)} ${event.type} ${to}`),
      ),
    ].sort(),
    activities.entries().map(([id, { kind }]) => [numberless(id), kind]),
    children.entries().map(([id, child]) => [numberless(id), memberKey(child, view)]),
  ];
}

/** An id without the number that XState counts up. */
function numberless(id: string): string {
  return id.replace(/#\d+$/, '#');
}
