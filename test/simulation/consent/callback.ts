/**
 * The callback of the simulation: somebody who is told the ends of transactions by POST, in place of
 * a server that loses tries before and after the server has them.
 *
 * 1. `applied once`: one end comes under one idempotency key on every try.
 * 2. `told after the end`: an end is told only when the transaction has that end for good.
 * 3. `every saga ends`: at the end each end was told at least once.
 */
import {
  type CallbackPorts,
  type CallbackPost,
  type EndToTell,
  tellActivity,
} from '../../../actors/transactions/callback-post.ts';
import type { MemoryTransactionsStore } from '../../../actors/transactions/memory-store.ts';
import { type Transaction, transactionsStoreName } from '../../../actors/transactions/store.ts';
import type { Chance } from '../../../runtime/ports/chance.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { Transient } from '../../../runtime/ports/errors.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import { type Activity, activityOf } from '../../../runtime/step/activity.ts';
import type { Invariant, Problem } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';

/** The stream of the seed for the tries. */
const triesStream = 5_004;
const lostShare = 0.2;
const unansweredShare = 0.2;

export const callbackSection = {
  url: 'http://elsewhere.invalid/',
  secret: 'a secret of the simulation',
} as const;

type Seen = { readonly invariant: string; readonly problem: string };

export class Callback {
  readonly #chance: Chance;
  readonly #transactions: Pick<MemoryTransactionsStore, 'read'>;
  readonly #through: (post: CallbackPost) => CallbackPost;
  readonly #keys = new Map<string, string>();
  /** Ends that were told, and ends that are stored: by transaction, with the state. */
  readonly #told = new Set<string>();
  readonly #ended = new Set<string>();
  #tries = 0;
  #seen: Seen | undefined;
  #clock: Pick<Clock, 'now'> = { now: () => 0 };

  /** `through`: the post of a defect in place of the right one. */
  constructor(
    seed: number,
    transactions: Pick<MemoryTransactionsStore, 'read'>,
    through: (post: CallbackPost) => CallbackPost = (post) => post,
  ) {
    this.#chance = seededChance(seed, triesStream);
    this.#transactions = transactions;
    this.#through = through;
  }

  begin(clock: Pick<Clock, 'now'>): void {
    this.#clock = clock;
  }

  /** The activity of the package over this callback. */
  get tell(): Activity['run'] {
    const ports: CallbackPorts = {
      settings: { ...callbackSection, timeoutMs: 1_000, addresses: [] },
      post: this.#through((call) => this.#take(call)),
      clock: { now: () => this.#clock.now() },
    };
    const { run } = activityOf(tellActivity(ports)) as Activity;
    return run;
  }

  get invariants(): readonly Invariant[] {
    return [
      {
        name: 'the callback',
        committed: (turns, world) => {
          this.#note(turns, world);
          if (this.#seen !== undefined) world.fail(this.#seen.invariant, this.#seen.problem);
          return undefined;
        },
      },
      { name: 'every saga ends', atEnd: () => this.#untold() },
    ];
  }

  async #take({ headers, body }: Parameters<CallbackPost>[0]): Promise<{ status: number }> {
    const draw = this.#chance();
    if (draw < lostShare) throw new Transient('not-reachable', 'the connection is cut');
    const { id, transaction, state } = JSON.parse(body) as EndToTell;
    const key = headers['idempotency-key'] ?? '';
    const known = this.#keys.get(id) ?? key;
    this.#keys.set(id, known);
    this.#tries += 1;
    if (known !== key)
      this.#seen ??= {
        invariant: 'applied once',
        problem: `the end ${id} of ${transaction} comes under the key ${key}, and before ${known}`,
      };
    await this.#expectFinal(transaction, state);
    this.#told.add(`${transaction} ${state.toUpperCase()}`);
    return { status: draw < lostShare + unansweredShare ? 503 : 200 };
  }

  async #expectFinal(address: string, state: string): Promise<void> {
    const found = (await this.#transactions.read('transaction', {
      address,
    })) as unknown as Transaction | null;
    const isSo = found?.state === state.toUpperCase();
    // A failed transaction may be begun again, before the callback was told.
    if (isSo || (state === 'failed' && this.#ended.has(`${address} FAILED`))) return;
    this.#seen ??= {
      invariant: 'told after the end',
      problem: `${address} is told to be ${state}, and is ${found?.state}`,
    };
  }

  #note(turns: readonly TurnCommit[], world: World): void {
    for (const { store, args } of turns.flatMap(({ writes }) => writes)) {
      if (store !== transactionsStoreName) continue;
      const { address, state } = args as { readonly address: string; readonly state: string };
      if (state === 'CONFIRMED' || state === 'FAILED') this.#ended.add(`${address} ${state}`);
    }
    if (this.#told.size > 0) world.note('a callback is told');
    if (this.#tries > this.#told.size) world.note('a callback is told again');
  }

  #untold(): Problem {
    const left = [...this.#ended].find((end) => !this.#told.has(end));
    return left && `nobody was told the end ${left}`;
  }
}
