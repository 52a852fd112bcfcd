/** Draws the fate of each message from chance, at the current rates. */
import type { Chance } from '../../runtime/ports/chance.ts';
import type { Faults } from './faults.ts';

/** `unconfirmed` and `cutAfter`: the broker has taken the message. */
export type PublishFate =
  | 'arrives'
  | 'dropped'
  | 'unconfirmed'
  | 'cutBefore'
  | 'cutAfter'
  | 'restart';

/** `cutAfter`: the handler has answered. */
export type DeliveryFate = 'arrives' | 'cutBefore' | 'cutAfter';

const heldBackMax = 10;
const downMaxMs = 2_000;

export class FaultDice {
  /** The rates that hold now. */
  faults: Faults;
  readonly #chance: Chance;

  constructor(chance: Chance, faults: Faults) {
    this.#chance = chance;
    this.faults = faults;
  }

  /** How long something is on its way. */
  wayMs(): number {
    const { delayMs, reorder } = this.faults;
    const wayMs = this.#between(delayMs.min, delayMs.max);
    return this.#chance() < reorder
      ? wayMs + this.#between(1, heldBackMax * Math.max(1, delayMs.max))
      : wayMs;
  }

  /** How long the broker is down. */
  downMs(): number {
    return this.#between(1, downMaxMs);
  }

  publishFate(): PublishFate {
    const { drop, duplicate, cut, restart } = this.faults;
    return this.#oneOf([
      ['dropped', drop],
      ['unconfirmed', duplicate],
      ['cutBefore', cut / 2],
      ['cutAfter', cut / 2],
      ['restart', restart],
    ]);
  }

  deliveryFate(): DeliveryFate {
    const { cut } = this.faults;
    return this.#oneOf([
      ['cutBefore', cut / 2],
      ['cutAfter', cut / 2],
    ]);
  }

  #oneOf<Fate extends string>(rates: readonly (readonly [Fate, number])[]): Fate | 'arrives' {
    let rest = this.#chance();
    for (const [fate, rate] of rates) {
      if (rest < rate) return fate;
      rest -= rate;
    }
    return 'arrives';
  }

  #between(min: number, max: number): number {
    return min + Math.floor(this.#chance() * (max - min + 1));
  }
}
