/**
 * The parts of a consent plan beside services and faults: the hierarchy, old peers, operations, and
 * the epilogue.
 */
import type { TrustOptions } from '../../../config/trust-schema.ts';
import type { Operation, Plan } from '../../../testing/simulation/plan.ts';
import type { Entity, Owned, Shape } from './entities.ts';

export interface PlannedNode {
  readonly name: string;
  readonly entity: Entity;
  /** The parent. Default: the entity's base node. */
  readonly parent?: string;
  /** References by attribute. */
  readonly references: Readonly<Record<string, string>>;
  /**
   * References that are written after all nodes, so that nodes can depend on each other in circles.
   */
  readonly later: Readonly<Record<string, string>>;
}

/** The answers of an old voter. `mute`: no answer. */
export type Opinion = 'ok' | 'no' | 'mute';

export interface PlannedPeer {
  readonly name: string;
  /** The entity of the exchange that the voter listens to. */
  readonly entity: Entity;
  /** Whether the voter is asked under a key of its own instead of the broadcast key. */
  readonly directed: boolean;
  /** The voter's subscriptions at the start. */
  readonly nodes: readonly string[];
  readonly opinion: Opinion;
  /** The voter says ok right after every no; the first answer counts. */
  readonly wavers: boolean;
  /** The voter is subscribed, but voter and queue are absent until the faults end. */
  readonly absent: boolean;
  /** Number of errors in answer to `deleting` before the voter does its part. */
  readonly fails: number;
}

/** An order of the participant at the start. */
export interface PlannedOrder {
  readonly name: string;
  readonly node: string;
  readonly nodeOf: Owned;
  readonly open: boolean;
}

/** A contract of the owner at the start. */
export interface PlannedContract {
  readonly name: string;
  readonly node: string;
  readonly nodeOf: Entity;
  readonly held: boolean;
}

/** The system that is asked over HTTP. */
export interface PlannedHook {
  /** The nodes whose deletion and update the system forbids until the faults end. */
  readonly refuses: readonly string[];
  /** A participant reads and cleans the rows of the system; absent: the system is a webhook. */
  readonly isRead?: true;
  /** For how long the webhook keeps something of these nodes, in milliseconds; absent: of none. */
  readonly keeps?: Readonly<Record<string, number>>;
}

/** The files of the nodes of one entity, by the name of the node. */
export interface PlannedFiles {
  readonly entity: Entity;
  readonly urls: Readonly<Record<string, readonly string[]>>;
  /** Cards list these files too, in the database of the nodes and of the file remover. */
  readonly ofCards?: true;
}

/** Links of the config of `from` to nodes of `to`. `rows`: the links at the start. */
export interface PlannedLinks {
  readonly from: Entity;
  readonly to: Entity;
  readonly rows: readonly { readonly node: string; readonly to: string }[];
}

/**
 * How newer code treats the stored version: migrates its actors, lets them go on in that version, or
 * stores that version itself until the newer one is released.
 */
export type UpgradeWay = 'migrates' | 'keeps' | 'writes';

export type CallerKind = 'signed' | 'unsigned' | 'wrong key' | 'expired';

