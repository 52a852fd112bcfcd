/** The answers of `why`, as JSON: of a saga, a node, a card or an actor. */
import type { DeletionPlan } from '../actors/consent/plan-schema.ts';
import type { Reason } from '../actors/waiting/reason.ts';
import type { SagaWaiting } from '../actors/waiting/saga-waiting.ts';
import type { ActorAddress } from '../runtime/ports/address.ts';
import type { ActorRecord } from '../runtime/ports/journal-rows.ts';
import type { HeldDeletion } from './held-deletions.ts';

export type SagaWhy = SagaWaiting & { readonly kind: 'saga' };

export type ActorWhy = {
  readonly kind: 'actor';
  readonly address: ActorAddress;
  readonly status: ActorRecord['status'];
  /** Empty: the actor has ended. */
  readonly reasons: readonly Reason[];
};

/** The deletion of a node that is gone. */
export type NodeDeletion = {
  readonly saga: string;
  /** The service that removed the node. */
  readonly service: string;
  /** Of the removal, milliseconds since the epoch. */
  readonly atMs: number;
  /** Who asked for the deletion; null: the record names nobody, or is no longer kept. */
  readonly requestedBy: string | null;
  readonly requestedAtMs: number | null;
};

/** A node that a service of these databases owns, or has owned. */
export type NodeWhy = {
  readonly kind: 'node';
  readonly id: string;
  readonly cn: string | null;
  readonly objectClass: string | null;
  /** null: the node is gone, and nothing names the service that has owned the node. */
  readonly owner: string | null;
  readonly state: 'free' | 'held' | 'gone';
  /** Only of a node that is gone; null also when neither ledger nor history names the saga. */
  readonly deletion: NodeDeletion | null;
  readonly subscribers: readonly { readonly service: string; readonly consent: boolean }[];
  /** Reasons of the owner itself against a deletion. */
  readonly refusals: readonly { readonly nodeId: string; readonly reason: string }[];
  /** Nodes of services below that nobody answers for. */
  readonly unanswered: string | null;
  /** The sagas that hold the node, or a node above. */
  readonly sagas: readonly SagaWhy[];
  /** The newest saga over the node that was called off within the last day. */
  readonly calledOff: SagaWhy | null;
  /** The deletion of the node that waits for the end of holds. */
  readonly held: HeldDeletion | null;
  /** What a deletion would do now; null: no running service was asked. */
  readonly plan: DeletionPlan | null;
};

/** A card with its deletion. */
export type CardWhy = {
  readonly kind: 'card';
  readonly id: string;
  readonly service: string;
  readonly state: 'active' | 'deleted' | 'gone';
  readonly owner: string;
  readonly transaction: string | null;
  readonly deletion: ActorWhy | null;
};

export type Why = SagaWhy | NodeWhy | CardWhy | ActorWhy;
