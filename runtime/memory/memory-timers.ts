/**
 * The timers of all actors in memory, by service. The timers of one actor also stand in its rows.
 */
import type { TimerRow, TurnCommit } from '../ports/journal-rows.ts';
import type { ActorRows } from './actor-rows.ts';
import { TimerIndex } from './timer-index.ts';

export class MemoryTimers {
  readonly #byService = new Map<string, TimerIndex>();
  #sequence = 0;

  put(rows: ActorRows, { address, timers, timersEnded }: TurnCommit): void {
    if (timers.length === 0 && timersEnded.length === 0) return;
    const index = this.#byService.get(address.service) ?? new TimerIndex();
    this.#byService.set(address.service, index);
    rows.timers ??= new Map();
    for (const row of timers) {
      const timer = { row, sequence: this.#sequence++ };
      rows.timers.set(row.token, timer);
      index.add(timer);
    }
    for (const token of timersEnded) {
      const timer = rows.timers.get(token);
      if (timer !== undefined) index.remove(timer);
      rows.timers.delete(token);
    }
  }

  due(services: readonly string[], untilMs: number, limit: number): TimerRow[] {
    const due = services.flatMap(
      (service) => this.#byService.get(service)?.due(untilMs, limit) ?? [],
    );
    if (services.length > 1)
      due.sort((a, b) => a.row.dueAtMs - b.row.dueAtMs || a.sequence - b.sequence);
    return due.slice(0, limit).map((timer) => timer.row);
  }

  nextAtMs(services: readonly string[], afterMs: number): number | undefined {
    const times = services.flatMap(
      (service) => this.#byService.get(service)?.nextAtMs(afterMs) ?? [],
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
