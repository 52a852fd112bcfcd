/**
 * Everything that runs over one journal: turns, outbox relay, timers, activities, replays,
 * housekeeping, and the heartbeat that recovers what dead processes left. This file connects the
 * parts; each part has its own file in `turn/` and `duties/`.
 *
 * Invariants:
 * - Committed is done: work that was committed and not yet done is done by a process that holds the
 *   journal.
 * - Recovered before anything new: `start` recovers first. `stop` lets running work finish and
 *   leaves the rest in the journal.
 */

import { CommitNews } from './commit-news.ts';
import { Activities, type FoundActivity } from './duties/activities.ts';
import { EphemeralDeadLetters } from './duties/ephemeral-dead-letters.ts';
import { Heartbeat } from './duties/heartbeat.ts';
import { Housekeeping } from './duties/housekeeping.ts';
import { JournalClock } from './duties/journal-clock.ts';
import { OutboxRelay } from './duties/outbox-relay.ts';
import { Replays } from './duties/replays.ts';
import { Timers } from './duties/timers.ts';
import { isUnknownVersion, VersionGate } from './duties/version-gate.ts';
import type { EngineOptions } from './engine-options.ts';
import type { ActivityInput, EventInput, TimerInput } from './messages/input.ts';
import type { ActorAddress } from './ports/address.ts';
import type { StoredDeadLetter } from './ports/dead-letter.ts';
import { errorText } from './ports/errors.ts';
import { InstanceName } from './ports/instance-name.ts';
import type { Adopted } from './ports/journal.ts';
import type { ActivityRow, OutboxRow, TurnCommit } from './ports/journal-rows.ts';
import type { Acknowledgement } from './ports/transport.ts';
import { findActivity } from './step/activity-lookup.ts';
import { EphemeralInbox } from './turn/ephemeral-inbox.ts';
import { FamilyCache } from './turn/family-cache.ts';
import type { EphemeralActors } from './turn/fusion.ts';
import { TurnLoop } from './turn/turn-loop.ts';

const settled = Promise.resolve();

export class Engine {
  /** The live actors, with the questions they wait for. */
  readonly families: FamilyCache;
  /** The services that this process works for. */
  readonly gate: VersionGate;
  readonly #options: EngineOptions;
  readonly #instance: InstanceName;
  /** The clock by which timers, leases and ages are counted. */
  readonly #clock: JournalClock;
  readonly #loop: TurnLoop;
  readonly #relay: OutboxRelay;
  readonly #timers: Timers;
  readonly #activities: Activities;
  readonly #replays: Replays;
  readonly #housekeeping: Housekeeping;
  readonly #heartbeat: Heartbeat;
  readonly #news: CommitNews;
  readonly #ephemeralDeadLetters: EphemeralDeadLetters;
  readonly #ephemeralInbox: EphemeralInbox;

