/**
 * Newer code of one service, beside older code over the same journal, and the rule of its activities.
 *
 * 1. A process starts with older code only while nothing is stored in a version of the newer code: a
 *    deployment that has stored something does not go back.
 * 2. A newer process that has died does not come again, unless something is stored in its version.
 * 3. `reported once`: an activity whose outcome an older process has kept for newer code is not run
 *    again.
 * 4. `handed over`: in the healed world a process with older code takes no message of the service
 *    while a process with newer code lives.
 */
import type {
  ServiceDefinition,
  ServiceMachine,
} from '../../../runtime/messages/service-definition.ts';
import { addressId } from '../../../runtime/ports/address.ts';
import type { Chance } from '../../../runtime/ports/chance.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import { identityOf } from '../../../runtime/ports/identity.ts';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import { seededChance } from '../../../runtime/simulated/seeded-chance.ts';
import type { MachineDefinition } from '../../../runtime/step/machine-definition.ts';
import type { Invariant, Problem } from '../../../testing/simulation/system.ts';
import type { World } from '../../../testing/simulation/world.ts';
import type { TraceLine } from '../../../transports/simulated/trace.ts';
import type { ConsentOperation, ConsentPlan, UpgradeWay } from './consent-plan.ts';
import { over } from './mutants/port-mutants.ts';

type Of<What extends ConsentOperation['what']> = Extract<ConsentOperation, { readonly what: What }>;

/** Undefined where no service gets newer code. */
export function upgradeOf({ operations, seed }: ConsentPlan): Upgrade | undefined {
  const begun = operations.find((one): one is Of<'upgrade'> => one.what === 'upgrade');
  return begun && new Upgrade(begun, seed);
}

const delaysStream = 126;
const slowShare = 0.8;
const slowMaxMs = 8_000;
/** Longer than a lease and a few heartbeats. */
const settleMs = 10_000;

export class Upgrade {
  readonly #service: string;
  readonly #way: UpgradeWay;
  /** The processes whose next start is one of newer code. */
  readonly #newer = new Set<string>();
  readonly #gone = new Set<string>();
  /** Living actors that are stored in a version of the newer code. */
  readonly #stored = new Set<string>();
  readonly #versions = new Map<string, number>();
  /** Activities whose outcome is kept. */
  readonly #kept = new Set<string>();
  readonly #yielded = new Set<string>();
  readonly #notes: string[] = [];
  /** Whether the code of a process is the newer one, at its last start. */
  readonly #running = new Map<string, boolean>();
  readonly #chance: Chance;
  #clock: Pick<Clock, 'after'> | undefined;
  #isReleased: boolean;
  #isSettled = false;
  #seen: string | undefined;

  constructor({ service, way }: Of<'upgrade'>, seed: number) {
    this.#service = service;
    this.#way = way;
    this.#isReleased = way !== 'writes';
    this.#chance = seededChance(seed, delaysStream);
  }

  open(clock: Pick<Clock, 'after'>): void {
    this.#clock = clock;
  }

  /** In the healed world: resolves when every process has seen the others. */
  async settle({ simulation }: World): Promise<void> {
    await simulation.advance(settleMs);
    this.#isSettled = true;
  }

  begin({ service, downMs }: Of<'upgrade'>, world: World): void {
    const process = `${service}#2`;
    this.#newer.add(process);
    world.crashes.kill(process, downMs);
  }

  async goOn({ service, word }: Of<'newer code'>, world: World): Promise<void> {
    world.note(`newer code ${word}`);
    if (word === 'is released') return this.#release(world);
    if (word === 'replaces') this.#newer.add(service);
    else this.#gone.add(`${service}#2`);
    world.crashes.kill(
      word === 'replaces' ? service : `${service}#2`,
      word === 'dies' ? undefined : 0,
    );
  }

  isGone(process: string): boolean {
    return this.#gone.has(process) && this.#stored.size === 0;
  }

