/**
 * The JSON of the inspector's API, which the routes send and the page reads. `docs/inspector.md`
 * describes the routes.
 *
 * - types only: the page takes its types from this file and nothing else of the runtime.
 * - redacted: texts and values have passed `config/redact.ts`.
 */

import type { DeletionPlan } from '../../actors/consent/plan-schema.ts';
import type { SagaRecord } from '../../actors/consent/saga-record-schema.ts';
import type { Reason } from '../../actors/waiting/reason.ts';
import type { SagaWaiting } from '../../actors/waiting/saga-waiting.ts';
import type { ActorAddress } from '../../runtime/ports/address.ts';
import type { Json, JsonObject } from '../../runtime/ports/json.ts';
import type { ChartState } from '../../runtime/ports/machine-chart.ts';

export type { SagaRecord } from '../../actors/consent/saga-record-schema.ts';
export type { SagaWaiting } from '../../actors/waiting/saga-waiting.ts';
export type { ActorAddress } from '../../runtime/ports/address.ts';
export type { Json, JsonObject } from '../../runtime/ports/json.ts';
export type { ChartState, ChartTransition } from '../../runtime/ports/machine-chart.ts';

/** The person behind the token, and the process. */
export type Session = {
  readonly name: string;
  /** Whether the token lets the person act. */
  readonly mayAct: boolean;
  readonly services: readonly string[];
};

/** A service of this process, or a service that only other configs name. */
export type GraphService = {
  readonly name: string;
  /** false: a service of another process, known by its routing key. */
  readonly isHere: boolean;
  readonly role: 'gateway' | 'owner' | 'service';
};

export type GraphEdge = {
  /**
   * `exchange` to `service`: messages that reach a queue of the service; else published messages.
   */
  readonly kind: 'publishes' | 'delivers';
  readonly service: string;
  readonly exchange: string;
};

export type ExchangeGraph = {
  readonly services: readonly GraphService[];
  readonly exchanges: readonly { readonly name: string; readonly type: string }[];
  readonly edges: readonly GraphEdge[];
};

/** Counted since the process began; the page makes rates of two counts. */
export type ServiceCounts = {
  readonly turns: number;
  readonly handled: number;
  readonly sent: number;
  readonly deadLetters: number;
};

export type Traffic = {
  readonly atMs: number;
  readonly services: Readonly<Record<string, ServiceCounts>>;
  /** Messages by edge: `publishes|<service>|<exchange>`, `delivers|<service>|<exchange>`. */
  readonly edges: Readonly<Record<string, number>>;
};

/** A saga in a list, in the words of `why`. */
export type SagaSummary = Pick<
  SagaWaiting,
  'saga' | 'verb' | 'state' | 'owner' | 'requestedBy' | 'requestedAtMs' | 'level'
> & {
  /** Names of the first nodes of the owner. */
  readonly nodes: readonly string[];
  readonly nodeCount: number;
  /** The services that must do something before the saga goes on. */
  readonly waitingFor: readonly string[];
  /** Why the saga waits, or how it has ended: one sentence. */
  readonly reason: string;
};

export type SagaList = {
  /** Under way, the oldest first. */
  readonly open: readonly SagaSummary[];
  /** How many are under way; the list has the oldest of them. */
  readonly openCount: number;
  /** Ended since this process began, the newest first. */
  readonly ended: readonly SagaSummary[];
};

/** An arrow of a sequence diagram; `from` equals `to` for what a service does by itself. */
export type DiagramStep = {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly tone: 'plain' | 'asked' | 'yes' | 'no' | 'wait' | 'lost' | 'silent';
  readonly reason: string | null;
  /** Of an open question: since when. */
  readonly atMs: number;
  /** Whether the answer is not there. */
  readonly isOpen: boolean;
  readonly count: number;
};

export type SagaDiagram = {
  /** The first is the client, the second the owner. */
  readonly lanes: readonly string[];
  readonly steps: readonly DiagramStep[];
  /** How many later steps are left out. */
  readonly left: number;
};

