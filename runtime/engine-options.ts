/**
 * The options of an engine: its journal and services, the world around it, and its settings.
 */
import type { Connections } from './connections.ts';
import type { Correlation } from './messages/correlation.ts';
import type { ServiceDefinition } from './messages/service-definition.ts';
import type { Chance } from './ports/chance.ts';
import type { Clock } from './ports/clock.ts';
import type { DeadLetter, StoredDeadLetter } from './ports/dead-letter.ts';
import type { Failpoints } from './ports/failpoints.ts';
import type { Ids } from './ports/ids.ts';
import type { Journal } from './ports/journal.ts';
import type { ProcessState } from './ports/journal-processes.ts';
import type { HistoryLine, OutboxRow, TurnCommit } from './ports/journal-rows.ts';
import type { Log } from './ports/log.ts';
import type { Retention } from './ports/retention.ts';
import type { Tracer } from './ports/tracing.ts';
import type { Acknowledgement } from './ports/transport.ts';
import type { FusionPorts } from './turn/fusion.ts';

/** The world around all engines of a process. */
export interface EnginePorts {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly chance: Chance;
  readonly log: Log;
  /** Undefined: no spans are made. */
  readonly tracer: Tracer | undefined;
  readonly failpoints: Failpoints;
}

/** Sizes and times; `RuntimeOptions` describes them. */
export interface EngineSettings {
  readonly lanes: number;
  readonly batchMax: number;
  readonly cacheMax: number;
  readonly outgoingMax: number;
  readonly heartbeatMs: number;
  readonly timerPollMs: number;
  readonly leaseMs: number;
}

export interface EngineOptions {
  readonly journal: Journal;
  readonly services: ReadonlyMap<string, ServiceDefinition>;
  /** The name of this process in the journal. */
  readonly instance: string;
  /** What this process says about itself. */
  readonly state: () => ProcessState;
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly retention: Retention;
  /**
   * `ended` for ephemeral machines: a message is settled when its actor has ended and everything
   * that the actor sent is published.
   */
  readonly settleWhen: 'committed' | 'ended';
  /** Finds where a message of a turn would go in this process. Undefined: every message is carried. */
  readonly fusing?: Pick<FusionPorts, 'find' | 'ephemeral' | 'counts'>;
  /** As in `TurnPorts`. */
  readonly ownReplyQueue?: (service: string) => string | undefined;
  /** As in `TurnPorts`. */
  readonly correlation: (service: string) => Correlation;
  /** As in `OutboxRelayOptions`. */
  readonly unroutable: (row: OutboxRow) => Promise<boolean>;
  /** As in `OutboxRelayOptions`. */
  readonly unpublishable: (row: OutboxRow, error: Error) => Promise<boolean>;
  /** Hands the message of a dead letter to its service again. */
  readonly replay: (deadLetter: StoredDeadLetter) => Promise<Acknowledgement>;
  /** Adds a dead letter of an ephemeral machine to the journal of its service. */
  readonly keepDeadLetter: (deadLetter: DeadLetter) => Promise<void>;
  /** As in `VersionGateOptions`. */
  readonly yielded: (service: string) => Promise<void>;
  /** As in `VersionGateOptions`. */
  readonly resumed: (service: string) => Promise<void>;
  /** Called with history lines once they are committed. */
  readonly onHistory: (lines: readonly HistoryLine[]) => void;
  /** Called with turns once they are committed. */
  readonly onTurns: (turns: readonly TurnCommit[]) => void;
}