  /** The code with which a process starts now. */
  code(service: ServiceDefinition, process: string): ServiceDefinition {
    if (service.name !== this.#service) return service;
    for (const [name, { version }] of service.machines) this.#versions.set(name, version);
    const isNewer = this.#newer.has(process) || this.#stored.size > 0;
    this.#running.set(process, isNewer);
    const machines = [...service.machines].map(([name, machine]) => {
      const own = this.#watchedRuns(machine);
      return [name, isNewer && !own.ephemeral ? newerOf(own, this.#way) : own] as const;
    });
    return { ...service, machines: new Map(machines) };
  }

  /** The journal, as far as hand-overs and outcomes are noted. */
  watched(journal: Journal): Journal {
    return over(journal, {
      keepOutcome: async (instance, address, token, outcome) => {
        const isKept = await journal.keepOutcome(instance, address, token, outcome);
        if (isKept) {
          this.#kept.add(identityOf(address.service, address.machine, address.key, token));
          this.#notes.push('an outcome is kept for newer code');
        }
        return isKept;
      },
      announce: async (instance, services) => {
        await journal.announce(instance, services);
        for (const { service, yielded } of services)
          if (service === this.#service) this.#noteYield(instance, yielded);
      },
    });
  }

  get invariants(): readonly Invariant[] {
    return [
      {
        name: 'reported once',
        committed: (turns, world) => {
          this.#take(turns);
          for (const note of this.#notes.splice(0)) world.note(note);
          return this.#seen;
        },
        atEnd: () => this.#seen,
      },
      { name: 'handed over', carried: (line, world) => this.#taken(line, world) },
    ];
  }

  #taken({ what, who, messageId, outcome: queue }: TraceLine, { simulation }: World): Problem {
    if (!this.#isSettled || what !== 'deliver' || !this.#isReleased) return undefined;
    const [process = ''] = who.split('/');
    if (this.#running.get(process) !== false || queue.startsWith(`${this.#service}_reply.`))
      return undefined;
    const newer = [...this.#running].find(
      ([name, isNewer]) => isNewer && simulation.isRunning(name),
    );
    return newer && `${process} takes ${messageId}, and ${newer[0]} has newer code`;
  }

  async #release({ journals }: World): Promise<void> {
    this.#isReleased = true;
    for (const [machine, version] of this.#versions)
      for (const journal of journals)
        await journal.releaseVersion({ service: this.#service, machine, version: version + 1 });
  }

  #noteYield(instance: string, isYielded: boolean): void {
    if (isYielded) this.#notes.push('a service is handed over');
    else if (this.#yielded.has(instance)) this.#notes.push('a service is taken back');
    if (isYielded) this.#yielded.add(instance);
    else this.#yielded.delete(instance);
  }

  #take(turns: readonly TurnCommit[]): void {
    for (const { address, record } of turns) {
      if (address.service !== this.#service) continue;
      const isNewer =
        record?.status === 'active' &&
        record.machineVersion > (this.#versions.get(address.machine) ?? record.machineVersion);
      if (isNewer) this.#stored.add(addressId(address));
      else this.#stored.delete(addressId(address));
    }
  }

  /** So that messages come to the actor meanwhile; in the healed world nothing is late. */
  #delay(): Promise<void> {
    if (this.#isSettled) return Promise.resolve();
    const delayMs = this.#chance() < slowShare ? Math.floor(this.#chance() * slowMaxMs) : 0;
    const clock = this.#clock;
    if (clock === undefined || delayMs === 0) return Promise.resolve();
    return new Promise((resolve) => void clock.after(delayMs, resolve));
  }

  /** The machine whose activities are looked at when they run, and are slower. */
  #watchedRuns<Definition extends MachineDefinition>(machine: Definition): Definition {
    if (!hasActivities(machine)) return machine;
    const activities = [...machine.activities].map(([name, activity]) => {
      const run: typeof activity.run = async (input, context) => {
        if (this.#kept.has(context.idempotencyKey))
          this.#seen ??= `the outcome of ${context.idempotencyKey} is kept, and it runs again`;
        const output = await activity.run(input, context);
        await this.#delay();
        return output;
      };
      return [name, { ...activity, run }] as const;
    });
    const children = [...machine.children].map(
      ([name, child]) => [name, this.#watchedRuns(child)] as const,
    );
    return { ...machine, activities: new Map(activities), children: new Map(children) };
  }
}

function hasActivities({ activities, children }: MachineDefinition): boolean {
  return activities.size > 0 || [...children.values()].some(hasActivities);
}

/** By the older machine, because everything that is remembered about a machine hangs on its object. */
const made = new WeakMap<ServiceMachine, Map<UpgradeWay, ServiceMachine>>();

function newerOf(machine: ServiceMachine, way: UpgradeWay): ServiceMachine {
  const known = made.get(machine) ?? new Map<UpgradeWay, ServiceMachine>();
  made.set(machine, known);
  const newer = known.get(way) ?? makeNewer(machine, way);
  known.set(way, newer);
  return newer;
}

function makeNewer(machine: ServiceMachine, way: UpgradeWay): ServiceMachine {
  const { version, kept, migrations } = machine;
  const newest = { ...machine, version: version + 1 };
  if (way === 'keeps') return { ...newest, kept: new Map(kept).set(version, machine) };
  const migrated = {
    ...newest,
    migrations: new Map(migrations).set(version, (stored) => stored),
  };
  return way === 'writes' ? { ...migrated, before: machine } : migrated;
}