export type SagaDetail = {
  readonly why: SagaWaiting;
  readonly diagram: SagaDiagram;
  /** null: no journal of the process has a line of the saga yet. */
  readonly record: Pick<SagaRecord, 'nodes' | 'removed' | 'retained' | 'detached'> | null;
  readonly nowMs: number;
};

export type Overview = {
  readonly graph: ExchangeGraph;
  readonly traffic: Traffic;
  readonly sagas: SagaList;
  /** Rows by table. */
  readonly counts: Readonly<Record<string, number>>;
  readonly nowMs: number;
};

/** `held`: a saga has engaged the node. `going`: the saga is decided. */
export type NodeStanding = 'free' | 'held' | 'going';

export type TreeNode = {
  readonly id: string;
  readonly cn: string;
  readonly objectClass: string;
  readonly state: NodeStanding;
};

export type TreeList = {
  readonly data: readonly TreeNode[];
  /** false: no service of the process has nodes in a tree. */
  readonly hasTree: boolean;
};

/** What `why` says about a node. */
export type NodeDetail = {
  readonly id: string;
  readonly cn: string | null;
  readonly objectClass: string | null;
  readonly owner: string | null;
  readonly state: 'free' | 'held' | 'gone';
  readonly subscribers: readonly { readonly service: string; readonly consent: boolean }[];
  readonly refusals: readonly { readonly nodeId: string; readonly reason: string }[];
  readonly unanswered: string | null;
  readonly sagas: readonly SagaWaiting[];
};

export type PlanAnswer = DeletionPlan;

export type ActorSummary = {
  readonly machine: string;
  readonly key: string;
  readonly status: string;
  /** The active states. */
  readonly states: string;
};

export type ActorList = {
  readonly data: readonly ActorSummary[];
  /** Where the next batch begins; null: this is the last batch. */
  readonly next: { readonly machine: string; readonly after: string } | null;
};

/** A machine of an actor: the actor's own, or a child. */
export type ActorMachine = {
  /** Ids of the children from the actor down to the machine. */
  readonly path: readonly string[];
  readonly name: string;
  readonly status: string;
  /** null: the code does not know the stored version. */
  readonly chart: ChartState | null;
  /** Ids of states, with the states above. */
  readonly active: readonly string[];
  readonly value: Json;
  readonly context: Json;
  readonly timers: readonly { readonly event: string; readonly dueAtMs: number }[];
};

/** What a turn made of the actor's own machine. */
export type ActorStep = Pick<ActorMachine, 'active' | 'value' | 'context' | 'status'> & {
  readonly atMs: number;
  /** Messages that the turn has handled. */
  readonly handled: number;
  readonly sent: readonly { readonly exchange: string; readonly action: string | null }[];
};

export type ActorDetail = {
  readonly address: ActorAddress;
  readonly status: string;
  readonly machineVersion: number;
  readonly machines: readonly ActorMachine[];
  readonly reasons: readonly Reason[];
  readonly activities: readonly {
    readonly kind: string;
    readonly path: readonly string[];
    readonly attempt: number;
    readonly notBeforeMs: number;
    readonly input: Json;
    readonly progress: Json;
    /** The process that runs the activity. */
    readonly instance: string;
  }[];
  /** The newest lines that the actor has written. */
  readonly history: readonly { readonly atMs: number; readonly line: JsonObject }[];
  /** Since a page has asked for the actor first. */
  readonly steps: readonly ActorStep[];
  readonly nowMs: number;
};

export type DeadLetterSummary = {
  readonly id: string;
  readonly service: string;
  readonly kind: string;
  readonly action: string | null;
  readonly reason: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly count: number;
  readonly replayRequested: boolean;
};

export type DeadLetterDetail = DeadLetterSummary & {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly stack: string | null;
  readonly properties: JsonObject;
  /** JSON, or the text of a body that is none; null for bytes that are no text. */
  readonly body: Json;
};
