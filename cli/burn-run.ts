/**
 * Deletes many cards at a service of cards, some at once.
 *
 * - insistent: a request without an answer is sent again after a pause, a few times. The service knows
 *   a deletion by its card, so a repeated request joins the deletion or is answered as before.
 * - stop: after `stop()` no further card is asked for; the open requests are waited for.
 */
import { isJsonObject } from '../config/json.ts';
import { redactText } from '../config/redact.ts';
import type { Clock } from '../runtime/ports/clock.ts';
import { errorText, Refused } from '../runtime/ports/errors.ts';
import type { Json } from '../runtime/ports/json.ts';
import type { BurnEnd, BurnedCard, BurnOutcome } from './burn-list.ts';
import type { ServiceAccess } from './service-requests.ts';

export type BurnCounts = Readonly<Record<BurnOutcome, number>>;

export type BurnRunOptions = {
  readonly access: Pick<ServiceAccess, 'request'>;
  readonly clock: Clock;
  readonly atOnce: number;
  /** Called with each end, before the next card is asked for. */
  readonly ended: (end: BurnEnd) => void;
};

const pausesMs = [1_000, 3_000, 9_000];
const answerLimitMs = 60_000;
const timedOut = 408;

export class BurnRun {
  readonly #options: BurnRunOptions;
  #isStopped = false;

  constructor(options: BurnRunOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves to the number of cards by outcome. Cards that were not asked for are in none. */
  async burn(cards: readonly BurnedCard[]): Promise<BurnCounts> {
    const counts = { done: 0, partly: 0, failed: 0 };
    const waiting = cards[Symbol.iterator]();
    const work = async (): Promise<void> => {
      for (const card of waiting) {
        const end = await this.#end(card);
        this.#options.ended(end);
        counts[end.outcome] += 1;
        if (this.#isStopped) return;
      }
    };
    await Promise.all(Array.from({ length: this.#options.atOnce }, work));
    return counts;
  }

  async #end({ id, owner }: BurnedCard): Promise<BurnEnd> {
    let note = '';
    for (const pauseMs of [...pausesMs, undefined]) {
      try {
        const answer = await this.#options.access.request('delete', { id, owner }, answerLimitMs);
        const end = endOf(id, answer);
        if (end !== undefined) return end;
        note = 'the deletion goes on, and has not ended in time';
      } catch (error) {
        note = redactText(errorText(error));
        if (error instanceof Refused || pauseMs === undefined || this.#isStopped) break;
        await new Promise<void>((resume) => this.#options.clock.after(pauseMs, resume));
      }
      if (this.#isStopped) break;
    }
    return { id, outcome: 'failed', note };
  }
}

/** Undefined for a deletion that goes on. */
function endOf(id: string, answer: Json): BurnEnd | undefined {
  const { error, partly } = isJsonObject(answer) ? answer : {};
  if (isJsonObject(error)) {
    if (error['code'] === timedOut || error['name'] === 'timed-out') return undefined;
    return { id, outcome: 'failed', note: redactText(String(error['message'])) };
  }
  if (partly === undefined) return { id, outcome: 'done' };
  return { id, outcome: 'partly', note: redactText(JSON.stringify(partly)) };
}
