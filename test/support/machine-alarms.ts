/** A simulated clock for one machine: alarms in the order in which they are due, then in the order in which they were set. */
interface Alarm<Content> {
  readonly atMs: number;
  readonly content: Content;
}

export class Alarms<Content> {
  readonly #alarms = new Map<unknown, Alarm<Content>>();
  readonly #firesMax: number;
  nowMs = 0;
  /** More was due than may fire: what comes after is no longer comparable. */
  exhausted = false;

  /** At most `firesMax` fire while time passes once, so that machines that multiply their timers come to an end. */
  constructor(firesMax: number) {
    this.#firesMax = firesMax;
  }

  set(key: unknown, delayMs: number, content: Content): void {
    this.#alarms.set(key, { atMs: this.nowMs + delayMs, content });
  }

  clear(key: unknown): void {
    this.#alarms.delete(key);
  }

  pass(ms: number, fire: (content: Content) => void): void {
    const untilMs = this.nowMs + ms;
    let fires = 0;
    for (
      let key = this.#next(untilMs);
      key !== undefined && !this.exhausted;
      key = this.#next(untilMs)
    ) {
      fires += 1;
      this.exhausted = fires === this.#firesMax;
      const alarm = this.#alarms.get(key) as Alarm<Content>;
      this.#alarms.delete(key);
      this.nowMs = alarm.atMs;
      fire(alarm.content);
    }
    this.nowMs = untilMs;
  }

  #next(untilMs: number): unknown {
    let first: [unknown, Alarm<Content>] | undefined;
    for (const entry of this.#alarms)
      if (entry[1].atMs <= untilMs && (first === undefined || entry[1].atMs < first[1].atMs))
        first = entry;
    return first?.[0];
  }
}
