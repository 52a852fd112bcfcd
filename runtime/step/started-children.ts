/**
 * The children that one transition starts, and the events that it sends to them before their start.
 *
 * XState makes a placeholder for each of these children. An event may be sent to the placeholder
 * before the child is asked for; the child then gets the event first of all.
 */
import type { AnyEventObject, AnyMachineSnapshot } from 'xstate';
import { isEmpty } from './family.ts';
import { InertReference, referTo } from './inert-reference.ts';

/** Events, and send ids of timers, for a child before its start. */
export interface EarlySends {
  readonly events: AnyEventObject[];
  readonly timers: string[];
}

const nothingEarly: EarlySends = { events: [], timers: [] };

export class StartedChildren {
  readonly #ids = new Set<string>();
  readonly #placeholders = new Set<unknown>();
  readonly #early = new Map<unknown, EarlySends>();
  /** Ids that the step gives to children without an id. */
  readonly #nameless: string[] = [];

  add(id: string, placeholder: unknown): void {
    this.#ids.add(id);
    this.#placeholders.add(placeholder);
  }

  addNameless(id: string): void {
    this.#nameless.push(id);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  isPlaceholder(value: unknown): boolean {
    return this.#placeholders.has(value);
  }

  /** The events for a child that is not asked for yet. Undefined: the child has been asked for. */
  earlySends(placeholder: unknown): EarlySends | undefined {
    if (this.#placeholders.has(placeholder)) return undefined;
    const known = this.#early.get(placeholder);
    if (known !== undefined) return known;
    const sends: EarlySends = { events: [], timers: [] };
    this.#early.set(placeholder, sends);
    return sends;
  }

  sentTo(placeholder: unknown): EarlySends {
    return this.#early.get(placeholder) ?? nothingEarly;
  }

  /** Whether a reference in the snapshot is of a child that was known, or that was started here. */
  isKnown([id, reference]: readonly [string, unknown]): boolean {
    return reference instanceof InertReference || this.#ids.has(id);
  }

  get nameless(): readonly string[] {
    return this.#nameless;
  }
}

/**
 * Drops XState's placeholders from the snapshot. A child that has ended stays known until its state
 * is left, as in XState. Returns the id of a child that was started in a way which cannot be stored.
 */
export function settleReferences(
  snapshot: AnyMachineSnapshot,
  childrenBefore: unknown,
  started: StartedChildren | undefined,
): string | undefined {
  const { children } = snapshot;
  if (started === undefined && (children === childrenBefore || isEmpty(children))) return undefined;
  const references = Object.entries(children);
  if (
    started === undefined &&
    references.every(([, reference]) => reference instanceof InertReference)
  )
    return undefined;
  const isKnown = (entry: [string, unknown]) =>
    started?.isKnown(entry) ?? entry[1] instanceof InertReference;
  const nameless = started?.nameless ?? [];
  const stranger = references.find(
    (entry) => !isKnown(entry) && (entry[0] !== 'undefined' || nameless.length === 0),
  );
  if (stranger !== undefined) return stranger[0];
  referTo(snapshot, [...references.filter(isKnown).map(([id]) => id), ...nameless]);
  return undefined;
}