export type ConsentOperation = Operation & { readonly name: string } & (
    | {
        readonly what: 'delete';
        readonly entity: Owned;
        readonly nodes: readonly string[];
        readonly oneWay: boolean;
        /**
         * Tried again when the holds have ended: all kinds of holds, or those that end within these
         * milliseconds. Absent: a refusal is the end.
         */
        readonly whenHeld?: 'any' | number;
        /** How the caller of the request is proved; absent: the request names no caller. */
        readonly caller?: CallerKind;
      }
    /**
     * A second deletion under the id of the deletion `of`; `differs` names the difference. A resend
     * differs in its place only.
     */
    | {
        readonly what: 'rival';
        readonly of: string;
        readonly entity: Owned;
        readonly nodes: readonly string[];
        readonly differs: 'content' | 'sender' | 'place';
      }
    /** A plan is asked for; after a while the planned deletion is requested. */
    | {
        readonly what: 'plan';
        readonly entity: Owned;
        readonly nodes: readonly string[];
        readonly pauseMs: number;
      }
    | {
        readonly what: 'create';
        readonly entity: Entity;
        readonly parent?: string;
        readonly references: Readonly<Record<string, string>>;
      }
    /** Copies of a node and of the nodes of its entity below it. */
    | {
        readonly what: 'copy';
        readonly entity: Entity;
        readonly node: string;
        readonly parent?: string;
      }
    | {
        readonly what: 'update';
        readonly entity: Entity;
        readonly node: string;
        /** The new parent. */
        readonly parent?: string;
        /** The new references by attribute. */
        readonly references?: Readonly<Record<string, string>>;
      }
    /** A deletion by an old owner. */
    | { readonly what: 'old delete'; readonly node: string }
    | { readonly what: 'subscribe'; readonly peer: string; readonly node: string }
    | { readonly what: 'unsubscribe'; readonly peer: string; readonly node: string }
    /** An operator's message to a service; `saga` is the name of the delete. */
    | {
        readonly what: 'operate';
        readonly service: string;
        readonly word: 'cancel' | 'release';
        readonly saga: string;
      }
    | {
        readonly what: 'operate';
        readonly service: string;
        readonly word: 'skip';
        readonly saga: string;
        readonly voter: string;
      }
    | {
        readonly what: 'operate';
        readonly service: string;
        readonly word: 'retire';
        readonly peer: string;
      }
    | { readonly what: 'opinion'; readonly peer: string; readonly opinion: Opinion }
    | {
        readonly what: 'poison';
        readonly entity: Entity;
        readonly body: 'no json' | 'no action' | 'no ids';
      }
    /**
     * A node without a service below this node, for the given time, written past every service.
     * `late`: not before a saga has decided about the node.
     */
    | {
        readonly what: 'stray';
        readonly node: string;
        readonly forMs: number;
        readonly late: boolean;
      }
    /** A client's request about an order of the participant. `nodeOf`: the entity of the node. */
    | {
        readonly what: 'order';
        readonly word: 'open' | 'close' | 'reopen' | 'move' | 'drop';
        readonly order: string;
        readonly node: string;
        readonly nodeOf: Owned;
      }
    /** A client's request about a contract of the owner; an amendment asks all who depend on it. */
    | {
        readonly what: 'contract';
        readonly word: 'hold' | 'free' | 'amend';
        readonly contract: string;
      }
    | {
        readonly what: 'contract';
        readonly word: 'sign' | 'move';
        readonly contract: string;
        readonly node: string;
        readonly nodeOf: Entity;
      }
    /** A client's request about a link of a node. */
    | {
        readonly what: 'link';
        readonly word: 'link' | 'unlink';
        readonly entity: Entity;
        readonly node: string;
        readonly to: string;
      }
    /** A client's request about a row of the vault. `forMs`: the time to the row's end. */
    | {
        readonly what: 'vault';
        readonly word: 'hold' | 'keep' | 'lift';
        readonly row: string;
        readonly node: string;
        readonly nodeOf: Entity;
        readonly forMs: number;
      }
    /**
     * Every owner strikes the service of the entity off its lists, against the advice of `retire`;
     * after the given time the service adopts its own nodes.
     */
    | { readonly what: 'strike'; readonly entity: Entity; readonly adoptAfterMs: number }
    /**
     * Messages are forged for this long: every kind, decisions that nobody was asked about, or ends of
     * retentions.
     */
    | {
        readonly what: 'forge';
        readonly kinds: 'all' | 'decisions' | 'ends';
        readonly forMs: number;
      }
    | { readonly what: 'kill'; readonly service: string; readonly downMs: number }
    /** The second process of a service is ended, and starts with newer code after the given time. */
    | {
        readonly what: 'upgrade';
        readonly service: string;
        readonly way: UpgradeWay;
        readonly downMs: number;
      }
    /**
     * After an upgrade: the newer process dies, the older process gets the newer code too, or an
     * operator releases the newer versions.
     */
    | {
        readonly what: 'newer code';
        readonly service: string;
        readonly word: 'dies' | 'replaces' | 'is released';
      }
    | {
        readonly what: 'undelete';
        /** The name of the operation that deletes the card. */
        readonly card: string;
      }
    | {
        readonly what: 'card';
        readonly files: number;
        readonly async: boolean;
        /** Whether the caller is the card's owner; another caller is refused. */
        readonly isOwners: boolean;
        /** The deletion is requested once more, by a burn from the queue. */
        readonly burns: boolean;
        /** A card of the kind `erc`, in a world with a chains service. */
        readonly hasToken?: true;
      }
  );

/** The trials in the healed world at rest: of `retry succeeds`, `one finishes` and `open while down`. `successor`: retries after an adoption. */
export type Epilogue = 'retry' | 'conflict' | 'down' | 'successor';

export interface ConsentPlan extends Plan<ConsentOperation> {
  readonly shape: Shape;
  /** `consent.question_ids_max` of every config; absent: the default. */
  readonly questionIdsMax?: number;
  /** `consent.vote_deadline_ms` by service; absent: the default. */
  readonly voteDeadlinesMs?: Readonly<Record<string, number>>;
  readonly tree: readonly PlannedNode[];
  readonly peers: readonly PlannedPeer[];
  /** The entity whose nodes an old owner keeps in place of the service. */
  readonly oldOwner?: Entity;
  /** The participant with rows of its own. `apart`: over a database and a ledger of its own. */
  readonly orders: { readonly apart: boolean; readonly rows: readonly PlannedOrder[] };
  /** The contracts of the owner; empty also without the owner. */
  readonly contracts: readonly PlannedContract[];
  /** Absent: no node lists files. */
  readonly files?: PlannedFiles;
  /** Absent: no config has links. */
  readonly links?: PlannedLinks;
  /** The entity whose service has code of somebody's own. */
  readonly code?: Entity;
  /** Somebody is told the ends of transactions. */
  readonly callback?: true;
  /** At the end the vault is down while what it keeps ends, and until the tombstones are old. */
  readonly outlasts?: true;
  /** Absent: no webhook is asked. */
  readonly hook?: PlannedHook;
  /** The section `trust` of every config; absent: nobody checks users. */
  readonly trust?: TrustOptions;
  /** The key `broker_user` by service; absent: every service is a user of its own name. */
  readonly users?: Readonly<Record<string, string>>;
  /** The services that make spans, and the contexts of requests by name; absent: no telemetry. */
  readonly traces?: {
    readonly services: readonly string[];
    readonly requests: Readonly<Record<string, 'present' | 'malformed'>>;
  };
  readonly epilogue: Epilogue;
  /** In the epilogue an operator ends the wait for an absent voter. */
  readonly skips: boolean;
  /** No faults, no vetoes, one operation after another: every operation must succeed (`calm succeeds`). */
  readonly calm: boolean;
}
