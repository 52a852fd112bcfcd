/**
 * The turns of a batch while they are computed. Turns that read become known one after the other;
 * `take` gives the turns that are known, so that a slow read holds only its own turn.
 *
 * - An open commit holds locks that others may wait for. So its turn is committed by itself as soon
 *   as the turn is known, and `take` does not give this turn.
 */
import { Waiters } from '../ports/waiting.ts';
import type { Chain } from './chain.ts';
import type { Eventually } from './eventually.ts';
import type { OpenTurn } from './turn.ts';

/** A turn, with the chain that follows from it. */
export interface Rooted {
  readonly turn: OpenTurn;
  /** Left out when its messages are carried. */
  readonly chain?: Chain;
}

/** A turn that is computed, or the error of its computation. */
export type Known = Rooted | { readonly error: unknown };

type CommitAlone<Of> = (
  part: readonly [{ readonly of: Of; readonly known: Known }],
) => Promise<void>;

/** `Of`: the value by which the caller knows a turn. */
export class BegunTurns<Of> {
  readonly #changed = new Waiters();
  readonly #commitAlone: CommitAlone<Of>;
  #known: { readonly of: Of; readonly known: Known }[] = [];
  #open = 0;

  /** `commitAlone`: commits a turn whose chain holds a commit open. */
  constructor(commitAlone: CommitAlone<Of>) {
    this.#commitAlone = commitAlone;
  }

  add(of: Of, turn: Eventually<Rooted>): void {
    if (!(turn instanceof Promise)) {
      this.#known.push({ of, known: turn });
      return;
    }
    this.#open += 1;
    turn.then(
      (computed) => this.#close(of, computed),
      (error: unknown) => this.#close(of, { error }),
    );
  }

  /** True when every turn is taken. */
  get isOver(): boolean {
    return this.#open === 0 && this.#known.length === 0;
  }

  /** Turns that are not known yet, or that are being committed. */
  get open(): number {
    return this.#open;
  }

  /** The turns that are known and were not taken before. */
  take(): readonly { readonly of: Of; readonly known: Known }[] {
    const taken = this.#known;
    this.#known = [];
    return taken;
  }

  /** Resolves when a turn is known that was not taken, or when no turn is left. */
  async some(): Promise<void> {
    while (this.#known.length === 0 && this.#open > 0) await this.#changed.wait();
  }

  /** Resolves when all turns are known. */
  async all(): Promise<void> {
    while (this.#open > 0) await this.#changed.wait();
  }

  #close(of: Of, known: Known): void {
    if ('turn' in known && known.chain?.commit.isOpen === true) {
      void this.#commitAlone([{ of, known }]).then(() => this.#closed());
      return;
    }
    this.#known.push({ of, known });
    this.#closed();
  }

  #closed(): void {
    this.#open -= 1;
    this.#changed.release();
  }
}
