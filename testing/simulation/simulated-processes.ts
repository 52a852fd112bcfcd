/**
 * Makes the processes of a simulated world: each a runtime over ports that die with the process.
 */
import { MemoryJournal } from '../../runtime/memory/memory-journal.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Chance } from '../../runtime/ports/chance.ts';
import {
  type FailpointName,
  type Failpoints,
  noFailpoints,
} from '../../runtime/ports/failpoints.ts';
import type { Ids } from '../../runtime/ports/ids.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import { noLog } from '../../runtime/ports/log.ts';
import type { Transport } from '../../runtime/ports/transport.ts';
import { Runtime } from '../../runtime/runtime.ts';
import { FailingJournal } from '../../runtime/simulated/failing-journal.ts';
import type { JournalFaults } from '../../runtime/simulated/journal-faults.ts';
import { killable, killableClock, type ProcessState } from '../../runtime/simulated/killable.ts';
import type { VirtualClock } from '../../runtime/simulated/virtual-clock.ts';
import type { SimulatedBroker } from '../../transports/simulated/simulated-broker.ts';
import type { SimulatedTransport } from '../../transports/simulated/simulated-transport.ts';
import { killableService } from './killable-service.ts';
import type { ProcessLayout, Startable } from './process-layout.ts';
import type { RunningOptions } from './simulation-options.ts';

/** The shared parts of a world's processes. */
export interface ProcessWorld {
  readonly options: RunningOptions;
  readonly layout: ProcessLayout;
  readonly journalOf: (service: ServiceDefinition) => Journal;
  readonly broker: SimulatedBroker;
  readonly clock: VirtualClock;
  readonly ids: Ids;
  readonly secret: string;
  readonly retryChance: Chance;
  readonly journalChance: Chance;
  readonly journalFaults: () => JournalFaults;
  /** Called when a process reaches a failpoint. */
  readonly reached: (process: string, name: FailpointName) => void;
}

export interface ServiceProcess {
  readonly runtime: Runtime;
  readonly transports: readonly SimulatedTransport[];
  readonly journals: readonly FailingJournal[];
  readonly life: ProcessState;
}

export class SimulatedProcesses {
  readonly #world: ProcessWorld;

  constructor(world: ProcessWorld) {
    this.#world = world;
  }

  spawn({ name, suffix, services }: Startable): ServiceProcess {
    const { log = noLog, onHistory, heartbeatMs, timerPollMs, handOver } = this.#world.options;
    const { broker, clock, ids, secret, retryChance, journalOf } = this.#world;
    const life = { ended: false };
    const transports: SimulatedTransport[] = [];
    const ports = new Map<string, Transport>();
    for (const ofUser of byUser(services)) {
      const [{ name: first }] = ofUser;
      const transport = broker.transport(`${first}${suffix}`, { user: userOf(ofUser[0]) });
      transports.push(transport);
      const port = killable(this.transport(transport, `${first}${suffix}`), life, ['route']);
      for (const service of ofUser) ports.set(service.name, port);
    }
    const journals = this.#journalsOf(name, services);
    const runtime = new Runtime({
      services: services.map((service) => killableService(this.#code(service, name), life)),
      ids,
      chance: retryChance,
      failpoints: this.#failpointsOf(name, life),
      log,
      transport: (service) => ports.get(service.name) as Transport,
      journal: journalPorts(services, journalOf, journals, life),
      ephemeral: killable(new MemoryJournal({ stores: [], secret }), life),
      clock: killableClock(clock, life),
      fuse: handOver !== undefined,
      tracer: this.#world.options.tracer?.(name),
      ...(onHistory === undefined ? {} : { onHistory }),
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      ...(timerPollMs === undefined ? {} : { timerPollMs }),
    });
    return {
      runtime,
      transports,
      journals: [...journals.values()],
      life,
    };
  }

  /** The transport of a process or client, with its wrapper. */
  transport(transport: Transport, who: string): Transport {
    return this.#world.options.through?.transport?.(transport, who) ?? transport;
  }

  #journal(journal: Journal, who: string): Journal {
    return this.#world.options.through?.journal?.(journal, who) ?? journal;
  }

  #code(service: ServiceDefinition, who: string): ServiceDefinition {
    return this.#world.options.through?.service?.(service, who) ?? service;
  }

  #failpointsOf(process: string, life: ProcessState): Failpoints {
    const { failpoints = noFailpoints } = this.#world.options;
    const given = typeof failpoints === 'function' ? failpoints(process) : failpoints;
    return {
      reach: (name, detail) => {
        if (life.ended) return;
        given.reach(name, detail);
        this.#world.reached(process, name);
      },
    };
  }

  /** The connections of a process to the journals of its services. */
  #journalsOf(
    process: string,
    services: Startable['services'],
  ): ReadonlyMap<Journal, FailingJournal> {
    const { clock, journalOf, journalChance, journalFaults, layout } = this.#world;
    const journals = new Map<Journal, FailingJournal>();
    for (const service of services) {
      const base = journalOf(service);
      if (journals.has(base)) continue;
      const ofService = shared(base, layout.isOneEach(base));
      const failing = new FailingJournal(this.#journal(ofService, process), {
        clock,
        chance: journalChance,
        faults: journalFaults(),
      });
      journals.set(base, failing);
    }
    return journals;
  }
}

/** The user of the broker as which the service connects. */
function userOf({ name, config }: ServiceDefinition): string {
  return config.brokerUser?.name ?? name;
}

/** Services of one process that have the same user share a connection. */
function byUser(
  services: Startable['services'],
): readonly (readonly [ServiceDefinition, ...ServiceDefinition[]])[] {
  const groups = new Map<string, [ServiceDefinition, ...ServiceDefinition[]]>();
  for (const service of services) {
    const group = groups.get(userOf(service));
    if (group === undefined) groups.set(userOf(service), [service]);
    else group.push(service);
  }
  return [...groups.values()];
}

/** The journal of each service, as its process sees the journal. */
function journalPorts(
  services: Startable['services'],
  journalOf: (service: ServiceDefinition) => Journal,
  journals: ReadonlyMap<Journal, FailingJournal>,
  life: ProcessState,
): (service: ServiceDefinition) => Journal {
  const ports = new Map([...journals].map(([base, { port }]) => [base, killable(port, life)]));
  const byName = new Map(services.map((service) => [service.name, ports.get(journalOf(service))]));
  return ({ name }) => byName.get(name) as Journal;
}

/**
 * A journal outlives the processes, and all processes of its services share the journal. `isOneEach`:
 * a process that starts takes over from a process that is dead.
 */
function shared(journal: Journal, isOneEach: boolean): Journal {
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'close') return () => Promise.resolve();
      if (name === 'exclusive') return isOneEach && target.exclusive;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