  constructor(options: EngineOptions) {
    const { journal, ports, settings } = options;
    this.#options = options;
    this.#news = new CommitNews(options);
    this.#instance = new InstanceName(options.instance);
    this.#clock = new JournalClock(ports.clock, ports.log);
    this.families = new FamilyCache({ max: settings.cacheMax, alone: journal.exclusive });
    this.gate = this.#createGate();
    this.#ephemeralInbox = new EphemeralInbox(() => ports.clock.now());
    this.#relay = this.#createRelay();
    this.#loop = this.#createLoop();
    this.#timers = this.#createTimers();
    this.#activities = this.#createActivities();
    this.#replays = this.#createReplays();
    this.#housekeeping = new Housekeeping({
      journal,
      clock: this.#clock,
      log: ports.log,
      failpoints: ports.failpoints,
      retention: options.retention,
    });
    this.#heartbeat = this.#createHeartbeat();
    this.#ephemeralDeadLetters = new EphemeralDeadLetters({
      journal,
      keepDeadLetter: options.keepDeadLetter,
      clock: ports.clock,
      log: ports.log,
    });
  }

  post(input: EventInput): void {
    this.#loop.post(input);
  }

  /** Of the engine of ephemeral machines: its actors, for the chains of other engines. */
  get ephemeral(): EphemeralActors {
    const { journal } = this.#options;
    return {
      claim: (address) => this.#loop.claim(address),
      release: (slot) => this.#loop.release(slot),
      lives: async (address) => (await journal.inspect(address)) !== undefined,
      seen: (input) => this.#ephemeralInbox.seen([input]),
      handled: (input) => this.#ephemeralInbox.handled(input),
    };
  }

  /** Publishes a message that no turn has asked for. */
  publish(row: OutboxRow): Promise<void> {
    return this.#relay.publish([row]);
  }

  /** True when nothing waits and nothing is under way. Timers that are not due do not count. */
  get isIdle(): boolean {
    return [this.#loop, this.#relay, this.#activities, this.#replays].every((part) => part.isIdle);
  }

  /** Takes over what dead processes left, and begins to run. */
  async start(): Promise<void> {
    await this.#heartbeat.start();
    this.#timers.start();
  }

  async stop(): Promise<void> {
    const { failpoints } = this.#options.ports;
    await this.#heartbeat.stop();
    this.#replays.stop();
    await this.#housekeeping.stop();
    await this.#timers.stop();
    this.#activities.stop();
    await this.#loop.stop();
    failpoints.reach('stop.turns-ended');
    await this.#relay.stop();
    failpoints.reach('stop.before-leave');
    await this.#heartbeat.leave();
    failpoints.reach('stop.left');
  }

  #createGate(): VersionGate {
    const { journal, services, ports, settings, yielded, resumed } = this.#options;
    return new VersionGate({
      journal,
      instance: this.#instance,
      services,
      clock: this.#clock,
      log: ports.log,
      everyMs: settings.heartbeatMs,
      leaseMs: settings.leaseMs,
      yielded,
      resumed,
      released: () => this.families.clear(),
    });
  }

  #createRelay(): OutboxRelay {
    const { journal, ports, settings, unroutable, unpublishable } = this.#options;
    return new OutboxRelay({
      journal,
      transport: (service) => ports.connections.of(service),
      clock: ports.clock,
      log: ports.log,
      tracer: ports.tracer,
      failpoints: ports.failpoints,
      outgoingMax: settings.outgoingMax,
      unroutable,
      unpublishable,
    });
  }

  #createLoop(): TurnLoop {
    const { journal, services, ports, settings, settleWhen, ownReplyQueue, correlation, fusing } =
      this.#options;
    const publishes = (sender: ActorAddress): boolean => this.#relay.publishes(sender);
    return new TurnLoop({
      journal,
      services,
      machine: (service, machine) => this.gate.machine(service, machine),
      isForOthers: (service, error) => this.#isForOthers(service, error),
      instance: this.#instance,
      clock: this.#clock,
      ids: ports.ids,
      log: ports.log,
      tracer: ports.tracer,
      failpoints: ports.failpoints,
      families: this.families,
      confirmed: this.#relay.confirmed,
      room: () => this.#relay.room(),
      afterCommit: (commits) => this.#afterCommit(commits),
      settleWhen,
      correlation,
      unpublishable: ports.connections.addressing.unpublishable,
      lanes: settings.lanes,
      batchMax: settings.batchMax,
      ...(ownReplyQueue === undefined ? {} : { ownReplyQueue }),
      ...(fusing === undefined ? {} : { fusing: { ...fusing, publishes } }),
      ...(settleWhen === 'committed' ? {} : { ephemeralInbox: this.#ephemeralInbox }),
    });
  }

  #createTimers(): Timers {
    const { journal, ports, settings } = this.#options;
    return new Timers({
      journal,
      services: () => this.gate.services,
      clock: this.#clock,
      log: ports.log,
      failpoints: ports.failpoints,
      pollMaxMs: settings.timerPollMs,
      fire: ({ address, token, trace }, settle) =>
        this.#loop.post(
          trace === undefined
            ? { kind: 'timer', address, token, settle }
            : { kind: 'timer', address, token, trace, settle },
        ),
    });
  }

  #createActivities(): Activities {
    const { journal, ports } = this.#options;
    return new Activities({
      journal,
      instance: this.#instance,
      clock: this.#clock,
      chance: ports.chance,
      log: ports.log,
      tracer: ports.tracer,
      failpoints: ports.failpoints,
      find: (row) => this.#findActivity(row),
      finish: (finished, outcome, settle) =>
        this.#loop.post({ kind: 'activity', ...finished, outcome, settle }),
    });
  }

  #createReplays(): Replays {
    const { journal, ports } = this.#options;
    return new Replays({
      journal,
      instance: this.#instance,
      services: () => this.gate.services,
      clock: ports.clock,
      log: ports.log,
      failpoints: ports.failpoints,
      handle: (deadLetter) => this.#handleAgain(deadLetter),
    });
  }

  #createHeartbeat(): Heartbeat {
    const { journal, ports, settings, state } = this.#options;
    return new Heartbeat({
      journal,
      instance: this.#instance,
      state,
      services: () => this.gate.services,
      clock: ports.clock,
      journalClock: this.#clock,
      log: ports.log,
      failpoints: ports.failpoints,
      everyMs: settings.heartbeatMs,
      leaseMs: settings.leaseMs,
      onNoted: () => this.gate.check(),
      onAdopted: (adopted) => this.#continueAdopted(adopted),
      onBeat: (deadBeforeMs) => this.#workAtBeat(deadBeforeMs),
    });
  }

  /**
   * The first turn over an actor of an unknown version asks at once whether this process is to hand
   * over, so nothing waits for the next heartbeat.
   */
  #isForOthers(service: string, error: unknown): boolean {
    if (!isUnknownVersion(error)) return false;
    if (this.gate.isYielded(service)) return true;
    this.gate.check().catch((failure: unknown) => {
      const { log } = this.#options.ports;
      log('warn', 'the other processes could not be looked at', { error: errorText(failure) });
    });
    return false;
  }

  #continueAdopted({ outbox, activities }: Adopted): void {
    this.#relay.push(outbox);
    this.#activities.start(activities);
  }

  async #workAtBeat(deadBeforeMs: number): Promise<void> {
    await this.#activities.recheck();
    await this.#replays.poll(deadBeforeMs);
    this.#housekeeping.tick();
  }

  /**
   * Does what the commits ask for. For ephemeral machines, resolves when all is published and dead
   * letters are kept.
   */
  #afterCommit(commits: readonly TurnCommit[]): Promise<void> {
    const outbox = commits.flatMap((commit) => commit.outbox);
    const published =
      this.#options.settleWhen === 'committed'
        ? this.#relay.push(outbox)
        : this.#relay.publish(outbox);
    this.#news.tell(commits);
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

  /**
   * A timer or an activity's result goes to its actor; a message goes through the intake, as it did
   * the first time.
   */
  #handleAgain(deadLetter: StoredDeadLetter): Promise<Acknowledgement> {
    switch (deadLetter.kind) {
      case 'message':
      case 'unroutable':
      case 'unpublishable':
        return this.#options.replay(deadLetter);
      case 'timer':
      case 'activity': {
        const input: Omit<TimerInput, 'settle'> | Omit<ActivityInput, 'settle'> = JSON.parse(
          Buffer.from(deadLetter.body, 'base64').toString('utf8'),
        );
        return new Promise((settle) => this.#loop.post({ ...input, settle }));
      }
      default:
        return deadLetter.kind satisfies never;
    }
  }

  #findActivity(row: ActivityRow): FoundActivity | undefined {
    const service = this.#options.services.get(row.address.service);
    const machine = service?.machines.get(row.address.machine);
    const activity = machine && findActivity(machine, row);
    return (
      activity &&
      service && { activity, concurrencyMax: activity.concurrencyMax ?? service.activitiesMax }
    );
  }
}
