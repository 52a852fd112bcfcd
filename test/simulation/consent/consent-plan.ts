/**
 * What a plan of the consent simulation holds beside services and faults: a hierarchy, old peers, what is done, and how it ends.
 */
import type { Operation, Plan } from '../../../testing/simulation/plan.ts';
import type { Entity, Shape } from './entities.ts';

export interface PlannedNode {
  readonly name: string;
  readonly entity: Entity;
  /** Absent: below the entity's base node. */
  readonly parent?: string;
  /** What it refers to, by attribute. */
  readonly references: Readonly<Record<string, string>>;
  /** References that are only made when all nodes are there: so nodes depend on each other in circles. */
  readonly later: Readonly<Record<string, string>>;
}

/** How an old voter answers. `mute`: not at all. */
export type Opinion = 'ok' | 'no' | 'mute';

export interface PlannedPeer {
  readonly name: string;
  /** Whose exchange it listens to. */
  readonly entity: Entity;
  /** Asked under a key of its own; else by the broadcast key. */
  readonly directed: boolean;
  /** What it has subscribed to from the beginning. */
  readonly nodes: readonly string[];
  readonly opinion: Opinion;
  /** Says ok right after every no: what it said first is what counts. */
  readonly wavers: boolean;
  /** Is subscribed and not there, its queue neither, until all faults are over. */
  readonly absent: boolean;
  /** How often it answers `deleting` with an error before it does its part. */
  readonly fails: number;
}

export type ConsentOperation = Operation & { readonly name: string } & (
    | {
        readonly what: 'delete';
        readonly entity: Entity;
        readonly nodes: readonly string[];
        readonly oneWay: boolean;
      }
    /** It is asked what a delete would do; after a while exactly that is to be done. */
    | {
        readonly what: 'plan';
        readonly entity: Entity;
        readonly nodes: readonly string[];
        readonly pauseMs: number;
      }
    | {
        readonly what: 'create';
        readonly entity: Entity;
        readonly parent?: string;
        readonly references: Readonly<Record<string, string>>;
      }
    | {
        readonly what: 'update';
        readonly entity: Entity;
        readonly node: string;
        /** Where it is moved to. */
        readonly parent?: string;
        /** What it refers to from then on, by attribute. */
        readonly references?: Readonly<Record<string, string>>;
      }
    /** An old owner's. */
    | { readonly what: 'old delete'; readonly node: string }
    | { readonly what: 'subscribe'; readonly peer: string; readonly node: string }
    | { readonly what: 'unsubscribe'; readonly peer: string; readonly node: string }
    /** An operator's word to a service; `saga` is the name of the delete it is about. */
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
    /** Past every service: a node of nobody's below this one, for so long. */
    | { readonly what: 'stray'; readonly node: string; readonly forMs: number }
    | { readonly what: 'kill'; readonly service: string; readonly downMs: number }
    | {
        readonly what: 'card';
        readonly files: number;
        readonly async: boolean;
        /** Who asks is whose card it is; else it is refused. */
        readonly isOwners: boolean;
        /** It is asked for once more, by a burn from the queue. */
        readonly burns: boolean;
      }
  );

/** What is tried once everything is healed and has come to rest: L5, L6 and L7 of protocol.md §7. */
export type Epilogue = 'retry' | 'conflict' | 'down';

export interface ConsentPlan extends Plan<ConsentOperation> {
  readonly shape: Shape;
  readonly tree: readonly PlannedNode[];
  readonly peers: readonly PlannedPeer[];
  /** Whose nodes an old owner keeps, instead of its service. */
  readonly oldOwner?: Entity;
  readonly epilogue: Epilogue;
  /** In the epilogue an operator has the owner stop waiting for who is down. */
  readonly skips: boolean;
  /** Nothing goes wrong, nobody objects, one thing is done after the other: everything must succeed (L4). */
  readonly calm: boolean;
}
