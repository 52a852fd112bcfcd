/**
 * Everything that runs over one journal: turns, outbox relay, timers, activities, and the recovery of what a dead instance held.
 *
 * 1. What was committed and not yet done is done by whoever holds the journal.
 * 2. At every beat: dead letters that are to be handled again, and what is old enough to go.
 * 3. Start recovers before anything new is taken; stop lets what runs finish and leaves the rest in the journal.
 */

import { Activities } from './duties/activities.ts';
import { EphemeralDeadLetters } from './duties/ephemeral-dead-letters.ts';
import { Holder } from './duties/holder.ts';
import { Housekeeping } from './duties/housekeeping.ts';
import { JournalClock } from './duties/journal-clock.ts';
import { OutboxRelay } from './duties/outbox-relay.ts';
import { Replays } from './duties/replays.ts';
import { Timers } from './duties/timers.ts';
import type { ActivityInput, EventInput, TimerInput } from './messages/input.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import type { Chance } from './ports/chance.ts';
import type { Clock } from './ports/clock.ts';
import type { DeadLetter, StoredDeadLetter } from './ports/dead-letter.ts';
import type { Failpoints } from './ports/failpoints.ts';
import type { Ids } from './ports/ids.ts';
import type {
  ActivityRow,
  AskRow,
  HistoryLine,
  Journal,
  OutboxRow,
  TurnCommit,
} from './ports/journal.ts';
import type { Log } from './ports/log.ts';
import type { Retention } from './ports/retention.ts';
import type { Acknowledgement, Transport } from './ports/transport.ts';
import type { Activity } from './step/activity.ts';
import { findActivity } from './step/activity-lookup.ts';
import { TurnLoop } from './turn/turn-loop.ts';

export interface EngineOptions {
  readonly journal: Journal;
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly chance: Chance;
  readonly log: Log;
  readonly failpoints: Failpoints;
  readonly instance: string;
  readonly settleWhen: 'committed' | 'ended';
  readonly lanes: number;
  readonly batchMax: number;
  readonly cacheMax: number;
  readonly outgoingMax: number;
  readonly heartbeatMs: number;
  /** How long a timer that another process, or a commit in doubt, has stored may go unseen. */
  readonly timerPollMs: number;
  /** An instance that has not beaten for this long is taken for dead. */
  readonly leaseMs: number;
  readonly retention: Retention;
  /** As in `TurnPorts`. */
  readonly ownReplyQueue?: (service: string) => string | undefined;
  readonly unroutable: (row: OutboxRow) => Promise<boolean>;
  /** Hands a dead message to its service again. */
  readonly replay: (deadLetter: StoredDeadLetter) => Promise<Acknowledgement>;
  /** Buries what this journal would not keep: a dead letter of an ephemeral machine. */
  readonly keepDeadLetter: (deadLetter: DeadLetter) => Promise<void>;
  /** Told of history lines once they are committed. */
  readonly onHistory: (lines: readonly HistoryLine[]) => void;
}

const adoptMax = 500;
const settled = Promise.resolve();

