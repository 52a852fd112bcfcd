/**
 * The steps of actors that a page looks at: what each committed turn of this process made of the
 * actor.
 *
 * - from the first look: the journal keeps no earlier states, so the trail of an actor begins when
 *   a page asks for the actor.
 * - bounded: the newest steps of the actors that were looked at last.
 */
import { type ActorAddress, addressId } from '../../runtime/ports/address.ts';
import type { TurnCommit } from '../../runtime/ports/journal-rows.ts';
import type { Json } from '../../runtime/ports/json.ts';

export type TrailStep = {
  readonly atMs: number;
  /** The family as it was stored; null: the row was deleted. */
  readonly family: Json;
  readonly status: string;
  readonly handled: number;
  readonly sent: readonly { readonly exchange: string; readonly action: string | null }[];
};

const actorsMax = 20;
const stepsMax = 200;

export class ActorTrail {
  /** The actor that was looked at last stands last. */
  readonly #trails = new Map<string, TrailStep[]>();

  /** The steps since the first look, the oldest first. */
  look(address: ActorAddress): readonly TrailStep[] {
    const id = addressId(address);
    const steps = this.#trails.get(id) ?? [];
    this.#trails.delete(id);
    this.#trails.set(id, steps);
    const [oldest] = this.#trails.keys();
    if (this.#trails.size > actorsMax && oldest !== undefined) this.#trails.delete(oldest);
    return steps;
  }

  readonly note = (turns: readonly TurnCommit[]): void => {
    if (this.#trails.size === 0) return;
    for (const turn of turns) this.#trails.get(addressId(turn.address))?.push(stepOf(turn));
    for (const steps of this.#trails.values())
      if (steps.length > stepsMax) steps.splice(0, steps.length - stepsMax);
  };
}

function stepOf({ atMs, record, inbox, outbox }: TurnCommit): TrailStep {
  return {
    atMs,
    family: record?.family ?? null,
    status: record?.status ?? 'gone',
    handled: inbox.length,
    sent: outbox.map(({ exchange, properties }) => ({ exchange, action: properties.type ?? null })),
  };
}
