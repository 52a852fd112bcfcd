/**
 * The options of a simulation, and the functions that replace its ports.
 */
import type { ExchangeConfig } from '../../config/exchange-config.ts';
import type { ServiceDefinition } from '../../runtime/messages/service-definition.ts';
import type { Failpoints } from '../../runtime/ports/failpoints.ts';
import type { Journal } from '../../runtime/ports/journal.ts';
import type { HistoryLine } from '../../runtime/ports/journal-rows.ts';
import type { Log } from '../../runtime/ports/log.ts';
import type { Tracer } from '../../runtime/ports/tracing.ts';
import type { Transport } from '../../runtime/ports/transport.ts';
import type { JournalFaults } from '../../runtime/simulated/journal-faults.ts';
import type { Faults } from '../../transports/simulated/faults.ts';
import type { SimulatedService } from './module-cast.ts';
import type { StandIns } from './stand-ins.ts';

/** The services of a simulated world, and the faults of the world. */
export interface SimulationOptions {
  /** A service with stores of its own gets them in memory, where no `journal` is given. */
  readonly services: readonly SimulatedService[];
  /** Of the services that bring none. Default: none. */
  readonly configs?: readonly ExchangeConfig[];
  /** Number of processes by service name. Default: one for each service. */
  readonly processes?: Readonly<Record<string, number>>;
  /**
   * Services of the same journal run in one process, which has the name of the first service. The
   * process hands this share of its messages over within its batches, 0 to 1, where
   * `RuntimeOptions.fuse` allows it. Default: a process for each service.
   */
  readonly handOver?: number;
  /**
   * Functions in place of activities, by `service/activity`. Default: the activities themselves.
   */
  readonly activities?: StandIns;
  /** A 32-bit integer: every random choice derives from this seed. Default 1. */
  readonly seed?: number;
  /**
   * The broker's faults at the start; `simulation.broker.setFaults` changes them. Default: none.
   */
  readonly faults?: Faults;
  /**
   * Faults between every process and its journal; `setJournalFaults` changes them. Default: none.
   */
  readonly journalFaults?: JournalFaults;
  /**
   * The journal of each service: the same for all, or a journal for each database. Default: one in
   * memory, with the stores of the services that bring some.
   */
  readonly journal?: Journal | ((service: ServiceDefinition) => Journal);
  /**
   * Failpoints of every process, or failpoints by process name. To kill a process, `crashAt` is
   * simpler. A failpoint may kill its process without a throw, because the process cannot continue
   * past a port.
   */
  readonly failpoints?: Failpoints | ((process: string) => Failpoints);
  /** Wraps the transport, the journal or the code of a process. Default: no wrapper. */
  readonly through?: Partial<Seams>;
  /** Interval of a process's heartbeat. Default: the runtime's. */
  readonly heartbeatMs?: number;
  /**
   * Longest time until a process sees a timer of a commit with a lost answer. Default: the
   * runtime's.
   */
  readonly timerPollMs?: number;
  readonly log?: Log;
  /** Makes the spans of a process. Undefined for a process: no spans. Default: no spans. */
  readonly tracer?: (process: string) => Tracer | undefined;
  /** Called with history lines after their commit. */
  readonly onHistory?: (lines: readonly HistoryLine[]) => void;
}

/** The options with the services as they run. */
export type RunningOptions = Omit<SimulationOptions, 'services' | 'configs'> & {
  readonly services: readonly ServiceDefinition[];
};

/**
 * Functions that replace a port of a process or client; `who` is the name of the process or client.
 */
export interface Seams {
  readonly transport: (transport: Transport, who: string) => Transport;
  readonly journal: (journal: Journal, who: string) => Journal;
  /** The code of a service in a process, in place of the world's: asked at each start. */
  readonly service: (service: ServiceDefinition, who: string) => ServiceDefinition;
}
