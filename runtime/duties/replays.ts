/**
 * Handles dead letters again that an operator has marked, in this process or in another.
 *
 * Invariants:
 * - Handled before deleted: a dead letter is deleted after the commit of the turn that handled it.
 *   After a crash between the two, the dead letter is handed in again, and the inbox knows its
 *   message. A message without any identity is then handled twice, as it would be by the broker.
 * - Tried until stopped: a dead letter that could not be handled is tried again until this process
 *   stops. Then another process takes it. The delays between the tries double, from a second to a
 *   minute.
 */
import type { Clock } from '../ports/clock.ts';
import type { DeadLetterList, StoredDeadLetter } from '../ports/dead-letter.ts';
import { errorText } from '../ports/errors.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { InstanceName } from '../ports/instance-name.ts';
import type { Log } from '../ports/log.ts';
import type { Acknowledgement } from '../ports/transport.ts';
import { backoffMs, Pauses } from '../ports/waiting.ts';

export interface ReplaysOptions {
  readonly journal: Pick<DeadLetterList, 'takeReplays' | 'endReplays'>;
  /**
   * The name under which this process takes dead letters. Put in doubt when the answer of the
   * journal is lost.
   */
  readonly instance: InstanceName;
  /** The services that this process works for at the moment. */
  readonly services: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoints: Failpoints;
  /**
   * Hands a dead letter to its service: `done` when the letter was handled or added again, `retry`
   * when neither was possible.
   */
  readonly handle: (deadLetter: StoredDeadLetter) => Promise<Acknowledgement>;
}

const takenMax = 100;
const retry = { firstDelayMs: 1_000, delayMaxMs: 60_000 };

export class Replays {
  readonly #options: ReplaysOptions;
  readonly #underWay = new Set<string>();
  readonly #pauses: Pauses;
  #stopped = false;

  constructor(options: ReplaysOptions) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock);
  }

  /** True when no dead letter is being handled. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /**
   * Takes marked dead letters, also those taken by an instance without a heartbeat since
   * `deadBeforeMs`. Resolves when the dead letters are taken, before they are handled.
   */
  async poll(deadBeforeMs: number): Promise<void> {
    if (this.#stopped || this.#underWay.size >= takenMax) return;
    const { journal, instance, services, failpoints } = this.#options;
    const taken = await journal
      .takeReplays(instance.current, services(), deadBeforeMs, takenMax - this.#underWay.size)
      .catch((error: unknown) => {
        instance.doubt();
        throw error;
      });
    if (taken.length > 0) failpoints.reach('replay.taken');
    for (const deadLetter of taken)
      if (!this.#underWay.has(deadLetter.id)) void this.#run(deadLetter);
  }

  stop(): void {
    this.#stopped = true;
    this.#pauses.end();
  }

  async #run(deadLetter: StoredDeadLetter): Promise<void> {
    this.#underWay.add(deadLetter.id);
    const isOurs = () => !this.#stopped && this.#options.services().includes(deadLetter.service);
    for (let failures = 1; !(await this.#isHandled(deadLetter)) && isOurs(); failures += 1)
      await this.#pauses.pause(backoffMs(retry, failures));
    this.#underWay.delete(deadLetter.id);
  }

  async #isHandled(deadLetter: StoredDeadLetter): Promise<boolean> {
    const { handle, journal, failpoints, log } = this.#options;
    try {
      if ((await handle(deadLetter)) !== 'done') return false;
      failpoints.reach('replay.handled');
      await journal.endReplays([deadLetter]);
      failpoints.reach('replay.ended');
      return true;
    } catch (error) {
      log('warn', 'a dead letter could not be handled again yet', {
        deadLetter: deadLetter.id,
        error: errorText(error),
      });
      return false;
    }
  }
}
