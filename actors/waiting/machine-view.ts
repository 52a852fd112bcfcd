/**
 * A stored machine of an actor as the rules of this folder see it: its active states, its context,
 * and when its timers are due.
 *
 * - A member that is absent or of another type reads as empty, so that rows of other versions do no
 *   harm.
 *
 * Boundary: the caller reads the rows.
 */
import { isJsonObject } from '../../config/json.ts';
import type { ActorAddress } from '../../runtime/ports/address.ts';
import type { ActivityRow, ActorRecord } from '../../runtime/ports/journal-rows.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';

/** The rows of one actor. */
export type ActorRows = {
  readonly address: ActorAddress;
  readonly record: ActorRecord;
  /** When each timer is due, by its token. */
  readonly timers: Readonly<Record<string, number>>;
  readonly activities: readonly ActivityRow[];
};

/** A timer (`after`) of a machine: when it is due, and when it began. */
export type Due = { readonly atMs: number | null; readonly sinceMs: number | null };

const afterEvent = 'xstate.after.';

export class MachineView {
  readonly service: string;
  readonly path: readonly string[];
  readonly name: string;
  readonly context: JsonObject;
  readonly #rows: ActorRows;
  readonly #stored: JsonObject;

  private constructor(rows: ActorRows, name: string, stored: JsonObject, path: readonly string[]) {
    this.#rows = rows;
    this.#stored = stored;
    this.service = rows.address.service;
    this.path = path;
    this.name = name;
    this.context = objectIn(stored, 'context');
  }

  static of(rows: ActorRows): MachineView {
    const family = isJsonObject(rows.record.family) ? rows.record.family : {};
    return new MachineView(rows, rows.address.machine, objectIn(family, 'root'), []);
  }

  /**
   * The active states that have no state below them, such as `pending.waiting`. One empty name for
   * a machine without states.
   */
  get states(): readonly string[] {
    const active = leaves(this.#stored['value']);
    return active.length === 0 ? [''] : active;
  }

  get children(): readonly MachineView[] {
    return Object.entries(objectIn(this.#stored, 'children')).flatMap(([id, stored]) => {
      if (!isJsonObject(stored) || stored['status'] !== 'active') return [];
      const { machine } = stored;
      const name = typeof machine === 'string' ? machine : id;
      return [new MachineView(this.#rows, name, stored, [...this.path, id])];
    });
  }

  child(id: string): MachineView | undefined {
    return this.children.find(({ path }) => path.at(-1) === id);
  }

  /** The activities of this machine, without those of its child machines. */
  get activities(): readonly ActivityRow[] {
    const place = JSON.stringify(this.path);
    return this.#rows.activities.filter(({ path }) => JSON.stringify(path) === place);
  }

  /**
   * The next `after` of this state: `pending`, `waiting.parked`, or the id of the machine for an
   * `after` of the machine. The beginning is known where the delay is a number.
   */
  after(state: string): Due {
    const afters = this.#timers().filter(
      ({ event }) => event.startsWith(afterEvent) && event.endsWith(`.${state}`),
    );
    const [next] = afters.sort((a, b) => a.atMs - b.atMs);
    if (next === undefined) return { atMs: null, sinceMs: null };
    const delayMs = Number(next.event.slice(afterEvent.length, -state.length - 1).split('.')[0]);
    return { atMs: next.atMs, sinceMs: Number.isFinite(delayMs) ? next.atMs - delayMs : null };
  }

  /** When the timer that sends this event is due. */
  due(event: string): number | null {
    return this.#timers().find((timer) => timer.event === event)?.atMs ?? null;
  }

  /** The timer of the event that is due next; absent: the machine has no timer. */
  get next(): { readonly event: string; readonly atMs: number } | undefined {
    return this.#timers().sort((a, b) => a.atMs - b.atMs)[0];
  }

  #timers(): { readonly event: string; readonly atMs: number }[] {
    return Object.values(objectIn(this.#stored, 'timers')).flatMap((timer) => {
      if (!isJsonObject(timer)) return [];
      const atMs = this.#rows.timers[String(timer['token'])];
      const { type } = objectIn(timer, 'event');
      return atMs === undefined ? [] : [{ event: String(type), atMs }];
    });
  }
}

export function objectIn(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

export function numberIn(object: JsonObject, name: string): number | null {
  const value = object[name];
  return typeof value === 'number' ? value : null;
}

function leaves(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([state, below]) => {
    const inner = leaves(below);
    return inner.length === 0 ? [state] : inner.map((leaf) => `${state}.${leaf}`);
  });
}
