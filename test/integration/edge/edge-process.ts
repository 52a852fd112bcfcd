/**
 * One process of the services over a system: it starts, ends in order, or is abandoned as a killed process is.
 *
 * - Observed under the process: commits are noted by the port below the process, so the observation survives the
 *   process.
 * - Mutants stand between the process and the ports.
 */

import { MemoryJournal } from '../../../runtime/memory/memory-journal.ts';
import type { ServiceDefinition } from '../../../runtime/messages/service-definition.ts';
import type { Clock } from '../../../runtime/ports/clock.ts';
import type { Journal } from '../../../runtime/ports/journal.ts';
import type { TurnCommit } from '../../../runtime/ports/journal-rows.ts';
import type { Log } from '../../../runtime/ports/log.ts';
import type { Transport } from '../../../runtime/ports/transport.ts';
import { Runtime } from '../../../runtime/runtime.ts';
import { killable, killableClock } from '../../../runtime/simulated/killable.ts';
import { killableService } from '../../../testing/simulation/killable-service.ts';
import type { EdgeSystem } from './edge-system.ts';

/** Replacements of ports and services: a mutant replaces one of them. */
export interface Replacements {
  readonly journal?: (journal: Journal) => Journal;
  readonly transport?: (transport: Transport) => Transport;
  readonly services?: (services: readonly ServiceDefinition[]) => readonly ServiceDefinition[];
}

export interface ProcessOptions {
  readonly system: EdgeSystem;
  readonly services: readonly ServiceDefinition[];
  readonly replacements: Replacements;
  readonly log: Log;
  readonly committed: (turns: readonly TurnCommit[]) => void;
}

/** Short, so that another process takes over soon. */
const heartbeatMs = 100;
const leaseMs = 400;
let started = 0;

export class EdgeProcess {
  readonly #system: EdgeSystem;
  readonly #runtime: Runtime;
  readonly #transport: Transport;
  readonly #life = { ended: false };
  readonly #name: string;
  /** Cancels of the alarms that have not rung. */
  readonly #alarms = new Set<() => void>();

  constructor({ system, services, replacements, log, committed }: ProcessOptions) {
    const { journal: replaceJournal, transport: replaceTransport } = replacements;
    started += 1;
    this.#name = `edge ${started}`;
    this.#system = system;
    this.#transport = system.connect(this.#name);
    const journal = observed(system.journal, committed);
    const life = this.#life;
    this.#runtime = new Runtime({
      services: (replacements.services?.(services) ?? services).map((service) =>
        killableService(service, life),
      ),
      transport: killable(replaceTransport?.(this.#transport) ?? this.#transport, life),
      journal: killable(replaceJournal?.(journal) ?? journal, life),
      ephemeral: killable(new MemoryJournal({ stores: [] }), life),
      clock: this.#clock(),
      // Every message travels: the system looks at the messages and at each commit of the journal.
      fuse: false,
      log: (level, text, details) => {
        if (!life.ended) log(level, text, details);
      },
      instance: this.#name,
      heartbeatMs,
      leaseMs,
      timerPollMs: heartbeatMs,
    });
  }

  start(): Promise<void> {
    return this.#runtime.start();
  }

  get isIdle(): boolean {
    return this.#runtime.isIdle;
  }

  stop(): Promise<void> {
    return this.#runtime.stop();
  }

  /** The clock, whose alarms end with the process: an alarm would keep the fuzzer alive. */
  #clock(): Clock {
    const clock = killableClock(this.#system.clock, this.#life);
    return {
      now: () => clock.now(),
      after: (delayMs, callback) => {
        const cancel = clock.after(delayMs, () => {
          this.#alarms.delete(cancel);
          callback();
        });
        this.#alarms.add(cancel);
        return () => {
          this.#alarms.delete(cancel);
          cancel();
        };
      },
    };
  }

  /** Ends the process without a word, as SIGKILL does. */
  async abandon(): Promise<void> {
    this.#life.ended = true;
    for (const cancel of this.#alarms) cancel();
    this.#alarms.clear();
    await this.#system.cut(this.#name, this.#transport);
  }
}

/** The journal, which tells of every commit that has happened. */
function observed(journal: Journal, committed: ProcessOptions['committed']): Journal {
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'commit')
        return async (...args: Parameters<Journal['commit']>) => {
          await target.commit(...args);
          committed(args[1]);
        };
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