export class Engine {
  readonly #options: EngineOptions;
  readonly #clock: JournalClock;
  readonly #holder: Holder;
  readonly #loop: TurnLoop;
  readonly #relay: OutboxRelay;
  readonly #timers: Timers;
  readonly #activities: Activities;
  readonly #replays: Replays;
  readonly #housekeeping: Housekeeping;
  readonly #ephemeralDeadLetters: EphemeralDeadLetters;
  readonly #names: readonly string[];
  #cancelBeat: () => void = () => undefined;
  #beating: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(options: EngineOptions) {
    this.#options = options;
    const holder = new Holder(options.instance);
    this.#holder = holder;
    this.#names = [...options.services.keys()];
    const clock = new JournalClock(options.clock, options.log);
    this.#clock = clock;
    this.#relay = new OutboxRelay(options);
    const room = (): Promise<void> | undefined => this.#relay.room();
    this.#loop = new TurnLoop({
      ...options,
      clock,
      room,
      get instance() {
        return holder.name;
      },
      inDoubt: () => holder.doubt(),
      confirmed: this.#relay,
      afterCommit: (commits) => this.#afterCommit(commits),
    });
    this.#timers = new Timers({
      ...options,
      clock,
      services: this.#names,
      pollMaxMs: options.timerPollMs,
      fire: (address, token, settle) => this.#loop.post({ kind: 'timer', address, token, settle }),
    });
    this.#activities = new Activities({
      ...options,
      clock,
      get instance() {
        return holder.name;
      },
      find: (row) => this.#findActivity(row),
      finish: (address, token, outcome, settle) =>
        this.#loop.post({ kind: 'activity', address, token, outcome, settle }),
    });
    this.#replays = new Replays({
      ...options,
      services: this.#names,
      get instance() {
        return holder.name;
      },
      inDoubt: () => holder.doubt(),
      handle: (deadLetter) => this.#handleAgain(deadLetter),
    });
    this.#housekeeping = new Housekeeping({ ...options, clock });
    this.#ephemeralDeadLetters = new EphemeralDeadLetters(options);
  }

  post(input: EventInput): void {
    this.#loop.post(input);
  }

  /** A question of an actor that is kept live here, without asking the journal. */
  ask(correlationId: string): AskRow | undefined {
    return this.#loop.ask(correlationId);
  }

  /** True when nothing waits and nothing is under way (timers that are not due do not count). */
  get isIdle(): boolean {
    return (
      this.#loop.isIdle && this.#relay.isIdle && this.#activities.isIdle && this.#replays.isIdle
    );
  }

  /** Takes over what was left behind and begins to run. */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.#beat();
    this.#timers.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelBeat();
    await this.#beating;
    this.#replays.stop();
    await this.#housekeeping.stop();
    await this.#timers.stop();
    this.#activities.stop();
    await this.#loop.stop();
    this.#options.failpoints.reach('stop.turns-ended');
    await this.#relay.stop();
    this.#options.failpoints.reach('stop.before-leave');
    await this.#leave();
    this.#options.failpoints.reach('stop.left');
  }

  /** Without it others wait for the lease to end; that is no reason not to stop. */
  async #leave(): Promise<void> {
    try {
      await this.#options.journal.leave(this.#holder.name);
    } catch (error) {
      this.#options.log('warn', 'the journal could not be told of the end', {
        error: String(error),
      });
    }
  }

  /** Publishes a message no turn has asked for. */
  publish(row: OutboxRow): Promise<void> {
    return this.#relay.publish([row]);
  }

  #afterCommit(commits: readonly TurnCommit[]): Promise<void> {
    const outbox = commits.flatMap((commit) => commit.outbox);
    const published =
      this.#options.settleWhen === 'committed'
        ? this.#relay.push(outbox)
        : this.#relay.publish(outbox);
    const lines = commits.flatMap(({ history }) => history);
    this.#tell(lines);
    this.#timers.noticed(commits.flatMap(({ timers }) => timers));
    for (const { address, activitiesEnded } of commits)
      this.#activities.cancel(address, activitiesEnded);
    this.#activities.start(commits.flatMap(({ activities }) => activities));
    return published === undefined ? settled : this.#keptElsewhere(commits, published);
  }

  async #keptElsewhere(commits: readonly TurnCommit[], published: Promise<void>): Promise<void> {
    await this.#ephemeralDeadLetters.keep(commits.flatMap(({ deadLetters }) => deadLetters));
    await published;
  }

  /** A timer or a result is its actor's again; whatever is a message goes through the intake, as it did the first time. */
  #handleAgain(deadLetter: StoredDeadLetter): Promise<Acknowledgement> {
    if (deadLetter.kind !== 'timer' && deadLetter.kind !== 'activity')
      return this.#options.replay(deadLetter);
    const input: Omit<TimerInput, 'settle'> | Omit<ActivityInput, 'settle'> = JSON.parse(
      Buffer.from(deadLetter.body, 'base64').toString('utf8'),
    );
    return new Promise((settle) => this.#loop.post({ ...input, settle }));
  }

  /** What listeners do is no part of the turn. */
  #tell(lines: readonly HistoryLine[]): void {
    if (lines.length === 0) return;
    try {
      this.#options.onHistory(lines);
    } catch (error) {
      this.#options.log('error', 'a listener for history failed', { error: String(error) });
    }
  }

  #findActivity(
    row: ActivityRow,
  ): { readonly activity: Activity; readonly concurrencyMax: number } | undefined {
    const service = this.#options.services.get(row.address.service);
    const machine = service?.machines.get(row.address.machine);
    const activity = machine && findActivity(machine, row);
    return (
      activity &&
      service && { activity, concurrencyMax: activity.concurrencyMax ?? service.activitiesMax }
    );
  }

  async #beat(): Promise<void> {
    const { journal, clock, log, heartbeatMs } = this.#options;
    try {
      const given = this.#holder.inDoubt ? this.#holder.renew() : undefined;
      const beat = (nowMs: number): Promise<number> => journal.beat(this.#holder.name, nowMs);
      if (await this.#clock.compare(beat)) await beat(this.#clock.now());
      this.#options.failpoints.reach('beat.noted');
      if (given !== undefined) await journal.leave(given);
      await this.#adopt();
      await this.#activities.recheck();
      await this.#replays.poll(this.#deadBeforeMs());
      this.#housekeeping.tick();
    } catch (error) {
      log('warn', 'the journal could not be reached; tried again', { error: String(error) });
    }
    if (this.#stopped) return;
    this.#cancelBeat = clock.after(heartbeatMs, () => {
      this.#beating = this.#beat();
    });
  }

  #deadBeforeMs(): number {
    const { journal, leaseMs } = this.#options;
    return journal.exclusive ? this.#clock.now() : this.#clock.now() - leaseMs;
  }

  async #adopt(): Promise<void> {
    const { journal, failpoints } = this.#options;
    const adopted = await journal
      .adopt(this.#holder.name, this.#names, this.#deadBeforeMs(), adoptMax)
      .catch((error: unknown) => {
        this.#holder.doubt();
        throw error;
      });
    if (adopted.outbox.length + adopted.activities.length === 0) return;
    failpoints.reach('adopt.taken');
    const counts = { messages: adopted.outbox.length, activities: adopted.activities.length };
    this.#options.log('info', 'took over what another instance left', counts);
    this.#relay.push(adopted.outbox);
    this.#activities.start(adopted.activities);
  }
}
