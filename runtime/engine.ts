/**
 * Everything that runs over one journal: turns, outbox relay, timers, activities, and the recovery of what a dead instance held.
 *
 * 1. What was committed and not yet done is done by whoever holds the journal.
 * 2. Start recovers before anything new is taken; stop lets what runs finish and leaves the rest in the journal.
 */

import { Activities } from './activities.ts';
import type { Activity } from './activity.ts';
import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';
import type { Failpoints } from './failpoints.ts';
import type { Ids } from './ids.ts';
import type { ActivityRow, HistoryLine, Journal, OutboxRow, TurnCommit } from './journal.ts';
import { JournalClock } from './journal-clock.ts';
import type { Log } from './log.ts';
import type { MachineDefinition } from './machine-definition.ts';
import type { EventInput } from './mailbox.ts';
import { OutboxRelay } from './outbox-relay.ts';
import type { ServiceDefinition } from './service.ts';
import { Timers } from './timers.ts';
import type { Transport } from './transport.ts';
import { TurnLoop } from './turn-loop.ts';

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
  /** An instance that has not beaten for this long is taken for dead. */
  readonly leaseMs: number;
  readonly unroutable: (row: OutboxRow) => Promise<boolean>;
  /** Told of history lines once they are committed. */
  readonly onHistory: (lines: readonly HistoryLine[]) => void;
}

const adoptMax = 500;
const timerPollMaxMs = 1_000;

function activityIn(definition: MachineDefinition, row: ActivityRow): Activity | undefined {
  const own = definition.name === row.machine ? definition.activities.get(row.kind) : undefined;
  if (own !== undefined) return own;
  for (const child of definition.children.values()) {
    const found = activityIn(child, row);
    if (found !== undefined) return found;
  }
  return undefined;
}

export class Engine {
  readonly #options: EngineOptions;
  readonly #clock: JournalClock;
  readonly #loop: TurnLoop;
  readonly #relay: OutboxRelay;
  readonly #timers: Timers;
  readonly #activities: Activities;
  readonly #names: readonly string[];
  #cancelBeat: () => void = () => undefined;
  #beating: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#names = [...options.services.keys()];
    const clock = new JournalClock(options.clock, options.log);
    this.#clock = clock;
    this.#relay = new OutboxRelay(options);
    const room = (): Promise<void> | undefined => this.#relay.room();
    this.#loop = new TurnLoop({ ...options, clock, room, afterCommit: (commits) => this.#afterCommit(commits) });
    this.#timers = new Timers({
      ...options,
      clock,
      services: this.#names,
      pollMaxMs: timerPollMaxMs,
      fire: (address, token, settle) => this.#loop.post({ kind: 'timer', address, token, settle }),
    });
    this.#activities = new Activities({
      ...options,
      clock,
      find: (row) => this.#findActivity(row),
      finish: (address, token, outcome, settle) => this.#loop.post({ kind: 'activity', address, token, outcome, settle }),
    });
  }

  post(input: EventInput): void {
    this.#loop.post(input);
  }

  /** True when nothing waits and nothing is under way (timers that are not due do not count). */
  get quiet(): boolean {
    return this.#loop.quiet && this.#relay.quiet && this.#activities.quiet;
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
      await this.#options.journal.leave(this.#options.instance);
    } catch (error) {
      this.#options.log('warn', 'the journal could not be told of the end', { error: String(error) });
    }
  }

  /** Publishes a message no turn has asked for. */
  publish(row: OutboxRow): Promise<void> {
    return this.#relay.push([row]);
  }

  #afterCommit(commits: readonly TurnCommit[]): Promise<void> {
    const published = this.#relay.push(commits.flatMap(({ outbox }) => outbox));
    const lines = commits.flatMap(({ history }) => history);
    this.#tell(lines);
    this.#timers.noticed(commits.flatMap(({ timers }) => timers));
    for (const { address, activitiesEnded } of commits) this.#activities.cancel(address, activitiesEnded);
    this.#activities.start(commits.flatMap(({ activities }) => activities));
    return published;
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

  #findActivity(row: ActivityRow): { readonly activity: Activity; readonly concurrencyMax: number } | undefined {
    const service = this.#options.services.get(row.address.service);
    const machine = service?.machines.get(row.address.machine);
    const activity = machine && activityIn(machine, row);
    return activity && service && { activity, concurrencyMax: activity.concurrencyMax ?? service.activitiesMax };
  }

  async #beat(): Promise<void> {
    const { journal, instance, clock, log, heartbeatMs } = this.#options;
    try {
      const beat = (nowMs: number): Promise<number> => journal.beat(instance, nowMs);
      if (await this.#clock.compare(beat)) await beat(this.#clock.now());
      this.#options.failpoints.reach('beat.noted');
      await this.#activities.recheck();
      await this.#adopt();
    } catch (error) {
      log('warn', 'the journal could not be reached; tried again', { error: String(error) });
    }
    if (this.#stopped) return;
    this.#cancelBeat = clock.after(heartbeatMs, () => {
      this.#beating = this.#beat();
    });
  }

  async #adopt(): Promise<void> {
    const { journal, instance, leaseMs, failpoints } = this.#options;
    const deadBeforeMs = journal.exclusive ? this.#clock.now() : this.#clock.now() - leaseMs;
    const adopted = await journal.adopt(instance, this.#names, deadBeforeMs, adoptMax);
    if (adopted.outbox.length + adopted.activities.length === 0) return;
    failpoints.reach('adopt.taken');
    const counts = { messages: adopted.outbox.length, activities: adopted.activities.length };
    this.#options.log('info', 'took over what another instance left', counts);
    void this.#relay.push(adopted.outbox);
    this.#activities.start(adopted.activities);
  }
}
