/**
 * What the inspector sees of the running process: counts of turns, sagas, and events for open
 * pages. Made before the deployment, because the deployment reports turns and history to it.
 */
import type { Clock } from '../../runtime/ports/clock.ts';
import type { Ids } from '../../runtime/ports/ids.ts';
import type { HistoryLine, TurnCommit } from '../../runtime/ports/journal-rows.ts';
import { ActorTrail } from './actor-trail.ts';
import { EventFeed } from './event-feed.ts';
import { SagaWatch } from './saga-watch.ts';
import { TrafficCounter } from './traffic-counter.ts';

export class InspectorWatch {
  readonly traffic = new TrafficCounter();
  readonly sagas = new SagaWatch();
  readonly trail = new ActorTrail();
  readonly feed: EventFeed;
  readonly clock: Clock;

  constructor(clock: Clock, ids: Ids) {
    this.clock = clock;
    this.feed = new EventFeed(ids.next(), clock);
  }

  /** Options of the deployment. */
  get listeners() {
    return {
      onTurns: (turns: readonly TurnCommit[]): void => {
        this.traffic.count(turns);
        this.trail.note(turns);
      },
      onHistory: (lines: readonly HistoryLine[]): void => this.#tell(lines),
    };
  }

  #tell(lines: readonly HistoryLine[]): void {
    this.sagas.notice(lines);
    if (this.feed.isRead) this.feed.push('history', [...new Set(lines.map(({ topic }) => topic))]);
  }
}
